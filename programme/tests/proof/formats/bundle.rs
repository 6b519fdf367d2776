//! What lies on a stick, both ways.

use programme::bundle::{
    BUNDLE_FORMAT_VERSION, Carried, Index, Indexed, Parcel, Receipt, StationBundle, StationWord,
    StoredJournal,
};

use super::*;
use crate::village::{ordered_envelope, signed, station_key};

#[test]
fn what_lies_on_a_stick_both_ways() {
    let journal = JournalId::from_random([3; 10]);
    let line = "{\"sequence\":1}".to_owned();
    let tip = Tip {
        sequence: 1,
        hash: programme::as_run::chain::LineHash::of(&line),
    };
    let receipt = Receipt {
        station: station_id(),
        issued_at: monday("08:00"),
        journals: vec![StoredJournal {
            journal: journal.clone(),
            through: 1,
            hash: tip.hash,
        }],
    };
    let bundle = StationBundle {
        format_version: BUNDLE_FORMAT_VERSION,
        must_understand: Vec::new(),
        station: station_id(),
        area_name: "Thôn Tòng Xành".to_owned(),
        issued_at: monday("08:00"),
        programme: signed(&village()),
        etag: Some("\"1-0123456789abcdef\"".to_owned()),
        emergencies: vec![ordered_envelope(&emergency(9, monday("07:00")))],
        receipt: receipt.sign(&key()).expect("JSON"),
        recordings: vec![Carried {
            hash: ContentHash::of(b"recording 9"),
            size_bytes: 1_000,
        }],
    };
    let index = Index {
        format_version: BUNDLE_FORMAT_VERSION,
        written_at: monday("08:01"),
        stations: vec![Indexed {
            station: station_id(),
            area_name: "Thôn Tòng Xành".to_owned(),
            generation: 1,
        }],
    };
    let word = StationWord {
        station: station_id(),
        generation: 1,
        bundle: Some(monday("08:00")),
        wall: None,
    };
    let parcel = Parcel {
        format_version: BUNDLE_FORMAT_VERSION,
        station: station_id(),
        word: word.sign(&station_key()).expect("JSON"),
        batches: vec![AsRunBatch {
            head: tip.sign(&journal, &station_key()),
            journal,
            lines: vec![line],
        }],
    };
    is_frozen(
        &(bundle, receipt, index, word, parcel),
        include_str!("../../golden/format_1/bundle.json"),
    );
}
