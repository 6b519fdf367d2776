//! The server as the station asks it: one connection, small headers, and every answer a value.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Context;
use programme::units::BootTime;
use programme::wire::{EnrolAnswer, EnrolRequest, Health, Problem, ROOT};
use reqwest::header::{ACCEPT_LANGUAGE, AUTHORIZATION, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::watch;

use crate::screen::words::ScreenLanguage;
use crate::station::Enrolment;

/// How long a connection may take to come about: a weak link needs several tries of TCP.
const CONNECT: Duration = Duration::from_secs(20);

/// How long the server may be silent within an answer that it owes at once.
pub(super) const SILENCE: Duration = Duration::from_secs(60);

/// An idle connection is closed after this, for what comes next may be hours away.
const IDLE: Duration = Duration::from_secs(30);

/// That of polls is kept for so long: longer than any span between two polls.
const KEPT: Duration = Duration::from_hours(1);

/// A connection that was kept and on which nobody answers within this is dead.
const KEPT_SILENCE: Duration = Duration::from_secs(15);

/// So long no connection is kept after one was found dead: a router that forgets one forgets the
/// next one as well.
const KEPT_REST: Duration = Duration::from_hours(24);

/// The largest answer that is read as a value. A programme of a thousand bulletins is 1 MB.
const ANSWER_BYTES_MAX: usize = 16_000_000;

/// The server, with the station's token.
#[derive(Debug, Clone)]
pub struct Server {
    client: Client,
    /// Keeps its connection from one poll to the next.
    patient: Client,
    /// Until when that is left alone, in milliseconds of the boot-time clock.
    impatient_until_ms: Arc<AtomicU64>,
    base: String,
    link: watch::Sender<Link>,
}

/// How the server was found by the last request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// Nothing was asked since the start.
    Untried,
    /// It answers.
    Up,
    /// It does not answer, and why.
    Down(String),
    /// It answers that this PC is not the station any more, in its own words.
    Refused(String),
}

/// Why a request brought nothing.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// No answer: the network, the name, the certificate or the server itself.
    #[error("the server at {server} does not answer: {why}")]
    Unreachable {
        /// Its address.
        server: String,
        /// What failed, from the outside in.
        why: String,
    },
    /// It asks to be left alone for a while.
    #[error("{why}")]
    Busy {
        /// What it said.
        why: String,
        /// For how long, when it said.
        retry_after: Option<Duration>,
    },
    /// It refuses, and says why.
    #[error("{}", in_full(.0))]
    Refused(Problem),
    /// It answers something that no server of ours does.
    #[error("the server at {server} answers what a Loa Bản server does not ({what})")]
    Unexpected {
        /// Its address.
        server: String,
        /// What was unexpected.
        what: String,
    },
}

impl Server {
    /// The server of an enrolled station.
    ///
    /// # Errors
    /// The token does not fit into a header, or this PC has no root certificates.
    pub fn of(enrolment: &Enrolment) -> anyhow::Result<Self> {
        let token = format!("Bearer {}", enrolment.token);
        let mut token = HeaderValue::from_str(&token).context("read the token")?;
        token.set_sensitive(true);
        Self::with_headers(
            &enrolment.server,
            HeaderMap::from_iter([(AUTHORIZATION, token)]),
        )
    }

    /// The server at `url`, to a PC that is not a station yet. Somebody sits in front of it and
    /// reads what the server says, in `language`.
    ///
    /// # Errors
    /// This PC has no root certificates.
    pub fn unknown_to(url: &str, language: ScreenLanguage) -> anyhow::Result<Self> {
        let spoken = HeaderValue::from_static(language.code());
        Self::with_headers(url, HeaderMap::from_iter([(ACCEPT_LANGUAGE, spoken)]))
    }

    fn with_headers(url: &str, headers: HeaderMap) -> anyhow::Result<Self> {
        // Without TLS there is no certificate to be checked, and the roots are not loaded;
        // redirects are refused, so that such a client never meets TLS after all.
        let plain = url.starts_with("http://");
        let client = |idle| {
            builder()
                .default_headers(headers.clone())
                .danger_accept_invalid_certs(plain)
                .pool_idle_timeout(idle)
                .build()
                .context("prepare to ask the server; is the package ca-certificates installed?")
        };
        Ok(Self {
            client: client(IDLE)?,
            patient: client(KEPT)?,
            impatient_until_ms: Arc::default(),
            base: url.to_owned(),
            link: watch::Sender::new(Link::Untried),
        })
    }

