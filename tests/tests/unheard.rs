//! Approving in a real browser what was not listened to there: the page asks once, and lets it be.

use serde_json::json;
use town::browser::{Browser, PHONE};
use town::deeds::{LISTENS, text};
use town::town::{Town, Who, as_wav, sample};

/// Notes each question of the page, and answers it with the argument.
const ANSWERS: &str = "window.confirm = (asked) => { window.asked = [...window.asked ?? [], asked];\
    return arguments[0]; }; ";
/// What the page asked.
const ASKED: &str = "return window.asked ?? []";
const APPROVE: &str = "form[action$='/approve'] button";
/// Whether the page says the argument.
const SAYS: &str = "return document.body.innerText.includes(arguments[0])";

#[tokio::test(flavor = "multi_thread")]
async fn who_has_not_listened_is_asked_once_before_approving() {
    let town = Town::built().await;
    let folder = tempfile::tempdir().expect("a folder");
    let voice = folder.path().join("voice.wav");
    as_wav(&sample("health-book.vi.ogg"), &voice);
    let phone = Browser::open(&town.url(), PHONE, &voice).await;
    let (name, password) = town.credentials(Who::Officer);
    phone.sign_in(name, password).await;

    let first = waiting(&town, "Họp thôn").await;
    phone.goto(&first).await;
    phone.run(ANSWERS, vec![json!(false)]).await;
    phone.press(APPROVE).await;
    let asked = phone.run(ASKED, Vec::new()).await;
    let asked = asked.as_array().expect("what was asked").clone();
    assert_eq!(asked.len(), 1, "{asked:?}");
    let question = asked[0].as_str().unwrap_or_default();
    assert!(question.contains("Bạn chưa nghe"), "{question}");
    assert!(question.contains("Tiếng Việt"), "{question}");
    // Who was told knows, and is not held up.
    phone.press(APPROVE).await;
    phone.until("approved", SAYS, "Đã duyệt bản tin.").await;

    let second = waiting(&town, "Tiêm chủng").await;
    phone.goto(&second).await;
    phone.run(ANSWERS, vec![json!(false)]).await;
    // A browser plays nothing for whoever has touched nothing.
    phone.press("h1").await;
    phone.until("it is heard", LISTENS, "").await;
    phone.press(APPROVE).await;
    phone.until("approved", SAYS, "Đã duyệt bản tin.").await;
}

/// The page of a bulletin that waits for approval.
async fn waiting(town: &Town, title: &str) -> String {
    let secretary = town.script(Who::Secretary);
    let bulletin = secretary.draft(&town.village, title).await;
    let file = sample("vneid.vi.m4a");
    let take = secretary.upload(&file, &town.village, "vi").await;
    let take = text(&take, "id");
    secretary.worked_on(&take).await;
    secretary.attach(&bulletin, "vi", &take).await;
    secretary.step(&bulletin, "submit", "").await.done();
    format!("/bulletins/{bulletin}")
}
