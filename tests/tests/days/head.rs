//! The day of a village head, on a phone: an hour chosen in three taps, two announcements at the
//! same time, the evening heard beforehand, STOP while it sounds, and a word on how it was heard.

use super::*;
use programme::stop::MARGIN;
use town::browser::PHONE;
use town::chatter::{chatter, read_wav, write_wav};
use town::correlate::find_in;

const LONG: &str = "Họp thôn tối nay";
const SHORT: &str = "Tiêm phòng cho trâu bò";
/// From the front page to an order that is kept.
const FEW: u64 = 3;
/// A recording that was found is itself, bit by bit, but for the gain.
const ITSELF: f64 = 0.999;

/// Counts what a person taps.
const COUNT_TAPS: &str = "addEventListener('click', (event) => {\
    const tapped = event.isTrusted && event.detail > 0;\
    sessionStorage.taps = Number(sessionStorage.taps ?? 0) + Number(tapped); }, true);";
const TAPS: &str = "return Number(sessionStorage.taps ?? 0)";

/// Whether a sound of the start that the argument names is heard, and goes on.
const SOUNDS: &str = "\
    const here = document.querySelector('[data-piece][aria-current]');\
    const sound = document.getElementById('sound');\
    return !!here && here.closest('.cue').innerText.includes(arguments[0])\
      && !sound.paused && sound.currentTime > 0.5;";

#[tokio::test(flavor = "multi_thread")]
async fn the_head_chooses_an_hour_solves_a_clash_stops_what_sounds_and_says_it_was_heard() {
    let commune = Commune::built().await;
    let (_station, mut village) = commune.village_pc().await;
    let long = commune.folder.path().join("long.wav");
    write_wav(&long, &chatter(1, 60 * 48_000));
    let town = &commune.town;
    town.approved_of(LONG, &[("vi", long)]).await;
    let meeting = [("vi", sample("health-book.vi.ogg"))];
    let short = town.approved_of(SHORT, &meeting).await;
    let officer = town.script(Who::Officer);
    let door = officer.opens_to_listen(&town.village).await;
    let phone = commune.browser(PHONE, "health-book.vi.ogg").await;
    phone.before_each_page(COUNT_TAPS).await;
    let evening = evening_soon(&commune).await;
    let hour = commune.hour(evening);

    commune.signs_in(&phone, Who::Head).await;
    phone.sees("Đã duyệt, chưa đặt lịch phát").await;
    phone.look("day-head-1-front").await;
    this_evening(&phone, &hour).await;
    another_at_the_same_time(&phone, &hour).await;
    beforehand(&phone).await;

    village.says(&format!("on air: {LONG}")).await;
    stops(&phone).await;
    let silent = read_wav(&village.wav_file()).len();

    at_once(&phone).await;
    says_it_was_heard(&phone).await;
    listens_again(&phone, &door).await;

    let sound = officer.sound(&short.recordings[0], &commune.folder).await;
    let heard = read_wav(&village.wav_file());
    let found = find_in(&sound, &heard, silent..heard.len());
    assert!(found.likeness > ITSELF, "heard whole: {found:?}");
}

/// The evening's session of the commune begins in some minutes.
async fn evening_soon(commune: &Commune) -> Timestamp {
    let admin = commune.town.script(Who::Admin);
    let evening = full_minute(Duration::from_secs(60));
    let seasons = [json!({ "morning": "06:00", "evening": commune.hour(evening) })];
    let path = format!("/areas/{}/timetable", commune.town.village);
    let body = json!({ "seasons": seasons });
    let laid = admin.call(reqwest::Method::PUT, &path, Some(body)).await;
    laid.done();
    evening
}

/// Lets the long one air this evening.
async fn this_evening(phone: &Browser, hour: &str) {
    let before = taps(phone).await;
    phone.tap_beside(LONG, "Phát khi nào?").await;
    phone.comes_to(LONG).await;
    phone.tap(&format!("Chiều nay {hour}")).await;
    phone.sees("Loa sẽ phát").await;
    phone.look("day-head-2-evening").await;
    phone.tap("Đặt lịch phát").await;
    phone.sees("Đã đặt lịch phát").await;
    let used = taps(phone).await - before;
    assert_eq!(used, FEW, "taps");
    phone.sees("Các lượt phát sắp tới").await;
    phone.sees(hour).await;
    phone.look("day-head-3-ordered").await;
}

