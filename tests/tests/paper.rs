//! What a commune prints: reports, the log and the calendar come out on A4, black on white, with
//! their title and their time, without anything to press, and without a row in two halves.

use jiff::ToSpan as _;
use serde_json::json;
use town::browser::{Browser, Colours};
use town::deeds::{day, once};
use town::town::{Town, Who, as_wav, now, sample};

/// A sheet between its margins, in dots of 1/96 inch.
const SHEET: (u32, u32) = (680, 1_009);
/// Whether there is something to press.
const HAS_A_HEAD: &str = "return document.querySelector('.top').checkVisibility()";
/// What does not belong on paper, or is missing there.
const FAULTS: &str = "\
    const shown = (css) => [...document.querySelectorAll(css)].filter((e) => e.checkVisibility());\
    const what = '.top, .rooms, .menu, .skip, .tabs, form, button, .button, .no-print';\
    const wrong = shown(what).map((e) => e.outerHTML.slice(0, 80));\
    if (shown('h1').length !== 1) { wrong.push('no title'); }\
    if (!shown('.printed').some((e) => /\\d\\d:\\d\\d$/.test(e.innerText))) {\
      wrong.push('no time'); }\
    const { color, backgroundColor } = getComputedStyle(document.body);\
    if (color !== 'rgb(0, 0, 0)' || backgroundColor !== 'rgb(255, 255, 255)') {\
      wrong.push(`${color} on ${backgroundColor}`); }\
    const cut = (row) => getComputedStyle(row).breakInside !== 'avoid';\
    if (shown('tr').some(cut)) { wrong.push('a row may be cut'); }\
    const alone = (e) => getComputedStyle(e).breakAfter !== 'avoid';\
    if (shown('h1, h2, h3').some(alone)) { wrong.push('a heading may stand alone'); }\
    const first = (row) => getComputedStyle(row).breakBefore !== 'avoid';\
    if (shown('thead + tbody > tr:first-child').some(first)) { wrong.push('columns alone'); }\
    for (const row of shown('thead + tbody > tr:first-child')) {\
      const heads = [...row.closest('table').tHead.rows[0].cells];\
      const side = (cell) => getComputedStyle(cell).textAlign;\
      const fits = (head, at) => !head.innerText || side(head) === side(row.cells[at]);\
      if (!heads.every(fits)) { wrong.push(`not above its numbers: ${heads[1].innerText}`); }\
    }\
    return wrong;";

#[tokio::test(flavor = "multi_thread")]
async fn what_a_commune_prints_is_a_page_and_no_screen() {
    let town = Town::built().await;
    let (admin, head) = (town.script(Who::Admin), town.script(Who::Head));
    admin.new_station(&town.village).await;
    let said = town.announcement(1).await;
    let tomorrow = now() + 24.hours();
    let placed = head
        .post("/broadcasts", once(&said.id, &town.village, tomorrow))
        .await
        .done();
    let placed = placed["id"].as_str().expect("a broadcast").to_owned();
    let folder = tempfile::tempdir().expect("a folder");
    let voice = folder.path().join("voice.wav");
    as_wav(&sample("health-book.vi.ogg"), &voice);
    let desk = Browser::open(&town.url(), SHEET, &voice).await;
    let (name, password) = town.credentials(Who::Officer);
    desk.sign_in(name, password).await;
    for (name, path) in [
        ("month", "/reports/month".to_owned()),
        ("day", "/reports/day".to_owned()),
        ("broadcast", format!("/reports/broadcasts/{placed}")),
        ("as-run", format!("/as-run?day={}", day(tomorrow))),
        (
            "week",
            format!("/broadcasts/calendar?day={}", day(tomorrow)),
        ),
        (
            "calendar-month",
            "/broadcasts/calendar?view=month".to_owned(),
        ),
    ] {
        desk.show(SHEET, Colours::Dark).await;
        desk.goto(&path).await;
        let on_screen = desk.run(HAS_A_HEAD, Vec::new()).await;
        assert_eq!(on_screen, true, "{path}: on a screen it leads on");
        desk.show_as_on_paper().await;
        assert_eq!(desk.run(FAULTS, Vec::new()).await, json!([]), "{path}");
        desk.fits_its_width().await;
        desk.picture(&format!("paper-{name}")).await;
        assert_eq!(desk.printed().await.size_mm(), (210, 297), "{path}");
    }
}
