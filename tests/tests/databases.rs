//! Both engines keep the same contract: the server's own stories run here on PostgreSQL, and what
//! the rooms rely on is asked of SQLite and PostgreSQL side by side.
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on stops"
)]

use std::time::Duration;

use loaban_server::State;
use loaban_server::clock::{Clock, Randomness, SetClock};
use loaban_server::config::{self, Config};
use loaban_server::database::{Database, is_taken};
use programme::units::WallTime;

use self::both::{Both, Place, columns};

#[path = "databases/both.rs"]
mod both;
#[path = "../../server/tests/server/support.rs"]
mod support;
#[path = "../../server/tests/server/phone.rs"]
mod phone;
#[path = "../../server/tests/server/town.rs"]
mod town;

#[path = "../../server/tests/server/sign_in.rs"]
mod sign_in;
#[path = "../../server/tests/server/signed_in_at.rs"]
mod signed_in_at;
#[path = "../../server/tests/server/forms.rs"]
mod forms;
#[path = "../../server/tests/server/typed.rs"]
mod typed;
#[path = "../../server/tests/server/rights.rs"]
mod rights;
#[path = "../../server/tests/server/invitations.rs"]
mod invitations;
#[path = "../../server/tests/server/invitation_message.rs"]
mod invitation_message;
#[path = "../../server/tests/server/matrix.rs"]
mod matrix;
#[path = "../../server/tests/server/tokens.rs"]
mod tokens;
#[path = "../../server/tests/server/pages.rs"]
mod pages;
#[path = "../../server/tests/server/described.rs"]
mod described;
#[path = "../../server/tests/server/front.rs"]
mod front;
#[path = "../../server/tests/server/audit.rs"]
mod audit;
#[path = "../../server/tests/server/uploads.rs"]
mod uploads;
#[path = "../../server/tests/server/recordings.rs"]
mod recordings;
#[path = "../../server/tests/server/cuts.rs"]
mod cuts;
#[path = "../../server/tests/server/bulletins.rs"]
mod bulletins;
#[path = "../../server/tests/server/bulletin_pages.rs"]
mod bulletin_pages;
#[path = "../../server/tests/server/sent_back.rs"]
mod sent_back;
#[path = "../../server/tests/server/deleted_drafts.rs"]
mod deleted_drafts;
#[path = "../../server/tests/server/writing.rs"]
mod writing;
#[path = "../../server/tests/server/requests.rs"]
mod requests;
#[path = "../../server/tests/server/request_rules.rs"]
mod request_rules;
#[path = "../../server/tests/server/races.rs"]
mod races;
#[path = "../../server/tests/server/overtaken.rs"]
mod overtaken;
#[path = "../../server/tests/server/broadcasts.rs"]
mod broadcasts;
#[path = "../../server/tests/server/upcoming.rs"]
mod upcoming;
#[path = "../../server/tests/server/ordering.rs"]
mod ordering;
#[path = "../../server/tests/server/play_now.rs"]
mod play_now;
#[path = "../../server/tests/server/policies.rs"]
mod policies;
#[path = "../../server/tests/server/weekends.rs"]
mod weekends;
#[path = "../../server/tests/server/timetables.rs"]
mod timetables;
#[path = "../../server/tests/server/timetable_pages.rs"]
mod timetable_pages;
#[path = "../../server/tests/server/zones.rs"]
mod zones;
#[path = "../../server/tests/server/calendar.rs"]
mod calendar;
#[path = "../../server/tests/server/rehearsal.rs"]
mod rehearsal;
#[path = "../../server/tests/server/clashes.rs"]
mod clashes;
#[path = "../../server/tests/server/replaced.rs"]
mod replaced;
#[path = "../../server/tests/server/moving.rs"]
mod moving;
#[path = "../../server/tests/server/moving_today.rs"]
mod moving_today;
#[path = "../../server/tests/server/followed.rs"]
mod followed;
#[path = "../../server/tests/server/later_days.rs"]
mod later_days;
#[path = "../../server/tests/server/villages.rs"]
mod villages;
#[path = "../../server/tests/server/emergencies.rs"]
mod emergencies;
#[path = "../../server/tests/server/emergency_orders.rs"]
mod emergency_orders;
#[path = "../../server/tests/server/emergency_pages.rs"]
mod emergency_pages;
#[path = "../../server/tests/server/emergency_places.rs"]
mod emergency_places;
#[path = "../../server/tests/server/emergency_stations.rs"]
mod emergency_stations;
#[path = "../../server/tests/server/standbys.rs"]
mod standbys;
#[path = "../../server/tests/server/drills.rs"]
mod drills;
#[path = "../../server/tests/server/listen.rs"]
mod listen;
#[path = "../../server/tests/server/stops.rs"]
mod stops;
#[path = "../../server/tests/server/position.rs"]
mod position;
#[path = "../../server/tests/server/stations.rs"]
mod stations;
#[path = "../../server/tests/server/station_volume.rs"]
mod station_volume;
#[path = "../../server/tests/server/places_by_script.rs"]
mod places_by_script;
#[path = "../../server/tests/server/station_health.rs"]
mod station_health;
#[path = "../../server/tests/server/alarms.rs"]
mod alarms;
#[path = "../../server/tests/server/as_run.rs"]
mod as_run;
#[path = "../../server/tests/server/as_run_guard.rs"]
mod as_run_guard;
#[path = "../../server/tests/server/outcomes.rs"]
mod outcomes;
#[path = "../../server/tests/server/bundles.rs"]
mod bundles;
#[path = "../../server/tests/server/bundle_pages.rs"]
mod bundle_pages;
#[path = "../../server/tests/server/traps.rs"]
mod traps;
#[path = "../../server/tests/server/reports.rs"]
mod reports;
#[path = "../../server/tests/server/today.rs"]
mod today;
#[path = "../../server/tests/server/coverage.rs"]
mod coverage;
#[path = "../../server/tests/server/left_waiting.rs"]
mod left_waiting;
#[path = "../../server/tests/server/interrupted.rs"]
mod interrupted;
#[path = "../../server/tests/server/figures.rs"]
mod figures;

