//! Recordings: what becomes of what a phone sends, who hears it, and what our own faults do to it.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::{TryStreamExt, stream};
use loaban_server::people::identity::{Actor, identify};
use loaban_server::people::rights::Role;
use loaban_server::recordings::recording::{self, Stage};
use loaban_server::recordings::refusal::Refusal;
use loaban_server::recordings::uploads::{self, NewUpload};
use loaban_server::recordings::{ingest, shelf};
use loaban_server::web::language::PanelLanguage;
use programme::ids::RecordingId;
use recordings::error::Limit;
use reqwest::header::{AUTHORIZATION, HeaderMap};
use reqwest::{Method, StatusCode};
use serde_json::Value;

use crate::phone::{begin, patch, record, sample};
use crate::support::{Browser, Server};

async fn secretary(server: &Server) -> Browser {
    let commune = server.area("Xã Cốc San", "commune", None).await;
    let person = server.person("bi.thu", Role::Secretary, &commune).await;
    server.script(&server.token(&person).await)
}

#[tokio::test]
async fn every_sample_from_every_kind_of_phone_is_made_fit_to_air() {
    let server = Server::start().await;
    let mut phone = secretary(&server).await;
    for name in [
        "village-meeting.vi.m4a",
        "vssid.pcc.mp3",
        "health-book.pcc.ogg",
    ] {
        let recording = record(&mut phone, &sample(name), &[("filename", name)]).await;
        assert_eq!(recording["state"], "ready", "{name}: {recording}");
        let sound = &recording["sound"];
        let loudness = sound["loudness_lufs"].as_f64().unwrap();
        assert!((-17.0..=-15.0).contains(&loudness), "{name}: {sound}");
        assert!(
            sound["true_peak_dbtp"].as_f64().unwrap() <= -1.5,
            "{name}: {sound}"
        );
        let path = format!(
            "/api/v1/recordings/{}/sound",
            recording["id"].as_str().unwrap()
        );
        let opus = phone.bytes(&path).await;
        assert_eq!(&opus[..4], b"OggS");
        let hash = programme::ids::ContentHash::of(&opus).to_string();
        assert_eq!(sound["hash"], hash, "what is served is what the hash names");
    }
}

#[tokio::test]
async fn each_kind_of_refusal_has_a_sentence_and_an_advice_in_the_readers_language() {
    let server = Server::start_with(|config| config.uploads.length_limit_minutes = 0).await;
    let mut phone = secretary(&server).await;
    let cut = &sample("vneid.vi.m4a")[..2_000];
    let cases: [(&[u8], &str, &str); 4] = [
        (b"", "unreadable", "Tệp rỗng"),
        (
            b"%PDF-1.7 khong phai am thanh",
            "unsupported",
            "Đây là văn bản, không phải âm thanh",
        ),
        (cut, "unreadable", "Tệp bị đứt đoạn, thiếu phần cuối"),
        (
            &sample("vssid.vi.mp3"),
            "over_limit",
            "Bản ghi dài quá 0 phút",
        ),
    ];
    for (bytes, kind, title) in cases {
        let place = begin(&mut phone, bytes.len(), &[]).await;
        if !bytes.is_empty() {
            patch(&mut phone, &place, 0, bytes).await;
        }
        let recording = crate::phone::outcome(&mut phone, &place).await;
        assert_eq!(recording["refusal"]["kind"], kind, "{recording}");
        assert_eq!(recording["refusal"]["title"], title);
        assert!(recording["refusal"]["advice"].as_str().unwrap().len() > 20);
        let english = [("cookie", "language=en"), ("tus-resumable", "1.0.0")];
        let english = phone
            .send(Method::GET, &place, &english, String::new())
            .await
            .json();
        assert_ne!(english["refusal"]["title"], title);
    }
}

