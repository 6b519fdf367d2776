//! Every page of the panel, as each role reaches it by links, and every page of the PC: its links
//! lead on, it is HTML, everybody can use it, it is light, and it fits a phone.
//!
//! `LOABAN_SCREENSHOTS=1` keeps a picture of each; `make screenshots` says so.
#![expect(
    clippy::expect_used,
    reason = "a test that cannot go on stops with a sentence"
)]

use std::collections::{BTreeSet, HashSet};

use serde_json::json;
use town::browser::{Browser, Colours, DESK, PHONE};
use town::deeds::text;
use town::judges::{Axe, faults_in_html, unfold, weight_bytes};
use town::lived_in::LivedIn;
use town::person::Person;
use town::tour::{Routes, Stop, Tour};
use town::town::{Who, as_wav, sample};

/// What a page may weigh on the wire, with its style and its scripts.
const MOST_BYTES: u64 = 60_000;
/// A page that there is not, which is a page too.
const NOWHERE: &str = "/nowhere";
/// Where somebody is who changes the language after an invitation was refused.
const REFUSED: &str = "/invitation/take-up";
/// A page for listening again that nobody opened, which is one more.
const CLOSED: &str = "/nghe/0000000000";
/// What answers to programs, and what scripts of a page ask for: no link leads there.
const NOT_LINKED: &[&str] = &[
    "/api/openapi.json",
    "/api/v1/uploads/{upload}",
    "/broadcasts/{broadcast}/villages",
    "/emergencies/{emergency}/stations",
    "/healthz",
    "/metrics",
    "/readyz",
    "/status",
    "/stops/{stop}/stations",
];

