//! Pages that say how things stand say it while they lie open, without being loaded again, and
//! leave alone what somebody is about to press.

use serde_json::json;
use town::browser::{Browser, DESK};
use town::town::{Town, Who, as_wav, full_minute, sample};

/// Whether the page says the argument.
const SAYS: &str = "return document.body.innerText.includes(arguments[0])";
/// Leaves a mark that a page loaded again would not have.
const MARK: &str = "window.marked = true; return true;";
const IS_MARKED: &str = "return window.marked === true";

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_lies_open_says_what_came_since() {
    let town = Town::built().await;
    let folder = tempfile::tempdir().expect("a folder");
    let voice = folder.path().join("voice.wav");
    as_wav(&sample("health-book.vi.ogg"), &voice);
    let desk = Browser::open(&town.url(), DESK, &voice).await;
    let (name, password) = town.credentials(Who::Head);
    desk.sign_in(name, password).await;
    desk.run(MARK, Vec::new()).await;
    let approved = town
        .approved("Họp thôn", &[("vi", "village-meeting.vi.m4a")])
        .await;
    desk.until("it waits to be scheduled", SAYS, "Họp thôn")
        .await;
    let link = format!(
        "[data-live] a.button[href='/bulletins/{}#when']",
        approved.id
    );
    let hold = "document.querySelector(arguments[0]).focus(); return true;";
    desk.run(hold, vec![json!(link)]).await;

    let at = full_minute(std::time::Duration::from_secs(3_600));
    let head = town.script(Who::Head);
    head.air_once(&approved.id, &town.village, at).await.done();
    let held = "const [css, done] = arguments; const held = () => document.querySelector(css); \
        setTimeout(() => done(document.activeElement === held()), 25000);";
    let held = desk.run_to_its_end(held, vec![json!(link)]).await;
    assert_eq!(held, true, "what is about to be pressed stays");
    desk.run("document.activeElement.blur(); return true;", Vec::new())
        .await;
    desk.until("it is scheduled", SAYS, "Lịch phát sắp tới")
        .await;
    assert_eq!(
        desk.run(IS_MARKED, Vec::new()).await,
        true,
        "it was loaded again"
    );
    assert_eq!(desk.complaints().await, Vec::<String>::new());
}