#[tokio::test]
async fn sound_is_served_by_range_to_those_who_may_hear_it() {
    let server = Server::start().await;
    let commune = server.area("Xã Cốc San", "commune", None).await;
    let village = server
        .area("Thôn Tòng Xành", "village", Some(&commune))
        .await;
    let other = server
        .area("Thôn Luổng Đơ", "village", Some(&commune))
        .await;
    let mut people = BTreeMap::new();
    for (name, role, area) in [
        ("bi.thu", Role::Secretary, &village),
        ("truong.thon", Role::Head, &village),
        ("can.bo", Role::Officer, &commune),
        ("thon.khac", Role::Head, &other),
    ] {
        let person = server.person(name, role, area).await;
        people.insert(name, server.script(&server.token(&person).await));
    }
    let secretary = people.get_mut("bi.thu").unwrap();
    let recording = record(secretary, &sample("vneid.vi.m4a"), &[]).await;
    let path = format!(
        "/api/v1/recordings/{}/sound",
        recording["id"].as_str().unwrap()
    );
    for name in ["bi.thu", "truong.thon", "can.bo"] {
        let part = [("range", "bytes=0-3")];
        let listener = people.get_mut(name).unwrap();
        let heard = listener
            .send(Method::GET, &path, &part, String::new())
            .await;
        assert_eq!(
            (heard.status, heard.body.as_str()),
            (StatusCode::PARTIAL_CONTENT, "OggS")
        );
        let size = recording["sound"]["size_bytes"].as_u64().unwrap();
        assert_eq!(heard.headers["content-range"], format!("bytes 0-3/{size}"));
        assert_eq!(heard.headers["content-type"], "audio/ogg; codecs=opus");
    }
    let deaf = people.get_mut("thon.khac").unwrap().get(&path).await;
    assert_eq!(deaf.status, StatusCode::NOT_FOUND);
    assert_eq!(
        server.visitor().get(&path).await.status,
        StatusCode::UNAUTHORIZED
    );
    let refused = people.get_mut("truong.thon").unwrap();
    let headers = [("tus-resumable", "1.0.0"), ("upload-length", "1")];
    let refused = refused
        .send(Method::POST, "/api/v1/uploads", &headers, String::new())
        .await;
    assert_eq!(
        refused.status,
        StatusCode::FORBIDDEN,
        "a head listens and does not record"
    );
}

#[tokio::test]
async fn the_same_content_is_kept_once_and_goes_with_the_last_that_needs_it() {
    let server = Server::start().await;
    let mut phone = secretary(&server).await;
    let sound = sample("vssid.pcc.mp3");
    let first = record(&mut phone, &sound, &[]).await;
    let second = record(&mut phone, &sound, &[]).await;
    assert_eq!(first["sound"]["hash"], second["sound"]["hash"]);
    assert_ne!(first["id"], second["id"]);
    assert_eq!(
        kept(&server, &first).await,
        2,
        "one original and one recording"
    );
    let path =
        |recording: &Value| format!("/api/v1/recordings/{}", recording["id"].as_str().unwrap());
    for (recording, left) in [(&first, 2), (&second, 0)] {
        let gone = phone
            .send(Method::DELETE, &path(recording), &[], String::new())
            .await;
        assert_eq!(gone.status, StatusCode::NO_CONTENT, "{}", gone.body);
        assert_eq!(
            phone.get(&path(recording)).await.status,
            StatusCode::NOT_FOUND
        );
        assert_eq!(kept(&server, &first).await, left);
    }
}

#[tokio::test]
async fn work_that_a_dead_server_left_is_done_by_the_next_and_only_once_at_a_time() {
    let server = Server::closed(|_| {}).await;
    let id = sent(&server, &sample("village-meeting.pcc.m4a")).await;
    // A server claims the work and dies: nothing of it is left but the lease.
    assert!(ingest::claim(&server.state).await.unwrap().is_some());
    assert!(
        !ingest::work_once(&server.state).await.unwrap(),
        "the lease is respected"
    );
    server.clock.advance(Duration::from_secs(61));
    assert!(ingest::work_once(&server.state).await.unwrap());
    assert!(matches!(stage(&server, &id).await, Stage::Ready { .. }));
    assert!(
        !ingest::work_once(&server.state).await.unwrap(),
        "and there is no more of it"
    );
}