#[tokio::test]
async fn both_engines_hold_the_same_tables_and_coming_up_to_date_twice_changes_nothing() {
    let both = Both::open().await;
    let before = columns(&both.sqlite).await;
    assert_eq!(before, columns(&both.postgres).await);
    assert!(
        before.contains("audit.verb") && before.len() > 40,
        "{before:?}"
    );
    for database in both.each() {
        database.migrate().await.expect("up to date already");
        assert_eq!(before, columns(database).await);
    }
}

#[tokio::test]
async fn a_database_that_a_later_release_has_migrated_is_refused() {
    let both = Both::open().await;
    for database in both.each() {
        let mut write = database.write().await.expect("a transaction");
        sqlx::query(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, \
             execution_time) SELECT 9999, 'later', success, checksum, 0 \
             FROM _sqlx_migrations WHERE version = 1",
        )
        .execute(&mut *write)
        .await
        .expect("a mark of the future");
        write.commit().await.expect("a commit");
        let refused = database
            .migrate()
            .await
            .expect_err("it must not touch what it cannot know");
        assert!(format!("{refused:#}").contains("9999"), "{refused:#}");
    }
}

#[tokio::test]
async fn values_come_back_as_they_went_in() {
    let both = Both::open().await;
    for database in both.each() {
        let mut write = database.write().await.expect("a transaction");
        let table = "CREATE TABLE probe (name TEXT PRIMARY KEY, amount BIGINT, ratio DOUBLE \
                     PRECISION, note TEXT)";
        sqlx::query(table)
            .execute(&mut *write)
            .await
            .expect("a table");
        let rows = [
            ("Thôn Ún Tà 📢", Some(i64::MIN), Some(-16.5_f64), Some("")),
            ("{\"json\": \"'; DROP\"}", Some(i64::MAX), None, None),
            ("", None, Some(1e-9), Some("Giáy")),
        ];
        for (name, amount, ratio, note) in rows {
            sqlx::query("INSERT INTO probe (name, amount, ratio, note) VALUES ($1, $2, $3, $4)")
                .bind(name)
                .bind(amount)
                .bind(ratio)
                .bind(note)
                .execute(&mut *write)
                .await
                .expect("a row");
            let back: (String, Option<i64>, Option<f64>, Option<String>) =
                sqlx::query_as("SELECT name, amount, ratio, note FROM probe WHERE name = $1")
                    .bind(name)
                    .fetch_one(&mut *write)
                    .await
                    .expect("the row");
            assert_eq!(
                back,
                (name.to_owned(), amount, ratio, note.map(str::to_owned))
            );
        }
        let twice = sqlx::query("INSERT INTO probe (name) VALUES ('')")
            .execute(&mut *write)
            .await;
        assert!(is_taken(&twice.expect_err("the name is taken")));
    }
}

