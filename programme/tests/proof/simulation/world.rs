//! A station, its server, and the link between them: what happens to them, step by step.

use std::time::Duration;

use programme::air::{DOUBLE_CLICK, Key};
use programme::programme::Programme;
use programme::signed::Refusal;

use super::Step;
use super::panel::Panel;
use crate::station::Station;
use crate::village::{MINUTE, broadcast_id, bulletin, bulletin_id, emergency, monday, panel_stop};

/// How often each kind of emergency is ordered at most: a name is never used again.
const ORDERS: u8 = 4;

pub struct World {
    pub station: Station,
    pub panel: Panel,
    backup: Panel,
    editions: Vec<Programme>,
    /// Whatever the server let out, also what it has forgotten.
    published: Vec<Programme>,
    /// Messages that the link still carries; `None` while it holds.
    link: Option<u8>,
    /// How many lines the server has said that it stores.
    receipt: usize,
    /// Emergencies ordered on the panel, forgotten ones too.
    orders: u8,
}

impl World {
    pub fn new(editions: Vec<Programme>) -> Self {
        let mut station = Station::new(&editions[0], monday("04:00"));
        station.tick = Duration::from_secs(7);
        let panel = Panel::new(&editions[0]);
        Self {
            station,
            backup: panel.clone(),
            published: vec![panel.programme.clone()],
            editions,
            panel,
            link: None,
            receipt: 0,
            orders: 0,
        }
    }

    pub fn take(&mut self, step: &Step) {
        let station = &mut self.station;
        match *step {
            Step::Pass(seconds) => station.run_for(Duration::from_secs(seconds.into())),
            Step::PassLong(minutes) => station.run_for(MINUTE * minutes.into()),
            Step::Vouch(seconds) => vouch(station, seconds),
            Step::CutPower => station.cut_power(),
            Step::Ends(end, commands) => station.fuse = Some((end, commands.into())),
            Step::Boot => boot(station),
            Step::Restart => restart(station),
            Step::Crash => crash(station),
            Step::FillDisk => station.fill_disk(),
            Step::MakeRoom => station.make_room(),
            Step::Sleep(minutes) => {
                station.sleep(MINUTE * minutes.into());
                station.run_for(Duration::ZERO);
            }
            Step::Link(holds) => self.link = (!holds).then_some(0),
            Step::LinkBreaks(messages) => self.link = Some(messages),
            Step::Publish(edition) => {
                let edition = usize::from(edition) % self.editions.len();
                self.panel.publish(&self.editions[edition]);
            }
            Step::BackUp => self.backup = self.panel.clone(),
            Step::Restore => self.panel = Panel::restored(&self.backup),
            Step::Replay(number) => {
                let number = usize::from(number) % self.published.len();
                let earlier = self.published[number].clone();
                self.offer(&earlier);
            }
            Step::Ready(bits) => make_ready(station, bits),
            Step::Stop => stop(station),
            Step::StopFromPanel(number) => stop_from_panel(station, number),
            Step::Again => station.press(Key::Again),
            Step::Order {
                number,
                repeats,
                drill,
            } => self.order(number, repeats, drill),
            Step::OrderHere { number, drill } => order_here(station, number, drill),
            Step::Cancel(number) => {
                let known = self.panel.words.len().max(1);
                self.panel.cancel(usize::from(number) % known);
            }
            Step::Answer(yes) => answer(station, yes),
            Step::FailOutput => station.fail_output(),
            Step::OutputWorks(works) => station.output_works = works,
            Step::OutputHangs(hangs) => station.output_hangs = hangs,
        }
        self.meet();
    }

    /// Whatever happened, on a good day after it everything has its outcome, and the server knows.
    pub fn settle(&mut self) {
        let station = &mut self.station;
        station.fuse = None;
        station.output_works = true;
        station.output_hangs = false;
        station.make_room();
        if !station.is_on() {
            station.boot();
        }
        self.link = None;
        station.vouch(0);
        self.meet();
    }

    /// Whether a message arrives.
    fn carries(&mut self) -> bool {
        match &mut self.link {
            None => true,
            Some(0) => false,
            Some(left) => {
                *left -= 1;
                true
            }
        }
    }

    /// The station asks and delivers. Each way of each exchange can be the one that is lost.
    pub fn meet(&mut self) {
        self.fetch_programme();
        self.fetch_emergencies();
        self.deliver();
    }

    fn fetch_programme(&mut self) {
        if !self.station.is_on() || self.panel.programme == *self.station.held() || !self.carries()
        {
            return;
        }
        let Some(answer) = self.panel.asked(self.station.held()) else {
            return;
        };
        self.published.push(answer.clone());
        if self.carries() {
            assert!(answer.generation > self.station.held().generation);
            self.offer(&answer);
        }
    }