/// A PC with a flat battery boots in 2030, the power goes again, and the clock is right next time.
#[tokio::test]
async fn work_that_was_begun_under_a_clock_far_ahead_does_not_wait_for_its_day() {
    let server = Server::closed(|_| {}).await;
    let id = sent(&server, &sample("village-meeting.pcc.m4a")).await;
    let right = server.clock.now();
    server.clock.advance(Duration::from_secs(4 * 365 * 86_400));
    assert!(ingest::claim(&server.state).await.unwrap().is_some());
    server.clock.set(right);
    assert!(ingest::work_once(&server.state).await.unwrap());
    assert!(matches!(stage(&server, &id).await, Stage::Ready { .. }));
}

#[tokio::test]
async fn when_our_storage_fails_the_author_is_told_and_may_try_again() {
    let server = Server::closed(|_| {}).await;
    let id = sent(&server, &sample("vneid.pcc.m4a")).await;
    let scratch = server.state.config.storage.data_dir.join("scratch");
    std::fs::create_dir_all(scratch.parent().unwrap()).unwrap();
    std::os::unix::fs::symlink("/proc/nowhere", &scratch).unwrap();
    let mut attempts = 0;
    while !matches!(stage(&server, &id).await, Stage::Refused(Refusal::Storage)) {
        assert!(
            matches!(stage(&server, &id).await, Stage::Processing),
            "nothing is lost"
        );
        attempts += u32::from(ingest::work_once(&server.state).await.unwrap());
        server.clock.advance(Duration::from_secs(3_600));
    }
    assert_eq!(attempts, 6, "five attempts, and the verdict");
    std::fs::remove_file(&scratch).unwrap();
    let actor = secretary_of(&server).await;
    let area = server.find_area(&actor.roles()[0].0).await;
    shelf::try_again(&server.state, &actor, &id, &area)
        .await
        .unwrap();
    assert!(ingest::work_once(&server.state).await.unwrap());
    assert!(matches!(stage(&server, &id).await, Stage::Ready { .. }));
}

#[tokio::test]
async fn a_file_on_which_the_work_takes_too_long_is_refused() {
    let server = Server::closed(|_| {}).await;
    let slow = sent(&server, &sample("village-meeting.pcc.m4a")).await;
    let hurried = ingest::Patience {
        sound: Duration::from_millis(1),
        all: Duration::from_secs(60),
    };
    assert!(
        ingest::work_once_within(&server.state, hurried)
            .await
            .unwrap()
    );
    let Stage::Refused(refusal) = stage(&server, &slow).await else {
        panic!("it is worked on still");
    };
    assert_eq!(
        refusal,
        Refusal::OverLimit(Limit::Slow { max_ms: 1 }),
        "and its author knows"
    );
    let words = refusal.words(PanelLanguage::Vi);
    assert!(words.title.contains("quá lâu"), "{words:?}");
    let usual = ingest::Patience::of(&server.state.config.uploads);
    assert!(usual.sound > Duration::from_secs(60 * 60), "{usual:?}");
    assert!(usual.all > usual.sound, "{usual:?}");
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "a pipe is no file")]
async fn bytes_that_never_come_hold_up_one_recording_and_no_other() {
    let server = Server::closed(|_| {}).await;
    let id = sent(&server, &sample("vneid.pcc.m4a")).await;
    // A pipe that nobody writes to is a disk that never answers.
    let piece = only_file(&server.state.config.storage.data_dir.join("objects"));
    std::fs::remove_file(&piece).unwrap();
    let made = std::process::Command::new("mkfifo").arg(&piece).status();
    assert!(made.unwrap().success());
    let hurried = ingest::Patience {
        sound: Duration::from_secs(60),
        all: Duration::from_millis(300),
    };
    let worked = ingest::work_once_within(&server.state, hurried);
    let worked = tokio::time::timeout(Duration::from_secs(20), worked).await;
    // Whoever still waits for the pipe goes.
    drop(std::fs::File::options().read(true).write(true).open(&piece));
    assert!(worked.expect("it was given up").unwrap());
    assert!(matches!(stage(&server, &id).await, Stage::Processing));
    assert!(
        !ingest::work_once(&server.state).await.unwrap(),
        "it waits before it is tried again"
    );
}

