//! tus 1.0.0 as its text says, and what a bad link does.

use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use loaban_server::people::rights::Role;
use loaban_server::recordings::uploads;
use reqwest::{Method, StatusCode};
use sha1::{Digest, Sha1};

use crate::phone::{BYTES, UPLOADS, begin, metadata, outcome, patch, sample, tus};
use crate::support::{Browser, Server};

/// A secretary of one commune, with a token.
async fn secretary(server: &Server) -> Browser {
    let commune = server.area("Xã Cốc San", "commune", None).await;
    let person = server.person("bi.thu", Role::Secretary, &commune).await;
    server.script(&server.token(&person).await)
}

#[tokio::test]
async fn a_recording_sent_in_three_parts_becomes_ready_and_all_of_it_is_there() {
    let server = Server::start().await;
    let mut phone = secretary(&server).await;
    let sound = sample("vneid.vi.m4a");
    let said = [("filename", "bản \u{202e}tin.m4a")];
    let place = begin(&mut phone, sound.len(), &said).await;
    let third = sound.len() / 3;
    for (offset, end) in [(0, third), (third, 2 * third), (2 * third, sound.len())] {
        let head = tus(&mut phone, Method::HEAD, &place, &[], Vec::new()).await;
        assert_eq!(head.headers["upload-offset"], offset.to_string());
        assert_eq!(head.headers["cache-control"], "no-store");
        let sent = patch(&mut phone, &place, offset, &sound[offset..end]).await;
        assert_eq!(sent.status, StatusCode::NO_CONTENT, "{}", sent.body);
        assert_eq!(sent.headers["upload-offset"], end.to_string());
        assert_eq!(sent.headers["tus-resumable"], "1.0.0");
    }
    let recording = outcome(&mut phone, &place).await;
    assert_eq!(recording["state"], "ready", "{recording}");
    assert_eq!(recording["file_name"], "bản tin.m4a");
    assert_eq!(
        recording["language"], "vi",
        "the first language of the area"
    );
    let original = format!(
        "/api/v1/recordings/{}/original",
        recording["id"].as_str().unwrap()
    );
    let kept = phone.bytes(&original).await;
    assert!(kept == sound, "the original is kept untouched");
}

#[tokio::test]
async fn a_file_whose_name_no_database_keeps_is_refused_before_a_byte_is_sent() {
    let server = Server::start().await;
    let mut phone = secretary(&server).await;
    let said = metadata(&[("filename", "bản\0tin.m4a")]);
    let headers = [("upload-length", "9"), ("upload-metadata", said.as_str())];
    let refused = tus(&mut phone, Method::POST, UPLOADS, &headers, Vec::new()).await;
    assert_eq!(
        refused.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{}",
        refused.body
    );
}

