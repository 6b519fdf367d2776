//! A commune with a village, its people, an approved bulletin, and a village PC.

use ed25519_dalek::SigningKey;
use loaban_server::areas::area::Area;
use loaban_server::people::rights::Role;
use loaban_server::programmes::chime;
use programme::as_run::chain::Tip;
use programme::ids::StationId;
use programme::programme::Programme;
use programme::signed::{Envelope, Verified, key_text};
use programme::units::WallTime;
use reqwest::header::{ETAG, IF_NONE_MATCH};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::phone::{record, sample};
use crate::support::{Answer, Browser, MORNING, Server};

/// The journal of the first village PC.
pub const JOURNAL: &str = "jou_0123456789abcdef";

pub struct Town {
    pub server: Server,
    pub commune: Area,
    pub village: Area,
    pub secretary: Browser,
    pub head: Browser,
    pub officer: Browser,
    pub admin: Browser,
    pub station: Value,
}

/// A village PC as the server sees it: its token, and the key that it pinned.
pub struct Pc {
    pub http: Browser,
    pub id: StationId,
    pub key: ed25519_dalek::VerifyingKey,
}

impl Town {
    pub async fn start() -> Self {
        let server = Server::start().await;
        chime::ensure(&server.state).await.unwrap();
        let commune = server.area("Xã Cốc San", "commune", None).await;
        let village = server
            .area("Thôn Tòng Xành", "village", Some(&commune))
            .await;
        let secretary = server.person("bi.thu", Role::Secretary, &village).await;
        let head = server.person("truong.thon", Role::Head, &village).await;
        let officer = server.person("can.bo", Role::Officer, &commune).await;
        let admin = server.person("quan.tri", Role::Admin, &commune).await;
        let mut town = Self {
            secretary: server.script(&server.token(&secretary).await),
            head: server.script(&server.token(&head).await),
            officer: server.script(&server.token(&officer).await),
            admin: server.script(&server.token(&admin).await),
            server,
            commune,
            village,
            station: Value::Null,
        };
        let new =
            json!({ "area": town.village.id, "name": "Máy nhà văn hoá", "clusters": ["Chợ"] });
        let made = town.admin.post_json("/api/v1/stations", new).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        town.station = made.json();
        town
    }

    /// A code of the village's station, as it is typed.
    pub async fn code(&mut self) -> String {
        let path = format!(
            "/api/v1/stations/{}/code",
            self.station["id"].as_str().unwrap()
        );
        let issued = self.admin.post_json(&path, json!({})).await;
        assert_eq!(issued.status, StatusCode::CREATED, "{}", issued.body);
        issued.json()["code"].as_str().unwrap().to_owned()
    }

    /// What the server answers to a PC that shows `code`.
    pub async fn show_code(&self, code: &str, journal: &str) -> Answer {
        let secret = code.parse::<programme::enrolment::EnrolmentCode>();
        let secret = secret.map_or_else(|_| code.to_owned(), |code| code.secret().to_owned());
        let key = key_text(&pc_key().verifying_key());
        let request =
            json!({ "secret": secret, "journal": journal, "key": key, "version": "0.1.0" });
        self.server
            .visitor()
            .post_json("/api/v1/enrol", request)
            .await
    }

    /// A PC that has enrolled with a fresh code.
    pub async fn enrolled(&mut self) -> Pc {
        let code = self.code().await;
        let answer = self.show_code(&code, JOURNAL).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        self.pc(&answer)
    }

    pub fn pc(&self, enrolled: &Answer) -> Pc {
        let enrolled = enrolled.json();
        Pc {
            http: self.server.script(enrolled["token"].as_str().unwrap()),
            id: enrolled["station"].as_str().unwrap().parse().unwrap(),
            key: self.server.state.signing_key.verifying_key(),
        }
    }

    /// A draft of the village, recorded in Vietnamese.
    pub async fn draft(&mut self, title: &str) -> String {
        let new = json!({
            "area_id": self.village.id, "title": title, "class": "ordinary", "topic": "vneid",
            "script": "", "valid_until_day": "2026-12-31",
        });
        let made = self.secretary.post_json("/api/v1/bulletins", new).await;
        let id = made.json()["id"].as_str().unwrap().to_owned();
        let said = [("bulletin", id.as_str()), ("language", "vi")];
        record(&mut self.secretary, &sample("vneid.vi.m4a"), &said).await;
        id
    }

