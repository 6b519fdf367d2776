//! A person at the PC says what time it is.

use std::time::Duration;

use loaban_player::daemon::Standing;
use loaban_player::screen::time::Said;
use programme::clock::Voucher;
use programme::wire::Fault;
use reqwest::redirect::Policy;
use reqwest::{RequestBuilder, StatusCode};

use crate::pc::{Pc, at, instant, is_on_air};

/// A PC that was without power from 6:00 to `back`, without a server ever since; its own clock
/// shows `shown`, and it holds a cue at 6:30.
pub async fn alone(back: jiff::civil::DateTime, shown: jiff::civil::DateTime) -> Pc {
    let mut pc = Pc::on_duty(at(6, 0)).await;
    pc.commune.publish(&pc.commune.one(1, 1, at(6, 30), 2));
    pc.prepared(1).await;
    pc.commune.look().away = true;
    let off = instant(back).since(pc.commune.wall());
    pc.power_off(off, instant(shown)).await;
    pc.switch_on().await;
    pc.until(|status| status.generation == 1).await;
    pc
}

fn post(pc: &Pc, said: &Said) -> RequestBuilder {
    let browser = reqwest::Client::builder().redirect(Policy::none());
    let browser = browser.build().unwrap();
    browser.post(format!("{}/time", pc.screen())).form(said)
}

pub async fn press(pc: &Pc, said: &Said) -> (StatusCode, String) {
    let pressed = post(pc, said).header("origin", pc.screen());
    let answer = pressed.send().await.unwrap();
    (answer.status(), answer.text().await.unwrap())
}

pub async fn page(pc: &Pc, path: &str) -> String {
    let answer = reqwest::get(format!("{}{path}", pc.screen())).await;
    answer.unwrap().text().await.unwrap()
}

/// What the hidden fields of the last question on a page say.
fn question(page: &str) -> Said {
    let field = |name: &str| {
        let named = format!("name=\"{name}\" value=\"");
        let rest = page
            .split(&named)
            .nth(1)
            .unwrap_or_else(|| panic!("{page}"));
        rest.split('"').next().unwrap().to_owned()
    };
    Said {
        shown: field("shown_ms").parse().ok(),
        shown_boot: field("shown_boot_ms").parse().ok(),
        boot_id: field("boot_id"),
        ..Said::default()
    }
}

