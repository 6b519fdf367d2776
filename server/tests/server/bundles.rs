//! Sticks: what goes to a village by hand, and the log that comes back.

use std::path::Path;
use std::process::Command;

use loaban_server::audit::Author;
use loaban_server::bundles::parcel::{self, Taken};
use loaban_server::bundles::{export, plain};
use loaban_server::stations::station::{self, Station};
use programme::as_run::chain::Tip;
use programme::bundle::{Index, Parcel, StationBundle, StationWord};
use programme::ids::{ContentHash, StationId};
use programme::signed::{Envelope, Verified};
use programme::wire::AsRunBatch;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::as_run::{cut, scheduled};
use crate::town::{JOURNAL, Pc, Town, pc_key, problem, written};

/// The station of the village.
pub async fn station(town: &Town) -> Station {
    let id: StationId = town.station["id"].as_str().unwrap().parse().unwrap();
    let mut connection = town.server.state.database.read().await.unwrap();
    station::find(&mut connection, &id).await.unwrap()
}

async fn exported(town: &Town, stick: &Path) -> export::Exported {
    let stations = [station(town).await];
    let author = Author::command_line();
    export::export(&town.server.state, &author, &stations, stick)
        .await
        .unwrap()
}

/// The bundle on a stick, as the village PC would open it.
fn bundle_on(stick: &Path, pc: &Pc) -> Verified<StationBundle> {
    let file = stick.join(format!("loaban/stations/{}.json", pc.id));
    let envelope: Envelope = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    Verified::<StationBundle>::open_for(&envelope, &pc.key, &pc.id).unwrap()
}

/// What the PC writes onto a stick.
pub fn parcel(pc: &Pc, lines: &[String]) -> Parcel {
    let word = StationWord {
        station: pc.id.clone(),
        generation: 2,
        bundle: None,
        wall: None,
    };
    let journal = JOURNAL.parse().unwrap();
    let batches = lines.last().map(|last| AsRunBatch {
        head: Tip::at(last).unwrap().sign(&journal, &pc_key()),
        journal,
        lines: lines.to_vec(),
    });
    Parcel {
        format_version: 1,
        station: pc.id.clone(),
        word: word.sign(&pc_key()).unwrap(),
        batches: batches.into_iter().collect(),
    }
}

async fn brought(town: &Town, parcel: &Parcel) -> Taken {
    let author = Author::command_line();
    parcel::take(&town.server.state, &author, parcel)
        .await
        .unwrap()
}

/// The lines of one start that the power cut short.
pub async fn day(town: &mut Town) -> (Pc, Vec<String>) {
    let (pc, broadcast, cue) = scheduled(town).await;
    let lines = cut(&cue, &broadcast, town.today(17, 0).as_millis());
    (pc, written(&json!(lines)))
}