#[tokio::test]
async fn what_is_not_committed_has_not_happened() {
    let both = Both::open().await;
    for database in both.each() {
        let mut write = database.write().await.expect("a transaction");
        sqlx::query("INSERT INTO settings (name, value) VALUES ('x', 'y')")
            .execute(&mut *write)
            .await
            .expect("a row");
        drop(write);
        let mut connection = database.read().await.expect("a connection");
        let (count,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM settings")
            .fetch_one(&mut *connection)
            .await
            .expect("a count");
        assert_eq!(count, 0);
    }
}

#[tokio::test]
async fn a_row_cannot_name_what_is_not_there() {
    let both = Both::open().await;
    for database in both.each() {
        let mut write = database.write().await.expect("a transaction");
        let orphan = sqlx::query(
            "INSERT INTO roles (person_id, area_id, role, given_at_ms) VALUES ('p', 'a', 'r', 1)",
        )
        .execute(&mut *write)
        .await;
        let error = orphan
            .expect_err("neither the person nor the area is there")
            .to_string();
        assert!(error.to_lowercase().contains("foreign key"), "{error}");
    }
}

#[tokio::test]
async fn whoever_holds_a_name_is_alone_with_it() {
    let both = Both::open().await;
    for database in both.each() {
        let mut write = database.write().await.expect("a transaction");
        sqlx::query("INSERT INTO settings (name, value) VALUES ('count', '0')")
            .execute(&mut *write)
            .await
            .expect("a row");
        write.commit().await.expect("a commit");
        let adding: Vec<_> = (0..20)
            .map(|_| tokio::spawn(add_one(database.clone())))
            .collect();
        for added in adding {
            added.await.expect("a task");
        }
        let mut connection = database.read().await.expect("a connection");
        assert_eq!(count(&mut connection).await, 20, "{:?}", database.engine());
    }
}

/// Reads, thinks, writes: two that do so at once lose one of two, unless each is alone.
async fn add_one(database: Database) {
    let mut write = database.write().await.expect("a transaction");
    write.hold("count").await.expect("the name");
    let before = count(&mut write).await;
    tokio::task::yield_now().await;
    sqlx::query("UPDATE settings SET value = $1 WHERE name = 'count'")
        .bind((before + 1).to_string())
        .execute(&mut *write)
        .await
        .expect("a change");
    write.commit().await.expect("a commit");
}

async fn count(connection: &mut loaban_server::database::Connection) -> i64 {
    let (value,): (String,) = sqlx::query_as("SELECT value FROM settings WHERE name = 'count'")
        .fetch_one(connection)
        .await
        .expect("the count");
    value.parse().expect("a number")
}

#[tokio::test]
async fn a_wake_up_reaches_the_other_replicas_of_a_postgresql() {
    let both = Both::open().await;
    let (here, there) = (replica(&both).await, replica(&both).await);
    let mut listener = there.wake.listen();
    let relay = tokio::spawn({
        let there = there.clone();
        async move { there.wake.relay().await }
    });
    let heard = tokio::time::timeout(Duration::from_secs(30), async {
        loop {
            // Until the other listens, nobody hears: whoever waits looks for himself as well.
            here.wake.announce("sta_0000000000000000").await;
            let soon = Duration::from_millis(50);
            if let Ok(Ok(subject)) = tokio::time::timeout(soon, listener.recv()).await {
                return subject;
            }
        }
    });
    assert_eq!(heard.await.expect("it is heard"), "sta_0000000000000000");
    relay.abort();
}

#[tokio::test]
async fn replicas_sign_with_one_key_whoever_starts_first() {
    let both = Both::open().await;
    let (here, there) = tokio::join!(replica(&both), replica(&both));
    assert_eq!(here.signing_key.to_bytes(), there.signing_key.to_bytes());
}

async fn replica(both: &Both) -> State {
    let mut config: Config = config::load(None, []).expect("the manual").config;
    config.storage.data_dir = both.folder.path().join("data");
    config.database.url = both.place.url();
    let clock = Clock::Set(SetClock::at(WallTime::from_millis(support::MORNING)));
    State::open(config, clock, Randomness::system())
        .await
        .expect("a replica")
}