pub fn typed(date: &str, time: &str) -> Said {
    Said {
        date: date.to_owned(),
        time: time.to_owned(),
        ..Said::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_press_confirms_the_time_that_the_pc_believes_and_the_village_hears_its_cue() {
    let pc = alone(at(6, 29), at(6, 29)).await;
    let page = page(&pc, "/").await;
    assert!(page.contains("<h1>CHƯA PHÁT: CHƯA BIẾT GIỜ</h1>"), "{page}");
    assert!(
        page.contains("Có phải bây giờ là 06:29, Thứ Hai, 23/11/2026?"),
        "{page}"
    );
    let (status, _) = press(&pc, &question(&page)).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let status = pc.until(|status| status.wall.is_some()).await;
    assert_eq!(status.clock, Some(Voucher::Person));
    let page = self::page(&pc, "/").await;
    assert!(page.contains("do người xác nhận"), "{page}");
    assert!(!page.contains("Có phải bây giờ"), "{page}");
    pc.pass_until(is_on_air).await;

    pc.commune.look().away = false;
    pc.reported(3).await;
    let vouchers = pc.commune.vouchers();
    assert!(vouchers.contains(&(Voucher::Person, None)), "{vouchers:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_sets_another_time_and_the_server_corrects_it() {
    let pc = alone(at(6, 20), at(6, 1)).await;
    let (status, answer) = press(&pc, &typed("23/11/2026", "6h22")).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{answer}");
    let status = pc.until(|status| status.wall.is_some()).await;
    let wall = status.wall.unwrap();
    assert!(
        wall.since(instant(at(6, 22))) < Duration::from_secs(40),
        "{wall:?}"
    );

    pc.commune.look().away = false;
    let by_server = |status: &loaban_player::daemon::Status| status.clock == Some(Voucher::Server);
    pc.pass_until(by_server).await;
    pc.pass_until(|_| pc.commune.vouchers().len() >= 3).await;
    let vouchers = pc.commune.vouchers();
    let [
        (Voucher::Server, None),
        (Voucher::Person, None),
        (Voucher::Server, Some(moved)),
        ..,
    ] = vouchers[..]
    else {
        panic!("{vouchers:?}");
    };
    // Half past the minute that was typed, two minutes and a half ahead of the truth.
    assert!((-151_000..-149_000).contains(&moved), "{moved}");

    let (status, answer) = press(&pc, &typed("23/11/2026", "09:00")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.contains("không chỉnh bằng tay được"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_before_what_the_station_has_seen_is_taken_only_when_confirmed_twice() {
    let pc = alone(at(6, 20), at(3, 0)).await;
    let asked = page(&pc, "/").await;
    let (status, answer) = press(&pc, &question(&asked)).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(answer.contains("loa phát sai giờ"), "{answer}");
    assert!(answer.contains("06:00, Thứ Hai, 23/11/2026"), "{answer}");
    assert_eq!(pc.status().await.standing, Standing::Held);

    let sure = Said {
        sure: true,
        ..question(&answer)
    };
    let (status, _) = press(&pc, &sure).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let status = pc.until(|status| status.wall.is_some()).await;
    assert!(status.wall.unwrap() < instant(at(3, 1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_cannot_be_read_or_is_too_late_is_refused_with_what_to_do() {
    let pc = alone(at(6, 20), at(6, 20)).await;
    let (status, answer) = press(&pc, &typed("23.11.2026", "06:20")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.contains("viết ngày như 25/11/2026"), "{answer}");
    assert!(
        answer.contains("value=\"23.11.2026\""),
        "it is kept: {answer}"
    );
    let (_, answer) = press(&pc, &typed("23/11/1926", "06:20")).await;
    assert!(answer.contains("viết ngày như 25/11/2026"), "{answer}");
    let (_, answer) = press(&pc, &typed("23/11/2026", "6")).await;
    assert!(answer.contains("viết giờ như 17:05"), "{answer}");

    let asked = question(&page(&pc, "/").await);
    let of_another_boot = Said {
        boot_id: "monday".to_owned(),
        ..asked.clone()
    };
    let (_, answer) = press(&pc, &of_another_boot).await;
    assert!(answer.contains("Câu hỏi đã hiện quá lâu"), "{answer}");
    pc.skip(Duration::from_secs(61)).await;
    let (status, _) = press(&pc, &asked).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(pc.status().await.wall, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_is_answered_in_one_sentence_and_no_web_page_is_obeyed() {
    let pc = alone(at(6, 20), at(6, 1)).await;
    let forged = post(&pc, &typed("2026-11-23", "06:20")).header("origin", "https://evil.example");
    assert_eq!(forged.send().await.unwrap().status(), StatusCode::FORBIDDEN);
    let told = async |said: &Said| {
        let asked = post(&pc, said).header("accept", "text/plain");
        let answer = asked.send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    };
    let (status, text) = told(&typed("2026-11-23", "05:00")).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(text.starts_with("Trạm đã ghi nhật ký lúc 06:0"), "{text}");
    let (status, text) = told(&typed("2026-11-23T06:20:00+07:00", "")).await;
    assert_eq!(
        (status, text.as_str()),
        (StatusCode::OK, "06:20, Thứ Hai, 23/11/2026")
    );
    pc.until(|status| status.wall.is_some()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_time_is_unknown_the_page_promises_nothing_that_waits_for_it() {
    let pc = alone(at(6, 20), at(6, 20)).await;
    pc.pass_until(|status| status.server_trouble.is_some())
        .await;
    let held = page(&pc, "/").await;
    assert!(held.contains("mất kết nối – có giờ đúng là phát"), "{held}");
    assert!(!held.contains("vẫn phát"), "{held}");
    assert!(held.contains("Biết giờ rồi mới hiện lịch."), "{held}");
    assert!(!held.contains("Chưa có lịch phát"), "{held}");

    press(&pc, &question(&held)).await;
    pc.until(|status| status.wall.is_some()).await;
    let known = page(&pc, "/").await;
    assert!(known.contains("<time>06:30</time>"), "{known}");
    assert!(known.contains("vẫn phát theo chương trình"), "{known}");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_person_and_the_pc_differ_neither_is_said_to_be_wrong() {
    let pc = alone(at(6, 20), at(6, 20)).await;
    press(&pc, &typed("23/11/2026", "06:25:00")).await;
    pc.until(|status| status.faults.contains(&Fault::ClockWrong))
        .await;
    let page = page(&pc, "/").await;
    let asks = "Giờ đã đặt lệch 5 phút so với đồng hồ máy tính. Hãy xem cái nào đúng.";
    assert!(page.contains(asks), "{page}");
    assert!(!page.contains("Đồng hồ của máy tính sai"), "{page}");
}
