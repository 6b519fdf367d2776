//! The interface keeps what its description promises, to a tester that others wrote: it makes up
//! requests by the description, sensible ones and others, and looks at each answer.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on stops with a sentence"
)]

use std::process::Command;

use programme::enrolment::EnrolmentCode;
use programme::ids::JournalId;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use town::deeds::text;
use town::person::Script;
use town::program::run;
use town::sources::root;
use town::town::{COMMUNE, Town, Who};

/// What is not looked at: whether everything that fits the description is taken, as it names no
/// rooms and no people that are there; and what belongs to whom, as it knows one person at a time
/// (`matrix` of the server asks as eight).
const LEFT_OUT: &str = "positive_data_acceptance,object_level_authorization";
/// Requests that are made up for each operation, beside those for each rule of its description.
const EXAMPLES: &str = "25";

#[tokio::test(flavor = "multi_thread")]
async fn each_answer_is_one_that_the_description_names() {
    let town = Town::built().await;
    let admin = town.script(Who::Admin);
    for role in ["secretary", "head", "officer"] {
        town.command_line(&["user", "role", "--area", COMMUNE, "admin", role], "");
    }
    // Its own answers teach the tester names of what there is.
    let approved = town.announcement(1).await;
    let daily = json!({ "bulletins": [approved.id], "areas": [town.village],
        "rule": { "kind": "daily", "times": ["06:00"] } });
    admin.post("/broadcasts", daily).await.done();
    let (_, code) = admin.new_station(&town.village).await;
    enrolled(&town, &code, 1).await;

    let token = town.command_line(&["token", "create", "admin"], "");
    let events = "/api/v1/station/events";
    asked(&town, token.trim(), &["--exclude-path", events]);
    let tester = Script::new(&town.url(), token.trim());
    let still = tester.get("/me").await.status;
    assert_eq!(still, StatusCode::OK, "the tester took its own token");
    // The first PC was perhaps closed out by then.
    let (_, code) = tester.new_station(&town.village).await;
    let station = enrolled(&town, &code, 2).await;
    // A stream of events has no end, and a PC has no other words for people.
    let own = [
        "--include-path-regex",
        "/api/v1/station/",
        "--exclude-path",
        events,
    ];
    asked(&town, &station, &own);
}

/// Lets the PC of a number in, and gives the token that it is given.
async fn enrolled(town: &Town, code: &str, number: u8) -> String {
    let code: EnrolmentCode = code.parse().expect("a code");
    let own_key = ed25519_dalek::SigningKey::from_bytes(&[number; 32]);
    let request = json!({ "secret": code.secret(), "journal": JournalId::from_random([number; 10]),
        "key": programme::signed::key_text(&own_key.verifying_key()), "version": "0.1.0" });
    let nobody = Script::new(&town.url(), "nobody");
    let answer: Value = nobody
        .call(Method::POST, "/enrol", Some(request))
        .await
        .done();
    text(&answer, "token")
}

/// Has the tester ask with `token`.
fn asked(town: &Town, token: &str, which: &[&str]) {
    let program = root().join("target/schemathesis/bin/schemathesis");
    assert!(
        program.exists(),
        "`make test` installs {}",
        program.display()
    );
    let folder = tempfile::tempdir().expect("a folder");
    let mut tester = Command::new(program);
    tester.current_dir(folder.path());
    let settings = root().join("tests/tests/interface.toml");
    tester.arg("--config-file").arg(settings);
    tester.args(["run", &format!("{}/api/openapi.json", town.url())]);
    tester.args(["--header", &format!("Authorization: Bearer {token}")]);
    tester.args([
        "--checks",
        "all",
        "--exclude-checks",
        LEFT_OUT,
        "--max-examples",
        EXAMPLES,
        "--seed",
        "1",
    ]);
    tester.args([
        "--phases",
        "coverage,fuzzing,stateful",
        "--no-shrink",
        "--no-color",
    ]);
    tester.args(["--request-timeout", "10", "--suppress-health-check", "all"]);
    // It has no words for pieces of an upload; stock tus clients have (`tus_client`).
    tester.args(["--exclude-operation-id", "patch_uploads_upload"]);
    tester.args(which);
    if let Err(said) = run(&mut tester) {
        panic!("{said}");
    }
}
