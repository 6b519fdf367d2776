//! Two tus clients that others wrote, as they come from their packages, send a recording in pieces,
//! break off, and go on where they stopped.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on stops with a sentence"
)]

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

/// What a user of tus-js-client writes, word for word from its documentation: an upload that is
/// aborted when the second piece has arrived, and another one that is given its address. Before it
/// goes on, the client asks how much has arrived; what it is told is in the answer to HEAD.
const MODULE: &str = r#"
import fs from "node:fs";
import * as tus from "tus-js-client";
const [server, token, path, area] = process.argv.slice(-4);
const common = {
  endpoint: server + "/api/v1/uploads",
  headers: { Authorization: "Bearer " + token },
  chunkSize: 20000,
  metadata: { filename: "bản tin.m4a", language: "vi", area },
  retryDelays: null,
};
const begun = await new Promise((done, failed) => {
  const upload = new tus.Upload(fs.createReadStream(path), {
    ...common,
    uploadSize: fs.statSync(path).size,
    onError: failed,
    onSuccess: () => failed(new Error("it was not broken off")),
    onChunkComplete: (size, accepted) => {
      if (accepted === 40000) {
        upload.abort().then(() => done(upload.url), failed);
      }
    },
  });
  upload.start();
});
const offsets = [];
const gone_on = await new Promise((done, failed) => {
  const upload = new tus.Upload(fs.createReadStream(path), {
    ...common,
    uploadUrl: begun,
    uploadSize: fs.statSync(path).size,
    onAfterResponse: (request, answer) => {
      if (request.getMethod() === "HEAD") {
        offsets.push(answer.getHeader("Upload-Offset"));
      }
    },
    onError: failed,
    onSuccess: () => done(upload.url),
  });
  upload.start();
});
if (begun !== gone_on || offsets.join() !== "40000") {
  throw new Error(`${begun} ${gone_on} ${offsets}`);
}
console.log(gone_on);
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_stock_client_uploads_breaks_off_and_resumes() {
    let python = root().join("target/tus-client/bin/python");
    assert!(
        python.exists(),
        "`make test` installs tuspy as {}",
        python.display()
    );
    let mut client = Command::new(python);
    client.args(["-c", SCRIPT]);
    everything_arrives("tuspy", client).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn so_does_one_in_javascript() {
    let folder = root().join("target/npm");
    let package = folder.join("node_modules/tus-js-client");
    assert!(
        package.exists(),
        "`make test` installs {}",
        package.display()
    );
    let mut client = Command::new("node");
    // A module is found from the folder in which it is evaluated.
    client.current_dir(folder);
    client.args(["--input-type=module", "--eval", MODULE, "--"]);
    everything_arrives("tus-js-client", client).await;
}

/// Has `client` send a recording; it is told the server, a token, the file and the village.
async fn everything_arrives(name: &str, mut client: Command) {
    let town = Town::built().await;
    let file = sample("vneid.vi.m4a");
    let token = town.command_line(&["token", "create", "secretary"], "");
    let secretary = town.script(Who::Secretary);
    client
        .args([&town.url(), token.trim()])
        .arg(&file)
        .arg(&town.village);
    let place = run(&mut client).unwrap_or_else(|said| panic!("{name}: {said}"));
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
