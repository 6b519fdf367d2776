//! Standbys: the server is away, and somebody at the PC with a PIN lets an emergency sound.

use std::time::Duration;

use argon2::{Argon2, Params, PasswordHasher};
use loaban_player::daemon::Status;
use programme::as_run::{Outcome, Record};
use programme::ids::{BulletinId, PersonId};
use programme::programme::{MissedRule, Programme};
use programme::standby::{Keeper, Standby};
use programme::wire::Fault;
use reqwest::StatusCode;
use reqwest::redirect::Policy;

use crate::commune::Commune;
use crate::pc::{Pc, at, instant, is_on_air};

pub const PIN: &str = "2580";
pub const OFFICERS_PIN: &str = "1379";

fn flood() -> BulletinId {
    BulletinId::from_random([9; 10])
}

pub fn head() -> PersonId {
    PersonId::from_random([4; 10])
}

pub fn officer() -> PersonId {
    PersonId::from_random([6; 10])
}

fn keeper(person: PersonId, name: &str, pin: &str) -> Keeper {
    let params = Params::new(64, 1, 1, None).unwrap();
    let hash = Argon2::from(params).hash_password_with_salt(pin.as_bytes(), b"salt of a person");
    Keeper {
        person,
        name: name.to_owned(),
        pin: hash.unwrap().to_string(),
    }
}

/// A flood warning of `seconds` that stands by, heard so often with a second between; beside it,
/// in the morning, a notice at 6:30.
pub fn programme(commune: &Commune, generation: u64, seconds: u64, repeats: u32) -> Programme {
    let mut programme = commune.empty_programme(generation);
    commune.add(&mut programme, 9, at(6, 0), seconds, MissedRule::OnlyThen);
    programme.broadcasts.clear();
    if commune.wall() < instant(at(6, 30)) {
        commune.add(&mut programme, 1, at(6, 30), 2, MissedRule::OnlyThen);
    }
    programme.standby = vec![Standby {
        bulletin: flood(),
        must_understand: Vec::new(),
        when: "Suối vượt mốc đỏ".to_owned(),
        repeats: Some(repeats),
        gap: Duration::from_secs(1),
        lasts: Duration::from_secs(3_600),
    }];
    programme.keepers = vec![
        keeper(head(), "Vàng Văn Sáng", PIN),
        keeper(officer(), "Lý Thị Mai", OFFICERS_PIN),
    ];
    programme
}

/// A station at `hour` o'clock that holds all that, and whose server is gone.
pub async fn alone(hour: i8, seconds: u64, repeats: u32) -> Pc {
    let pc = Pc::on_duty(at(hour, 0)).await;
    let held = programme(&pc.commune, 1, seconds, repeats);
    pc.commune.publish(&held);
    pc.prepared(1).await;
    pc.commune.look().away = true;
    pc
}

async fn post(pc: &Pc, path: &str, form: &[(&str, &str)]) -> (StatusCode, String) {
    let browser = reqwest::Client::builder().redirect(Policy::none());
    let url = format!("{}{path}", pc.screen());
    let sent = browser.build().unwrap().post(url).form(form);
    let answer = sent.header("origin", pc.screen()).send().await.unwrap();
    (answer.status(), answer.text().await.unwrap())
}

async fn type_pin(pc: &Pc, pin: &str, drill: &str) -> (StatusCode, String) {
    type_pin_of(pc, &head(), pin, drill).await
}

pub async fn type_pin_of(
    pc: &Pc,
    person: &PersonId,
    pin: &str,
    drill: &str,
) -> (StatusCode, String) {
    let (bulletin, person) = (flood().to_string(), person.to_string());
    let form = [
        ("bulletin", &*bulletin),
        ("person", &*person),
        ("pin", pin),
        ("drill", drill),
    ];
    post(pc, "/emergency", &form).await
}

/// What the last page wants to have pressed.
fn key(page: &str) -> String {
    let rest = page.split("name=\"key\" value=\"").nth(1);
    let rest = rest.unwrap_or_else(|| panic!("{page}"));
    rest.split('"').next().unwrap().to_owned()
}