#[tokio::test]
async fn a_form_without_a_file_or_with_one_too_large_says_what_to_do() {
    let server = Server::start_with(|config| config.uploads.size_limit_mb = 1).await;
    let commune = server.area("Xã Cốc San", "commune", None).await;
    server.person("bi.thu", Role::Secretary, &commune).await;
    let mut browser = server.signed_in("bi.thu").await;
    let none = browser
        .post_file("/recordings", &[("language", "pcc")], "", b"")
        .await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        none.body.contains("Chưa chọn tệp âm thanh"),
        "{}",
        none.body
    );
    assert!(
        none.body.contains("value=\"pcc\" selected"),
        "what was chosen stays"
    );
    let large = vec![0; 1_500_000];
    let large = browser
        .post_file("/recordings", &[], "dai.wav", &large)
        .await;
    assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(large.body.contains("Tệp lớn quá 1 MB"), "{}", large.body);
    assert_eq!(
        browser.get("/api/v1/recordings").await.body,
        "[]",
        "nothing is left of it"
    );
}

/// The one file in `folder` or below it.
fn only_file(folder: &std::path::Path) -> std::path::PathBuf {
    let entries: Vec<_> = std::fs::read_dir(folder).unwrap().collect();
    let found = entries.into_iter().map(|entry| entry.unwrap().path());
    let mut files = found.filter_map(|path| match path.is_dir() {
        true => std::fs::read_dir(&path)
            .unwrap()
            .next()
            .map(|_| only_file(&path)),
        false => Some(path),
    });
    files.next().expect("a file")
}

/// A recording that was sent whole to a closed server.
async fn sent(server: &Server, bytes: &[u8]) -> RecordingId {
    let area = server.area("Xã Cốc San", "commune", None).await;
    server.person("bi.thu", Role::Secretary, &area).await;
    let actor = secretary_of(server).await;
    let new = NewUpload {
        area,
        language: "vi".parse().unwrap(),
        file_name: String::new(),
        bulletin: None,
        length_bytes: Some(bytes.len() as u64),
        metadata: String::new(),
    };
    let upload = uploads::create(&server.state, &actor, &new).await.unwrap();
    let body = stream::iter([Ok::<_, std::io::Error>(bytes.to_vec().into())]);
    uploads::append(server.state.clone(), upload, body, None)
        .await
        .unwrap()
        .recording
}

async fn secretary_of(server: &Server) -> Actor {
    let mut connection = server.state.database.read().await.unwrap();
    let person = "SELECT id FROM people WHERE name = 'bi.thu'";
    let (id,): (String,) = sqlx::query_as(person)
        .fetch_one(&mut *connection)
        .await
        .unwrap();
    drop(connection);
    let bearer = format!("Bearer {}", server.token(&id.parse().unwrap()).await);
    let headers = HeaderMap::from_iter([(AUTHORIZATION, bearer.parse().unwrap())]);
    identify(&server.state, &headers).await.unwrap().unwrap()
}

async fn stage(server: &Server, id: &RecordingId) -> Stage {
    let mut connection = server.state.database.read().await.unwrap();
    recording::find(&mut connection, id).await.unwrap().stage
}

/// How many objects hold what `recording` is made of.
async fn kept(server: &Server, recording: &Value) -> usize {
    let listed: Vec<(String, u64)> = server
        .state
        .objects
        .list_kept()
        .try_collect()
        .await
        .unwrap();
    let hashes = [&recording["sound"]["hash"], &recording["original_hash"]];
    let named = |name: &str| {
        hashes
            .iter()
            .any(|hash| name.ends_with(hash.as_str().unwrap()))
    };
    listed.iter().filter(|(name, _)| named(name)).count()
}
