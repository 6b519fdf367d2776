//! The day of an officer of the commune, at a desk: what waits is heard, approved or sent back; who
//! will hear it and who will not; an alarm; a bulletin taken back; the figures of the month.

use super::*;
use town::browser::DESK;

const GOOD: &str = "Lịch chi trả chế độ";
const BAD: &str = "Bán thuốc gia truyền";
const SAID: &str = "Dọn đường thôn";

#[tokio::test(flavor = "multi_thread")]
async fn the_officer_approves_sees_who_will_hear_calls_about_an_alarm_withdraws_and_reports() {
    let commune = Commune::built().await;
    let (station, mut village) = commune.village_pc().await;
    let town = &commune.town;
    let heard = town
        .approved(SAID, &[("vi", "village-meeting.vi.m4a")])
        .await;
    commune.airs_soon(&heard.id, &station).await;
    village.says("outcome: Aired").await;
    let good = submitted(&commune, GOOD, "health-book.vi.ogg").await;
    submitted(&commune, BAD, "vssid.vi.mp3").await;

    let desk = commune.browser(DESK, "health-book.vi.ogg").await;
    commune.signs_in(&desk, Who::Officer).await;
    approves(&desk).await;
    rejects(&desk).await;
    // The head chooses an hour of this evening, and somebody pulls the sound card of the PC.
    let later = full_minute(Duration::from_secs(3_600));
    let head = town.script(Who::Head);
    let order = json!({ "bulletins": [good], "areas": [town.village], "repeats": 1,
        "rule": { "kind": "once", "at": commune.local(later) } });
    head.post("/broadcasts", order).await.done();
    head.holds(&station).await;
    sees_who_will_hear(&desk).await;
    village.shut_down().await;
    let wav = format!("wav:{}", village.wav_file().display());
    village.set("LOABAN_PLAYER__OUTPUT", "card:pulled-out");
    village.power_on().await;
    hears_of_an_alarm(&desk).await;
    village.shut_down().await;
    village.set("LOABAN_PLAYER__OUTPUT", &wav);
    village.power_on().await;
    alarm_is_over(&desk).await;
    withdraws(&desk).await;
    reports(&commune, &desk).await;
    assert_eq!(desk.complaints().await, Vec::<String>::new());
}

/// The secretary's bulletin that waits for approval; its name.
async fn submitted(commune: &Commune, title: &str, file: &str) -> String {
    let secretary = commune.town.script(Who::Secretary);
    let id = secretary.draft(&commune.town.village, title).await;
    let recording = secretary
        .upload(&sample(file), &commune.town.village, "vi")
        .await;
    let recording = text(&recording, "id");
    secretary.worked_on(&recording).await;
    secretary.attach(&id, "vi", &recording).await;
    secretary.step(&id, "submit", "").await.done();
    id
}

async fn approves(desk: &Browser) {
    desk.sees("Chờ bạn duyệt").await;
    desk.sees(BAD).await;
    desk.look("day-officer-1-queue").await;
    desk.tap_beside(GOOD, "Nghe và duyệt").await;
    desk.comes_to(GOOD).await;
    listens(desk, ".take audio").await;
    desk.look("day-officer-2-listens").await;
    desk.tap("Duyệt").await;
    desk.sees("Đã duyệt bản tin").await;
}

async fn rejects(desk: &Browser) {
    desk.tap("Loa Bản").await;
    desk.tap_beside(BAD, "Nghe và duyệt").await;
    desk.comes_to(BAD).await;
    desk.tap("Chưa đúng thẩm quyền").await;
    desk.fill(
        "Lý do khác, hoặc nói rõ cần sửa gì",
        "Đài xã không quảng cáo thuốc.",
    )
    .await;
    desk.look("day-officer-3-rejects").await;
    desk.tap("Từ chối").await;
    desk.sees("Đã từ chối bản tin").await;
    desk.sees("Đài xã không quảng cáo thuốc.").await;
    desk.tap("Loa Bản").await;
    desk.comes_to("Việc cần làm").await;
    assert!(!desk.shows("Chờ bạn duyệt").await, "the queue is empty");
}

async fn sees_who_will_hear(desk: &Browser) {
    desk.enter("Theo dõi").await;
    desk.sees("Từ giờ trở đi: ai sẽ nghe").await;
    desk.sees(GOOD).await;
    desk.sees("Sẽ nghe được").await;
    desk.look("day-officer-4-will-hear").await;
}

async fn hears_of_an_alarm(desk: &Browser) {
    desk.tap("Loa Bản").await;
    seen_in_time(desk, "1 cảnh báo về trạm mà bạn chưa xem").await;
    desk.look("day-officer-5-alarm").await;
    desk.tap("Xem, và cần báo cho ai").await;
    desk.comes_to("Cảnh báo").await;
    desk.look("day-officer-6-whom-to-call").await;
    desk.tap("Đã báo head").await;
    desk.sees("Đã ghi là người đó đã được báo").await;
    desk.look("day-officer-7-told").await;
    desk.enter("Theo dõi").await;
    desk.sees("Trạm mất đường ra loa").await;
    desk.look("day-officer-8-will-not-hear").await;
}

async fn alarm_is_over(desk: &Browser) {
    seen_in_time(desk, "Sẽ nghe được").await;
    assert!(!desk.shows("Trạm mất đường ra loa").await);
}

/// Looks again and again at the page, as it keeps itself fresh.
async fn seen_in_time(desk: &Browser, words: &str) {
    for _ in 0..4 {
        if desk.shows(words).await {
            return;
        }
        tokio::time::sleep(Duration::from_secs(11)).await;
    }
    desk.sees(words).await;
}

async fn withdraws(desk: &Browser) {
    desk.enter("Bản tin").await;
    desk.tap(GOOD).await;
    desk.comes_to(GOOD).await;
    desk.tap("Thu hồi").await;
    desk.sees("Thu hồi thì các lịch này không phát nữa").await;
    desk.fill("Lý do thu hồi (không bắt buộc)", "Sai ngày chi trả.")
        .await;
    desk.look("day-officer-9-withdraws").await;
    desk.tap_button("Thu hồi").await;
    desk.sees("Đã thu hồi bản tin").await;
    desk.sees("Lý do: Sai ngày chi trả.").await;
    desk.look("day-officer-10-withdrawn").await;
    desk.enter("Theo dõi").await;
    desk.sees("Không còn lượt phát nào trong ngày").await;
}

async fn reports(commune: &Commune, desk: &Browser) {
    desk.tap("Báo cáo tháng").await;
    desk.comes_to("Báo cáo tháng").await;
    desk.sees("Số bản tin đã phát").await;
    desk.look("day-officer-11-month").await;
    let folder = commune.folder.path();
    desk.keeps_files_in(folder).await;
    desk.tap("Tải bảng cho Excel (CSV)").await;
    let table = came(folder).await;
    assert!(table.contains("Thôn Tòng Xành"), "{table}");
}

/// What is in the table that the browser put into `folder`.
async fn came(folder: &std::path::Path) -> String {
    for _ in 0..100 {
        let entries = std::fs::read_dir(folder).expect("a folder");
        let mut paths = entries.map(|entry| entry.expect("an entry").path());
        if let Some(table) = paths.find(|path| path.extension().is_some_and(|e| e == "csv")) {
            return std::fs::read_to_string(table).expect("a table");
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("no table came into {}", folder.display());
}