    /// The secretary submits a bulletin; the officer does anything else with it.
    pub async fn step(&mut self, bulletin: &str, step: &str, reason: &str) {
        let path = format!("/api/v1/bulletins/{bulletin}");
        let who = match step {
            "submit" => &mut self.secretary,
            _ => &mut self.officer,
        };
        let version = who.get(&path).await.json()["version"].clone();
        let seen = json!({ "version": version, "reason": reason });
        let done = who.post_json(&format!("{path}/{step}"), seen).await;
        assert!(done.status.is_success(), "{}", done.body);
    }

    /// An approved bulletin of the village, recorded in Vietnamese.
    pub async fn approved(&mut self, title: &str) -> String {
        let id = self.draft(title).await;
        self.step(&id, "submit", "").await;
        self.step(&id, "approve", "").await;
        id
    }

    /// What the server answers when the head orders `bulletin` for the village by `rule`.
    pub async fn ordered(&mut self, bulletin: &str, rule: Value) -> Answer {
        let new = json!({ "bulletins": [bulletin], "areas": [self.village.id], "rule": rule });
        self.head.post_json("/api/v1/broadcasts", new).await
    }

    /// An instant of this Monday, in Viet Nam.
    pub fn today(&self, hour: i64, minute: i64) -> WallTime {
        WallTime::from_millis(MORNING + ((hour - 9) * 60 + minute) * 60_000)
    }
}

impl Pc {
    /// The programme in force, as the PC accepts it when it holds generation `held`.
    pub async fn programme(&mut self, held: u64) -> Programme {
        let answer = self.http.get("/api/v1/station/programme").await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        let envelope: Envelope = serde_json::from_str(&answer.body).unwrap();
        let verified = Verified::<Programme>::open(&envelope, &self.key, &self.id, held);
        verified.unwrap().get().clone()
    }

    /// What the server answers to a PC that holds the programme with this tag.
    pub async fn holding(&mut self, etag: &str) -> Answer {
        let headers = [(IF_NONE_MATCH.as_str(), etag)];
        self.http
            .send(Method::GET, "/api/v1/station/programme", &headers, "")
            .await
    }

    pub async fn etag(&mut self) -> String {
        let answer = self.http.get("/api/v1/station/programme").await;
        answer.headers[ETAG].to_str().unwrap().to_owned()
    }

    /// Writes `entries` into the journal and sends them.
    pub async fn report(&mut self, entries: Value) -> Answer {
        self.send(&written(&entries)).await
    }

    /// Sends lines, signed where they end.
    pub async fn send(&mut self, lines: &[String]) -> Answer {
        let journal = JOURNAL.parse().unwrap();
        let end = lines.last().map(|line| Tip::at(line).unwrap());
        let head = end
            .unwrap_or(Tip::start(&journal))
            .sign(&journal, &pc_key());
        self.send_signed(lines, &head).await
    }

    /// Sends lines with a signature of whatever.
    pub async fn send_signed(&mut self, lines: &[String], head: &Envelope) -> Answer {
        let batch = json!({ "journal": JOURNAL, "lines": lines, "head": head });
        self.http.post_json("/api/v1/station/as-run", batch).await
    }

    pub async fn health(&mut self, generation: u64) -> StatusCode {
        let health = json!({
            "version": "0.1.0", "generation": generation, "clock": "server",
            "system_clock_error_ms": 3, "ready": 1, "wanted": 2,
            "disk_free_bytes": 9_000_000_000_u64, "output_ok": true, "faults": [],
            "uptime_ms": 60_000,
        });
        self.http
            .post_json("/api/v1/station/health", health)
            .await
            .status
    }
}

/// The key of every village PC.
pub fn pc_key() -> SigningKey {
    SigningKey::from_bytes(&[9; 32])
}

/// Entries as the lines of a journal, each with the hash of the one before it.
pub fn written(entries: &Value) -> Vec<String> {
    let mut end = Tip::start(&JOURNAL.parse().unwrap());
    let mut lines = Vec::new();
    for entry in entries.as_array().unwrap() {
        let mut entry = entry.clone();
        entry["previous"] = json!(end.hash);
        lines.push(entry.to_string());
        end = Tip::at(lines.last().unwrap()).unwrap();
    }
    lines
}

/// The name of the problem in a refusal.
pub fn problem(answer: &Answer) -> String {
    let said = answer.json();
    assert!(
        !said["detail"].as_str().unwrap_or_default().is_empty(),
        "{said}"
    );
    let kind = said["type"].as_str().unwrap_or_default();
    kind.trim_start_matches("urn:loa-ban:problem:").to_owned()
}
