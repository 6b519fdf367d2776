//! What the loop wants of the server: which recordings, in which order, and which of them wait
//! because the internet costs money.

use std::collections::BTreeMap;

use programme::air::Outlook;
use programme::clock::Voucher;
use programme::day_plan::Cue;
use programme::emergency::drill_mark;
use programme::ids::ContentHash;
use programme::programme::Sound;
use programme::units::WallTime;
use programme::zone::Zone;
use recordings::store::Store;

use super::Daemon;
use crate::sync::Want;
use crate::thrift::{Thrift, Wait};

/// What has arrived of recordings that are not ready, as the disk said when something last came:
/// the loop asks it no more often.
#[derive(Debug, Default)]
pub(super) struct Arrived {
    received: u64,
    bytes: BTreeMap<ContentHash, u64>,
}

impl Arrived {
    /// Asks the disk anew when `received` is not what it was.
    fn renew(&mut self, received: u64) {
        if self.received != received {
            self.received = received;
            self.bytes.clear();
        }
    }

    fn of(&mut self, hash: &ContentHash, store: &Store) -> u64 {
        let asked = || store.arrived_bytes(hash);
        *self.bytes.entry(*hash).or_insert_with(asked)
    }
}

impl Daemon {
    /// First what marks a drill, which lies in the program and costs nothing, then what an
    /// emergency lets people hear, then what cues need, then what stands by, then the rest. An
    /// emergency that is over needs nothing. Says also whether anything waits because the bytes of
    /// the month are spent.
    pub(super) fn want(&mut self, outlook: &Outlook) -> (Want, bool) {
        let wall = self.now().wall;
        let mut arrived = std::mem::take(&mut self.arrived);
        arrived.renew(self.sync.received());
        let programme = self.programme.as_ref().map(|held| held.get().recordings());
        let named = programme.unwrap_or_default().into_iter();
        let mut sounds: BTreeMap<_, _> = named.chain(self.emergencies.lasting(wall)).collect();
        sounds.retain(|hash, _| !self.ready.contains(hash));
        let mark = Some(drill_mark()).filter(|mark| !self.ready.contains(&mark.hash));
        let mut missing: Vec<Sound> = mark.into_iter().collect();
        for hash in self.emergencies.heard(wall) {
            missing.extend(sounds.remove(&hash).cloned());
        }
        let urgent = missing.len();
        let mut later: Vec<(&Sound, Option<WallTime>)> = Vec::new();
        let at_once = outlook.on_air.iter().map(|(_, cue, _)| (cue, wall));
        let planned = outlook.next.iter().map(|cue| (cue, Some(cue.planned)));
        let asked = outlook.asked.iter().map(|cue| (cue, wall));
        for (cue, needed) in at_once.chain(planned).chain(asked) {
            let content = Cue::content(cue)
                .into_iter()
                .filter_map(|hash| sounds.remove(&hash));
            later.extend(content.map(|sound| (sound, needed)));
        }
        // An order at the PC may come at any moment.
        let stands_by = self
            .stands_by()
            .into_iter()
            .filter_map(|hash| sounds.remove(&hash));
        later.extend(stands_by.map(|sound| (sound, wall)));
        later.extend(sounds.into_values().map(|sound| (sound, None)));
        let (brought, spent) = self.thrifty(later, &mut arrived);
        missing.extend(brought);
        self.arrived = arrived;
        let want = Want {
            etag: self.etag.clone(),
            emergencies: self.emergencies.etag.clone(),
            missing,
            urgent,
        };
        (want, spent)
    }

    /// Those of `sounds`, each with the time at which it is first needed, that may come now, and
    /// whether any waits because the bytes are spent. What has arrived costs nothing any more.
    /// While the time is unknown nobody can tell hours and months, and what would cost something
    /// waits.
    fn thrifty(
        &self,
        sounds: Vec<(&Sound, Option<WallTime>)>,
        arrived: &mut Arrived,
    ) -> (Vec<Sound>, bool) {
        let thrift = self.settings.thrift();
        if thrift == Thrift::default() {
            let all = sounds.into_iter().map(|(sound, _)| sound.clone());
            return (all.collect(), false);
        }
        let known = self.now().wall.zip(self.zone());
        let mut bytes = self.spent.and(self.sync.received(), self.month()).bytes;
        let mut spent = false;
        let mut brought = Vec::new();
        for (sound, needed) in sounds {
            let arrived = arrived.of(&sound.hash, self.shelf.store());
            let rest = sound.size_bytes.saturating_sub(arrived);
            let waits = match &known {
                Some((wall, zone)) => thrift.waits(needed, rest, bytes, *wall, zone),
                None => Some(Wait::Hours),
            };
            match waits.filter(|_| rest > 0) {
                Some(Wait::Spent) => spent = true,
                Some(Wait::Hours) => {}
                None => {
                    bytes = bytes.saturating_add(rest);
                    brought.push(sound.clone());
                }
            }
        }
        (brought, spent)
    }

    fn zone(&self) -> Option<Zone> {
        let programme = self.programme.as_ref()?.get();
        Zone::named(&programme.zone).ok()
    }

    /// The year and month, if the server or NTP vouches for them or agrees: a date that a person
    /// got wrong begins no month, and recordings come from the server, which tells the time first.
    /// A slow link leaves its word for the time in doubt by seconds, which is much for a cue and
    /// nothing for a month.
    fn month(&self) -> Option<(i16, i8)> {
        let sure = self.station_clock.dated_by()? >= Voucher::Ntp;
        let (wall, zone) = self.now().wall.zip(self.zone()).filter(|_| sure)?;
        let date = zone.date(wall);
        Some((date.year(), date.month()))
    }

    /// Keeps what has come since this was last noted. A power cut loses a minute's worth of it.
    pub(super) async fn note_spent(&mut self) -> anyhow::Result<()> {
        let received = self.sync.take_received();
        let spent = self.spent.and(received, self.month());
        if spent != self.spent {
            self.state.set_spent(&spent).await?;
            self.spent = spent;
        }
        Ok(())
    }
}
