//! The network between a village and the server: a wire that can be cut, that is slow, that loses
//! packets, that forgets connections, and on which somebody sits.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use socket2::{SockFilter, SockRef};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::sleep;

/// What begins the signed bytes in the answer that brings a programme.
const PAYLOAD: &[u8] = b"\"payload\":\"";

/// What a station asks for its programme.
const ASKS_FOR_PROGRAMME: &[u8] = b"GET /api/v1/station/programme ";

/// What TCP carries in one packet over most links.
const PACKET_BYTES: usize = 1_400;

/// How long TCP waits before it sends a lost packet again, each time twice as long (RFC 6298).
const RESEND: Duration = Duration::from_millis(200);

/// A filter that lets nothing pass: it returns that of each packet no byte is kept (BPF_RET).
const NOTHING: SockFilter = SockFilter::new(0x06, 0, 0, 0);

/// The two ways on a wire.
const TO_SERVER: usize = 0;
const FROM_SERVER: usize = 1;

/// A wire to the server.
pub struct Network {
    /// `http://` or `https://`, as the server speaks.
    scheme: &'static str,
    address: SocketAddr,
    state: Arc<State>,
    _carrying: JoinSet<()>,
}

struct State {
    /// Each change of it ends the connections that are there.
    cut: watch::Sender<bool>,
    /// Counts how often a router forgot the connections that were there.
    forgotten: watch::Sender<u32>,
    /// Counts how often the cable was pulled.
    pulled: watch::Sender<u32>,
    /// The first lines of requests whose answers have not begun to come, each with the number of
    /// its connection. What goes by encrypted is not read.
    waiting: Mutex<BTreeMap<u64, String>>,
    /// The first lines of all requests so far.
    asked: Mutex<Vec<String>>,
    /// How long a packet is under way.
    packet_ms: AtomicU64,
    /// Of a hundred packets, how many are lost.
    lost_percent: AtomicU32,
    /// Packets that were lost on the way to the server, and on the way from it.
    lost: [AtomicU32; 2],
    /// Decides which, alike in each run.
    dice: Mutex<StdRng>,
    tampering: AtomicBool,
    tampered: AtomicU32,
    /// The answer that brought a programme last, as it went by.
    programme: Mutex<Vec<u8>>,
    /// What whoever asks for the programme is answered in the place of the server.
    earlier: Mutex<Option<Vec<u8>>>,
    /// Bytes that went to the server, and that came from it.
    sent: AtomicU64,
    came: AtomicU64,
    /// How much may still come from the server before the wire is cut.
    left: AtomicU64,
}

impl Network {
    /// A wire that leads to `server`, which is an address without a slash at its end.
    pub async fn to(server: &str) -> Self {
        let schemes = ["http://", "https://"].into_iter();
        let (scheme, server) = schemes
            .filter_map(|scheme| Some((scheme, server.strip_prefix(scheme)?.to_owned())))
            .next()
            .expect("the address of a server");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let state = Arc::new(State {
            cut: watch::Sender::new(false),
            forgotten: watch::Sender::new(0),
            pulled: watch::Sender::new(0),
            waiting: Mutex::default(),
            asked: Mutex::default(),
            packet_ms: AtomicU64::new(0),
            lost_percent: AtomicU32::new(0),
            lost: [AtomicU32::new(0), AtomicU32::new(0)],
            dice: Mutex::new(StdRng::seed_from_u64(1)),
            tampering: AtomicBool::new(false),
            tampered: AtomicU32::new(0),
            programme: Mutex::default(),
            earlier: Mutex::default(),
            sent: AtomicU64::new(0),
            came: AtomicU64::new(0),
            left: AtomicU64::new(u64::MAX),
        });
        let mut carrying = JoinSet::new();
        let shared = Arc::clone(&state);
        carrying.spawn(async move {
            let mut wires = JoinSet::new();
            for number in 0.. {
                let Ok((near, _)) = listener.accept().await else {
                    return;
                };
                wires.spawn(carry(number, near, server.clone(), Arc::clone(&shared)));
            }
        });
        Self {
            scheme,
            address,
            state,
            _carrying: carrying,
        }
    }

    /// The server's address as the village knows it.
    pub fn url(&self) -> String {
        format!("{}{}", self.scheme, self.address)
    }

    /// Cuts the wire: what is under way breaks, and nothing new gets through.
    pub fn cut(&self) {
        self.state.cut.send_replace(true);
    }

    /// Cuts the wire once so many bytes more have come from the server.
    pub fn cut_after(&self, bytes: u64) {
        self.state.left.store(bytes, Ordering::SeqCst);
    }

    /// Whether the wire is cut.
    pub fn is_cut(&self) -> bool {
        *self.state.cut.borrow()
    }