/// Orders it, as the head does.
pub async fn order(pc: &Pc, drill: &str) {
    let (status, page) = type_pin(pc, PIN, drill).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    let (status, page) = post(pc, "/emergency/air", &[("key", &key(&page))]).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
}

async fn page(pc: &Pc, path: &str) -> String {
    let answer = reqwest::get(format!("{}{path}", pc.screen())).await;
    answer.unwrap().text().await.unwrap()
}

pub fn hears_it(status: &Status) -> bool {
    is_on_air(status) && status.emergency.is_some()
}

pub fn is_over(status: &Status) -> bool {
    status.emergency.is_none() && status.on_air.is_none()
}

pub fn outcomes(records: &[Record]) -> Vec<Outcome> {
    let outcomes = records.iter().filter_map(|record| {
        if let Record::Outcome { outcome, .. } = record {
            Some(outcome.clone())
        } else {
            None
        }
    });
    outcomes.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_is_dead_at_night_and_the_head_warns_of_the_flood_all_the_same() {
    let pc = alone(23, 2, 2).await;
    let front = page(&pc, "/").await;
    assert!(front.contains("href=\"/emergency\""), "{front}");
    let list = page(&pc, "/emergency").await;
    assert!(
        list.contains("Bản tin số 9") && list.contains("Suối vượt mốc đỏ"),
        "{list}"
    );
    let asked = page(&pc, &format!("/emergency?bulletin={}", flood())).await;
    assert!(
        asked.contains("Vàng Văn Sáng") && !asked.contains("argon2"),
        "{asked}"
    );

    let (_, last) = type_pin(&pc, PIN, "yes").await;
    assert!(
        last.contains("PHÁT NGAY") && last.contains("DIỄN TẬP"),
        "{last}"
    );
    pc.pass(Duration::from_secs(3)).await;
    assert!(
        pc.status().await.on_air.is_none(),
        "nothing sounds before the last press"
    );
    let (status, _) = post(&pc, "/emergency/air", &[("key", &key(&last))]).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let status = pc.pass_until(hears_it).await;
    assert!(status.emergency.unwrap().order.drill);
    let front = page(&pc, "/").await;
    assert!(
        front.contains("DIỄN TẬP KHẨN CẤP") && front.contains("tại máy này"),
        "{front}"
    );
    let (again, _) = post(&pc, "/emergency/air", &[("key", &key(&last))]).await;
    assert_eq!(
        again,
        StatusCode::SEE_OTHER,
        "a second press orders nothing more"
    );
    pc.pass_until(is_over).await;

    pc.commune.look().away = false;
    let records = pc.reported(7).await;
    let Record::EmergencyOrdered {
        person,
        order,
        title,
        ..
    } = &records[0]
    else {
        panic!("{records:#?}");
    };
    assert_eq!((person, &**title), (&head(), "Bản tin số 9"));
    assert_eq!(
        (&*order.by, &*order.why),
        ("Vàng Văn Sáng", "Suối vượt mốc đỏ")
    );
    assert!(order.drill && order.at_pc);
    assert!(matches!(
        &records[1],
        Record::Started {
            in_quiet_hours: true,
            ..
        }
    ));
    assert_eq!(outcomes(&records), [Outcome::Aired, Outcome::Aired]);
    let health = pc.commune.look().health.clone().unwrap();
    assert_eq!(health.standby, [flood()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_flat_battery_it_sounds_while_the_time_is_unknown_and_what_is_planned_does_not() {
    let mut pc = alone(6, 2, 2).await;
    let back = pc.commune.wall() + Duration::from_secs(60);
    pc.power_off(Duration::from_secs(60), back).await;
    pc.switch_on().await;
    let status = pc.until(|status| status.generation == 1).await;
    assert!(status.wall.is_none());
    order(&pc, "").await;
    let status = pc.pass_until(hears_it).await;
    assert!(
        status.wall.is_none(),
        "an order does not vouch for the time"
    );
    pc.pass_until(is_over).await;
    pc.skip(Duration::from_secs(40 * 60)).await;
    pc.pass(Duration::from_secs(5)).await;
    assert!(
        pc.status().await.on_air.is_none(),
        "the notice of 6:30 waits for the time"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_power_goes_between_two_hearings_and_only_what_is_left_is_heard_after_it() {
    let mut pc = alone(23, 4, 3).await;
    order(&pc, "").await;
    let second = |status: &Status| {
        let on_air = status.on_air.as_ref();
        hears_it(status) && on_air.is_some_and(|cue| cue.cue.as_str().ends_with("-2"))
    };
    pc.pass_until(second).await;
    let back = pc.commune.wall() + Duration::from_secs(60);
    pc.cut_power().await;
    pc.clock.reboot(back);
    pc.commune.look().wall_at_boot = back;
    pc.switch_on().await;
    pc.pass(Duration::from_secs(5)).await;
    assert!(
        pc.status().await.on_air.is_none(),
        "held until the time is known"
    );
    pc.commune.look().away = false;
    pc.pass_until(hears_it).await;
    let records = pc.reported(12).await;
    assert_eq!(outcomes(&records), vec![Outcome::Aired; 3]);
    let started = |record: &&Record| matches!(record, Record::Started { .. });
    assert_eq!(records.iter().filter(started).count(), 4, "{records:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_commune_takes_back_is_not_offered_and_who_lost_their_role_orders_nothing() {
    let pc = alone(6, 20, 1).await;
    pc.commune.look().away = false;
    let (_, confirmed) = type_pin(&pc, PIN, "").await;
    let mut without = programme(&pc.commune, 2, 20, 1);
    without.keepers.clear();
    pc.commune.publish(&without);
    pc.prepared(2).await;
    let (status, page) = post(&pc, "/emergency/air", &[("key", &key(&confirmed))]).await;
    assert_eq!(status, StatusCode::CONFLICT, "{page}");
    assert!(page.contains("không còn quyền"), "{page}");

    let mut odd = programme(&pc.commune, 3, 20, 1);
    odd.standby[0].must_understand = vec!["only_downstream".to_owned()];
    pc.commune.publish(&odd);
    let status = pc.prepared(3).await;
    assert!(status.standby.offered.is_empty());
    assert_eq!(status.faults, [Fault::ItemNotUnderstood], "it is said");

    pc.commune.publish(&programme(&pc.commune, 4, 20, 1));
    pc.prepared(4).await;
    order(&pc, "").await;
    pc.pass_until(hears_it).await;
    pc.commune.publish(&pc.commune.empty_programme(5));
    pc.until(is_over).await;
    let list = crate::standby::page(&pc, "/emergency").await;
    assert!(list.contains("Xã chưa đặt sẵn"), "{list}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_flood_comes_during_the_drill_and_the_real_order_does_not_wait_for_its_end() {
    let pc = alone(6, 20, 3).await;
    order(&pc, "yes").await;
    pc.pass_until(hears_it).await;
    let (_, last) = type_pin(&pc, PIN, "yes").await;
    let (status, page) = post(&pc, "/emergency/air", &[("key", &key(&last))]).await;
    assert_eq!(status, StatusCode::CONFLICT, "the same drill again: {page}");
    order(&pc, "").await;
    let real = |status: &Status| {
        let emergency = status.emergency.as_ref();
        is_on_air(status) && emergency.is_some_and(|one| !one.order.drill)
    };
    pc.pass_until(real).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drill_that_somebody_stopped_is_still_called_one() {
    let pc = alone(6, 20, 3).await;
    order(&pc, "yes").await;
    pc.pass_until(hears_it).await;
    post(&pc, "/stop", &[]).await;
    pc.pass(Duration::from_secs(2)).await;
    post(&pc, "/stop", &[]).await;
    pc.pass_until(is_over).await;
    let front = page(&pc, "/").await;
    assert!(front.contains("Đã dừng: DIỄN TẬP: "), "{front}");
}
