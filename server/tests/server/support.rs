//! A server in this process, and a person who uses it as a browser would.

use std::net::TcpListener;
use std::time::Duration;

use loaban_server::State;
use loaban_server::areas::area::{self, Area};
use loaban_server::areas::draft::Draft;
use loaban_server::areas::tree;
use loaban_server::audit::Author;
use loaban_server::clock::{Clock, Randomness, SetClock};
use loaban_server::config::{self, Config};
use loaban_server::people::person::{self, NewPerson};
use loaban_server::people::rights::Role;
use loaban_server::people::{roles, tokens};
use programme::ids::{AreaId, PersonId};
use programme::units::WallTime;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Method, Response, StatusCode};
use tempfile::TempDir;

/// Every test person's password.
pub const PASSWORD: &str = "mùa lúa chín";

/// Monday 23 November 2026, 09:00 in Viet Nam.
pub const MORNING: i64 = 1_795_399_200_000;

/// A running server and what holds it up.
pub struct Server {
    pub state: State,
    pub clock: SetClock,
    pub address: String,
    _folder: TempDir,
    _database: crate::Place,
}

impl Server {
    /// A server on a fresh folder.
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// The same with a configuration changed by `change`.
    pub async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let mut server = Self::closed(change).await;
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        server.address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(loaban_server::serve(listener, server.state.clone()));
        server
    }

    /// A server that answers nobody and in which nothing happens unless the story does it.
    pub async fn closed(change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = config::load(None, []).unwrap().config;
        config.storage.data_dir = folder.path().join("data");
        let database = crate::Place::default();
        config.database.url = database.url();
        change(&mut config);
        let clock = SetClock::at(WallTime::from_millis(MORNING));
        let state = State::open(config, Clock::Set(clock.clone()), Randomness::seeded(42))
            .await
            .unwrap();
        Self {
            state,
            clock,
            address: String::new(),
            _folder: folder,
            _database: database,
        }
    }

    /// Adds an area under `parent`.
    pub async fn area(&self, name: &str, kind: &str, parent: Option<&Area>) -> Area {
        let draft = Draft {
            name: name.to_owned(),
            kind: kind.to_owned(),
            ..Draft::default()
        };
        let id = tree::add(&self.state, &Author::server(), parent, &draft)
            .await
            .unwrap();
        self.find_area(&id).await
    }

    pub async fn find_area(&self, id: &AreaId) -> Area {
        let mut connection = self.state.database.read().await.unwrap();
        area::find(&self.state, &mut connection, id).await.unwrap()
    }

    /// Adds a person with a role, whose password is [`PASSWORD`].
    pub async fn person(&self, name: &str, role: Role, area: &Area) -> PersonId {
        let new = NewPerson {
            name: name.to_owned(),
            full_name: format!("Người {name}"),
            phone: String::new(),
            password: PASSWORD.to_owned(),
        };
        let author = Author::server();
        let id = person::add(&self.state, &author, new).await.unwrap();
        roles::change(&self.state, &author, &id, role, area, true)
            .await
            .unwrap();
        id
    }

    /// A token of `person`.
    pub async fn token(&self, person: &PersonId) -> String {
        tokens::create(&self.state, &Author::server(), person, "test")
            .await
            .unwrap()
    }

    /// A browser that is not signed in.
    pub fn visitor(&self) -> Browser {
        loaban_server::serve::choose_cryptography();
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(30))
            .build()
            .unwrap();
        Browser {
            http,
            address: self.address.clone(),
            cookies: Vec::new(),
            bearer: None,
        }
    }

    /// A browser in which `name` has signed in.
    pub async fn signed_in(&self, name: &str) -> Browser {
        let mut browser = self.visitor();
        let answer = browser.sign_in(name, PASSWORD).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        browser
    }

    /// A script with a token.
    pub fn script(&self, token: &str) -> Browser {
        Browser {
            bearer: Some(token.to_owned()),
            ..self.visitor()
        }
    }
}

/// Keeps cookies, follows nothing by itself.
pub struct Browser {
    http: reqwest::Client,
    address: String,
    cookies: Vec<(String, String)>,
    bearer: Option<String>,
}

/// What came back.
pub struct Answer {
    pub status: StatusCode,
    pub headers: reqwest::header::HeaderMap,
    pub body: String,
}