async fn taps(phone: &Browser) -> u64 {
    let taps = phone.run(TAPS, Vec::new()).await;
    taps.as_u64().unwrap_or_default()
}

/// Wishes the same hour for the short one, is asked, and lets it follow.
async fn another_at_the_same_time(phone: &Browser, hour: &str) {
    phone.tap("Loa Bản").await;
    phone.tap_beside(SHORT, "Phát khi nào?").await;
    phone.comes_to(SHORT).await;
    phone.tap(&format!("Chiều nay {hour}")).await;
    phone.sees(&format!("Trùng giờ với “{LONG}”")).await;
    phone.look("day-head-4-clash").await;
    phone.tap("Tiếp nối").await;
    phone.tap("Đặt lịch phát").await;
    phone.sees("Đã đặt lịch phát").await;
    phone.look("day-head-5-follows").await;
    phone.tap("Loa Bản").await;
    phone.sees("Lịch phát sắp tới").await;
    phone.sees(hour).await;
    for title in [LONG, SHORT] {
        phone.sees(title).await;
    }
    phone.look("day-head-6-next").await;
}

/// Hears beforehand what the village will hear today.
async fn beforehand(phone: &Browser) {
    phone.tap("Xem theo lịch").await;
    phone.comes_to("Lịch").await;
    phone.look("day-head-7-calendar").await;
    phone.tap("Ngày").await;
    phone.tap("Nghe thử cả ngày").await;
    phone.comes_to("Nghe thử cả ngày").await;
    phone.tap("Nghe từ đầu").await;
    phone.until("the first is heard", SOUNDS, LONG).await;
    phone.look("day-head-8-beforehand").await;
    phone.tap("Thôi nghe").await;
}

/// Presses STOP on the first page, and sees that the village is silent.
async fn stops(phone: &Browser) {
    phone.tap("Loa Bản").await;
    phone.sees("Đang phát").await;
    phone.look("day-head-9-sounds").await;
    phone.tap_beside(LONG, "DỪNG").await;
    phone.comes_to("DỪNG").await;
    phone.sees("Đã dừng ở cả 1 trạm").await;
    phone.look("day-head-10-stopped").await;
    // What begins within five seconds is meant by whoever stops: a person reads this for longer.
    tokio::time::sleep(MARGIN).await;
}

/// Lets the short one air now.
async fn at_once(phone: &Browser) {
    phone.enter("Bản tin").await;
    phone.tap(SHORT).await;
    phone.comes_to(SHORT).await;
    phone.look("day-head-11-what-became").await;
    phone.tap("Phát ngay").await;
    phone.sees("Loa sẽ phát").await;
    phone.look("day-head-12-now").await;
    phone.tap("PHÁT NGAY").await;
    phone.sees("Đang gửi lệnh phát").await;
    phone.sees("Đang phát").await;
    phone.look("day-head-13-airs").await;
    for _ in 0..6 {
        if phone.shows("Đã phát").await {
            break;
        }
        tokio::time::sleep(Duration::from_secs(10)).await;
    }
    phone.sees("Đã phát").await;
    phone.look("day-head-14-aired").await;
}

/// Says in the log that it was heard well.
async fn says_it_was_heard(phone: &Browser) {
    phone.enter("Nhật ký phát sóng").await;
    phone.comes_to("Nhật ký phát sóng").await;
    phone.sees("Ở thôn nghe thế nào?").await;
    phone.look("day-head-15-log").await;
    phone.tap_beside("Đã phát", "Nghe rõ").await;
    phone.sees("Đã ghi lời xác nhận của bạn").await;
    phone.sees("Bạn đã trả lời: Nghe rõ").await;
    phone.look("day-head-16-confirmed").await;
}

/// Finds on the village's page what everybody may hear again, and hears it.
async fn listens_again(phone: &Browser, door: &str) {
    phone.enter("Địa bàn").await;
    phone.tap(VILLAGE).await;
    phone.comes_to(VILLAGE).await;
    phone.look("day-head-17-village").await;
    phone.tap(door).await;
    phone.comes_to("Nghe lại loa").await;
    phone.sees(SHORT).await;
    phone.press("main h1").await;
    let words = phone.words().await;
    listens(phone, "audio").await;
    assert!(words.contains("Phát 1 lần"), "{words}");
    phone.look("day-head-18-again").await;
}
