//! Trust: which programmes a station takes, and which it refuses.

use ed25519_dalek::SigningKey;
use programme::ids::StationId;
use programme::programme::{Item, Programme};
use programme::signed::{Envelope, Purpose, Refusal, Verified, key_id};
use proptest::prelude::*;

use crate::village::{Adding, broadcast_id, key, plan, signed, station_id, village};

fn open(envelope: &Envelope) -> Result<Verified<Programme>, Refusal> {
    Verified::<Programme>::open(envelope, &key().verifying_key(), &station_id(), 5)
}

fn spoken() -> Programme {
    village().saying(1, "17:00").at_generation(5)
}

/// A payload with one field set, signed by the right key.
fn with(field: &str, value: serde_json::Value) -> Envelope {
    let mut payload = serde_json::to_value(spoken()).expect("a value");
    payload[field] = value;
    let bytes = serde_json::to_vec(&payload).expect("bytes");
    Envelope::sign(Purpose::Programme, bytes, &key())
}

#[test]
fn a_programme_for_this_station_is_taken_and_its_generation_may_come_again() {
    let taken = open(&signed(&spoken())).expect("trusted");
    assert_eq!(taken.get(), &spoken());
    assert!(open(&signed(&spoken().at_generation(6))).is_ok());
}

proptest! {
    #[test]
    fn one_bit_changed_anywhere_is_refused(place in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let mut envelope = signed(&spoken());
        let whole = envelope.payload.len() + envelope.signature.len();
        let place = place.index(whole);
        match place.checked_sub(envelope.payload.len()) {
            None => envelope.payload[place] ^= 1 << bit,
            Some(place) => envelope.signature[place] ^= 1 << bit,
        }
        prop_assert_eq!(open(&envelope).err(), Some(Refusal::BadSignature));
    }
}

#[test]
fn a_signature_of_another_length_is_refused() {
    for length in [0, 63, 65] {
        let mut envelope = signed(&spoken());
        envelope.signature.resize(length, 0);
        assert_eq!(open(&envelope).err(), Some(Refusal::BadSignature));
    }
}

#[test]
fn what_was_signed_for_another_purpose_is_refused() {
    let payload = serde_json::to_vec(&spoken()).expect("bytes");
    let envelope = Envelope::sign(Purpose::Time, payload, &key());
    assert_eq!(open(&envelope).err(), Some(Refusal::BadSignature));
}

#[test]
fn another_key_is_refused_by_its_name_and_when_it_borrows_the_name_by_its_signature() {
    let foreign = SigningKey::from_bytes(&[8; 32]);
    let payload = serde_json::to_vec(&spoken()).expect("bytes");
    let mut envelope = Envelope::sign(Purpose::Programme, payload, &foreign);
    assert_eq!(
        open(&envelope).err(),
        Some(Refusal::ForeignKey {
            found: key_id(&foreign.verifying_key()),
            trusted: key_id(&key().verifying_key()),
        })
    );
    envelope.key_id = key_id(&key().verifying_key());
    assert_eq!(open(&envelope).err(), Some(Refusal::BadSignature));
}

#[test]
fn a_programme_for_another_station_is_refused() {
    let other = StationId::from_random([9; 10]);
    let envelope = with("station", serde_json::json!(other));
    assert_eq!(open(&envelope).err(), Some(Refusal::ForeignStation(other)));
}

#[test]
fn an_older_generation_is_refused() {
    let older = Refusal::OlderGeneration { found: 4, held: 5 };
    assert_eq!(open(&signed(&spoken().at_generation(4))).err(), Some(older));
}

#[test]
fn a_later_format_is_refused_as_such_even_when_nothing_else_in_it_can_be_read() {
    let payload = br#"{"format_version": 2, "programme": "in another shape"}"#.to_vec();
    let envelope = Envelope::sign(Purpose::Programme, payload, &key());
    let later = Refusal::LaterFormat {
        found: 2,
        understood: 1,
    };
    assert_eq!(open(&envelope).err(), Some(later));
}

#[test]
fn an_unknown_restriction_on_the_whole_programme_refuses_it() {
    let envelope = with(
        "must_understand",
        serde_json::json!(["only_on_market_days"]),
    );
    let refusal = Refusal::NotUnderstood("only_on_market_days".to_owned());
    assert_eq!(open(&envelope).err(), Some(refusal));
}

#[test]
fn a_zone_that_is_not_known_is_refused_so_that_the_held_programme_airs_on() {
    let envelope = with("zone", serde_json::json!("Lao_Cai/Coc_San"));
    let refusal = Refusal::ZoneUnknown("Lao_Cai/Coc_San".to_owned());
    assert_eq!(open(&envelope).err(), Some(refusal));
}

#[test]
fn what_is_signed_and_no_programme_is_refused() {
    for payload in ["", "null", "{}", "[1]", r#"{"format_version": 1}"#] {
        let envelope = Envelope::sign(Purpose::Programme, payload.into(), &key());
        assert!(
            matches!(open(&envelope).err(), Some(Refusal::Unreadable(_))),
            "{payload}"
        );
    }
}

#[test]
fn an_item_that_is_not_understood_stays_silent_alone_and_travels_on_as_it_came() {
    let mut raw = serde_json::to_value(&spoken().broadcasts[0]).expect("a value");
    raw["id"] = serde_json::json!(broadcast_id(2));
    raw["rule"] = serde_json::json!({ "kind": "every_full_moon" });
    let mut programme = spoken();
    programme.broadcasts.push(Item::from(raw.clone()));
    let taken = open(&signed(&programme)).expect("trusted");
    let Item::NotUnderstood { id, .. } = &taken.get().broadcasts[1] else {
        panic!("{:?}", taken.get().broadcasts);
    };
    assert_eq!(id, &Some(broadcast_id(2)));
    assert_eq!(plan(taken.get(), "2026-11-23").cues.len(), 1);
    assert_eq!(
        serde_json::to_value(&taken.get().broadcasts[1]).expect("a value"),
        raw
    );
}

#[test]
fn an_unknown_hint_is_ignored() {
    let envelope = with("colour_of_the_screen", serde_json::json!("green"));
    assert_eq!(open(&envelope).expect("trusted").get(), &spoken());
}