#[tokio::test]
async fn what_arrived_before_the_link_broke_is_kept_and_the_rest_follows() {
    let server = Server::start().await;
    let mut phone = secretary(&server).await;
    let sound = sample("vssid.vi.mp3");
    let place = begin(&mut phone, sound.len(), &[]).await;
    let half = sound.len() / 2;
    let mut link = TcpStream::connect(server.address.trim_start_matches("http://")).unwrap();
    let head = format!(
        "PATCH {place} HTTP/1.1\r\nHost: loa\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\n\
         Content-Type: application/offset+octet-stream\r\nContent-Length: {}\r\n\
         Authorization: Bearer {}\r\n\r\n",
        sound.len(),
        phone.token()
    );
    link.write_all(head.as_bytes()).unwrap();
    link.write_all(&sound[..half]).unwrap();
    drop(link);
    let mut offset = 0;
    for _ in 0..100 {
        let head = tus(&mut phone, Method::HEAD, &place, &[], Vec::new()).await;
        offset = head.headers["upload-offset"]
            .to_str()
            .unwrap()
            .parse()
            .unwrap();
        if offset > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(offset, half, "every byte that was sent is there");
    let sent = patch(&mut phone, &place, offset, &sound[offset..]).await;
    assert_eq!(sent.status, StatusCode::NO_CONTENT, "{}", sent.body);
    assert_eq!(outcome(&mut phone, &place).await["state"], "ready");
}

#[tokio::test]
async fn a_wrong_offset_a_wrong_kind_and_a_wrong_version_are_refused_as_the_protocol_says() {
    let server = Server::start().await;
    let mut phone = secretary(&server).await;
    let place = begin(&mut phone, 10, &[]).await;
    let ahead = patch(&mut phone, &place, 4, b"abc").await;
    assert_eq!(ahead.status, StatusCode::CONFLICT);
    assert_eq!(
        ahead.headers["tus-resumable"], "1.0.0",
        "also with a refusal"
    );
    assert_eq!(ahead.json()["type"], "urn:loa-ban:problem:upload-offset");
    let headers = [("content-type", "text/plain"), ("upload-offset", "0")];
    let kind = tus(&mut phone, Method::PATCH, &place, &headers, b"abc".to_vec()).await;
    assert_eq!(kind.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let old = [("tus-resumable", "0.2.2"), ("upload-length", "1")];
    let old = phone.send(Method::POST, UPLOADS, &old, String::new()).await;
    assert_eq!(old.status, StatusCode::PRECONDITION_FAILED);
    assert_eq!(old.headers["tus-version"], "1.0.0");
    let beyond = patch(&mut phone, &place, 0, b"eleven byte").await;
    assert_eq!(beyond.status, StatusCode::PAYLOAD_TOO_LARGE);
    let head = tus(&mut phone, Method::HEAD, &place, &[], Vec::new()).await;
    assert_eq!(head.headers["upload-offset"], "0", "nothing of it counts");
}

#[tokio::test]
async fn a_file_that_is_too_large_is_refused_before_a_byte_is_sent() {
    let server = Server::start().await;
    let mut phone = secretary(&server).await;
    let headers = [("upload-length", "2000000000")];
    let refused = tus(&mut phone, Method::POST, UPLOADS, &headers, Vec::new()).await;
    assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE);
    let said = refused.json();
    assert_eq!(said["title"], "Tệp lớn quá 500 MB");
    assert!(
        said["detail"].as_str().unwrap().contains("ghi ngắn hơn"),
        "{said}"
    );
    let can = phone
        .send(Method::OPTIONS, UPLOADS, &[], String::new())
        .await;
    assert_eq!(can.status, StatusCode::NO_CONTENT);
    assert_eq!(can.headers["tus-max-size"], "500000000");
    let extensions = can.headers["tus-extension"].to_str().unwrap();
    for extension in [
        "creation",
        "creation-defer-length",
        "expiration",
        "checksum",
    ] {
        assert!(
            extensions.split(',').any(|offered| offered == extension),
            "{extension}"
        );
    }
}

#[tokio::test]
async fn an_upload_whose_length_is_said_last_stays_within_the_limit_as_it_grows() {
    let server = Server::start_with(|config| config.uploads.size_limit_mb = 1).await;
    let mut phone = secretary(&server).await;
    let headers = [("upload-defer-length", "1")];
    let made = tus(&mut phone, Method::POST, UPLOADS, &headers, Vec::new()).await;
    let place = made.location().to_owned();
    let head = tus(&mut phone, Method::HEAD, &place, &[], Vec::new()).await;
    assert_eq!(head.headers["upload-defer-length"], "1");
    let sound = sample("health-book.vi.ogg");
    assert_eq!(
        patch(&mut phone, &place, 0, &sound).await.status,
        StatusCode::NO_CONTENT
    );
    let more = patch(&mut phone, &place, sound.len(), &vec![0; 1_000_000]).await;
    assert_eq!(more.status, StatusCode::PAYLOAD_TOO_LARGE, "{}", more.body);
    let end = sound.len().to_string();
    let headers = [
        BYTES,
        ("upload-offset", end.as_str()),
        ("upload-length", end.as_str()),
    ];
    let last = tus(&mut phone, Method::PATCH, &place, &headers, Vec::new()).await;
    assert_eq!(last.status, StatusCode::NO_CONTENT, "{}", last.body);
    assert_eq!(outcome(&mut phone, &place).await["state"], "ready");
}

#[tokio::test]
async fn bytes_that_do_not_hash_to_their_checksum_do_not_count() {
    let server = Server::start().await;
    let mut phone = secretary(&server).await;
    let sound = sample("vneid.pcc.m4a");
    let place = begin(&mut phone, sound.len(), &[("language", "pcc")]).await;
    let checksum = format!("sha1 {}", STANDARD.encode(Sha1::digest(&sound)));
    let headers = [
        BYTES,
        ("upload-offset", "0"),
        ("upload-checksum", checksum.as_str()),
    ];
    let mut altered = sound.clone();
    altered[100] ^= 1;
    let refused = tus(&mut phone, Method::PATCH, &place, &headers, altered).await;
    assert_eq!(refused.status.as_u16(), 460, "{}", refused.body);
    let head = tus(&mut phone, Method::HEAD, &place, &[], Vec::new()).await;
    assert_eq!(head.headers["upload-offset"], "0");
    let taken = tus(&mut phone, Method::PATCH, &place, &headers, sound).await;
    assert_eq!(taken.status, StatusCode::NO_CONTENT, "{}", taken.body);
    assert_eq!(outcome(&mut phone, &place).await["language"], "pcc");
}

#[tokio::test]
async fn a_network_that_lets_only_post_through_is_no_hindrance() {
    let server = Server::start().await;
    let mut phone = secretary(&server).await;
    let sound = sample("online-services.vi.webm");
    let length = sound.len().to_string();
    let said = metadata(&[("filename", "ghi-am.webm")]);
    let headers = [
        BYTES,
        ("upload-length", length.as_str()),
        ("upload-metadata", said.as_str()),
        ("x-http-method-override", "POST"),
    ];
    let first = sound[..1_000].to_vec();
    let made = tus(&mut phone, Method::POST, UPLOADS, &headers, first).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    assert_eq!(
        made.headers["upload-offset"], "1000",
        "creation takes bytes along"
    );
    let place = made.location().to_owned();
    let headers = [
        BYTES,
        ("upload-offset", "1000"),
        ("x-http-method-override", "PATCH"),
    ];
    let rest = sound[1_000..].to_vec();
    let sent = tus(&mut phone, Method::POST, &place, &headers, rest).await;
    assert_eq!(sent.status, StatusCode::NO_CONTENT, "{}", sent.body);
    assert_eq!(outcome(&mut phone, &place).await["state"], "ready");
}

#[tokio::test]
async fn an_upload_is_its_senders_alone_and_ends_by_their_word_or_by_time() {
    let server = Server::start().await;
    let mut phone = secretary(&server).await;
    let place = begin(&mut phone, 10, &[]).await;
    let commune = server.area("Xã khác", "commune", None).await;
    let stranger = server.person("nguoi.la", Role::Secretary, &commune).await;
    let mut stranger = server.script(&server.token(&stranger).await);
    let seen = tus(&mut stranger, Method::HEAD, &place, &[], Vec::new()).await;
    assert_eq!(seen.status, StatusCode::NOT_FOUND);
    let ended = tus(&mut phone, Method::DELETE, &place, &[], Vec::new()).await;
    assert_eq!(ended.status, StatusCode::NO_CONTENT);
    let gone = patch(&mut phone, &place, 0, b"abc").await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    let place = begin(&mut phone, 10, &[]).await;
    patch(&mut phone, &place, 0, b"abc").await;
    server.clock.advance(Duration::from_secs(49 * 3_600));
    let late = tus(&mut phone, Method::HEAD, &place, &[], Vec::new()).await;
    assert_eq!(late.status, StatusCode::GONE);
    assert_eq!(uploads::sweep(&server.state).await.unwrap(), 1);
    assert_eq!(
        phone.get("/api/v1/recordings").await.json(),
        serde_json::json!([])
    );
}

#[tokio::test]
async fn of_two_senders_at_one_offset_one_is_taken() {
    let server = Server::start().await;
    let mut phone = secretary(&server).await;
    let place = begin(&mut phone, 2_000_000, &[]).await;
    let mut senders = Vec::new();
    for byte in 0..4_u8 {
        let (mut phone, place) = (server.script(phone.token()), place.clone());
        let bytes = vec![byte; 500_000 + usize::from(byte)];
        senders.push(tokio::spawn(async move {
            (
                patch(&mut phone, &place, 0, &bytes).await.status,
                bytes.len(),
            )
        }));
    }
    let mut taken = Vec::new();
    for sender in senders {
        let (status, length) = sender.await.unwrap();
        if status == StatusCode::NO_CONTENT {
            taken.push(length);
        } else {
            assert_eq!(status, StatusCode::CONFLICT);
        }
    }
    let head = tus(&mut phone, Method::HEAD, &place, &[], Vec::new()).await;
    assert_eq!(taken.len(), 1);
    assert_eq!(head.headers["upload-offset"], taken[0].to_string());
}

#[tokio::test]
async fn the_description_of_the_interface_names_every_step_of_an_upload() {
    let server = Server::start().await;
    let described = server.visitor().get("/api/openapi.json").await.json();
    let paths = &described["paths"];
    assert!(paths[UPLOADS]["post"].is_object());
    let one = &paths["/api/v1/uploads/{upload}"];
    for method in ["get", "head", "patch", "delete"] {
        assert!(one[method].is_object(), "{method}: {one}");
    }
    assert!(described["components"]["schemas"]["RecordingWhole"].is_object());
}
