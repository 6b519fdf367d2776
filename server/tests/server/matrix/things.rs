//! What is asked for: each thing of the village is made when it is named first, by whoever makes
//! such things.

use loaban_server::people::rights::Role;
use programme::enrolment::EnrolmentCode;
use programme::ids::BulletinId;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::crowd::Crowd;
use crate::as_run::cut;
use crate::bundles::parcel;
use crate::emergencies::{PIN, set_pin};
use crate::figures::Journal;
use crate::phone::{begin, outcome, record, sample};
use crate::reports::well;
use crate::requests::{PDF, asked};
use crate::support::PASSWORD;
use crate::town::written;

impl Crowd {
    /// Makes the thing that a row names. What is no thing stands for itself: a language, a role.
    pub async fn made(&mut self, name: &str) -> String {
        let kind = name.split(' ').next().unwrap_or_default();
        if let Some(place) = self.place(kind).await {
            return place;
        }
        if let Some(person) = self.person(name, kind).await {
            return person;
        }
        if let Some(said) = self.said(kind).await {
            return said;
        }
        match self.sounding(kind).await {
            Some(sounding) => sounding,
            None => name.to_owned(),
        }
    }

    /// The bytes of a file that is sent along.
    pub fn file(&self, name: &str) -> Vec<u8> {
        match name {
            "document.pdf" => PDF.to_vec(),
            "parcel.json" => self.parcel().into_bytes(),
            name => sample(name),
        }
    }

    /// The log that a stick brings from the village.
    fn parcel(&self) -> String {
        json!(parcel(&self.pc, &self.lines())).to_string()
    }

    /// The same, as the station sends it itself.
    fn batch(&self) -> String {
        json!(parcel(&self.pc, &self.lines()).batches[0]).to_string()
    }

    /// A morning in the journal of the station.
    fn lines(&self) -> Vec<String> {
        let cue = json!("bro_0123456789abcdef@2026-11-23T06:00");
        let broadcast = json!("bro_0123456789abcdef");
        let planned = self.town.today(6, 0).as_millis();
        written(&json!(cut(&cue, &broadcast, planned)))
    }

    /// Areas and stations.
    async fn place(&mut self, kind: &str) -> Option<String> {
        let town = &mut self.town;
        let place = match kind {
            "commune" => town.commune.id.to_string(),
            "village" => town.village.id.to_string(),
            "hamlet" => {
                let area = town.server.area("Xóm Trên", "quarter", Some(&town.village));
                area.await.id.to_string()
            }
            "station" => self.pc.id.to_string(),
            "batch" => self.batch(),
            "parcel" => self.parcel(),
            "spare" => {
                let new = json!({ "area": town.village.id, "name": "Máy ở chợ" });
                let made = town.admin.post_json("/api/v1/stations", new).await;
                id(&made.json())
            }
            "secret" => {
                let code: EnrolmentCode = town.code().await.parse().unwrap();
                code.secret().to_owned()
            }
            "slug" => {
                let path = format!("/api/v1/areas/{}/listen", town.village.id);
                let opened = put(&mut town.officer, &path, json!({ "open": true })).await;
                let path = opened["path"].as_str().unwrap();
                path.trim_start_matches("/nghe/").to_owned()
            }
            _ => return None,
        };
        Some(place)
    }

