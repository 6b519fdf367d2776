//! What people do wrong: each mistake gets a sentence that says what is so, and another that says
//! what to do, on the panel and for scripts; nothing is lost and nothing plays.
//!
//! A programme with one byte changed is in `offline.rs`, because it needs a player that runs.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a story that cannot go on ends with a sentence"
)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::ToSpan as _;
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{Connection as _, SqliteConnection};
use town::deeds::{day, once, text};
use town::page::Page;
use town::person::Answer;
use town::program::run;
use town::town::{Town, Who, full_minute, local, now, quiet_hour, sample};
use town::village::Village;

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_sound_is_refused_and_stays_on_the_list() {
    let town = Town::built().await;
    let folder = tempfile::tempdir().expect("a folder");
    let notes = written(
        &folder.path().join("ban tin.mp3"),
        "Kính thưa bà con. ".repeat(5_000).as_bytes(),
    );
    let words = refused(&town, &notes, "unsupported").await;
    assert!(words.contains("không phải âm thanh"), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_cut_off_is_refused_with_advice_to_send_it_again() {
    let town = Town::built().await;
    let folder = tempfile::tempdir().expect("a folder");
    let whole = folder.path().join("whole.m4a");
    ffmpeg(
        &[
            "-i",
            &sample("vneid.vi.m4a").to_string_lossy(),
            "-c",
            "copy",
            "-movflags",
            "+faststart",
        ],
        &whole,
    );
    let bytes = std::fs::read(&whole).expect("a file");
    let half = written(&folder.path().join("half.m4a"), &bytes[..bytes.len() / 2]);
    let words = refused(&town, &half, "unreadable").await;
    assert!(words.contains("gửi lại"), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_three_hours_is_refused_as_too_long() {
    let town = Town::built().await;
    let folder = tempfile::tempdir().expect("a folder");
    let hours = folder.path().join("three hours.flac");
    ffmpeg(
        &["-f", "lavfi", "-i", "sine=f=300:r=8000", "-t", "10800"],
        &hours,
    );
    let words = refused(&town, &hours, "over_limit").await;
    assert!(words.contains("dài quá 90 phút"), "{words}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_of_two_gigabytes_is_refused_before_it_is_sent() {
    let town = Town::built().await;
    let said = [
        ("filename", "to.wav"),
        ("language", "vi"),
        ("area", &town.village),
    ];
    let said = said
        .map(|(key, value)| format!("{key} {}", STANDARD.encode(value)))
        .join(",");
    let secretary = town.script(Who::Secretary);
    let request = secretary
        .request(Method::POST, "/uploads")
        .header("tus-resumable", "1.0.0");
    let request = request
        .header("upload-length", 2_000_000_000_u64)
        .header("upload-metadata", said);
    let detail = Answer::of(request).await.refusal(413);
    assert!(detail.contains("m4a"), "{detail}");
    let recordings = secretary.get("/recordings").await.done();
    assert_eq!(recordings, json!([]), "nothing is begun");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_with_a_file_over_the_limit_is_refused_without_a_script_too() {
    let town = Town::built_with(&[("LOABAN_SERVER__UPLOADS__SIZE_LIMIT_MB", "1")]).await;
    let folder = tempfile::tempdir().expect("a folder");
    let large = written(&folder.path().join("large.wav"), &vec![0; 1_500_000]);
    let secretary = town.sign_in(Who::Secretary).await;
    let form = secretary
        .open("/recordings/new")
        .await
        .form("#recording")
        .with_file("file", &large);
    let page = secretary.send(form).await;
    assert_eq!(page.status.as_u16(), 413, "{page:?}");
    assert!(page.all_words().contains("Tệp lớn quá 1 MB"), "{page:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bulletin_without_a_recording_cannot_be_submitted() {
    let town = Town::built().await;
    let secretary = town.script(Who::Secretary);
    let bulletin = secretary.draft(&town.village, "Chưa ghi âm").await;
    let detail = secretary.step(&bulletin, "submit", "").await.refusal(409);
    let person = town.sign_in(Who::Secretary).await;
    let page = person.open(&format!("/bulletins/{bulletin}")).await;
    let page = person.send(page.form("form[action$='/submit']")).await;
    assert_says(&page, "Bản tin chưa có bản ghi âm", &detail);
    let kept = secretary
        .get(&format!("/bulletins/{bulletin}"))
        .await
        .done();
    assert_eq!(kept["state"], "draft", "{kept}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broadcast_in_quiet_hours_cannot_be_ordered() {
    let town = Town::built().await;
    let approved = town.approved("Giữa đêm", &[("vi", "vneid.vi.m4a")]).await;
    let head = town.script(Who::Head);
    let at = quiet_hour() + 30.minutes();
    let detail = head
        .air_once(&approved.id, &town.village, at)
        .await
        .refusal(422);
    let words = ordered(
        &town,
        &approved.id,
        &[
            ("when", "once"),
            ("date", &day(at)),
            ("time", &local(at)[11..]),
        ],
    )
    .await;
    let said = words.all_words();
    assert!(said.contains("giờ yên lặng"), "{said}");
    assert!(said.contains(&detail), "{detail}: {said}");
    assert!(
        words.words("button[value=save]").is_empty(),
        "it cannot be saved: {words:?}"
    );
    assert_eq!(
        head.get("/broadcasts").await.done(),
        json!([]),
        "nothing is ordered"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_before_the_start_is_refused() {
    let town = Town::built().await;
    let approved = town.approved("Ngược ngày", &[("vi", "vneid.vi.m4a")]).await;
    let head = town.script(Who::Head);
    let (from, until) = (day(now() + 96.hours()), day(now() + 48.hours()));
    let mut order = once(
        &approved.id,
        &town.village,
        full_minute(Duration::from_secs(60)),
    );
    let noon = local(now() + 2.hours())[11..].to_owned();
    order["rule"] = json!({ "kind": "daily", "times": [noon], "from": from, "until": until });
    let detail = head.post("/broadcasts", order).await.refusal(422);
    let page = ordered(
        &town,
        &approved.id,
        &[
            ("when", "daily"),
            ("times", &noon),
            ("from", &from),
            ("until", &until),
        ],
    )
    .await;
    assert_says(&page, "trước ngày bắt đầu", &detail);
    assert_eq!(
        head.get("/broadcasts").await.done(),
        json!([]),
        "nothing is ordered"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_enrolment_code_that_is_wrong_used_replaced_or_old_lets_nobody_in() {
    let town = Town::built().await;
    let admin = town.script(Who::Admin);
    let (station, used) = admin.new_station(&town.village).await;
    Village::with_wav_file()
        .enrol(&town.url(), &used)
        .expect("the first PC is let in");

    let (_, replaced) = admin.new_station(&town.village).await;
    let (other, _) = admin.new_station(&town.village).await;
    let old = admin.issue_code(&other).await;
    let stale = admin.issue_code(&station).await;
    let fresh = admin.issue_code(&station).await;
    expire(&town, &other).await;
    let mistyped = format!(
        "{}{}",
        if fresh.starts_with('7') { '8' } else { '7' },
        &fresh[1..]
    );
    for (code, says) in [
        (mistyped.as_str(), "gõ sai một chữ"),
        ("LOA-BAN", "24 chữ và số"),
        (&used, "đã được dùng. Mỗi mã chỉ dùng một lần"),
        (&stale, "gõ mã đang hiện ở đó"),
        (&old, "Mã có hiệu lực"),
    ] {
        let village = Village::with_wav_file();
        let said = village
            .enrol(&town.url(), code)
            .expect_err("nobody is let in");
        assert!(said.contains(says), "{says}: {said}");
    }
    let key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    let body = json!({ "secret": "0000000000", "journal": "jou_0000000000000000", "key": key,
        "version": "1" });
    let detail = admin.post("/enrol", body).await.refusal(422);
    assert!(detail.contains("mã"), "{detail}");
    Village::with_wav_file()
        .enrol(&town.url(), &fresh)
        .expect("the right code still works");
    Village::with_wav_file()
        .enrol(&town.url(), &replaced)
        .expect("and that of another station");
}

/// Sends a file that the server refuses, and gives what the panel says about it.
async fn refused(town: &Town, file: &Path, kind: &str) -> String {
    let secretary = town.script(Who::Secretary);
    let sent = secretary.upload(file, &town.village, "vi").await;
    let id = text(&sent, "id");
    let found = secretary.worked_on(&id).await;
    assert_eq!(found["state"], "refused", "{found}");
    assert_eq!(found["refusal"]["kind"], kind, "{found}");
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    assert_eq!(
        found["file_name"],
        Value::from(name.as_ref()),
        "it stays on the list: {found}"
    );
    let page = town
        .sign_in(Who::Secretary)
        .await
        .open(&format!("/recordings/{id}"))
        .await;
    let words = page.words(".alert").concat();
    for part in ["title", "advice"] {
        assert!(
            words.contains(&text(&found["refusal"], part)),
            "{part} of {found}: {words}"
        );
    }
    words
}

/// Fills in the order of a broadcast and looks at it.
async fn ordered(town: &Town, bulletin: &str, fields: &[(&str, &str)]) -> Page {
    let head = town.sign_in(Who::Head).await;
    let page = head
        .open(&format!("/broadcasts/new?bulletin={bulletin}"))
        .await;
    let mut form = page
        .form("form.order")
        .without("area")
        .with("area", &town.village);
    for (name, value) in fields {
        form = form.with(name, value);
    }
    head.send(form.with("step", "preview")).await
}

/// The page says what is so, and the advice that scripts get too.
fn assert_says(page: &Page, what: &str, advice: &str) {
    let words = page.all_words();
    assert!(page.status.is_client_error(), "{page:?}");
    assert!(
        words.contains(what) && words.contains(advice),
        "{what}, {advice}: {page:?}"
    );
}

/// The codes of a station have lain about for too long.
async fn expire(town: &Town, station: &str) {
    let url = format!("sqlite:{}", town.database().display());
    let mut database = SqliteConnection::connect(&url).await.expect("the database");
    let sql = "UPDATE enrolment_codes SET expires_at_ms = 1 WHERE station_id = $1";
    let expired = sqlx::query(sql).bind(station).execute(&mut database).await;
    assert!(expired.expect("codes").rows_affected() > 0);
}

fn written(path: &Path, bytes: &[u8]) -> PathBuf {
    recordings::durable::write(path, bytes).expect("a file");
    path.to_owned()
}

fn ffmpeg(arguments: &[&str], out: &Path) {
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg
        .args(["-nostdin", "-v", "error", "-y"])
        .args(arguments)
        .arg(out);
    run(&mut ffmpeg).unwrap_or_else(|said| panic!("{}: {said}", out.display()));
}
