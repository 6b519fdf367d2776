//! A tus client that others wrote, as it comes from their package, sends a recording in pieces,
//! breaks off, and goes on where it stopped.

use std::process::Command;

use programme::ids::ContentHash;
use serde_json::Value;
use town::deeds::text;
use town::program::run;
use town::sources::root;
use town::town::{Town, Who, sample};

/// What a user of tuspy writes, word for word from its manual: a client, an uploader, and later
/// another uploader that is given the address of what was begun.
const SCRIPT: &str = r#"
import sys
from tusclient import client
server, token, file, area = sys.argv[1:]
tus = client.TusClient(server + "/api/v1/uploads", headers={"Authorization": "Bearer " + token})
said = {"filename": "bản tin.m4a", "language": "vi", "area": area}
begun = tus.uploader(file, chunk_size=20000, metadata=said)
begun.upload(stop_at=40000)
gone_on = tus.uploader(file, chunk_size=20000, url=begun.url)
assert gone_on.offset == 40000, gone_on.offset
gone_on.upload()
print(gone_on.url)
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_stock_client_uploads_breaks_off_and_resumes() {
    let town = Town::built().await;
    let python = root().join("target/tus-client/bin/python");
    assert!(
        python.exists(),
        "`make test` installs tuspy as {}",
        python.display()
    );
    let file = sample("vneid.vi.m4a");
    let token = town.command_line(&["token", "create", "secretary"], "");
    let secretary = town.script(Who::Secretary);
    let mut client = Command::new(python);
    client
        .args(["-c", SCRIPT, &town.url(), token.trim()])
        .arg(&file)
        .arg(&town.village);
    let place = run(&mut client).unwrap_or_else(|said| panic!("tuspy: {said}"));
    let place = place.trim().strip_prefix(&format!("{}/api/v1", town.url()));
    let recording: Value = secretary
        .get(place.expect("the address of an upload"))
        .await
        .done();
    let found = secretary.worked_on(&text(&recording, "id")).await;
    assert_eq!(found["state"], "ready", "{found}");
    assert_eq!(found["file_name"], "bản tin.m4a");
    let sent = std::fs::read(&file).expect("the sample");
    assert_eq!(
        found["original_hash"],
        ContentHash::of(&sent).to_string(),
        "every byte arrived"
    );
}