#[tokio::test(flavor = "multi_thread")]
async fn every_page_leads_on_is_html_and_is_light_and_usable_for_each_role() {
    let lived_in = LivedIn::built().await;
    let panel = Routes::declared_in("server/src");
    let pc = Routes::declared_in("player/src");
    let mut tours = Vec::new();
    let visitor = Person::at(&lived_in.town.url());
    let starts = ["/sign-in", &*lived_in.listen, REFUSED, CLOSED, NOWHERE];
    tours.push((None, Tour::of(&visitor, &panel, &starts).await));
    for who in Who::ALL {
        let person = lived_in.town.sign_in(who).await;
        let kept = typed_and_kept(&lived_in, &person, who).await;
        // What follows from a change stands on the page after it.
        let changed = format!("/areas/{}?notice=notice-area-saved", lived_in.town.village);
        let starts = ["/", &*kept, &*lived_in.stop, &*changed, NOWHERE];
        let tour = Tour::of(&person, &panel, &starts).await;
        tours.push((Some(who), tour));
    }
    let at_pc = Person::at(&lived_in.village.screen());
    let at_pc = Tour::of(&at_pc, &pc, &["/", "/time"]).await;

    let mut wrong = Vec::new();
    for (who, tour) in &tours {
        wrong.extend(tour.broken.iter().map(|link| format!("{who:?}: {link}")));
    }
    wrong.extend(at_pc.broken.iter().map(|link| format!("PC: {link}")));
    wrong.extend(unreached(&panel, tours.iter().map(|(_, tour)| tour)));
    wrong.extend(unreached(&pc, [&at_pc]));

    let mut known = HashSet::new();
    let mut looks: Vec<(Option<Who>, Vec<&Stop>)> = Vec::new();
    for (who, tour) in &tours {
        looks.push((*who, tour.worth_a_look(&mut known)));
    }
    let at_pc = at_pc.worth_a_look(&mut known);
    wrong.extend(not_html(&looks, &at_pc));
    // What was found is said at once: the browsers take their time.
    println!(
        "{} faults of links and HTML:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    let (first, second) = looks.split_at(3);
    let (first, second, at_pc) = tokio::join!(
        seen_by(&lived_in, first),
        seen_by(&lived_in, second),
        seen_at_the_pc(&lived_in, &at_pc)
    );
    wrong.extend([first, second, at_pc].concat());
    let all: usize = looks.iter().map(|(_, stops)| stops.len()).sum();
    println!("{all} pages of the panel were looked at");
    if asked_for_pictures() {
        println!("pictures: {}", town::browser::pictures().display());
    }
    assert!(
        wrong.is_empty(),
        "{} faults:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// What somebody typed before they signed in anew, and finds again.
async fn typed_and_kept(lived_in: &LivedIn, person: &Person, who: Who) -> String {
    let before = lived_in.town.sign_in(who).await;
    let form = before.open("/account").await;
    let form = form.form("form[action='/account/tokens']");
    let kept = person.send(form.with("title", "Máy tính của tôi")).await;
    assert!(kept.path.starts_with("/typed/"), "{kept:?}");
    kept.path
}

/// Routes at which nobody arrived.
fn unreached<'t>(declared: &Routes, tours: impl IntoIterator<Item = &'t Tour>) -> Vec<String> {
    let mut left = declared.all();
    let reached: BTreeSet<&String> = tours.into_iter().flat_map(|tour| &tour.routes).collect();
    left.retain(|route| !reached.contains(route) && !NOT_LINKED.contains(&route.as_str()));
    let sentence = |route| format!("{route}: no link leads there, in a town where all happened");
    left.into_iter().map(sentence).collect()
}

fn not_html(looks: &[(Option<Who>, Vec<&Stop>)], at_pc: &[&Stop]) -> Vec<String> {
    let mut pages = Vec::new();
    for (who, stops) in looks {
        for stop in stops {
            pages.push((format!("{who:?} {}", stop.path), stop.page.html()));
        }
    }
    for stop in at_pc {
        pages.push((format!("PC {}", stop.path), stop.page.html()));
    }
    faults_in_html(&pages)
}

/// What is wrong with the pages of some people, each in a browser of their own.
async fn seen_by(lived_in: &LivedIn, looks: &[(Option<Who>, Vec<&Stop>)]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (who, stops) in looks {
        let browser = opened(&lived_in.town.url()).await;
        let name = match who {
            Some(who) => {
                let (name, password) = lived_in.town.credentials(*who);
                browser.sign_in(name, password).await;
                name
            }
            None => "visitor",
        };
        for stop in stops {
            wrong.extend(looked_at(&browser, name, &stop.path).await);
        }
        if *who == Some(Who::Admin) {
            wrong.extend(overtaken(&browser, lived_in).await);
        }
        if who.is_none() {
            wrong.extend(refused(&browser).await);
            wrong.extend(invited(&browser, lived_in).await);
        }
    }
    wrong
}

async fn seen_at_the_pc(lived_in: &LivedIn, stops: &[&Stop]) -> Vec<String> {
    let browser = opened(&lived_in.village.screen()).await;
    let mut wrong = Vec::new();
    for stop in stops {
        wrong.extend(looked_at(&browser, "pc", &stop.path).await);
    }
    wrong
}

async fn opened(server: &str) -> Browser {
    let folder = tempfile::tempdir().expect("a folder");
    let voice = folder.path().join("voice.wav");
    as_wav(&sample("health-book.vi.ogg"), &voice);
    Browser::open(server, DESK, &voice).await
}

/// What is wrong with a page.
async fn looked_at(browser: &Browser, name: &str, path: &str) -> Vec<String> {
    browser.show(PHONE, Colours::Light).await;
    browser.goto(path).await;
    let mut wrong = seen(browser, &format!("{name}{path}")).await;
    let complaints = browser.complaints().await.into_iter();
    // That there is no such page is what the browser shall complain of.
    let complaints =
        complaints.filter(|said| ![NOWHERE, CLOSED].contains(&path) || !said.contains("404"));
    wrong.extend(complaints.map(|said| format!("{name} {path}: {said}")));
    let bytes = weight_bytes(browser).await;
    if bytes > MOST_BYTES {
        wrong.push(format!(
            "{name} {path}: {bytes} bytes, at most {MOST_BYTES}"
        ));
    }
    for fault in &wrong {
        println!("{fault}");
    }
    wrong
}

/// A form that was refused is a page too.
async fn refused(browser: &Browser) -> Vec<String> {
    browser.goto("/sign-in").await;
    browser.write("input[name=name]", "nobody").await;
    browser.write("input[name=password]", "nothing").await;
    browser.press("main form button").await;
    browser.find(".alert").await;
    seen(browser, "visitor/refused").await
}

/// So is one at which somebody else was quicker.
async fn overtaken(browser: &Browser, lived_in: &LivedIn) -> Vec<String> {
    let area = format!("/areas/{}", lived_in.town.village);
    let person = lived_in.town.sign_in(Who::Admin).await;
    let mut wrong = Vec::new();
    for (page, field) in [("edit", "households"), ("policy", "sessions_per_day")] {
        let path = format!("{area}/{page}");
        let form = person.open(&path).await.form("form.fields");
        let told = person
            .send(form.with("version", "0").with(field, "7"))
            .await;
        wrong.extend(faults_in_html(&[(path.clone(), told.html())]));
        browser.goto(&path).await;
        let script = "document.querySelector('[name=version]').value = '0';";
        browser.run(script, Vec::new()).await;
        browser.write(&format!("input[name={field}]"), "7").await;
        browser.press("form.fields .actions button").await;
        browser.find("#overtaken").await;
        wrong.extend(seen(browser, &format!("admin/overtaken/{page}")).await);
    }
    wrong
}

/// Who opens the link of an invitation is led on by it, without typing the code.
async fn invited(browser: &Browser, lived_in: &LivedIn) -> Vec<String> {
    let who = json!({ "name": "a.pao", "full_name": "Sùng A Páo", "role": "head",
        "area_id": lived_in.town.village });
    let admin = lived_in.town.script(Who::Admin);
    let made = admin.post("/invitations", who).await.done();
    let link = format!("/invitation#{}", text(&made, "code"));
    browser.goto(&link).await;
    browser.find("input[name=again]").await;
    seen(browser, "visitor/invited").await
}

/// What is wrong with the page that is open, on a phone and at a desk, by day and by night.
async fn seen(browser: &Browser, name: &str) -> Vec<String> {
    let axe = Axe::installed();
    axe.begin(browser).await;
    let mut wrong = Vec::new();
    if asked_for_pictures() {
        for (size, colours) in [(DESK, Colours::Light), (PHONE, Colours::Light)] {
            browser.show(size, colours).await;
            let (page, query) = name.split_once('?').unwrap_or((name, ""));
            let page = page.trim_end_matches('/');
            let query = query.replace(|c: char| !c.is_alphanumeric(), "-");
            browser.picture(&format!("{page}-{query}-{}", size.0)).await;
        }
    }
    unfold(browser).await;
    for size in [PHONE, DESK] {
        for colours in [Colours::Light, Colours::Dark] {
            browser.show(size, colours).await;
            let here = format!("{name} at {} px, {colours:?}", size.0);
            let stumbles = axe.stumbles(browser).await.into_iter();
            wrong.extend(stumbles.map(|said| format!("{here}: {said}")));
        }
        let (page, window) = browser.widths().await;
        if page > window {
            wrong.push(format!("{name}: {page} px wide at {window} px"));
        }
    }
    wrong
}

fn asked_for_pictures() -> bool {
    std::env::var_os("LOABAN_SCREENSHOTS").is_some()
}