    /// Bytes of TCP payload that went to the server so far, and that came from it.
    pub fn carried(&self) -> (u64, u64) {
        let read = |count: &AtomicU64| count.load(Ordering::SeqCst);
        (read(&self.state.sent), read(&self.state.came))
    }

    /// Mends the wire.
    pub fn mend(&self) {
        self.state.left.store(u64::MAX, Ordering::SeqCst);
        self.state.cut.send_replace(false);
    }

    /// A router forgets the connections that are there: they stay open at both ends, and carry
    /// nothing any more. New ones work.
    pub fn forget(&self) {
        self.state.forgotten.send_modify(|times| *times += 1);
    }

    /// The cable of the PC is pulled: connections that are there carry nothing any more, and what
    /// the server sends on them nobody acknowledges. The PC at the other end notices nothing.
    pub fn pull(&self) {
        self.state.pulled.send_modify(|times| *times += 1);
    }

    /// Whether a request that begins with `words` has not begun to be answered.
    pub fn waits_for(&self, words: &str) -> bool {
        let waiting = self.state.waiting.lock().expect("a list that nobody broke");
        waiting.values().any(|request| request.starts_with(words))
    }

    /// How many requests so far began with `words`.
    pub fn asked(&self, words: &str) -> usize {
        let asked = self.state.asked.lock().expect("a list that nobody broke");
        let fit = asked.iter().filter(|request| request.starts_with(words));
        fit.count()
    }

    /// Each packet is under way for so long, and the next one waits for it.
    pub fn slow(&self, packet: Duration) {
        let ms = u64::try_from(packet.as_millis()).expect("a packet that comes");
        self.state.packet_ms.store(ms, Ordering::SeqCst);
    }

    /// How many packets were lost on the way to the server, and on the way from it.
    pub fn lost(&self) -> [u32; 2] {
        let read = |count: &AtomicU32| count.load(Ordering::SeqCst);
        self.state.lost.each_ref().map(read)
    }

    /// Loses so many of a hundred packets each way. TCP sends them again, so that programs see a
    /// link that stands still again and again.
    pub fn lose(&self, percent: u32) {
        self.state.lost_percent.store(percent, Ordering::SeqCst);
    }

    /// Changes one byte in the payload of each programme that goes by, or stops doing so.
    pub fn tamper(&self, tampering: bool) {
        self.state.tampering.store(tampering, Ordering::SeqCst);
    }

    /// How many programmes were changed.
    pub fn tampered(&self) -> u32 {
        self.state.tampered.load(Ordering::SeqCst)
    }

    /// The answer that brought a programme last, as it went by.
    pub fn programme(&self) -> Vec<u8> {
        let answer = self.state.programme.lock().expect("nobody broke it");
        assert!(answer.ends_with(b"}"), "it went by in one piece");
        answer.clone()
    }

    /// Whoever asks for the programme gets this answer from here on, as from a cache that is set
    /// wrong; or the server's own again.
    pub fn replay(&self, earlier: Option<Vec<u8>>) {
        *self.state.earlier.lock().expect("nobody broke it") = earlier;
    }
}

async fn carry(number: u64, near: TcpStream, server: String, state: Arc<State>) {
    let mut cut = state.cut.subscribe();
    if *cut.borrow_and_update() {
        return;
    }
    let Ok(far) = TcpStream::connect(server).await else {
        return;
    };
    let plug = far.as_fd().try_clone_to_owned().expect("a second handle");
    let (mut near_reads, mut near_writes) = near.into_split();
    let (mut far_reads, mut far_writes) = far.into_split();
    let (replays, mut replayed) = mpsc::unbounded_channel();
    let asks = async {
        let mut block = vec![0; 65_536];
        while let Ok(read @ 1..) = near_reads.read(&mut block).await {
            if let Some(earlier) = state.earlier_for(&block[..read]) {
                let _ = replays.send(earlier);
                continue;
            }
            state.sent.fetch_add(read as u64, Ordering::SeqCst);
            state.asks(number, &block[..read]);
            for packet in block[..read].chunks(PACKET_BYTES) {
                sleep(state.carries_for(TO_SERVER)).await;
                if far_writes.write_all(packet).await.is_err() {
                    return;
                }
            }
        }
    };
    let answers = async {
        let mut block = vec![0; 65_536];
        loop {
            let read = tokio::select! {
                came = far_reads.read(&mut block) => came.unwrap_or(0),
                Some(earlier) = replayed.recv() => {
                    block[..earlier.len()].copy_from_slice(&earlier);
                    earlier.len()
                }
            };
            if read == 0 {
                return;
            }
            state.note_programme(number, &block[..read]);
            state.change(&mut block[..read]);
            let passes = state.passes(read as u64);
            for packet in block[..passes].chunks(PACKET_BYTES) {
                sleep(state.carries_for(FROM_SERVER)).await;
                state.answered(number);
                if near_writes.write_all(packet).await.is_err() {
                    return;
                }
            }
            if passes < read {
                state.cut.send_replace(true);
                return;
            }
        }
    };
    // Whatever ends first breaks the whole connection; its two ends notice by themselves.
    let lies_dead = tokio::select! {
        () = asks => false,
        () = answers => false,
        dead = falls_silent(&state, &plug, &mut cut) => dead,
    };
    if lies_dead {
        // It is not closed: its two ends wait, until the wire is cut.
        let _ = cut.changed().await;
    }
    state.answered(number);
}

