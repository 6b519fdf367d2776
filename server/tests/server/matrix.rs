//! Who reaches what: each operation of the API and each page and form of the panel, asked by
//! everybody there is, with what each of them is answered.
//!
//! The rows lie by room under `matrix/`; [`reached`] says how they are read. What is answered and
//! no row names is an error here, and so is a refusal that the description of the API hides.

use std::collections::BTreeSet;

use self::reached::Row;
use crate::described::{DESCRIPTION, described, routes, taken};
use crate::support::Server;

// The same file is a module of two crates, in one of which the compiler looks beside it.
#[path = "matrix/reached.rs"]
mod reached;
#[path = "matrix/crowd.rs"]
mod crowd;
#[path = "matrix/things.rs"]
mod things;
#[path = "matrix/doors.rs"]
mod doors;
#[path = "matrix/oneself.rs"]
mod oneself;
#[path = "matrix/people.rs"]
mod people;
#[path = "matrix/areas.rs"]
mod areas;
#[path = "matrix/recordings.rs"]
mod recordings;
#[path = "matrix/bulletins.rs"]
mod bulletins;
#[path = "matrix/requests.rs"]
mod requests;
#[path = "matrix/broadcasts.rs"]
mod broadcasts;
#[path = "matrix/emergencies.rs"]
mod emergencies;
#[path = "matrix/stops.rs"]
mod stops;
#[path = "matrix/stations.rs"]
mod stations;
#[path = "matrix/sync.rs"]
mod sync;
#[path = "matrix/watch.rs"]
mod watch;
#[path = "matrix/reports.rs"]
mod reports;
#[path = "matrix/bundles.rs"]
mod bundles;

/// Every row, room by room.
const ROOMS: [&[Row]; 15] = [
    doors::ROWS,
    oneself::ROWS,
    people::ROWS,
    areas::ROWS,
    recordings::ROWS,
    bulletins::ROWS,
    requests::ROWS,
    broadcasts::ROWS,
    emergencies::ROWS,
    stops::ROWS,
    stations::ROWS,
    sync::ROWS,
    watch::ROWS,
    reports::ROWS,
    bundles::ROWS,
];

#[tokio::test]
async fn whatever_is_answered_stands_in_a_row_and_whatever_stands_in_a_row_is_answered() {
    let server = Server::start().await;
    let document = server.visitor().get(DESCRIPTION).await.json();
    let mut answered = BTreeSet::new();
    for (path, methods) in described(&document) {
        let head = document["paths"][&path].get("head").map(|_| "HEAD".into());
        let asked = methods.into_iter().chain(head);
        answered.extend(asked.map(|method| place(&format!("{method} {path}"))));
    }
    for route in routes(&server) {
        if route.starts_with("/api/v1/") {
            continue;
        }
        for method in taken(&server, &route).await.expect("it says what it takes") {
            answered.insert(place(&format!("{method} {route}")));
        }
    }
    let rows = ROOMS.into_iter().flatten();
    let named: BTreeSet<String> = rows.map(|(asked, ..)| place(asked)).collect();
    let unnamed: Vec<_> = answered.difference(&named).collect();
    let gone: Vec<_> = named.difference(&answered).collect();
    assert!(unnamed.is_empty(), "who reaches these? {unnamed:#?}");
    assert!(gone.is_empty(), "nothing answers these: {gone:#?}");
}

#[tokio::test]
async fn the_description_of_the_api_hides_no_refusal() {
    let server = Server::start().await;
    let document = server.visitor().get(DESCRIPTION).await.json();
    let mut said = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let asked = place(&format!("{} {path}", method.to_uppercase()));
            let answers = operation["responses"].as_object().into_iter().flatten();
            said.extend(answers.map(|(status, _)| format!("{asked} {status}")));
        }
    }
    let mut hidden = BTreeSet::new();
    for (asked, _, reached) in ROOMS.into_iter().flatten() {
        let asked = place(asked);
        let answers = reached.iter().map(|status| format!("{asked} {status}"));
        hidden.extend(answers.filter(|_| asked.contains(" /api/v1/")));
    }
    let hidden: Vec<_> = hidden.difference(&said).collect();
    assert!(hidden.is_empty(), "{hidden:#?}");
}

/// What is asked, without what differs from one thing to another.
fn place(asked: &str) -> String {
    let asked = asked.split('?').next().unwrap_or_default();
    let words = asked.split('/');
    let words = words.map(|word| if word.starts_with('{') { "{}" } else { word });
    words.collect::<Vec<_>>().join("/")
}