    /// People, and what lets them in. A person signs in with the name of the thing.
    async fn person(&mut self, name: &str, kind: &str) -> Option<String> {
        let (server, village) = (&self.town.server, &self.town.village);
        let name = name.replace(' ', ".");
        let person = match kind {
            "person" => server.person(&name, Role::Secretary, village).await,
            "guard" => server.person(&name, Role::Head, village).await,
            "invitation" | "code" => {
                let who = json!({ "name": name, "full_name": "Sùng A Páo", "role": "head",
                    "area_id": village.id });
                let made = self.town.admin.post_json("/api/v1/invitations", who).await;
                let key = if kind == "code" { "code" } else { "id" };
                return made.json()[key].as_str().map(str::to_owned);
            }
            "token" | "session" => {
                let person = server.person(&name, Role::Secretary, village).await;
                let mut script = server.script(&server.token(&person).await);
                server.signed_in(&name).await;
                let all = script.get(&format!("/api/v1/me/{kind}s")).await.json();
                return Some(id(&all[0]));
            }
            "password" => return Some(PASSWORD.to_owned()),
            "typed" => {
                // The form stood in one session and is sent in another.
                let csrf = server.signed_in("bi.thu").await.csrf().await;
                let mut secretary = server.signed_in("bi.thu").await;
                let sent = [("csrf", csrf.as_str()), ("title", "Họp thôn")];
                let kept = secretary.post_raw("/bulletins/new", &sent, &[]).await;
                return kept.location().strip_prefix("/typed/").map(str::to_owned);
            }
            _ => return None,
        };
        Some(person.to_string())
    }

    /// What is asked for, recorded and written.
    async fn said(&mut self, kind: &str) -> Option<String> {
        let town = &mut self.town;
        let village = town.village.id.to_string();
        let said = match kind {
            "draft" => town.draft("Họp thôn").await,
            // Sixteen digits, from which somebody makes the name of what they will send.
            "digits" => format!("{:016}", self.counted()),
            "blank" => {
                let new = json!({ "area_id": village, "title": "Họp thôn", "class": "ordinary",
                    "valid_until_day": "2026-12-31" });
                let made = town.secretary.post_json("/api/v1/bulletins", new).await;
                id(&made.json())
            }
            "submitted" => {
                let draft = town.draft("Họp thôn").await;
                town.step(&draft, "submit", "").await;
                draft
            }
            "approved" => town.approved("Họp thôn").await,
            "notice" => self.notice().await,
            "recording" => {
                let said = [("area", &*village), ("language", "vi")];
                id(&record(&mut town.secretary, &sample("vneid.vi.m4a"), &said).await)
            }
            "part" => {
                let draft = town.draft("Họp thôn").await;
                let path = format!("/api/v1/bulletins/{draft}");
                let whole = town.secretary.get(&path).await.json();
                let whole = whole["recordings"][0]["recording_id"].as_str().unwrap();
                let path = format!("/api/v1/recordings/{whole}/cut");
                let wish = json!({ "from_ms": 1_000, "until_ms": 4_000 });
                let made = town.secretary.post_json(&path, wish).await.json();
                let part = made["recording_id"].as_str().unwrap().to_owned();
                outcome(&mut town.secretary, &format!("/api/v1/recordings/{part}")).await;
                part
            }
            "upload" => {
                let said = [("area", &*village), ("language", "vi")];
                let place = begin(&mut town.secretary, 5_000_000, &said).await;
                place.rsplit('/').next().unwrap().to_owned()
            }
            "request" => {
                let village = town.village.clone();
                id(&asked(town, "Kính mời bà con.", &village).await)
            }
            "documented" => {
                let request = Box::pin(self.made("request documented")).await;
                let path = format!("/api/v1/requests/{request}/document?name=a.pdf");
                let officer = &mut self.town.officer;
                let sent = officer.send(Method::PUT, &path, &[], PDF).await;
                assert_eq!(sent.status, StatusCode::NO_CONTENT, "{}", sent.body);
                request
            }
            _ => return None,
        };
        Some(said)
    }

