//! Everybody who asks, and what each of them is answered.

use std::collections::BTreeMap;

use loaban_server::people::rights::Role;
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, LOCATION};

use super::reached::{Reached, Row, WHO};
use crate::phone::{BYTES, metadata};
use crate::support::Browser;
use crate::town::{Pc, Town};

/// By which names those of [`WHO`] sign in who are people.
const NAMES: [Option<&str>; 8] = [
    None,
    Some("bi.thu"),
    Some("truong.thon"),
    Some("can.bo"),
    Some("quan.tri"),
    Some("quan.khac"),
    Some("truong.ben"),
    None,
];

/// The places in [`WHO`] of those who see another village than that of the rows.
const ELSEWHERE: usize = 5;
const NEXT: usize = 6;

/// Things of the whole commune, which are for the next village too.
const COMMUNE: [&str; 4] = ["commune", "notice", "warning", "wide"];

/// A town with the eight who ask, and with what they have asked for so far.
pub struct Crowd {
    pub town: Town,
    pub pc: Pc,
    askers: Vec<Asker>,
    things: BTreeMap<String, String>,
    /// What was named last.
    last: String,
}

/// One of them: by script, and in a browser.
struct Asker {
    script: Browser,
    page: Browser,
}

impl Crowd {
    pub async fn start() -> Self {
        let mut town = Town::start().await;
        let pc = town.enrolled().await;
        let server = &town.server;
        let beside = server
            .area("Thôn Ún Tà", "village", Some(&town.commune))
            .await;
        let elsewhere = server.area("Xã Tòng Sành", "commune", None).await;
        let admin = server.person("quan.khac", Role::Admin, &elsewhere).await;
        let next = server.person("truong.ben", Role::Head, &beside).await;
        let tokens = [
            "",
            town.secretary.token(),
            town.head.token(),
            town.officer.token(),
            town.admin.token(),
            &server.token(&admin).await,
            &server.token(&next).await,
            pc.http.token(),
        ];
        let mut askers = Vec::new();
        for (token, name) in tokens.into_iter().zip(NAMES) {
            let script = || match token {
                "" => server.visitor(),
                token => server.script(token),
            };
            let page = match name {
                Some(name) => server.signed_in(name).await,
                None => script(),
            };
            let script = script();
            askers.push(Asker { script, page });
        }
        Self {
            askers,
            things: BTreeMap::new(),
            last: String::new(),
            pc,
            town,
        }
    }

    /// Asks row by row, and says of all at once what is not as they say. Then those from outside
    /// the village read again what is for everybody, and find nothing of the village in it.
    pub async fn hold(mut self, rows: &[Row]) {
        let mut wrong = Vec::new();
        for (asked, sent, expected) in rows {
            let (found, said) = self.ask(asked, sent, expected).await;
            if found != *expected {
                let said = said.join("\n    ");
                wrong.push(format!(
                    "{asked}\n  is {found:?}\n not {expected:?}\n    {said}"
                ));
            }
        }
        for who in [ELSEWHERE, NEXT] {
            for (asked, _, expected) in rows {
                let is_list = expected[0] == 401 && expected[who] == 200;
                if is_list && asked.starts_with("GET ") {
                    wrong.extend(self.told(who, asked).await);
                }
            }
        }
        assert!(wrong.is_empty(), "{WHO:?}\n{}", wrong.join("\n"));
    }

    /// What a list tells of this village to who sees another one.
    async fn told(&mut self, who: usize, asked: &str) -> Option<String> {
        let asked = self.filled(asked, who).await;
        let path = asked.trim_start_matches("GET ");
        let asker = &mut self.askers[who];
        let read = match path.starts_with("/api/") {
            true => asker.script.get(path).await.body,
            false => asker.page.get(path).await.body,
        };
        let is_theirs = |name: &str| {
            let meant = COMMUNE.iter().any(|one| name.starts_with(one));
            name.starts_with("own ") || (who == NEXT && meant)
        };
        let things = self.things.iter().filter(|(name, _)| !is_theirs(name));
        let told = things.filter(|(_, id)| id.contains('_') && read.contains(*id));
        let told: Vec<_> = told.filter(|(_, id)| !path.contains(*id)).collect();
        (!told.is_empty()).then(|| format!("{asked}\n tells {} of {told:?}", WHO[who]))
    }

    /// How many things there are.
    pub fn counted(&self) -> usize {
        self.things.len()
    }

    /// What each is answered, and what those hear who should be answered otherwise. Who is to be
    /// refused asks before somebody succeeds, so that what they ask for is still there.
    async fn ask(&mut self, asked: &str, sent: &str, expected: &Reached) -> (Reached, Vec<String>) {
        let mut order: Vec<usize> = (0..WHO.len()).collect();
        order.sort_by_key(|who| ![401, 403, 404].contains(&expected[*who]));
        let (mut found, mut said) = ([0; 8], Vec::new());
        for who in order {
            let asked = self.filled(asked, who).await;
            let sent = self.filled(sent, who).await;
            let (status, why) = self.answer(who, &asked, &sent).await;
            found[who] = status;
            if status != expected[who] {
                said.push(format!("{}: {asked} {sent}: {why}", WHO[who]));
            }
        }
        (found, said)
    }

    /// `text` with the things in it that it names.
    async fn filled(&mut self, text: &str, who: usize) -> String {
        let (mut whole, mut rest) = (String::new(), text);
        while let Some((before, after)) = rest.split_once('{') {
            whole.push_str(before);
            match after.split_once('}') {
                Some((name, after)) if is_name(name) => {
                    whole.push_str(&self.thing(name, who).await);
                    rest = after;
                }
                Some(_) | None => {
                    whole.push('{');
                    rest = after;
                }
            }
        }
        whole + rest
    }

