//! A server that speaks the interface of `programme::wire` and can be told to misbehave.

mod as_run;
mod recordings;
mod stops;

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT_LANGUAGE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use ed25519_dalek::{SigningKey, VerifyingKey};
use futures_util::{StreamExt, stream};
use loaban_player::clock::{Clock, ManualClock};
use programme::as_run::{Entry, Record};
use programme::clock::Voucher;
use programme::emergency::Emergency;
use programme::enrolment::EnrolmentCode;
use programme::ids::{ContentHash, JournalId, StationId};
use programme::programme::Programme;
use programme::signed::{Envelope, Purpose, key_text, parse_key};
use programme::units::WallTime;
use programme::wire::{
    EMERGENCIES, EmergencyList, EnrolAnswer, EnrolRequest, Health, Problem, TimeAnswer, TimeRequest,
};
use tokio::sync::broadcast;

/// The zone of every story.
pub const ZONE: &str = "Asia/Ho_Chi_Minh";

/// Everything that the server holds, in the open for stories to look at and to change.
pub struct Inside {
    pub key: SigningKey,
    pub station: StationId,
    /// What the right time is ahead of the boot-time clock of the PC.
    pub wall_at_boot: WallTime,
    pub code: Option<EnrolmentCode>,
    pub programme: Option<Envelope>,
    pub etag: u32,
    pub emergencies: Vec<Envelope>,
    pub stops: Vec<Envelope>,
    /// Says nothing on the event stream.
    pub mute: bool,
    pub recordings: BTreeMap<ContentHash, Vec<u8>>,
    /// The key of the PC that enrolled.
    pub pc: Option<VerifyingKey>,
    /// The lines of each journal, in the order in which the journals came.
    pub journals: Vec<(JournalId, Vec<String>)>,
    pub health: Option<Health>,
    /// Answers as a proxy does whose server is gone.
    pub away: bool,
    /// Ends the connection of a recording after so many bytes, once.
    pub cut_after: Option<usize>,
    /// Falls silent within a recording after so many bytes, once.
    pub stall_after: Option<usize>,
    /// Fails to give the list of emergencies.
    pub list_fails: bool,
    /// Refuses every line of the as-run, in whichever journal.
    pub refuses_lines: bool,
    /// Kinds of lines that it also takes.
    pub also_takes: Vec<String>,
    /// Bytes of recordings that left the server.
    pub sent_bytes: usize,
    /// Paths asked, with their status.
    pub asked: Vec<(String, StatusCode)>,
    /// Sent with every answer that says "later".
    pub busy: bool,
    /// Takes requests and never says a word.
    pub hangs: bool,
    /// Requests that were never answered.
    pub unanswered: usize,
    /// How long a question for the time and its answer are on their way.
    pub time_takes: Duration,
}

#[derive(Clone)]
pub struct Commune {
    inside: Arc<Mutex<Inside>>,
    clock: ManualClock,
    woken: broadcast::Sender<String>,
    pub url: String,
}