    /// What sounds, sounded, or is wrong.
    async fn sounding(&mut self, kind: &str) -> Option<String> {
        let sounding = match kind {
            "broadcast" => {
                let bulletin = self.town.approved("Họp thôn").await;
                let rule = json!({ "kind": "daily", "times": ["17:00"] });
                id(&self.town.ordered(&bulletin, rule).await.json())
            }
            "wide" => {
                let bulletin = self.town.approved("Họp xã").await;
                let new = json!({ "bulletins": [bulletin], "areas": [self.town.commune.id],
                    "rule": { "kind": "daily", "times": ["18:00"] } });
                let officer = &mut self.town.officer;
                id(&officer.post_json("/api/v1/broadcasts", new).await.json())
            }
            "emergency" | "warning" => {
                let (bulletin, mut area) = self.warning().await;
                if kind == "warning" {
                    area = self.town.commune.id.to_string();
                }
                let order = json!({ "bulletin": bulletin, "areas": [area], "why": "Lũ ống",
                    "pin": PIN, "drill": true });
                let officer = &mut self.town.officer;
                id(&officer.post_json("/api/v1/emergencies", order).await.json())
            }
            "standby" => {
                let (bulletin, area) = self.warning().await;
                let new = json!({ "bulletin": bulletin, "areas": [area], "when": "Suối dâng" });
                let officer = &mut self.town.officer;
                officer.post_json("/api/v1/standbys", new).await;
                bulletin
            }
            "stop" => {
                let area = json!({ "area": self.town.village.id });
                id(&self.town.head.post_json("/api/v1/stops", area).await.json())
            }
            "alarm" => {
                well(&mut self.pc, json!({ "faults": ["output_lost"] })).await;
                id(&self.town.officer.get("/api/v1/alarms").await.json()[0])
            }
            "hash" => self.held().await.1,
            "cue" => self.aired().await.0,
            "heard" => format!("{}.opus", self.aired().await.1),
            _ => return None,
        };
        Some(sounding)
    }

    /// An approved bulletin and where it is ordered as an emergency, by those who have a PIN.
    async fn warning(&mut self) -> (String, String) {
        set_pin(&mut self.town.officer).await;
        set_pin(&mut self.town.admin).await;
        let bulletin = self.town.approved("Lũ ống").await;
        (bulletin, self.town.village.id.to_string())
    }

    /// An approved bulletin of the commune, which each of its villages hears.
    async fn notice(&mut self) -> String {
        let name = format!("bi.thu.xa.{}", self.counted());
        let town = &mut self.town;
        let (server, commune) = (&town.server, &town.commune);
        let person = server.person(&name, Role::Secretary, commune).await;
        let mut secretary = server.script(&server.token(&person).await);
        let new = json!({ "area_id": commune.id, "title": "Họp xã", "class": "ordinary",
            "valid_until_day": "2026-12-31" });
        let notice = id(&secretary.post_json("/api/v1/bulletins", new).await.json());
        let said = [("bulletin", notice.as_str()), ("language", "vi")];
        record(&mut secretary, &sample("vneid.vi.m4a"), &said).await;
        let village = std::mem::replace(&mut town.secretary, secretary);
        town.step(&notice, "submit", "").await;
        town.secretary = village;
        town.step(&notice, "approve", "").await;
        notice
    }

    /// A broadcast that the station holds, and the hash of its recording.
    async fn held(&mut self) -> (String, String) {
        let town = &mut self.town;
        let bulletin = town.approved("Họp thôn").await;
        let rule = json!({ "kind": "daily", "times": ["06:00"] });
        let broadcast = id(&town.ordered(&bulletin, rule).await.json());
        let programme = self.pc.programme(0).await;
        let bulletin: BulletinId = bulletin.parse().unwrap();
        let hash = json!(programme.bulletins[&bulletin].recordings[0].sound.hash);
        (broadcast, hash.as_str().unwrap().to_owned())
    }

    /// What the village heard this morning: the name of the start, and the hash of its recording.
    async fn aired(&mut self) -> (String, String) {
        let (broadcast, hash) = self.held().await;
        let cue = format!("{broadcast}@2026-11-23T06:00");
        let mut journal = Journal::default();
        let planned = self.town.today(6, 0).as_millis();
        journal.start(&cue, planned, &json!(hash), &[60], json!({}));
        let sent = self.pc.report(json!(journal.0)).await;
        assert_eq!(sent.status, StatusCode::OK, "{}", sent.body);
        (cue, hash)
    }
}

async fn put(who: &mut crate::support::Browser, path: &str, body: Value) -> Value {
    let kind = [("content-type", "application/json")];
    let answer = who.send(Method::PUT, path, &kind, body.to_string()).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.json()
}

fn id(made: &Value) -> String {
    let id = made["id"].as_str();
    id.unwrap_or_else(|| panic!("nothing was made: {made}"))
        .to_owned()
}
