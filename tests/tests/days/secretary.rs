//! The day of the secretary of a youth union's branch, on a phone: asked, recorded, cut off, sent
//! in the morning, sent back, recorded again, heard.

use super::*;
use reqwest::StatusCode;
use serde_json::Value;
use town::browser::PHONE;

const TITLE: &str = "Sổ sức khoẻ điện tử";
const SCRIPT: &str = "Kính mời bà con mang căn cước\nra nhà văn hoá lúc 19 giờ thứ bảy.";

/// Whether the clock of the recorder has come to eight seconds.
const HAS_SPOKEN: &str = "return /Đang ghi: 0:(0[89]|1)/.test(document.body.innerText)";
/// Whether a part of the upload has come, and not all of it.
const IS_IN_THE_MIDDLE: &str = "\
    const percent = Number(/Đang gửi: (\\d+) %/.exec(document.body.innerText)?.[1] ?? 0);\
    return percent > 0 && percent < 100;";

#[tokio::test(flavor = "multi_thread")]
async fn the_secretary_is_asked_records_is_sent_back_and_is_told_that_the_village_heard_it() {
    let commune = Commune::built().await;
    let (station, _village) = commune.village_pc().await;
    asked(&commune).await;

    let mut phone = commune.browser(PHONE, "health-book.pcc.ogg").await;
    commune.signs_in(&phone, Who::Secretary).await;
    phone.set_lasting(true).await;
    phone.sees("Yêu cầu ghi âm chờ thôn của bạn").await;
    phone.sees("Thay mặt Trạm y tế").await;
    phone.look("day-secretary-1-asked").await;
    writes(&phone).await;
    cut_off_in_the_middle(&phone, &commune).await;
    phone.close().await;

    phone.open_again().await;
    phone.set_lasting(true).await;
    sends_in_the_morning(&phone).await;
    submits(&phone).await;

    let id = rejected(&commune).await;
    records_again(&phone).await;
    submits(&phone).await;
    approved(&commune, &id).await;
    phone.tap("Loa Bản").await;
    phone.sees("Bản tin của bạn đã được duyệt").await;
    phone.sees("Chờ chọn giờ phát").await;
    phone.look("day-secretary-12-approved").await;
    let at = commune.airs_soon(&id, &station).await;
    phone.tap("Loa Bản").await;
    phone.sees("Sẽ phát lúc").await;
    phone.sees(&commune.hour(at)).await;
    is_told(&phone, &commune.hour(at)).await;
}

/// The commune asks the village for a recording, on behalf of others.
async fn asked(commune: &Commune) {
    let officer = commune.town.script(Who::Officer);
    let due = commune.local(now() + Duration::from_secs(3 * 86_400));
    let body = json!({ "title": TITLE, "on_behalf_of": "Trạm y tế", "script": SCRIPT,
        "due_day": &due[..10], "areas": [commune.town.village] });
    officer.post("/requests", body).await.done();
}

/// Takes the request up and makes the text the village's own.
async fn writes(phone: &Browser) {
    phone.tap_beside(TITLE, "Xem và nhận").await;
    phone.comes_to(TITLE).await;
    phone.sees("ra nhà văn hoá lúc 19 giờ").await;
    phone.look("day-secretary-2-request").await;
    phone.tap("Nhận làm").await;
    phone.sees("Đã nhận yêu cầu").await;
    phone.look("day-secretary-3-draft").await;
    phone.tap("Sửa bản tin").await;
    phone.comes_to("Sửa bản tin").await;
    let own = format!("{SCRIPT}\nAi chưa có điện thoại cũng đến.");
    phone.fill("Lời đọc", &own).await;
    phone.look("day-secretary-4-writing").await;
    phone.tap("Lưu bản nháp").await;
    phone.sees("Đã lưu bản tin").await;
}

/// Records on a weak link, which is lost while the recording is being sent.
async fn cut_off_in_the_middle(phone: &Browser, commune: &Commune) {
    phone.tap("Ghi âm: Tiếng Giáy").await;
    phone.comes_to("Ghi âm mới").await;
    phone.sees("Ai chưa có điện thoại cũng đến").await;
    phone.look("day-secretary-5-recorder").await;
    phone.tap("Ghi âm").await;
    let secretary = commune.town.script(Who::Secretary);
    let begun = |all: &Value| {
        all[0]["offset_bytes"]
            .as_u64()
            .is_some_and(|bytes| bytes > 0)
    };
    secretary.until("/recordings", begun).await;
    phone.set_narrow(500).await;
    tokio::time::sleep(Duration::from_secs(6)).await;
    phone.tap("Dừng").await;
    phone.sees("kể cả ngày mai").await;
    phone.look("day-secretary-6-recorded").await;
    phone.tap("Gửi bản ghi").await;
    phone.until("a part is sent", IS_IN_THE_MIDDLE, "").await;
    phone.set_offline(true).await;
    phone.sees("Mất mạng").await;
    phone.look("day-secretary-7-cut-off").await;
}