impl Browser {
    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], String::new()).await
    }

    /// Sends a form from here, with the session's secret in front.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let csrf = self.csrf().await;
        let mut all = vec![("csrf", csrf.as_str())];
        all.extend_from_slice(fields);
        self.post_raw(path, &all, &[("origin", &self.address.clone())])
            .await
    }

    /// Sends a form with exactly these fields and headers.
    pub async fn post_raw(
        &mut self,
        path: &str,
        fields: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut headers = headers.to_vec();
        headers.push((CONTENT_TYPE.as_str(), "application/x-www-form-urlencoded"));
        let pairs: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{name}={}", escaped(value)))
            .collect();
        self.send(Method::POST, path, &headers, pairs.join("&"))
            .await
    }

    pub async fn post_json(&mut self, path: &str, body: serde_json::Value) -> Answer {
        let headers = [(CONTENT_TYPE.as_str(), "application/json")];
        self.send(Method::POST, path, &headers, body.to_string())
            .await
    }

    pub async fn sign_in(&mut self, name: &str, password: &str) -> Answer {
        let origin = self.address.clone();
        let fields = [("name", name), ("password", password), ("next", "/areas")];
        self.post_raw("/sign-in", &fields, &[("origin", &origin)])
            .await
    }

    /// The secret of this session, read from a page as a browser would.
    pub async fn csrf(&mut self) -> String {
        let page = self.get("/account").await.body;
        let (_, rest) = page
            .split_once("name=\"csrf\" value=\"")
            .unwrap_or_default();
        rest.split('"').next().unwrap_or_default().to_owned()
    }

    /// Sends a form with a file in it, as a browser does: the secret first, the file last.
    pub async fn post_file(
        &mut self,
        path: &str,
        fields: &[(&str, &str)],
        file_name: &str,
        bytes: &[u8],
    ) -> Answer {
        let csrf = self.csrf().await;
        let mut body = Vec::new();
        let mut part = |head: String, value: &[u8]| {
            body.extend_from_slice(b"--boundary\r\nContent-Disposition: form-data; ");
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(b"\r\n\r\n");
            body.extend_from_slice(value);
            body.extend_from_slice(b"\r\n");
        };
        part("name=\"csrf\"".to_owned(), csrf.as_bytes());
        for (name, value) in fields {
            part(format!("name=\"{name}\""), value.as_bytes());
        }
        part("name=\"file\"; filename=\"\"".to_owned(), b"");
        part(format!("name=\"file\"; filename=\"{file_name}\""), bytes);
        body.extend_from_slice(b"--boundary--\r\n");
        let origin = self.address.clone();
        let kind = "multipart/form-data; boundary=boundary";
        let headers = [(CONTENT_TYPE.as_str(), kind), ("origin", &origin)];
        self.send(Method::POST, path, &headers, body).await
    }

    /// What lies at `path`, as it is.
    pub async fn bytes(&mut self, path: &str) -> Vec<u8> {
        let response = self.request(Method::GET, path, &[], "").await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        response.bytes().await.unwrap().to_vec()
    }

    /// What is sent back for a JSON body, as it is.
    pub async fn download(&mut self, path: &str, body: serde_json::Value) -> Vec<u8> {
        let headers = [(CONTENT_TYPE.as_str(), "application/json")];
        let response = self.request(Method::POST, path, &headers, body.to_string());
        let response = response.await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        response.bytes().await.unwrap().to_vec()
    }

    /// The token that this script acts with.
    pub fn token(&self) -> &str {
        self.bearer.as_deref().unwrap_or_default()
    }

    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies
            .iter()
            .find(|(held, _)| held == name)
            .map(|(_, value)| value.as_str())
    }

    pub async fn send(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<reqwest::Body>,
    ) -> Answer {
        let response = self.request(method, path, headers, body).await;
        let (status, headers) = (response.status(), response.headers().clone());
        Answer {
            status,
            headers,
            body: String::from_utf8_lossy(&response.bytes().await.unwrap()).into_owned(),
        }
    }

    /// What comes back to a request, of which nothing was read yet.
    pub async fn request(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<reqwest::Body>,
    ) -> Response {
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.address))
            .body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(token) = &self.bearer {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        if !self.cookies.is_empty() {
            let pairs: Vec<String> = self
                .cookies
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            request = request.header(COOKIE, pairs.join("; "));
        }
        let response = request.send().await.unwrap();
        self.keep_cookies(&response);
        response
    }

    fn keep_cookies(&mut self, response: &Response) {
        for header in response.headers().get_all(SET_COOKIE) {
            let text = header.to_str().unwrap();
            let (name, value) = text.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.retain(|(held, _)| held != name);
            if !text.contains("Max-Age=0") {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
    }
}

impl Answer {
    pub fn location(&self) -> &str {
        self.headers
            .get(LOCATION)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.body))
    }
}

fn escaped(text: &str) -> String {
    let letter = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(letter).collect()
}
