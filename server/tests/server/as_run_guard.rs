//! What whoever owns the database can do to the as-run, and who finds it.

use loaban_server::State;
use loaban_server::as_run::verify::{self, Flaw};
use loaban_server::database::Engine;
use programme::as_run::chain::Break;
use programme::signed::key_text;
use reqwest::StatusCode;
use serde_json::json;

use crate::as_run::{cut, scheduled};
use crate::town::{JOURNAL, Pc, Town, pc_key};

/// What a station's log is called once it was altered.
const ALTERED: &str = "Nhật ký lưu ở đây không như trạm đã ghi";

/// A village whose PC reported one cut start.
async fn reported() -> (Town, Pc) {
    let mut town = Town::start().await;
    let (mut pc, broadcast, cue) = scheduled(&mut town).await;
    let lines = json!(cut(&cue, &broadcast, town.today(17, 0).as_millis()));
    assert_eq!(pc.report(lines).await.status, StatusCode::OK);
    (town, pc)
}

async fn obey(state: &State, sql: &'static str) {
    let mut connection = state.database.read().await.unwrap();
    sqlx::query(sql).execute(&mut *connection).await.unwrap();
}

async fn refused(state: &State, sql: &'static str) -> String {
    let mut connection = state.database.read().await.unwrap();
    let refused = sqlx::query(sql).execute(&mut *connection).await;
    refused.unwrap_err().to_string()
}

#[tokio::test]
async fn what_is_changed_in_the_database_is_found_by_whoever_computes_it_again() {
    let (town, pc) = reported().await;
    let state = town.server.state.clone();
    let verified = async |name: &str| verify::journals(&state, Some(name)).await.unwrap();
    let whole = verified("Máy nhà văn hoá").await.remove(0);
    assert_eq!(whole.found.map(|end| end.sequence), Ok(3));
    assert!(verified("Máy khác").await.is_empty());
    assert_eq!(verify::look(&state).await.unwrap(), 0);

    let change = "UPDATE as_run SET entry = REPLACE(entry, '83000', '119000') WHERE sequence = 3";
    assert!(refused(&state, change).await.contains("append-only"));
    obey(&state, lift_line_guard(&state)).await;
    obey(&state, change).await;
    let broken = verified(&pc.id.to_string()).await.remove(0);
    let flaw = Flaw::Lines(Break::OtherEnd { line: 3 });
    assert_eq!(broken.found, Err(flaw));
    assert_eq!(verify::look(&state).await.unwrap(), 1);
    let mut head = town.server.signed_in("truong.thon").await;
    let page = head.get("/as-run").await.body;
    assert!(
        page.contains(ALTERED) && page.contains("chỗ trạm ký không phải là dòng cuối 3"),
        "{page}"
    );
}

#[tokio::test]
async fn an_altered_log_is_told_until_it_is_put_right_whoever_is_enrolled_meanwhile() {
    let (mut town, _pc) = reported().await;
    let state = town.server.state.clone();
    obey(&state, lift_line_guard(&state)).await;
    let there = "UPDATE as_run SET entry = REPLACE(entry, '83000', '119000') WHERE sequence = 3";
    obey(&state, there).await;
    assert_eq!(verify::look(&state).await.unwrap(), 1);
    town.server.clock.set(town.today(19, 0));
    let code = town.code().await;
    let answer = town.show_code(&code, "jou_zzzzzzzzzzzzzzzz").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let mut head = town.server.signed_in("truong.thon").await;
    for _ in 0..2 {
        for path in ["/", "/as-run", "/stations"] {
            let page = head.get(path).await.body;
            assert!(page.contains(ALTERED), "{path}: {page}");
        }
        assert_eq!(verify::look(&state).await.unwrap(), 1);
    }
    let back = "UPDATE as_run SET entry = REPLACE(entry, '119000', '83000') WHERE sequence = 3";
    obey(&state, back).await;
    assert_eq!(verify::look(&state).await.unwrap(), 0);
    let page = head.get("/as-run").await.body;
    assert!(page.contains("Nhật ký liền mạch, đã ký"), "{page}");
}

#[tokio::test]
async fn a_pc_that_is_enrolled_again_with_its_journal_is_told_of_when_it_breaks_again() {
    let (mut town, mut pc) = reported().await;
    let other = json!([{ "sequence": 1, "boot_id": "another line than the one that was sent" }]);
    assert_eq!(pc.report(other.clone()).await.status, StatusCode::CONFLICT);
    town.server.clock.set(town.today(19, 0));
    let code = town.code().await;
    let answer = town.show_code(&code, JOURNAL).await;
    let mut pc = town.pc(&answer);
    let mut head = town.server.signed_in("truong.thon").await;
    let page = head.get("/as-run").await.body;
    assert!(page.contains("Nhật ký liền mạch, đã ký"), "{page}");
    town.server.clock.set(town.today(20, 0));
    assert_eq!(pc.report(other).await.status, StatusCode::CONFLICT);
    let page = head.get("/as-run").await.body;
    assert!(page.contains("Nhật ký bị đứt, phát hiện"), "{page}");
}