    /// Its address.
    pub fn address(&self) -> &str {
        &self.base
    }

    /// How it was found, request by request.
    pub fn link(&self) -> watch::Receiver<Link> {
        self.link.subscribe()
    }

    /// Asks to become a station.
    ///
    /// # Errors
    /// [`Trouble`]; the server's own sentence when it refuses.
    pub async fn enrol(&self, request: &EnrolRequest) -> Result<EnrolAnswer, Trouble> {
        self.post("enrol", request).await
    }

    /// Asks for nothing but whether this PC is still the station.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn reach(&self) -> Result<(), Trouble> {
        let request = self.request(Method::GET, "station/programme");
        self.send(request).await.map(drop)
    }

    /// Tells how the station is.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn tell_health(&self, health: &Health) -> Result<(), Trouble> {
        let request = self.request(Method::POST, "station/health");
        self.send(request.json(health)).await.map(drop)
    }

    /// As [`tell_health`](Self::tell_health), on the connection of the poll before it.
    ///
    /// # Errors
    /// [`Trouble`].
    pub(super) async fn tell_health_along(
        &self,
        health: &Health,
        now: BootTime,
    ) -> Result<(), Trouble> {
        let url = address(&self.base, "station/health");
        let asks = |client: &Client| client.post(&url).json(health);
        self.keep(asks, now).await.map(drop)
    }

    /// Polls `path` at `now`, with `headers`, on the connection of the poll before it.
    pub(super) async fn poll(
        &self,
        path: &str,
        headers: HeaderMap,
        now: BootTime,
    ) -> Result<Response, Trouble> {
        let url = address(&self.base, path);
        let asks = |client: &Client| client.get(&url).headers(headers.clone());
        self.keep(asks, now).await
    }

    /// Asks on the connection that is kept, where the link lets one be kept: to begin one over TLS
    /// costs more than a poll itself. Where it is dead the same is asked on a new one.
    async fn keep(
        &self,
        asks: impl Fn(&Client) -> RequestBuilder,
        now: BootTime,
    ) -> Result<Response, Trouble> {
        let now_ms = u64::try_from(now.since_boot().as_millis()).unwrap_or(u64::MAX);
        if now_ms < self.impatient_until_ms.load(Ordering::Relaxed) {
            return self.send(asks(&self.client)).await;
        }
        let asked = asks(&self.patient).send();
        if let Ok(Ok(answer)) = tokio::time::timeout(KEPT_SILENCE, asked).await {
            return self.noted(self.judge(answer).await);
        }
        let answer = self.send(asks(&self.client)).await;
        if answer.is_ok() {
            let rest_ms = u64::try_from(KEPT_REST.as_millis()).unwrap_or(u64::MAX);
            let until_ms = now_ms.saturating_add(rest_ms);
            self.impatient_until_ms.store(until_ms, Ordering::Relaxed);
        }
        answer
    }

    /// A request for `path` under the root of the interface.
    pub(super) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, address(&self.base, path))
    }

    /// Sends a request and takes any answer below 400.
    pub(super) async fn send(&self, request: RequestBuilder) -> Result<Response, Trouble> {
        let answer = match tokio::time::timeout(SILENCE, request.send()).await {
            Ok(Ok(answer)) => self.judge(answer).await,
            Ok(Err(error)) => Err(self.unreachable(root(&error))),
            Err(_) => Err(self.unreachable("it does not say a word".to_owned())),
        };
        self.noted(answer)
    }

    /// The same answer, once the link is known by it.
    fn noted(&self, answer: Result<Response, Trouble>) -> Result<Response, Trouble> {
        let link = match &answer {
            Ok(_) => Link::Up,
            Err(Trouble::Refused(problem)) if problem.status == 401 => {
                Link::Refused(in_full(problem))
            }
            Err(Trouble::Refused(_) | Trouble::Busy { .. }) => Link::Up,
            Err(trouble @ (Trouble::Unreachable { .. } | Trouble::Unexpected { .. })) => {
                Link::Down(trouble.to_string())
            }
        };
        self.note(link);
        answer
    }

    /// Sends a request whose answer is a value.
    pub(super) async fn value<T: DeserializeOwned>(
        &self,
        request: RequestBuilder,
    ) -> Result<T, Trouble> {
        let answer = self.send(request).await?;
        self.read(answer).await
    }

    /// Sends `body` and expects a value.
    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, Trouble> {
        self.value(self.request(Method::POST, path).json(body))
            .await
    }

    /// Reads an answer as a value.
    pub(super) async fn read<T: DeserializeOwned>(&self, answer: Response) -> Result<T, Trouble> {
        let bytes = self.body(answer).await?;
        serde_json::from_slice(&bytes).map_err(|error| self.unexpected(error.to_string()))
    }

    /// The next bytes of an answer that comes piece by piece; `None` at its end.
    /// `silence` is how long it may take to come.
    pub(super) async fn piece(
        &self,
        answer: &mut Response,
        silence: Duration,
    ) -> Result<Option<Vec<u8>>, Trouble> {
        let trouble = match tokio::time::timeout(silence, answer.chunk()).await {
            Ok(Ok(piece)) => return Ok(piece.map(Into::into)),
            Ok(Err(error)) => self.unreachable(root(&error)),
            Err(_) => self.unreachable("it fell silent within an answer".to_owned()),
        };
        self.note(Link::Down(trouble.to_string()));
        Err(trouble)
    }

    /// An answer that no server of ours gives.
    pub(super) fn unexpected(&self, what: String) -> Trouble {
        let server = self.base.clone();
        Trouble::Unexpected { server, what }
    }

    async fn judge(&self, answer: Response) -> Result<Response, Trouble> {
        let status = answer.status();
        if status.is_success() || status == StatusCode::NOT_MODIFIED {
            return Ok(answer);
        }
        let wait = answer.headers().get(RETRY_AFTER);
        let wait: Option<u64> = wait.and_then(|text| text.to_str().ok()?.parse().ok());
        let problem: Result<Problem, _> = self.read(answer).await;
        let busy = matches!(
            status,
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
        );
        if busy {
            return Err(Trouble::Busy {
                why: problem.map_or_else(|_| "the server is busy".to_owned(), |p| in_full(&p)),
                retry_after: wait.map(Duration::from_secs),
            });
        }
        Err(problem.map_or_else(
            |_| self.unexpected(format!("HTTP status {status}")),
            Trouble::Refused,
        ))
    }

    async fn body(&self, mut answer: Response) -> Result<Vec<u8>, Trouble> {
        let mut bytes = Vec::new();
        while let Some(piece) = self.piece(&mut answer, SILENCE).await? {
            if bytes.len() + piece.len() > ANSWER_BYTES_MAX {
                return Err(self.unexpected("an answer without an end".to_owned()));
            }
            bytes.extend(piece);
        }
        Ok(bytes)
    }

    fn unreachable(&self, why: String) -> Trouble {
        let server = self.base.clone();
        Trouble::Unreachable { server, why }
    }

    fn note(&self, link: Link) {
        self.link.send_if_modified(|old| {
            let news = *old != link;
            *old = link;
            news
        });
    }
}

/// What every client of ours does alike.
pub(super) fn builder() -> reqwest::ClientBuilder {
    Client::builder()
        .http1_only()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT)
        // One connection beside the held event stream; a router forgets an idle one in minutes.
        .pool_max_idle_per_host(1)
        .pool_idle_timeout(IDLE)
}

/// What happened and what to do about it: the one is no use without the other.
fn in_full(problem: &Problem) -> String {
    let title = problem.title.trim_end_matches('.');
    match (title, problem.detail.as_str()) {
        ("", text) | (text, "") => text.to_owned(),
        (title, detail) => format!("{title}. {detail}"),
    }
}

/// Where `path` lies on the server at `base`.
pub(super) fn address(base: &str, path: &str) -> String {
    format!("{base}{ROOT}/{path}")
}

/// The innermost cause: "connection refused" says more than "error sending request".
fn root(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