/// Speaks for some seconds, and hears that it was good.
async fn speaks(phone: &Browser) {
    phone.tap("Ghi âm").await;
    phone.until("some words", HAS_SPOKEN, "").await;
    phone.tap("Dừng").await;
    phone.sees("Tiếng thu tốt").await;
}

/// The next morning what was not sent is offered, and goes on where it was.
async fn sends_in_the_morning(phone: &Browser) {
    phone.goto("/").await;
    phone.comes_to("Việc cần làm").await;
    phone.sees("Lần trước còn một bản ghi chưa gửi xong").await;
    phone.look("day-secretary-8-morning").await;
    phone.tap("Gửi tiếp").await;
    phone.sees(TITLE).await;
    phone.tap("Gửi tiếp").await;
    phone.sees("Đã nhận đủ bản ghi âm").await;
    phone.sees("Bạn có thể đóng trang này").await;
    phone.look("day-secretary-9-sent").await;
    phone.close_page().await;
    phone.goto("/").await;
    phone.sees("Bản nháp của bạn").await;
    assert!(!phone.shows("chưa gửi xong").await, "nothing is left");
    phone.tap(TITLE).await;
    phone.comes_to(TITLE).await;
}

/// Submits what is on the page once its recording is ready.
async fn submits(phone: &Browser) {
    let ready = "return !!document.querySelector('.take audio') && !!arguments[0]";
    phone.until("the recording is ready", ready, "now").await;
    phone.tap("Gửi duyệt").await;
    phone.sees("Đã gửi duyệt").await;
    phone.sees("Chờ duyệt").await;
    phone.tap("Loa Bản").await;
    phone.sees("Đang chờ duyệt").await;
}

/// The officer sends it back with a reason that stands ready; its name.
async fn rejected(commune: &Commune) -> String {
    let officer = commune.town.script(Who::Officer);
    let all = officer.get("/bulletins").await.done();
    let id = text(&all[0], "id");
    let officer = commune.town.sign_in(Who::Officer).await;
    let page = officer.open(&format!("/bulletins/{id}")).await;
    let form = page.form("form[action$='/reject']").with("ready", "sound");
    let page = officer.send(form).await;
    assert_eq!(page.status, StatusCode::OK, "{page:?}");
    id
}

/// Reads on the first page why it came back, and records it anew.
async fn records_again(phone: &Browser) {
    phone.tap("Loa Bản").await;
    phone.sees("Bị trả lại, cần sửa").await;
    phone.sees("Lý do: Khó nghe, quá to hoặc quá nhỏ").await;
    phone.look("day-secretary-10-sent-back").await;
    phone.tap_beside(TITLE, "Nghe và sửa").await;
    phone.comes_to(TITLE).await;
    phone.look("day-secretary-11-reason").await;
    phone.tap("Ghi lại").await;
    phone.comes_to("Ghi âm mới").await;
    speaks(phone).await;
    phone.tap("Gửi bản ghi").await;
    phone.sees("Bạn có thể đóng trang này").await;
    phone.tap("Về bản tin").await;
    phone.comes_to(TITLE).await;
}

async fn approved(commune: &Commune, id: &str) {
    let officer = commune.town.script(Who::Officer);
    let seen = officer.get(&format!("/bulletins/{id}")).await.done();
    let recordings = seen["recordings"].as_array().map_or(0, Vec::len);
    assert_eq!(
        recordings, 1,
        "the second in the place of the first: {seen}"
    );
    officer.step(id, "approve", "").await.done();
}

/// Is told on the first page in how many villages it was heard, and when.
async fn is_told(phone: &Browser, hour: &str) {
    let told = format!("Bản tin “{TITLE}” đã phát ở 1/1 thôn");
    for _ in 0..8 {
        phone.tap("Loa Bản").await;
        phone.comes_to("Việc cần làm").await;
        if phone.shows(&told).await {
            break;
        }
        tokio::time::sleep(Duration::from_secs(15)).await;
    }
    phone.sees(&told).await;
    phone.sees(hour).await;
    phone.look("day-secretary-13-heard").await;
}