    /// Whatever is offered, by whatever way: the generation never falls.
    fn offer(&mut self, programme: &Programme) {
        if !self.station.is_on() {
            return;
        }
        let held = self.station.held().generation;
        let found = programme.generation;
        let older = Err(Refusal::OlderGeneration { found, held });
        let taken = self.station.offer(programme);
        assert_eq!(taken, if found < held { older } else { Ok(()) });
        assert!(
            self.station.held().generation >= held,
            "the generation fell"
        );
    }

    fn fetch_emergencies(&mut self) {
        let station = &self.station;
        let unheard = self.panel.words.iter().filter(|word| {
            let mut held = station.emergencies.iter();
            let known = held.any(|held| held.id == word.id && held.revision >= word.revision);
            !known && station.truth() < word.expires_at
        });
        let unheard: Vec<_> = unheard.cloned().collect();
        if unheard.is_empty() || !self.carries() {
            return;
        }
        for word in unheard {
            if self.station.is_on() {
                self.station.order(word);
            }
        }
    }

    /// Lines that the server has not said it stores; a lost answer costs sending them again.
    fn deliver(&mut self) {
        if !self.station.is_on() {
            return;
        }
        // A server that was restored asks for what it lacks.
        let from = self.receipt.min(self.panel.stored.len());
        let unsent = &self.station.journal[from..];
        if unsent.is_empty() {
            return;
        }
        let unsent = unsent.to_vec();
        if self.carries() {
            let stored = self.panel.take_lines(from, &unsent);
            if self.carries() {
                self.receipt = stored;
            }
        }
    }

    fn order(&mut self, number: u8, repeats: Option<u32>, drill: bool) {
        if self.orders == ORDERS {
            return;
        }
        let mut ordered = emergency(100 + self.orders, self.station.truth());
        self.orders += 1;
        ordered.content = bulletin(number % 8 + 10, MINUTE * u32::from(number % 5 + 1));
        ordered.repeats = repeats;
        ordered.order.drill = drill;
        self.panel.words.push(ordered);
    }
}

fn vouch(station: &mut Station, seconds: i32) {
    if station.is_on() {
        station.vouch(i64::from(seconds) * 1_000_000);
    }
}

fn boot(station: &mut Station) {
    if !station.has_power() {
        station.boot();
    }
}

fn crash(station: &mut Station) {
    if station.is_on() {
        station.crash();
    }
}

fn restart(station: &mut Station) {
    if station.is_on() {
        station.shut_down();
        station.switch_on();
    }
}

fn make_ready(station: &mut Station, bits: u8) {
    let recordings = (0_u8..).zip(station.held().recordings().into_keys());
    let ready = recordings.filter(|(number, _)| bits & (1 << (number % 8)) != 0);
    station.make_ready(ready.map(|(_, hash)| hash).collect());
}

/// Who presses STOP hears silence, unless the program died of it; then they press again.
fn stop(station: &mut Station) {
    let deaths = station.deaths;
    station.press(Key::Stop);
    if station.is_on() && station.outlook().stop_asked {
        station.run_for(DOUBLE_CLICK);
        station.press(Key::Stop);
    }
    if station.deaths == deaths {
        station.check_silence();
    }
}

/// Where the station's clock is right, nothing that was to be stopped sounds any more.
fn stop_from_panel(station: &mut Station, number: Option<u8>) {
    let Ok(known) = u8::try_from(station.stops.len()) else {
        return;
    };
    let mut stop = panel_stop(known, station.truth());
    stop.broadcast = number.map(broadcast_id);
    let taken = station.stops.len();
    station.stop(stop.clone());
    let taken = station.stops.len() > taken && station.is_on();
    if taken && station.wall() == Some(station.truth()) {
        let on_air = station.outlook().on_air;
        assert!(on_air.is_none_or(|(_, cue, _)| !stop.names(&cue)));
    }
}

/// At the PC one is ordered only by who finds it on.
fn order_here(station: &mut Station, number: u8, drill: bool) {
    let known = u8::try_from(station.ordered_here.len()).ok();
    let bulletin = bulletin_id(number % 6);
    let is_offered = |station: &Station| {
        let mut offered = station.held().offered(station.wall());
        offered.any(|(standby, _)| standby.bulletin == bulletin)
    };
    if !is_offered(station) {
        return;
    }
    if let Some(name) = known.filter(|name| *name < ORDERS && station.is_on()) {
        station.order_here(number % 6, 110 + name, drill);
    }
}

fn answer(station: &mut Station, yes: bool) {
    if !station.is_on() {
        return;
    }
    for cue in station.outlook().asked {
        station.press(if yes {
            Key::Air(cue.id)
        } else {
            Key::Leave(cue.id)
        });
    }
}