/// Waits until the wire is cut, or until a connection carries nothing any more and says so.
async fn falls_silent(state: &State, plug: &OwnedFd, cut: &mut watch::Receiver<bool>) -> bool {
    let mut forgotten = state.forgotten.subscribe();
    let mut pulled = state.pulled.subscribe();
    tokio::select! {
        _ = cut.changed() => false,
        _ = forgotten.changed() => true,
        _ = pulled.changed() => {
            let filtered = SockRef::from(plug).attach_filter(&[NOTHING]);
            filtered.expect("a filter");
            true
        }
    }
}

impl State {
    /// A request begins on a connection, if this is how one begins.
    fn asks(&self, connection: u64, bytes: &[u8]) {
        let begins = [b"GET ".as_slice(), b"POST "];
        if begins.iter().any(|begins| bytes.starts_with(begins)) {
            let line = bytes
                .split(|byte| *byte == b'\r')
                .next()
                .unwrap_or_default();
            let line = String::from_utf8_lossy(line).into_owned();
            let mut asked = self.asked.lock().expect("a list that nobody broke");
            asked.push(line.clone());
            let mut waiting = self.waiting.lock().expect("a list that nobody broke");
            waiting.insert(connection, line);
        }
    }

    /// What this request is answered in the place of the server, if anything.
    fn earlier_for(&self, request: &[u8]) -> Option<Vec<u8>> {
        let earlier = self.earlier.lock().expect("nobody broke it");
        earlier
            .clone()
            .filter(|_| request.starts_with(ASKS_FOR_PROGRAMME))
    }

    /// Keeps what comes on a connection if it brings a programme.
    fn note_programme(&self, connection: u64, came: &[u8]) {
        let waiting = self.waiting.lock().expect("a list that nobody broke");
        let asked = waiting.get(&connection);
        if asked.is_some_and(|line| line.as_bytes().starts_with(ASKS_FOR_PROGRAMME))
            && payload_in(came).is_some()
        {
            came.clone_into(&mut self.programme.lock().expect("nobody broke it"));
        }
    }

    /// Nothing is waited for on a connection.
    fn answered(&self, connection: u64) {
        let mut waiting = self.waiting.lock().expect("a list that nobody broke");
        waiting.remove(&connection);
    }

    /// How long the next packet is under way, with the times that it is lost and sent again.
    fn carries_for(&self, way: usize) -> Duration {
        let lost = f64::from(self.lost_percent.load(Ordering::SeqCst)) / 100.0;
        let mut dice = self.dice.lock().expect("dice that nobody broke");
        let mut pause = Duration::from_millis(self.packet_ms.load(Ordering::SeqCst));
        let mut resend = RESEND;
        while dice.random_bool(lost) {
            self.lost[way].fetch_add(1, Ordering::SeqCst);
            pause += resend;
            resend *= 2;
        }
        pause
    }

    /// How much of `read` bytes gets through.
    fn passes(&self, read: u64) -> usize {
        let left = self.left.load(Ordering::SeqCst);
        let passes = read.min(left);
        if left != u64::MAX {
            self.left.store(left - passes, Ordering::SeqCst);
        }
        self.came.fetch_add(passes, Ordering::SeqCst);
        usize::try_from(passes).expect("a block fits into memory")
    }

    fn change(&self, bytes: &mut [u8]) {
        if !self.tampering.load(Ordering::SeqCst) {
            return;
        }
        let found = payload_in(bytes);
        // Some way into the payload, which is in base 64: another letter is another byte.
        if let Some(byte) = found.and_then(|at| bytes.get_mut(at + PAYLOAD.len() + 200)) {
            *byte = if *byte == b'A' { b'B' } else { b'A' };
            self.tampered.fetch_add(1, Ordering::SeqCst);
        }
    }
}

/// Where the signed bytes begin to be named.
fn payload_in(bytes: &[u8]) -> Option<usize> {
    bytes
        .windows(PAYLOAD.len())
        .position(|window| window == PAYLOAD)
}
