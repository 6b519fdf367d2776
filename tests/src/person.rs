//! Somebody who uses the server: at the panel with a browser that runs no JavaScript, or by the
//! interface with a token.

use std::path::Path;

use reqwest::header::{ACCEPT_ENCODING, CONTENT_TYPE, HeaderMap};
use reqwest::multipart;
use reqwest::{Certificate, Client, ClientBuilder, Method, RequestBuilder, StatusCode};
use serde_json::Value;

use crate::page::{Form, Page};
use crate::town::certificate;

/// Somebody at the panel, with the cookies of one browser.
pub struct Person {
    http: Client,
    server: String,
}

impl Person {
    /// Opens a browser in which nobody is signed in; `server` has no slash at its end.
    pub fn at(server: &str) -> Self {
        let http = client().cookie_store(true).build().expect("a client");
        Self {
            http,
            server: server.to_owned(),
        }
    }

    /// Signs in, and is let in.
    pub async fn sign_in(server: &str, name: &str, password: &str) -> Self {
        let person = Self::at(server);
        let form = person
            .open("/sign-in")
            .await
            .form("form[action='/sign-in']");
        let page = person
            .send(form.with("name", name).with("password", password))
            .await;
        assert_eq!(page.status, StatusCode::OK, "{name} signs in: {page:?}");
        assert!(
            !page.path.starts_with("/sign-in"),
            "{name} signs in: {page:?}"
        );
        person
    }

    /// Opens a page.
    pub async fn open(&self, path: &str) -> Page {
        let answer = self.http.get(self.url(path)).send().await;
        Page::of(answer.unwrap_or_else(|error| panic!("{path}: {error}"))).await
    }

    /// Opens a page, or a part of one, as a browser asks for it, and gives the bytes of the answer
    /// as they came: packed.
    pub async fn weigh(&self, path: &str) -> usize {
        let request = self.http.get(self.url(path));
        let answer = request.header(ACCEPT_ENCODING, "gzip").send().await;
        let answer = answer.unwrap_or_else(|error| panic!("{path}: {error}"));
        answer.bytes().await.map_or(0, |bytes| bytes.len())
    }

    /// Sends a form and follows where it leads.
    pub async fn send(&self, form: Form) -> Page {
        let request = self.http.post(self.url(&form.action));
        let request = if form.with_files {
            let mut body = multipart::Form::new();
            for (name, value) in form.fields {
                body = body.text(name, value);
            }
            for (name, path) in form.files {
                body = body.part(name, part(&path));
            }
            request.multipart(body)
        } else {
            request.form(&form.fields)
        };
        let answer = request.send().await;
        Page::of(answer.unwrap_or_else(|error| panic!("{}: {error}", form.action))).await
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.server)
    }
}

/// A client of HTTP, which trusts the certificate of the tests and no other. Cryptography is chosen
/// once for the process; who was first does not matter.
pub fn client() -> ClientBuilder {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let pem = std::fs::read(certificate()).expect("the certificate of the tests");
    let trusted = Certificate::from_pem(&pem).expect("a certificate");
    Client::builder().tls_certs_only([trusted])
}

fn part(path: &Path) -> multipart::Part {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    multipart::Part::bytes(bytes).file_name(name)
}

/// A script that acts for somebody, by a personal token.
pub struct Script {
    http: Client,
    server: String,
    token: String,
}

/// What the interface answered.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, `Null` when it is empty or no JSON.
    pub json: Value,
}

impl Script {
    /// A script with a token.
    pub fn new(server: &str, token: &str) -> Self {
        let http = client().build().expect("a client");
        Self {
            http,
            server: server.to_owned(),
            token: token.to_owned(),
        }
    }

    /// Asks for `path` below `/api/v1`.
    pub async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, None).await
    }

    /// Sends JSON to `path` below `/api/v1`.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(Method::POST, path, Some(body)).await
    }

    /// One call of the interface.
    pub async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let request = self.request(method, path);
        Answer::of(match &body {
            Some(body) => request.json(body),
            None => request,
        })
        .await
    }

    /// A request for `path` below `/api/v1` that can be given more.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}/api/v1{path}", self.server);
        self.http.request(method, url).bearer_auth(&self.token)
    }
}

impl Answer {
    /// What a request is answered.
    pub async fn of(request: RequestBuilder) -> Self {
        let answer = request
            .send()
            .await
            .unwrap_or_else(|error| panic!("{error:?}"));
        let (status, headers) = (answer.status(), answer.headers().clone());
        let text = answer.text().await.unwrap_or_default();
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        Self {
            status,
            headers,
            json,
        }
    }

    /// The JSON of an answer that did what was asked.
    pub fn done(self) -> Value {
        assert!(self.status.is_success(), "{self:?}");
        self.json
    }

    /// The sentence of a refusal, which must be a problem (RFC 9457) with that status.
    pub fn refusal(self, status: u16) -> String {
        let kind = self
            .headers
            .get(CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok());
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        assert_eq!(kind, Some("application/problem+json"), "{self:?}");
        assert_eq!(self.json["status"], status, "{self:?}");
        let detail = self.json["detail"].as_str().unwrap_or_default();
        assert!(!detail.is_empty(), "{self:?}");
        detail.to_owned()
    }
}
