//! Who reaches what about people, rights and policies: each role in a commune, at each address.

use loaban_server::areas::area::Area;
use loaban_server::people::rights::Role;
use programme::ids::PersonId;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Browser, Server};

/// Nobody, a secretary, a head, an officer, an administrator; and an administrator elsewhere.
type Reached = [u16; 6];

const ADMIN: Reached = [401, 403, 403, 403, 200, 404];
const ADMIN_DONE: Reached = [401, 403, 403, 403, 204, 404];
const READERS: Reached = [401, 403, 403, 200, 200, 200];
const EVERYBODY: Reached = [401, 200, 200, 200, 200, 200];

/// A commune, somebody in it, and a script of each of [`Reached`].
struct Town {
    server: Server,
    commune: Area,
    kept: PersonId,
    scripts: Vec<Browser>,
}

impl Town {
    async fn start() -> Self {
        let server = Server::start().await;
        let commune = server.area("Xã Cốc San", "commune", None).await;
        let other = server.area("Xã Tòng Sành", "commune", None).await;
        let kept = server.person("nguoi.xa", Role::Secretary, &commune).await;
        let mut scripts = vec![server.visitor()];
        for role in Role::ALL {
            let person = server.person(role.name(), role, &commune).await;
            scripts.push(server.script(&server.token(&person).await));
        }
        let stranger = server.person("quan.khac", Role::Admin, &other).await;
        scripts.push(server.script(&server.token(&stranger).await));
        Self {
            server,
            commune,
            kept,
            scripts,
        }
    }

    /// What each of them is answered.
    async fn answered(&mut self, method: &Method, path: &str, body: &Value) -> Reached {
        let mut found: Reached = [0; 6];
        for (script, found) in self.scripts.iter_mut().zip(&mut found) {
            let headers = [("content-type", "application/json")];
            let text = if body.is_null() {
                String::new()
            } else {
                body.to_string()
            };
            let path = format!("/api/v1/{path}");
            let answer = script.send(method.clone(), &path, &headers, text).await;
            *found = answer.status.as_u16();
        }
        found
    }
}

#[tokio::test]
async fn each_role_reaches_what_is_its_own_and_nothing_else() {
    let mut town = Town::start().await;
    let (person, area) = (
        format!("people/{}", town.kept),
        format!("areas/{}", town.commune.id),
    );
    let who = json!({ "name": "a.pao", "full_name": "Sùng A Páo", "role": "head",
        "area_id": town.commune.id });
    let (get, delete) = (Method::GET, Method::DELETE);
    let nothing = || Value::Null;
    let sessions = format!("{person}/sessions");
    let policy = format!("{area}/policy");
    let timetable = format!("{area}/timetable");
    let none = [401, 404, 404, 404, 404, 404];
    for (method, path, body, reached) in [
        (&get, "me/sessions", nothing(), EVERYBODY),
        (
            &delete,
            "me/sessions",
            nothing(),
            [401, 204, 204, 204, 204, 204],
        ),
        (&delete, "me/sessions/none", nothing(), none),
        (&get, &*sessions, nothing(), ADMIN),
        (&delete, &*sessions, nothing(), ADMIN_DONE),
        (
            &get,
            "audit?text=xa&kind=role&from=2026-11-01",
            nothing(),
            READERS,
        ),
        (
            &get,
            "invitations",
            nothing(),
            [401, 403, 403, 403, 200, 200],
        ),
        (
            &Method::POST,
            "invitations",
            who,
            [401, 403, 403, 403, 201, 404],
        ),
        (&delete, "invitations/none", nothing(), none),
        (&Method::POST, "invitations/none/code", nothing(), none),
        (&get, &*policy, nothing(), [401, 200, 200, 200, 200, 404]),
        (&Method::PUT, &*policy, json!({}), ADMIN),
        (&get, &*timetable, nothing(), [401, 200, 200, 200, 200, 404]),
        (&Method::PUT, &*timetable, json!({}), ADMIN),
    ] {
        let found = town.answered(method, path, &body).await;
        assert_eq!(found, reached, "{method} {path}");
    }
}

#[tokio::test]
async fn who_writes_bulletins_deletes_drafts_and_nobody_else_does() {
    let mut town = Town::start().await;
    let secretary = town.scripts.get_mut(1).unwrap();
    let new = json!({ "area_id": town.commune.id, "title": "Họp thôn", "class": "ordinary",
        "valid_until_day": "2026-12-31" });
    let made = secretary.post_json("/api/v1/bulletins", new).await;
    let id = made.json()["id"].as_str().unwrap().to_owned();
    // Who may is refused only because the bulletin is no longer as they say that they saw it.
    let stale = format!("bulletins/{id}?version=99");
    let found = town.answered(&Method::DELETE, &stale, &Value::Null).await;
    assert_eq!(found, [401, 409, 403, 409, 403, 404]);
}

#[tokio::test]
async fn each_role_opens_the_pages_that_are_its_own() {
    let town = Town::start().await;
    let rehearsal = format!("/broadcasts/rehearsal?area={}", town.commune.id);
    for (path, reached) in [
        ("/audit", [403, 403, 200, 200, 200]),
        ("/audit.csv", [403, 403, 200, 200, 200]),
        ("/people", [403, 403, 403, 200, 200]),
        ("/people/new", [403, 403, 403, 200, 200]),
        ("/broadcasts/rehearsal", [200; 5]),
        (&*rehearsal, [200, 200, 200, 200, 404]),
        ("/typed/0", [404; 5]),
    ] {
        let mut found = Vec::new();
        for name in Role::ALL.map(Role::name).into_iter().chain(["quan.khac"]) {
            let mut browser = town.server.signed_in(name).await;
            found.push(browser.get(path).await.status.as_u16());
        }
        assert_eq!(found, reached, "{path}");
        let visitor = town.server.visitor().get(path).await;
        assert_eq!(visitor.status, StatusCode::SEE_OTHER, "{path}");
    }
}

#[tokio::test]
async fn each_role_changes_of_villages_and_stations_what_is_its_own() {
    let mut town = Town::start().await;
    let area = format!("areas/{}/closed", town.commune.id);
    let new = json!({ "area": town.commune.id, "name": "Máy nhà văn hoá" });
    let admin = town.scripts.get_mut(4).unwrap();
    let made = admin.post_json("/api/v1/stations", new).await.json();
    let station = format!("stations/{}", made["id"].as_str().unwrap());
    let loudness = format!("{station}/loudness");
    let closed = format!("{station}/closed");
    let says = json!({ "name": "Máy ở chợ", "clusters": [] });
    let (put, nothing) = (Method::PUT, || Value::Null);
    let stoppers = [401, 403, 200, 200, 200, 404];
    for (method, path, body, reached) in [
        (&put, &*station, says, ADMIN),
        (&put, &*loudness, json!({ "volume_db": -6 }), stoppers),
        (&put, &*area, nothing(), ADMIN_DONE),
        (&Method::DELETE, &*area, nothing(), ADMIN_DONE),
        (&put, &*closed, nothing(), ADMIN_DONE),
    ] {
        let found = town.answered(method, path, &body).await;
        assert_eq!(found, reached, "{method} {path}");
    }
}