async fn stored(town: &Town) -> i64 {
    let mut connection = town.server.state.database.read().await.unwrap();
    let (count,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM as_run")
        .fetch_one(&mut *connection)
        .await
        .unwrap();
    count
}

#[tokio::test]
async fn a_stick_carries_what_the_station_would_be_told_over_the_network() {
    let mut town = Town::start().await;
    let (mut pc, ..) = scheduled(&mut town).await;
    let stick = tempfile::tempdir().unwrap();
    let done = exported(&town, stick.path()).await;
    assert_eq!(done.villages.len(), 1);
    let bundle = bundle_on(stick.path(), &pc);
    let told = pc.http.get("/api/v1/station/programme").await;
    let told: Envelope = serde_json::from_str(&told.body).unwrap();
    assert_eq!(bundle.get().programme, told);
    assert_eq!(bundle.get().etag.as_deref(), Some(&*pc.etag().await));
    let programme = bundle.programme(&pc.key, 0).unwrap();
    let named = programme.get().recordings();
    assert!(!named.is_empty());
    assert_eq!(bundle.get().recordings.len(), named.len());
    for hash in named.keys() {
        let file = stick.path().join(format!("loaban/recordings/{hash}.opus"));
        assert_eq!(ContentHash::of(&std::fs::read(file).unwrap()), *hash);
    }
    let index = std::fs::read(stick.path().join("loaban/index.json")).unwrap();
    let index: Index = serde_json::from_slice(&index).unwrap();
    assert_eq!(index.stations[0].station, pc.id);
    assert_eq!(index.stations[0].generation, programme.get().generation);
}

#[tokio::test]
async fn an_export_that_was_cut_off_goes_on_and_writes_nothing_twice() {
    let mut town = Town::start().await;
    let (pc, ..) = scheduled(&mut town).await;
    let stick = tempfile::tempdir().unwrap();
    let whole = exported(&town, stick.path()).await;
    assert_eq!((whole.kept, whole.written > 0), (0, true));
    let again = exported(&town, stick.path()).await;
    assert_eq!((again.kept, again.written), (whole.written, 0));

    // Pulled out half-way: a recording is torn, and the index is not there.
    let folder = stick.path().join("loaban");
    let recording = bundle_on(stick.path(), &pc).get().recordings[0].hash;
    let torn = folder.join(format!("recordings/{recording}.opus"));
    let half = std::fs::read(&torn).unwrap();
    recordings::durable::write(&torn, &half[..half.len() / 2]).unwrap();
    recordings::durable::remove(&folder.join("index.json")).unwrap();
    let stray = folder.join(format!("recordings/{}.opus", ContentHash::of(b"old")));
    recordings::durable::write(&stray, b"old").unwrap();
    let mended = exported(&town, stick.path()).await;
    assert_eq!((mended.kept, mended.written), (whole.written - 1, 1));
    assert!(std::fs::read(&torn).unwrap() == half);
    assert!(!stray.exists(), "what no bundle names makes room");
    assert!(folder.join("index.json").exists());
}

#[tokio::test]
async fn a_log_that_comes_back_is_kept_once_however_often_and_by_whichever_way_it_comes() {
    let mut town = Town::start().await;
    let (mut pc, lines) = day(&mut town).await;
    let whole = parcel(&pc, &lines);
    let first = brought(&town, &parcel(&pc, &lines[..2])).await;
    assert_eq!((first.new_lines, first.known_lines), (2, 0));
    let second = brought(&town, &whole).await;
    assert_eq!((second.new_lines, second.known_lines), (1, 2));
    for _ in 0..2 {
        let again = brought(&town, &whole).await;
        assert_eq!((again.new_lines, again.known_lines), (0, 3));
    }
    let sent = pc.send(&lines).await;
    assert_eq!(sent.json()["stored_through"], 3, "{}", sent.body);
    assert_eq!(stored(&town).await, 3);

    let stick = tempfile::tempdir().unwrap();
    exported(&town, stick.path()).await;
    let bundle = bundle_on(stick.path(), &pc);
    let receipt = bundle.receipt(&pc.key).unwrap().into_inner();
    let [journal] = &receipt.journals[..] else {
        panic!("{receipt:?}");
    };
    let end = Tip::at(&lines[2]).unwrap();
    assert_eq!(journal.journal.as_str(), JOURNAL);
    assert_eq!((journal.through, journal.hash), (3, end.hash));
    let line = town.head.get("/api/v1/bundles").await.json()[0].clone();
    assert_eq!(line["returned_lines"], 1, "{line}");
    assert_eq!(line["taken_generation"], 2, "{line}");
}

#[tokio::test]
async fn lines_behind_a_gap_wait_for_the_stick_before() {
    let mut town = Town::start().await;
    let (pc, lines) = day(&mut town).await;
    let late = brought(&town, &parcel(&pc, &lines[1..])).await;
    assert_eq!((late.new_lines, late.waiting_lines), (0, 2));
    brought(&town, &parcel(&pc, &lines[..1])).await;
    let late = brought(&town, &parcel(&pc, &lines[1..])).await;
    assert_eq!((late.new_lines, late.waiting_lines), (2, 0));
}

#[tokio::test]
async fn a_log_that_was_altered_on_the_way_is_refused_and_the_pc_is_not_blamed() {
    let mut town = Town::start().await;
    let (pc, lines) = day(&mut town).await;
    let mut altered = parcel(&pc, &lines);
    altered.batches[0].lines[1] = lines[1].replace("83000", "119000");
    let brought = json!(altered);
    let refused = town.head.post_json("/api/v1/bundles/as-run", brought).await;
    let named = (refused.status, problem(&refused));
    assert_eq!(named, (StatusCode::CONFLICT, "parcel-altered".into()));
    let mut dropped = parcel(&pc, &lines);
    dropped.batches[0].lines.pop();
    let refused = town
        .head
        .post_json("/api/v1/bundles/as-run", json!(dropped))
        .await;
    assert_eq!(problem(&refused), "parcel-altered");
    assert_eq!(stored(&town).await, 0);
    let mut head = town.server.signed_in("truong.thon").await;
    let page = head.get("/as-run").await.body;
    assert!(!page.contains("Nhật ký bị đứt"), "{page}");

    // What the PC itself signed and then signed otherwise is its own doing.
    town.head
        .post_json("/api/v1/bundles/as-run", json!(parcel(&pc, &lines)))
        .await;
    let mut entries: Vec<Value> = lines
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    entries[1]["position_ms"] = json!(119_000);
    let rewritten = parcel(&pc, &written(&json!(entries)));
    let refused = town
        .head
        .post_json("/api/v1/bundles/as-run", json!(rewritten))
        .await;
    assert_eq!(problem(&refused), "as-run-broken", "{}", refused.body);
    let page = head.get("/as-run").await.body;
    assert!(page.contains("Nhật ký bị đứt"), "{page}");
}

#[tokio::test]
async fn a_parcel_of_a_stranger_and_what_is_no_parcel_are_refused_in_a_sentence() {
    let mut town = Town::start().await;
    let (pc, lines) = day(&mut town).await;
    let mut foreign = parcel(&pc, &lines);
    foreign.station = StationId::from_random([7; 10]);
    let refused = town
        .head
        .post_json("/api/v1/bundles/as-run", json!(foreign))
        .await;
    assert_eq!(problem(&refused), "parcel-foreign");
    let stick = tempfile::tempdir().unwrap();
    let said = parcel::on(stick.path()).unwrap_err().to_string();
    assert!(said.contains("loaban/as-run"), "{said}");
    for text in [&b"torn"[..], b"{\"format_version\":2}"] {
        let refused = parcel::read(text).unwrap_err();
        assert_eq!(refused.key(), "error-parcel-unreadable");
    }
}

#[tokio::test]
async fn the_file_of_the_panel_is_what_lies_on_a_stick() {
    let mut town = Town::start().await;
    let (pc, ..) = scheduled(&mut town).await;
    let wanted = json!({ "stations": [pc.id, pc.id] });
    let zip = town.head.download("/api/v1/bundles", wanted).await;
    let stick = tempfile::tempdir().unwrap();
    let file = stick.path().join("loaban-usb.zip");
    recordings::durable::write(&file, &zip).unwrap();
    // Another program unpacks it and compares each checksum.
    let unpacked = Command::new("python3")
        .args(["-m", "zipfile", "-e"])
        .args([file.as_path(), stick.path()])
        .output()
        .unwrap();
    assert!(unpacked.status.success(), "{unpacked:?}");
    let bundle = bundle_on(stick.path(), &pc);
    let recordings = std::fs::read_dir(stick.path().join("loaban/recordings"));
    assert_eq!(recordings.unwrap().count(), bundle.get().recordings.len());
    let export = exported(&town, stick.path()).await;
    assert_eq!(export.written, 0, "every recording is there as it is");
}

#[tokio::test]
async fn an_old_amplifier_gets_files_with_plain_names_in_the_order_of_airing() {
    let mut town = Town::start().await;
    let (pc, ..) = scheduled(&mut town).await;
    let daily = town.approved("Thông báo tiêm chủng").await;
    let rule = json!({ "kind": "daily", "times": ["06:15"] });
    town.ordered(&daily, rule).await;
    let folder = tempfile::tempdir().unwrap();
    let old = folder.path().join("2026-11-20_1700_Cu_vi.wav");
    let own = folder.path().join("nhac.wav");
    for file in [&old, &own] {
        recordings::durable::write(file, b"RIFF").unwrap();
    }
    let station = station(&town).await;
    assert_eq!(station.id, pc.id);
    let done = plain::plain(&town.server.state, &station, 3, folder.path())
        .await
        .unwrap();
    // Both bulletins speak with one recording, which the first start names.
    assert_eq!((done.files, done.starts), (1, 3));
    let name = "2026-11-23_1700_Kich-hoat-VNeID_vi.wav";
    let wav = std::fs::read(folder.path().join(name)).unwrap();
    // Channels and rate, as RIFF has them.
    assert_eq!(wav[22..28], [2, 0, 0x44, 0xac, 0, 0], "stereo, 44.1 kHz");
    assert!(!old.exists() && own.exists(), "what is not ours stays");
    let list = std::fs::read_to_string(folder.path().join("README.txt")).unwrap();
    assert!(list.is_ascii(), "{list}");
    assert!(list.contains("23/11/2026 17:00"), "{list}");
    assert!(list.contains("25/11/2026 06:15"), "{list}");
    assert_eq!(list.matches(name).count(), 3, "{list}");
}
