//! The chain: a journal says by itself whether it is what the station wrote.

use ed25519_dalek::SigningKey;
use programme::as_run::chain::{self, Break, LineHash, Tip};
use programme::ids::JournalId;
use programme::signed::{Envelope, Purpose, Refusal, key_text, parse_key};
use proptest::prelude::*;

fn pc() -> SigningKey {
    SigningKey::from_bytes(&[9; 32])
}

fn journal(number: u8) -> JournalId {
    JournalId::from_random([number; 10])
}

/// A journal of `count` lines, and its end.
fn written(journal: &JournalId, count: usize) -> (Vec<String>, Tip) {
    let mut tip = Tip::start(journal);
    let mut lines = Vec::new();
    for number in 0..count {
        let line = line(tip, &format!("bản tin {number}"));
        tip = tip.follow(&line).expect("it follows");
        lines.push(line);
    }
    (lines, tip)
}

/// The line behind `end` that says `what`.
fn line(end: Tip, what: &str) -> String {
    let (sequence, previous) = (end.sequence + 1, end.hash);
    format!(r#"{{"sequence":{sequence},"previous":"{previous}","what":"{what}"}}"#)
}

fn verify(lines: &[String], head: &Envelope) -> Result<Tip, Break> {
    chain::verify(&journal(1), lines, head, &pc().verifying_key())
}

#[test]
fn a_journal_verifies_from_its_name_to_its_signed_end() {
    let (lines, end) = written(&journal(1), 3);
    assert_eq!(verify(&lines, &end.sign(&journal(1), &pc())), Ok(end));
    let (none, start) = written(&journal(1), 0);
    assert_eq!(verify(&none, &start.sign(&journal(1), &pc())), Ok(start));
}

#[test]
fn the_first_line_carries_the_hash_of_the_name_and_any_shell_can_compute_it() {
    // printf %s jou_041061050r3gg28a | sha256sum
    let name: JournalId = "jou_041061050r3gg28a".parse().expect("a name");
    assert_eq!(
        Tip::start(&name).hash.to_string(),
        "6eb1197f36bfe7362d032d9cadf078539a9891ec9839763c260c80d277372b86"
    );
}

#[test]
fn what_does_not_fit_is_named() {
    let (lines, end) = written(&journal(1), 4);
    let head = end.sign(&journal(1), &pc());
    let broken = |change: &dyn Fn(&mut Vec<String>)| {
        let mut lines = lines.clone();
        change(&mut lines);
        verify(&lines, &head).expect_err("it does not fit")
    };
    let altered = broken(&|lines| lines[1] = lines[1].replace("tin 1", "tin 7"));
    assert_eq!(altered, Break::Unlinked { line: 3 });
    let altered = broken(&|lines| lines[3] = lines[3].replace("tin 3", "tin 7"));
    assert_eq!(altered, Break::OtherEnd { line: 4 });
    let dropped = broken(&|lines| drop(lines.remove(1)));
    assert_eq!(dropped, Break::Order { after: 1, found: 3 });
    let cut_off = broken(&|lines| lines.truncate(2));
    assert_eq!(cut_off, Break::OtherEnd { line: 2 });
    let doubled = broken(&|lines| lines.insert(1, lines[1].clone()));
    assert_eq!(doubled, Break::Order { after: 2, found: 2 });
    let moved = broken(&|lines| lines.swap(1, 2));
    assert_eq!(moved, Break::Order { after: 1, found: 3 });
    let torn = broken(&|lines| lines[2].truncate(20));
    assert_eq!(torn, Break::Unreadable { after: 2 });
}

#[test]
fn lines_of_another_journal_and_signatures_of_another_key_or_purpose_are_refused() {
    let (lines, end) = written(&journal(1), 2);
    let (others, _) = written(&journal(2), 2);
    let head = end.sign(&journal(1), &pc());
    assert_eq!(verify(&others, &head), Err(Break::Unlinked { line: 1 }));
    let elsewhere = end.sign(&journal(2), &pc());
    assert_eq!(verify(&lines, &elsewhere), Err(Break::OtherEnd { line: 2 }));
    let foreign = end.sign(&journal(1), &SigningKey::from_bytes(&[8; 32]));
    assert!(matches!(
        verify(&lines, &foreign),
        Err(Break::Signature(Refusal::ForeignKey { .. }))
    ));
    let time = Envelope::sign(Purpose::Time, head.payload.clone(), &pc());
    let refused = Err(Break::Signature(Refusal::BadSignature));
    assert_eq!(verify(&lines, &time), refused);
}

#[test]
fn lines_sent_again_are_seen_to_be_the_same_and_the_rest_is_new() {
    let (lines, end) = written(&journal(1), 5);
    let held = Tip::start(&journal(1)).follow_all(&lines[..3]).expect("3");
    let taken = |stored: &[String], sent: &[String]| {
        let (new, tip) = chain::continued(held, stored, sent)?;
        Ok::<_, Break>((new.to_vec(), tip))
    };
    assert_eq!(taken(&[], &lines[3..]), Ok((lines[3..].to_vec(), end)));
    assert_eq!(
        taken(&lines[1..3], &lines[1..]),
        Ok((lines[3..].to_vec(), end))
    );
    let second = Tip::at(&lines[1]).expect("a line");
    assert_eq!(taken(&lines[..3], &lines[..2]), Ok((Vec::new(), second)));
    assert_eq!(taken(&[], &[]), Ok((Vec::new(), held)));
    let mut other = lines.clone();
    other[2] = line(second, "another");
    assert_eq!(
        taken(&lines[1..3], &other[1..]),
        Err(Break::Rewritten { line: 3 })
    );
    let third = Tip::at(&other[2]).expect("a line");
    other[3] = line(third, "bản tin 3");
    assert_eq!(taken(&[], &other[3..]), Err(Break::Unlinked { line: 4 }));
}

/// What somebody may do to the lines of a journal without the station's key.
#[derive(Debug, Clone)]
enum Deed {
    Alter(prop::sample::Index, u8),
    Drop(prop::sample::Index),
    Double(prop::sample::Index, prop::sample::Index),
    Move(prop::sample::Index, prop::sample::Index),
    Insert(prop::sample::Index),
}

fn deed() -> impl Strategy<Value = Deed> {
    let place = || any::<prop::sample::Index>();
    prop_oneof![
        (place(), 1..128_u8).prop_map(|(place, bits)| Deed::Alter(place, bits)),
        place().prop_map(Deed::Drop),
        (place(), place()).prop_map(|(from, to)| Deed::Double(from, to)),
        (place(), place()).prop_map(|(from, to)| Deed::Move(from, to)),
        place().prop_map(Deed::Insert),
    ]
}

fn done(lines: &mut Vec<String>, deed: &Deed) {
    match deed {
        Deed::Alter(place, bits) => {
            let line = place.get(lines).clone();
            let at = place.index(line.len());
            let mut bytes = line.clone().into_bytes();
            bytes[at] ^= bits;
            let index = place.index(lines.len());
            lines[index] = String::from_utf8_lossy(&bytes).into_owned();
        }
        Deed::Drop(place) => drop(lines.remove(place.index(lines.len()))),
        Deed::Double(from, to) => {
            let line = from.get(lines).clone();
            lines.insert(to.index(lines.len() + 1), line);
        }
        Deed::Move(from, to) => {
            let line = lines.remove(from.index(lines.len()));
            lines.insert(to.index(lines.len() + 1), line);
        }
        // Written by somebody who knows how lines are linked.
        Deed::Insert(place) => {
            let at = place.index(lines.len() + 1);
            let start = Tip::start(&journal(1));
            let before = at
                .checked_sub(1)
                .map_or(start, |last| Tip::at(&lines[last]).unwrap_or(start));
            lines.insert(at, line(before, "nobody said this"));
        }
    }
}

proptest! {
    #[test]
    fn any_line_altered_dropped_doubled_moved_or_inserted_is_found(
        count in 1..12_usize,
        deeds in prop::collection::vec(deed(), 1..4),
    ) {
        let (lines, end) = written(&journal(1), count);
        let head = end.sign(&journal(1), &pc());
        let mut changed = lines.clone();
        for deed in &deeds {
            if !changed.is_empty() {
                done(&mut changed, deed);
            }
        }
        let found = verify(&changed, &head);
        prop_assert_eq!(found.is_err(), changed != lines, "{:?}", changed);
    }
}

#[test]
fn a_key_survives_its_text_and_nothing_else_is_a_key() {
    let key = pc().verifying_key();
    assert_eq!(parse_key(&key_text(&key)), Ok(key));
    for text in ["", "00", &"0g".repeat(32), &"é".repeat(32)] {
        assert!(parse_key(text).is_err(), "{text}");
    }
    // A number that is the height of no point of the curve.
    let none = (2_u8..).find(|byte| parse_key(&format!("{byte:02x}{}", "00".repeat(31))).is_err());
    assert!(none.is_some());
    let hash = LineHash::of("x").to_string();
    assert_eq!(hash.parse(), Ok(LineHash::of("x")));
}
