//! Proof of sound as it is written: the frozen format, and that it is in nobody's way.

use programme::as_run::proof::{Heard, NotChecked};
use programme::as_run::{AttemptId, CueId, CutCause, Record};
use programme::units::Decibels;
use programme::wire::Fault;

use crate::formats::is_frozen;
use crate::village::{MINUTE, broadcast_id};

#[test]
fn what_a_line_says_of_its_sound() {
    let ended = |number, level_db, heard| Record::Ended {
        attempt: AttemptId {
            cue: CueId::now(&broadcast_id(1)),
            number,
        },
        position: MINUTE,
        cut: None,
        level_db,
        heard,
        stopped: None,
    };
    let not_checked = |why| Some(Heard::NotChecked { why });
    let likeness_percent = 71;
    let said = vec![
        ended(
            1,
            Some(Decibels(-21.5)),
            Some(Heard::Yes { likeness_percent }),
        ),
        ended(
            2,
            Some(Decibels(-120.0)),
            Some(Heard::No { likeness_percent }),
        ),
        ended(3, None, not_checked(NotChecked::NoInput)),
        ended(4, None, not_checked(NotChecked::TooNoisy)),
        ended(5, None, not_checked(NotChecked::TooShort)),
    ];
    is_frozen(&said, include_str!("../golden/format_1/proof.json"));
    let named = serde_json::to_value(Fault::NotHeard).expect("JSON");
    assert_eq!(named, "not_heard");
}

/// A release that knows no proof reads such a line as it reads all others.
#[test]
fn a_line_with_proof_is_read_by_those_who_know_none() {
    #[derive(serde::Deserialize)]
    #[serde(tag = "record", rename_all = "snake_case")]
    enum Before {
        Ended {
            attempt: AttemptId,
            position_ms: u64,
            cut: Option<CutCause>,
        },
    }
    let lines = include_str!("../golden/format_1/proof.json");
    let read: Vec<Before> = serde_json::from_str(lines).expect("nothing is in the way");
    for (
        number,
        Before::Ended {
            attempt,
            position_ms,
            cut,
        },
    ) in (1..).zip(&read)
    {
        assert_eq!((attempt.number, *position_ms, *cut), (number, 60_000, None));
    }
}