impl Commune {
    /// A server on a port of its own, whose time is `wall` at this moment.
    pub async fn open(clock: ManualClock, wall: WallTime) -> Self {
        let key = SigningKey::from_bytes(&[3; 32]);
        let code = EnrolmentCode::from_random([1; 7], &key.verifying_key());
        let inside = Inside {
            station: StationId::from_random([5; 10]),
            wall_at_boot: wall - clock.boot().since_boot(),
            code: Some(code),
            programme: None,
            etag: 0,
            emergencies: Vec::new(),
            stops: Vec::new(),
            mute: false,
            recordings: BTreeMap::new(),
            pc: None,
            journals: Vec::new(),
            health: None,
            away: false,
            cut_after: None,
            stall_after: None,
            list_fails: false,
            refuses_lines: false,
            also_takes: Vec::new(),
            sent_bytes: 0,
            asked: Vec::new(),
            busy: false,
            hangs: false,
            unanswered: 0,
            time_takes: Duration::ZERO,
            key,
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let commune = Self {
            inside: Arc::new(Mutex::new(inside)),
            clock,
            woken: broadcast::channel(16).0,
            url: format!("http://{}", listener.local_addr().unwrap()),
        };
        let router = router(commune.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        commune
    }

    /// What the server holds.
    pub fn look(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap()
    }

    /// The code on the panel.
    pub fn code(&self) -> String {
        self.look().code.as_ref().unwrap().to_string()
    }

    /// The right time.
    pub fn wall(&self) -> WallTime {
        self.look().wall_at_boot + self.clock.boot().since_boot()
    }

    /// Publishes `programme` and wakes the station.
    pub fn publish(&self, programme: &Programme) {
        let bytes = serde_json::to_vec(programme).unwrap();
        let mut inside = self.look();
        inside.programme = Some(Envelope::sign(Purpose::Programme, bytes, &inside.key));
        inside.etag += 1;
        drop(inside);
        self.say(format!(
            "event: programme\ndata: {}\n\n",
            programme.generation
        ));
    }

    /// Gives a word about an emergency, and pushes it to the station.
    pub fn order(&self, emergency: &Emergency) {
        let bytes = serde_json::to_vec(emergency).unwrap();
        let mut inside = self.look();
        let envelope = Envelope::sign(Purpose::Emergency, bytes, &inside.key);
        inside.emergencies.push(envelope.clone());
        drop(inside);
        let data = serde_json::to_string(&envelope).unwrap();
        self.say(format!("event: emergency\ndata: {data}\n\n"));
    }

    /// Says on the stream what is in force, as the server does every four minutes.
    pub fn say_what_is_in_force(&self) {
        let inside = self.look();
        let tags = format!("\"{}\" {}", inside.etag, list_of(&inside));
        drop(inside);
        self.say(format!(": {tags}\n\n"));
    }

    fn say(&self, event: String) {
        if !self.look().mute {
            let _ = self.woken.send(event);
        }
    }

    /// The records about cues that the server holds, in order.
    pub fn records(&self) -> Vec<Record> {
        let about_clock = |record: &Record| matches!(record, Record::ClockVouched { .. });
        let records = self.lines().into_iter().map(|entry| entry.record);
        records.filter(|record| !about_clock(record)).collect()
    }

    /// Who vouched for the station's time, and by how much that moved it.
    pub fn vouchers(&self) -> Vec<(Voucher, Option<i64>)> {
        let said = |entry: Entry| match entry.record {
            Record::ClockVouched { by, moved_ms, .. } => Some((by, moved_ms)),
            Record::Started { .. }
            | Record::Ended { .. }
            | Record::Outcome { .. }
            | Record::EmergencyStopped { .. }
            | Record::EmergencyOrdered { .. }
            | Record::NotUnderstood { .. }
            | Record::StatusSpoken { .. } => None,
        };
        self.lines().into_iter().filter_map(said).collect()
    }

    /// Every line of the as-run that the server holds, in order.
    pub fn lines(&self) -> Vec<Entry> {
        let inside = self.look();
        let lines = inside.journals.iter().flat_map(|(_, lines)| lines);
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

fn router(commune: Commune) -> Router {
    let station = Router::new()
        .route("/programme", get(programme))
        .route("/emergencies", get(emergencies))
        .route("/recordings/{hash}", get(recordings::recording))
        .route("/as-run", post(as_run::take))
        .route("/health", post(health))
        .route("/events", get(events));
    Router::new()
        .route("/api/v1/enrol", post(enrol))
        .route("/api/v1/station/time", post(time))
        .nest("/api/v1/station", station)
        .layer(from_fn_with_state(commune.clone(), watch))
        .with_state(commune)
}

async fn watch(State(commune): State<Commune>, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let (away, busy, hangs) = {
        let mut inside = commune.look();
        inside.unanswered += usize::from(inside.hangs);
        (inside.away, inside.busy, inside.hangs)
    };
    if hangs {
        std::future::pending::<()>().await;
    }
    let token = request.headers().get("authorization").is_some();
    let public = path.ends_with("/enrol") || path.ends_with("/time");
    let answer = if away {
        (StatusCode::BAD_GATEWAY, "<h1>Bad Gateway</h1>").into_response()
    } else if busy {
        (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "600")]).into_response()
    } else if token == public {
        // A token where none belongs is as wrong as none where one does.
        problem(
            StatusCode::UNAUTHORIZED,
            "This PC is not the station any more",
            "Enrol it again.",
        )
    } else {
        next.run(request).await
    };
    commune.look().asked.push((path, answer.status()));
    answer
}

fn problem(status: StatusCode, title: &str, detail: &str) -> Response {
    let problem = Problem {
        kind: "about:blank".to_owned(),
        title: title.to_owned(),
        status: status.as_u16(),
        detail: detail.to_owned(),
    };
    (status, Json(problem)).into_response()
}

async fn enrol(
    State(commune): State<Commune>,
    headers: HeaderMap,
    Json(request): Json<EnrolRequest>,
) -> Response {
    let mut inside = commune.look();
    let known = inside
        .code
        .as_ref()
        .is_some_and(|code| code.secret() == request.secret);
    if !known {
        let (title, detail) = if headers[ACCEPT_LANGUAGE] == "en" {
            ("This code was used before", "Ask for a new one.")
        } else {
            ("Mã này đã được dùng", "Hãy xin mã mới.")
        };
        return problem(StatusCode::CONFLICT, title, detail);
    }
    inside.code = None;
    inside.pc = Some(parse_key(&request.key).unwrap());
    Json(EnrolAnswer {
        station: inside.station.clone(),
        name: "Bản Một".to_owned(),
        token: "station_secret".to_owned(),
        signing_key: key_text(&inside.key.verifying_key()),
    })
    .into_response()
}

async fn time(State(commune): State<Commune>, Json(request): Json<TimeRequest>) -> Json<Envelope> {
    let one_way = commune.look().time_takes / 2;
    commune.clock.advance(one_way);
    let answer = TimeAnswer {
        nonce: request.nonce,
        wall: commune.wall(),
    };
    commune.clock.advance(one_way);
    let bytes = serde_json::to_vec(&answer).unwrap();
    Json(Envelope::sign(Purpose::Time, bytes, &commune.look().key))
}

async fn programme(State(commune): State<Commune>, headers: HeaderMap) -> Response {
    let inside = commune.look();
    let Some(envelope) = inside.programme.clone() else {
        return problem(
            StatusCode::NOT_FOUND,
            "Nothing is published for this station yet",
            "Publish a programme.",
        );
    };
    let etag = format!("\"{}\"", inside.etag);
    let list = [(EMERGENCIES, list_of(&inside))];
    if headers
        .get(IF_NONE_MATCH)
        .is_some_and(|held| held.as_bytes() == etag.as_bytes())
    {
        return (StatusCode::NOT_MODIFIED, list).into_response();
    }
    ([(ETAG, etag)], list, Json(envelope)).into_response()
}

fn list_of(inside: &Inside) -> String {
    format!("\"{}-{}\"", inside.emergencies.len(), inside.stops.len())
}

async fn emergencies(State(commune): State<Commune>) -> Response {
    let inside = commune.look();
    if inside.list_fails {
        return problem(StatusCode::INTERNAL_SERVER_ERROR, "Something failed", "");
    }
    let list = EmergencyList {
        emergencies: inside.emergencies.clone(),
        stops: inside.stops.clone(),
    };
    ([(ETAG, list_of(&inside))], Json(list)).into_response()
}

async fn health(State(commune): State<Commune>, Json(health): Json<Health>) -> StatusCode {
    commune.look().health = Some(health);
    StatusCode::NO_CONTENT
}

async fn events(State(commune): State<Commune>) -> Response {
    let woken = commune.woken.subscribe();
    let held = commune.look().programme.is_some();
    let lines = stream::unfold(woken, async |mut woken| {
        let event = woken.recv().await.ok()?;
        Some((Ok::<_, Infallible>(event), woken))
    });
    let kind = [("content-type", "text/event-stream")];
    // As the server does: what is in force, at once.
    let first = held.then(|| Ok("event: programme\ndata: 0\n\n".to_owned()));
    let lines = stream::iter(first).chain(lines);
    (kind, Body::from_stream(lines)).into_response()
}

/// The same clock for whoever wants the program's own type.
pub fn clock_of(clock: &ManualClock) -> Clock {
    Clock::Manual(clock.clone())
}
