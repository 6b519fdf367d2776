//! A stick as the panel writes it, in the hand of a story.

use std::path::{Path, PathBuf};

use ed25519_dalek::SigningKey;
use loaban_player::bundle::{Stage, StickReport};
use programme::as_run::chain::LineHash;
use programme::bundle::{
    Carried, Index, Indexed, Parcel, Receipt, StationBundle, StoredJournal, parcel_file,
    recording_file, station_file,
};
use programme::emergency::Emergency;
use programme::ids::JournalId;
use programme::programme::Programme;
use programme::signed::{Envelope, Purpose};

use crate::pc::Pc;

/// What is to be on a stick.
pub struct Stick {
    pub bundle: StationBundle,
    pub key: SigningKey,
}

impl Stick {
    /// The bundle of this PC's station with `programme` in it.
    pub fn with(pc: &Pc, programme: &Programme) -> Self {
        let key = pc.commune.look().key.clone();
        let payload = serde_json::to_vec(programme).unwrap();
        let recordings = programme.recordings().into_iter();
        let receipt = Receipt {
            station: programme.station.clone(),
            issued_at: pc.commune.wall(),
            journals: Vec::new(),
        };
        let bundle = StationBundle {
            format_version: 1,
            must_understand: Vec::new(),
            station: programme.station.clone(),
            area_name: programme.area_name.clone(),
            issued_at: pc.commune.wall(),
            programme: Envelope::sign(Purpose::Programme, payload, &key),
            etag: None,
            emergencies: Vec::new(),
            receipt: receipt.sign(&key).unwrap(),
            recordings: recordings
                .map(|(hash, sound)| Carried {
                    hash,
                    size_bytes: sound.size_bytes,
                })
                .collect(),
        };
        Self { bundle, key }
    }

    /// The same with an emergency.
    pub fn ordering(mut self, emergency: &Emergency) -> Self {
        let payload = serde_json::to_vec(emergency).unwrap();
        let word = Envelope::sign(Purpose::Emergency, payload, &self.key);
        self.bundle.emergencies.push(word);
        self
    }

    /// The same with a receipt for `lines` of `journal`, signed with `key`.
    pub fn with_receipt(
        mut self,
        pc: &Pc,
        (journal, lines): (&JournalId, &[String]),
        key: &SigningKey,
    ) -> Self {
        let receipt = Receipt {
            station: self.bundle.station.clone(),
            issued_at: pc.commune.wall(),
            journals: vec![StoredJournal {
                journal: journal.clone(),
                through: lines.len() as u64,
                hash: LineHash::of(lines.last().unwrap()),
            }],
        };
        self.bundle.receipt = receipt.sign(key).unwrap();
        self
    }

    /// Each file of it, the index last.
    pub fn files(&self, pc: &Pc) -> Vec<(String, Vec<u8>)> {
        let inside = pc.commune.look();
        let mut files = Vec::new();
        for Carried { hash, .. } in &self.bundle.recordings {
            files.push((recording_file(hash), inside.recordings[hash].clone()));
        }
        let envelope = self.bundle.sign(&self.key).unwrap();
        files.push((
            station_file(&self.bundle.station),
            serde_json::to_vec(&envelope).unwrap(),
        ));
        let index = Index {
            format_version: 1,
            written_at: self.bundle.issued_at,
            stations: vec![Indexed {
                station: self.bundle.station.clone(),
                area_name: self.bundle.area_name.clone(),
                generation: 1,
            }],
        };
        files.push(("index.json".to_owned(), serde_json::to_vec(&index).unwrap()));
        files
    }

    /// Plugs it in.
    pub fn plug_in(&self, pc: &Pc) -> PathBuf {
        let folder = pc.stick().join("loaban");
        for (name, bytes) in self.files(pc) {
            put(&folder.join(name), &bytes);
        }
        folder
    }
}

/// Writes a file, its folder made.
pub fn put(path: &Path, bytes: &[u8]) {
    recordings::durable::make_folder(path.parent().unwrap()).unwrap();
    recordings::durable::write(path, bytes).unwrap();
}

/// Pulls the stick out.
pub fn pull_out(pc: &Pc) {
    std::fs::remove_dir_all(pc.stick()).unwrap();
}

/// What the PC wrote onto the stick.
pub fn parcel_on(pc: &Pc, folder: &Path) -> Parcel {
    let file = folder.join(parcel_file(&pc.commune.look().station));
    Parcel::read(&std::fs::read(file).unwrap()).unwrap()
}

/// The lines in it.
pub fn lines_of(parcel: &Parcel) -> Vec<String> {
    let batches = parcel.batches.iter();
    batches.flat_map(|batch| batch.lines.clone()).collect()
}

impl Pc {
    /// A PC that never had a server since it enrolled, and knows the time by NTP.
    pub async fn offline(time: jiff::civil::DateTime) -> Self {
        let mut pc = Self::beside_server(time).await;
        pc.enrol().await.unwrap();
        pc.commune.look().away = true;
        pc.clock.keep_by_ntp(std::time::Duration::from_millis(50));
        pc.switch_on().await;
        pc.until(|status| status.wall.is_some()).await;
        pc
    }

    /// Waits until a stick is dealt with and its log is written or not, and says what became of it.
    pub async fn dealt_with(&self, stage: Stage) -> StickReport {
        let settled = |report: &StickReport| {
            report.stage == stage && !report.out && report.log != loaban_player::bundle::Log::Kept
        };
        let quiet = matches!(stage, Stage::PulledOut | Stage::Refused);
        let status = self.pass_until(|status| {
            status
                .stick
                .as_ref()
                .is_some_and(|report| settled(report) || (quiet && report.stage == stage))
        });
        status.await.stick.unwrap()
    }
}