    /// The thing with this name: the same for all who ask, or one for each of them.
    async fn thing(&mut self, name: &str, who: usize) -> String {
        if name == "version" {
            return self.version().await;
        }
        let key = match name.starts_with("each ") || name.starts_with("own ") {
            true => format!("{name} {who}"),
            false => name.to_owned(),
        };
        if let Some(made) = self.things.get(&key) {
            self.last.clone_from(made);
            return made.clone();
        }
        let made = match name.split_once(' ') {
            Some(("own", name)) => self.own(name, who).await,
            Some(("each", _)) => self.made(key.trim_start_matches("each ")).await,
            Some(_) | None => self.made(name).await,
        };
        if made != name {
            self.last.clone_from(&made);
            self.things.insert(key, made.clone());
        }
        made
    }

    /// How often the bulletin that was named last was changed by now.
    async fn version(&mut self) -> String {
        let path = format!("/api/v1/bulletins/{}", self.last);
        self.town.officer.get(&path).await.json()["version"].to_string()
    }

    /// What somebody has for themselves; those who are no person have nothing.
    async fn own(&mut self, name: &str, who: usize) -> String {
        let Some(person) = NAMES[who] else {
            return "none".to_owned();
        };
        let path = format!("/api/v1/me/{}s", name.split(' ').next().unwrap());
        let script = &mut self.askers[who].script;
        let before = script.get(&path).await.json();
        match path.as_str() {
            "/api/v1/me/sessions" => {
                self.town.server.signed_in(person).await;
            }
            _ => {
                let title = serde_json::json!({ "title": name });
                script.post_json(&path, title).await;
            }
        }
        let script = &mut self.askers[who].script;
        let after = script.get(&path).await.json();
        let ids = |all: &serde_json::Value| {
            let all = all.as_array().unwrap().iter();
            all.map(|one| one["id"].as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        let before = ids(&before);
        let mut new = ids(&after).into_iter();
        new.find(|id| !before.contains(id)).unwrap()
    }

    /// One answer: its status, and its text where it is a refusal.
    async fn answer(&mut self, who: usize, asked: &str, sent: &str) -> (u16, String) {
        let (method, path) = asked.split_once(' ').unwrap();
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let (said, file) = match sent.split_once('<') {
            Some((said, name)) => (said, Some((name, self.file(name)))),
            None => (sent, None),
        };
        let asker = &mut self.askers[who];
        let response = if path.starts_with("/api/") {
            let script = &mut asker.script;
            if path.starts_with("/api/v1/uploads") {
                let bytes = file.map(|(_, bytes)| bytes).unwrap_or_default();
                tus(script, method, path, said, bytes).await
            } else if let Some((_, bytes)) = file {
                let kind = [(CONTENT_TYPE.as_str(), "application/octet-stream")];
                script.request(method, path, &kind, bytes).await
            } else {
                let kind = [(CONTENT_TYPE.as_str(), "application/json")];
                script.request(method, path, &kind, said.to_owned()).await
            }
        } else if method == Method::POST {
            let fields = fields(said);
            let answer = match file {
                Some((name, bytes)) => asker.page.post_file(path, &fields, name, &bytes).await,
                None => asker.page.post(path, &fields).await,
            };
            let status = status(answer.status, answer.headers.get(LOCATION));
            return (status, gist(&answer.body));
        } else {
            asker.page.request(method, path, &[], "").await
        };
        let status = status(response.status(), response.headers().get(LOCATION));
        let is_refused = response.status().is_client_error();
        // What stations are told as it comes has no end.
        let said = match is_refused {
            true => gist(&response.text().await.unwrap()),
            false => String::new(),
        };
        (status, said)
    }
}

/// A request of an upload: with the headers of all of them, and `said` about it.
async fn tus(
    script: &mut Browser,
    method: Method,
    path: &str,
    said: &str,
    bytes: Vec<u8>,
) -> reqwest::Response {
    let said = metadata(&fields(said));
    let mut headers = vec![("tus-resumable", "1.0.0")];
    match method {
        Method::POST => headers.extend([("upload-length", "1000"), ("upload-metadata", &*said)]),
        Method::PATCH => headers.extend([("upload-offset", "0"), BYTES]),
        _ => {}
    }
    script.request(method, path, &headers, bytes).await
}

/// The fields of a form.
fn fields(said: &str) -> Vec<(&str, &str)> {
    let fields = said.split('&');
    fields.filter_map(|one| one.split_once('=')).collect()
}

/// The status, with 401 for what leads on to the sign-in.
fn status(status: reqwest::StatusCode, place: Option<&reqwest::header::HeaderValue>) -> u16 {
    match place {
        Some(place) if place.as_bytes().starts_with(b"/sign-in?next=") => 401,
        Some(_) | None => status.as_u16(),
    }
}

/// What an answer says in short: the title of a page, or the whole of a problem.
fn gist(said: &str) -> String {
    let title = said.split("<title>").nth(1);
    let title = title.and_then(|rest| rest.split("</title>").next());
    title.unwrap_or(said).to_owned()
}

/// Whether what stands in braces is the name of a thing, and no JSON.
fn is_name(name: &str) -> bool {
    let letter = |letter: char| letter.is_ascii_alphanumeric() || " .-_".contains(letter);
    !name.is_empty() && name.chars().all(letter)
}