#[tokio::test]
async fn the_enrolment_is_on_record_with_the_key_and_the_journal_of_the_pc() {
    let (mut town, _pc) = reported().await;
    let entries = town.officer.get("/api/v1/audit").await.json();
    let mut entries = entries.as_array().unwrap().iter();
    let enrolment = entries
        .find(|entry| entry["verb"] == "station.enrol")
        .unwrap();
    let said = (&enrolment["detail"]["key"], &enrolment["detail"]["journal"]);
    let key = json!(key_text(&pc_key().verifying_key()));
    assert_eq!(said, (&key, &json!(JOURNAL)));
}

#[tokio::test]
async fn a_journal_with_another_key_than_the_enrolled_one_is_found() {
    let (town, _pc) = reported().await;
    let state = town.server.state.clone();
    let change = "UPDATE journals SET key = \
        'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a'";
    assert!(refused(&state, change).await.contains("its PC"));
    obey(&state, lift_key_guard(&state)).await;
    obey(&state, change).await;
    let found = verify::journals(&state, None).await.unwrap().remove(0);
    assert_eq!(found.found, Err(Flaw::Key));
    assert_eq!(verify::look(&state).await.unwrap(), 1);
    let mut head = town.server.signed_in("truong.thon").await;
    let page = head.get("/as-run").await.body;
    assert!(
        page.contains(ALTERED) && page.contains("không phải khoá đã ghi khi cài trạm"),
        "{page}"
    );
}

#[tokio::test]
async fn a_journal_that_was_removed_with_all_its_lines_is_missed() {
    let (town, pc) = reported().await;
    let state = town.server.state.clone();
    let remove = "DELETE FROM journals";
    assert!(refused(&state, remove).await.contains("its PC"));
    for sql in lift_removal_guards(&state) {
        obey(&state, sql).await;
    }
    obey(&state, "DELETE FROM as_run").await;
    obey(&state, remove).await;
    let found = verify::journals(&state, None).await.unwrap().remove(0);
    assert_eq!((found.station, found.found), (pc.id, Err(Flaw::Missing)));
    assert_eq!(found.journal.as_str(), JOURNAL);
    assert_eq!(verify::look(&state).await.unwrap(), 1);
    let mut head = town.server.signed_in("truong.thon").await;
    let page = head.get("/as-run").await.body;
    assert!(
        page.contains(ALTERED) && page.contains("một nhật ký của trạm không còn"),
        "{page}"
    );
}

#[tokio::test]
async fn lines_that_were_put_to_another_station_are_found_there() {
    let (mut town, pc) = reported().await;
    let state = town.server.state.clone();
    let new = json!({ "area": town.village.id, "name": "Máy thứ hai" });
    town.admin.post_json("/api/v1/stations", new).await;
    obey(&state, lift_line_guard(&state)).await;
    let change = "UPDATE as_run SET station_id = \
        (SELECT id FROM stations WHERE name = 'Máy thứ hai') WHERE sequence = 2";
    obey(&state, change).await;
    let found = verify::journals(&state, None).await.unwrap();
    let flawed: Vec<_> = found.iter().filter(|one| one.found.is_err()).collect();
    assert_eq!(flawed.len(), 1, "{found:?}");
    assert_ne!(flawed[0].station, pc.id, "{found:?}");
    assert_eq!(flawed[0].found, Err(Flaw::Missing));
}

/// What whoever owns the database can do.
fn lift_line_guard(state: &State) -> &'static str {
    match state.database.engine() {
        Engine::Sqlite => "DROP TRIGGER as_run_is_not_changed",
        Engine::Postgres => "DROP TRIGGER as_run_is_append_only ON as_run",
    }
}

fn lift_key_guard(state: &State) -> &'static str {
    match state.database.engine() {
        Engine::Sqlite => "DROP TRIGGER journals_stay_with_their_pc",
        Engine::Postgres => "DROP TRIGGER journals_stay_with_their_pc ON journals",
    }
}

fn lift_removal_guards(state: &State) -> [&'static str; 2] {
    match state.database.engine() {
        Engine::Sqlite => [
            "DROP TRIGGER as_run_is_not_removed",
            "DROP TRIGGER journals_are_not_removed",
        ],
        Engine::Postgres => [
            "DROP TRIGGER as_run_is_append_only ON as_run",
            "DROP TRIGGER journals_are_not_removed ON journals",
        ],
    }
}
