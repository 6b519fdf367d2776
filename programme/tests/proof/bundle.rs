//! What a station believes of a stick, and what a server believes of one that comes back.

use programme::as_run::chain::{self, Break, Tip};
use programme::bundle::{Parcel, Receipt, StationBundle, StationWord, station_file};
use programme::ids::{JournalId, StationId};
use programme::signed::{Envelope, Purpose, Refusal, Verified};
use proptest::prelude::*;
use serde_json::json;

use crate::village::{Adding, key, monday, signed, station_id, station_key, village};

fn bundle() -> StationBundle {
    let receipt = Receipt {
        station: station_id(),
        issued_at: monday("08:00"),
        journals: Vec::new(),
    };
    StationBundle {
        format_version: 1,
        must_understand: Vec::new(),
        station: station_id(),
        area_name: "Thôn Tòng Xành".to_owned(),
        issued_at: monday("08:00"),
        programme: signed(&village().at_generation(5)),
        etag: None,
        emergencies: Vec::new(),
        receipt: receipt.sign(&key()).expect("JSON"),
        recordings: Vec::new(),
    }
}

fn open(envelope: &Envelope) -> Result<Verified<StationBundle>, Refusal> {
    Verified::<StationBundle>::open_for(envelope, &key().verifying_key(), &station_id())
}

/// A bundle with one field set, signed by the right key.
fn with(field: &str, value: serde_json::Value) -> Envelope {
    let mut payload = serde_json::to_value(bundle()).expect("a value");
    payload[field] = value;
    let bytes = serde_json::to_vec(&payload).expect("bytes");
    Envelope::sign(Purpose::Bundle, bytes, &key())
}

proptest! {
    #[test]
    fn one_bit_changed_anywhere_is_refused(place in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let mut envelope = bundle().sign(&key()).expect("JSON");
        let place = place.index(envelope.payload.len());
        envelope.payload[place] ^= 1 << bit;
        prop_assert_eq!(open(&envelope).err(), Some(Refusal::BadSignature));
    }
}

#[test]
fn a_bundle_is_for_one_station_of_one_server_in_a_format_that_is_known() {
    let trusted = key().verifying_key();
    let good = open(&bundle().sign(&key()).expect("JSON")).expect("trusted");
    assert_eq!(good.get(), &bundle());
    let other = StationId::from_random([2; 10]);
    let foreign = with("station", json!(other));
    assert_eq!(open(&foreign).err(), Some(Refusal::ForeignStation(other)));
    assert!(
        Verified::<StationBundle>::open(&foreign, &trusted).is_ok(),
        "whose it is can be told"
    );
    let elsewhere = bundle().sign(&station_key()).expect("JSON");
    assert!(matches!(open(&elsewhere), Err(Refusal::ForeignKey { .. })));
    let later = open(&with("format_version", json!(2)));
    assert!(matches!(later, Err(Refusal::LaterFormat { found: 2, .. })));
    let odd = open(&with("must_understand", json!(["moon"])));
    assert_eq!(odd.err(), Some(Refusal::NotUnderstood("moon".to_owned())));
    let programme = open(&signed(&village()));
    assert_eq!(programme.err(), Some(Refusal::BadSignature), "not a bundle");
}

#[test]
fn the_programme_of_a_stick_is_held_to_the_generation_as_one_of_the_network() {
    let trusted = key().verifying_key();
    let good = open(&bundle().sign(&key()).expect("JSON")).expect("trusted");
    assert!(good.programme(&trusted, 5).is_ok());
    let older = Refusal::OlderGeneration { found: 5, held: 6 };
    assert_eq!(good.programme(&trusted, 6).err(), Some(older));
}

#[test]
fn a_receipt_of_another_station_says_nothing() {
    let trusted = key().verifying_key();
    let other = Receipt {
        station: StationId::from_random([2; 10]),
        issued_at: monday("08:00"),
        journals: Vec::new(),
    };
    let envelope = other.sign(&key()).expect("JSON");
    let refused = Verified::<Receipt>::open(&envelope, &trusted, &station_id());
    assert_eq!(
        refused.err(),
        Some(Refusal::ForeignStation(other.station.clone()))
    );
    let own = other.sign(&station_key()).expect("JSON");
    assert!(Verified::<Receipt>::open(&own, &trusted, &other.station).is_err());
}

#[test]
fn a_parcel_says_what_its_station_holds_and_no_other() {
    let word = StationWord {
        station: station_id(),
        generation: 5,
        bundle: None,
        wall: None,
    };
    let mut parcel = Parcel {
        format_version: 1,
        station: station_id(),
        word: word.sign(&station_key()).expect("JSON"),
        batches: Vec::new(),
    };
    let key = station_key().verifying_key();
    assert_eq!(parcel.word(&key).expect("its own").get(), &word);
    parcel.station = StationId::from_random([2; 10]);
    let foreign = Refusal::ForeignStation(station_id());
    assert_eq!(parcel.word(&key).err(), Some(foreign));
    let text = serde_json::to_vec(&parcel).expect("JSON");
    assert_eq!(Parcel::read(&text), Ok(parcel));
    assert!(matches!(
        Parcel::read(b"{\"format_version\":2}"),
        Err(Refusal::LaterFormat { .. })
    ));
    assert!(matches!(Parcel::read(b"torn"), Err(Refusal::Unreadable(_))));
}

#[test]
fn lines_from_the_middle_of_a_journal_are_as_written_or_not() {
    let journal = JournalId::from_random([3; 10]);
    let mut end = Tip::start(&journal);
    let mut lines = Vec::new();
    for sequence in 1..=4 {
        let line = json!({ "sequence": sequence, "previous": end.hash }).to_string();
        end = end.follow(&line).expect("it follows");
        lines.push(line);
    }
    let head = end.sign(&journal, &station_key());
    let key = station_key().verifying_key();
    let whole = |lines: &[String]| chain::as_written(&journal, lines, &head, &key);
    assert_eq!(whole(&lines), Ok(end));
    assert_eq!(whole(&lines[2..]), Ok(end), "wherever they begin");
    assert_eq!(whole(&lines[..3]), Err(Break::OtherEnd { line: 3 }));
    assert!(whole(&[]).is_err());
    lines[1].push(' ');
    assert_eq!(whole(&lines), Err(Break::Unlinked { line: 3 }));
}

#[test]
fn every_name_on_a_stick_suits_a_fat_file_system() {
    let name = station_file(&station_id());
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "/._-".contains(letter);
    assert!(name.chars().all(fits), "{name}");
}
