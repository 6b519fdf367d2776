//! The page on the PC: read by everybody, obeyed for everybody at the PC, and for no web page.

use std::time::Duration;

use loaban_player::daemon::{Standing, Status};
use programme::as_run::{CutCause, Outcome, Record, Suppressor};
use programme::programme::MissedRule;
use programme::wire::Fault;
use reqwest::StatusCode;
use reqwest::redirect::Policy;

use crate::pc::{Pc, at, instant, is_on_air};

fn browser() -> reqwest::Client {
    reqwest::Client::builder()
        .redirect(Policy::none())
        .build()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn stop_silences_at_once_and_is_on_record() {
    let pc = Pc::on_duty(at(6, 0)).await;
    pc.commune.publish(&pc.commune.one(1, 1, at(6, 30), 60));
    pc.prepared(1).await;
    pc.skip(Duration::from_secs(30 * 60 - 5)).await;
    pc.pass_until(is_on_air).await;

    let pressed = browser()
        .post(format!("{}/stop", pc.screen()))
        .header("origin", pc.screen())
        .send()
        .await
        .unwrap();
    assert_eq!(pressed.status(), StatusCode::SEE_OTHER);
    let status = pc.until(|status| status.on_air.is_none()).await;
    assert_eq!(status.standing, Standing::Ready);
    let page = browser().get(pc.screen()).send().await.unwrap();
    let page = page.text().await.unwrap();
    assert!(page.contains("Đã dừng: Bản tin số 1"), "{page}");
    let records = pc.reported(3).await;
    let stopped = Some(CutCause::Operator);
    assert!(
        matches!(&records[1], Record::Ended { cut, .. } if *cut == stopped),
        "{records:#?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn stop_names_what_it_ended_and_what_waited_and_what_airs_later_is_not_touched() {
    let pc = Pc::on_duty(at(6, 0)).await;
    let mut programme = pc.commune.empty_programme(1);
    for (number, minute) in [(1, 30), (2, 30), (3, 40)] {
        let start = at(6, minute);
        let then = MissedRule::OnlyThen;
        pc.commune.add(&mut programme, number, start, 60, then);
    }
    pc.commune.publish(&programme);
    pc.prepared(1).await;
    pc.skip(Duration::from_secs(30 * 60 - 5)).await;
    pc.pass_until(is_on_air).await;
    let page = async || {
        let page = browser().get(pc.screen()).send().await.unwrap();
        page.text().await.unwrap()
    };
    let before = page().await;
    assert!(before.contains("Đang chờ đến lượt"), "{before}");
    let with_it = "Bấm DỪNG thì cũng bỏ, không phát:";
    let named = format!("{with_it} <strong>Bản tin số 2</strong>");
    assert!(before.contains(&named), "{before}");

    let pressed = browser().post(format!("{}/stop", pc.screen()));
    pressed.send().await.unwrap();
    let status = pc.until(|status| status.on_air.is_none()).await;
    assert_eq!(status.stopped.as_deref(), Some("Bản tin số 1"));
    assert_eq!(status.left_out, ["Bản tin số 2"]);
    let shown = page().await;
    let waited = "Đang chờ, nay bỏ không phát: <strong>Bản tin số 2</strong>";
    assert!(shown.contains(waited), "{shown}");
    assert!(shown.contains("Máy không tự phát lại"), "{shown}");
    assert!(!shown.contains(with_it), "nothing waits any more: {shown}");

    pc.skip(Duration::from_secs(10 * 60 - 10)).await;
    let status = pc.pass_until(is_on_air).await;
    assert_eq!(status.on_air.unwrap().title, "Bản tin số 3");
    assert_eq!((status.stopped, status.left_out), (None, Vec::new()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stop_left_out_is_forgotten_where_another_begins_at_that_very_moment() {
    let pc = Pc::on_duty(at(6, 0)).await;
    let mut programme = pc.commune.empty_programme(1);
    for (number, minute, seconds) in [(1, 30, 180), (2, 31, 20), (3, 32, 20)] {
        let (start, then) = (at(6, minute), MissedRule::OnlyThen);
        pc.commune.add(&mut programme, number, start, seconds, then);
    }
    pc.commune.publish(&programme);
    pc.prepared(1).await;
    pc.skip(Duration::from_secs(30 * 60 - 5)).await;
    let status = pc.pass_until(is_on_air).await;
    let just_before = instant(at(6, 32)) - Duration::from_secs(1);
    pc.pass(just_before.since(status.wall.unwrap())).await;

    let pressed = browser().post(format!("{}/stop", pc.screen()));
    pressed.send().await.unwrap();
    let third = |title: &str| title == "Bản tin số 3";
    let begun = |status: &Status| status.on_air.as_ref().is_some_and(|on| third(&on.title));
    let status = pc.until(begun).await;
    assert_eq!((status.stopped, status.left_out), (None, Vec::new()));
    let records = pc.reported(4).await;
    let left_out = |record: &Record| {
        let by = Suppressor::Operator;
        matches!(record, Record::Outcome { outcome, .. } if *outcome == Outcome::Suppressed { by })
    };
    assert!(records.iter().any(left_out), "{records:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_web_page_of_somebody_else_cannot_press_a_key_or_read_the_status() {
    let pc = Pc::on_duty(at(6, 0)).await;
    let stop = || browser().post(format!("{}/stop", pc.screen()));
    let forged = stop()
        .header("origin", "https://evil.example")
        .send()
        .await
        .unwrap();
    assert_eq!(forged.status(), StatusCode::FORBIDDEN);
    let hidden = stop()
        .header("sec-fetch-site", "cross-site")
        .send()
        .await
        .unwrap();
    assert_eq!(hidden.status(), StatusCode::FORBIDDEN);
    let opaque = stop().header("origin", "null").send().await.unwrap();
    assert_eq!(opaque.status(), StatusCode::FORBIDDEN);
    let by_command_line = stop().send().await.unwrap();
    assert_eq!(by_command_line.status(), StatusCode::SEE_OTHER);
    let rebound = browser()
        .get(format!("{}/status", pc.screen()))
        .header("host", "evil.example")
        .send()
        .await
        .unwrap();
    assert_eq!(rebound.status(), StatusCode::MISDIRECTED_REQUEST);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_network_sees_the_page_only_where_that_is_said_and_other_sites_never_do() {
    let mut pc = Pc::on_duty(at(6, 0)).await;
    let own = "192.168.1.20:8090";
    let look = async |pc: &Pc, host: &str| {
        let asked = browser().get(format!("{}/status", pc.screen()));
        asked.header("host", host).send().await.unwrap().status()
    };
    let stop = async |pc: &Pc, host: &str, origin: &str| {
        let asked = browser().post(format!("{}/stop", pc.screen()));
        let asked = asked.header("host", host).header("origin", origin);
        asked.send().await.unwrap().status()
    };
    assert_eq!(look(&pc, own).await, StatusCode::MISDIRECTED_REQUEST);
    pc.shut_down().await;
    pc.settings.screen_from_network = true;
    pc.switch_on().await;
    for host in [own, "[fd00::20]:8090", "localhost:8090"] {
        assert_eq!(look(&pc, host).await, StatusCode::OK, "{host}");
        let origin = format!("http://{host}");
        assert_eq!(stop(&pc, host, &origin).await, StatusCode::SEE_OTHER);
        for forged in ["http://192.168.1.66", "http://evil.example", "null"] {
            let answer = stop(&pc, host, forged).await;
            assert_eq!(answer, StatusCode::FORBIDDEN, "{forged}");
        }
    }
    let rebound = "evil.example:8090";
    assert_eq!(look(&pc, rebound).await, StatusCode::MISDIRECTED_REQUEST);
    let answer = stop(&pc, rebound, "http://evil.example:8090").await;
    assert_eq!(answer, StatusCode::MISDIRECTED_REQUEST);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_says_what_comes_next_in_the_language_that_was_chosen() {
    let pc = Pc::on_duty(at(6, 0)).await;
    pc.commune.publish(&pc.commune.one(1, 1, at(6, 30), 2));
    pc.prepared(1).await;
    let read = async |path: &str, cookie: &str| {
        let asked = browser()
            .get(format!("{}{path}", pc.screen()))
            .header("cookie", cookie);
        let answer = asked.send().await.unwrap();
        let chosen = answer.headers().get("set-cookie").cloned();
        (answer.text().await.unwrap(), chosen)
    };
    let (page, chosen) = read("/", "").await;
    assert!(page.contains("<h1>SẴN SÀNG</h1>"), "{page}");
    assert!(
        page.contains("<time>06:30</time> <span class=\"title\">Bản tin số 1</span>"),
        "{page}"
    );
    assert!(page.contains("DỪNG"), "{page}");
    assert_eq!(chosen, None);
    let (page, chosen) = read("/?language=en", "").await;
    assert!(page.contains("<h1>READY</h1>"), "{page}");
    let cookie = chosen
        .unwrap()
        .to_str()
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    assert!(read("/", &cookie).await.0.contains("STOP"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_village_head_is_asked_about_a_missed_cue_and_answers_on_the_page() {
    let mut pc = Pc::on_duty(at(6, 0)).await;
    let mut programme = pc.commune.empty_programme(1);
    pc.commune
        .add(&mut programme, 1, at(6, 30), 2, MissedRule::AskHead);
    pc.commune.publish(&programme);
    pc.prepared(1).await;
    pc.cut_power().await;
    pc.clock.reboot(instant(at(7, 0)));
    pc.commune.look().wall_at_boot = instant(at(7, 0));
    pc.switch_on().await;
    let status = pc.pass_until(|status| !status.asked.is_empty()).await;
    assert_eq!(status.on_air, None);
    pc.prepared(1).await;
    let page = reqwest::get(pc.screen())
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(page.contains("formaction=\"/air\""), "{page}");

    let answer = browser()
        .post(format!("{}/air", pc.screen()))
        .header("origin", pc.screen())
        .form(&[("cue", status.asked[0].cue.as_str())])
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    pc.pass_until(is_on_air).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pc_that_is_no_station_yet_says_so_and_how_to_become_one() {
    let mut pc = Pc::beside_server(at(6, 0)).await;
    pc.switch_on().await;
    assert_eq!(pc.status().await.standing, Standing::NotEnrolled);
    let page = reqwest::get(pc.screen())
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(
        page.contains("CHƯA ĐĂNG KÝ") && page.contains("loaban-player enrol"),
        "{page}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_says_in_its_own_language_what_is_missing_and_what_is_wrong() {
    let pc = Pc::on_duty(at(6, 0)).await;
    let read = async || {
        let page = reqwest::get(pc.screen()).await.unwrap();
        page.text().await.unwrap()
    };
    pc.until(|status| status.wall.is_some()).await;
    let page = read().await;
    assert!(page.contains("CHỜ CHƯƠNG TRÌNH"), "{page}");
    assert!(!page.contains("/etc/"), "{page}");
    assert!(
        page.contains("<time>06:0") && !page.contains("UTC"),
        "{page}"
    );

    pc.commune.look().key = ed25519_dalek::SigningKey::from_bytes(&[9; 32]);
    pc.commune.publish(&pc.commune.empty_programme(1));
    pc.until(|status| status.faults.contains(&Fault::ProgrammeRefused))
        .await;
    let page = read().await;
    assert!(page.contains("nên chưa phát được gì: báo cho xã"), "{page}");
    assert!(
        !page.contains("signature") && !page.contains("chương trình cũ"),
        "{page}"
    );

    pc.commune.look().away = true;
    pc.skip(pc.settings.health_interval).await;
    pc.pass_until(|status| status.server_trouble.is_some())
        .await;
    let page = read().await;
    assert!(
        page.contains("mất kết nối – hãy nối mạng") && !page.contains("HTTP status"),
        "{page}"
    );
}
