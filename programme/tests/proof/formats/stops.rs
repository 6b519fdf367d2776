//! STOP from the panel, and what is on record of it.

use programme::stop::{FromPanel, Stop};
use programme::wire::EmergencyList;

use super::*;
use crate::village::panel_stop;

fn said() -> (Stop, Stop, Record, Record) {
    let all = panel_stop(9, monday("17:01"));
    let one = Stop {
        broadcast: Some(broadcast_id(1)),
        ..all.clone()
    };
    let stopped: Option<FromPanel> = Some(all.from_panel());
    let position = Duration::from_millis(61_234);
    let (cue, why) = (CueId::now(&broadcast_id(1)), CutCause::Operator);
    let ended = Record::Ended {
        attempt: AttemptId {
            cue: cue.clone(),
            number: 1,
        },
        position,
        cut: Some(why),
        level_db: None,
        heard: None,
        stopped: stopped.clone(),
    };
    let outcome = Record::Outcome {
        cue,
        broadcast: broadcast_id(1),
        planned: monday("17:00"),
        outcome: Outcome::Cut { position, why },
        stopped,
    };
    (all, one, ended, outcome)
}

#[test]
fn a_stop_and_what_is_on_record_of_it() {
    is_frozen(&said(), include_str!("../../golden/format_1/stop.json"));
}

/// A release that knows no STOP from the panel reads the lines about it as STOP at the PC.
#[test]
fn a_line_about_it_is_read_by_those_who_do_not_know_it() {
    #[derive(serde::Deserialize)]
    #[serde(tag = "record", rename_all = "snake_case")]
    enum Before {
        Ended {
            cut: Option<CutCause>,
        },
        Outcome {
            #[serde(flatten)]
            outcome: Outcome,
        },
    }
    let (_, _, ended, outcome) = said();
    let read = |record: &Record| -> Before {
        let line = serde_json::to_string(record).expect("JSON");
        serde_json::from_str(&line).expect("nothing is in the way")
    };
    assert!(matches!(
        read(&ended),
        Before::Ended {
            cut: Some(CutCause::Operator)
        }
    ));
    assert!(matches!(
        read(&outcome),
        Before::Outcome {
            outcome: Outcome::Cut { .. }
        }
    ));
}

#[test]
fn stops_stand_in_a_list_and_in_health_only_where_there_are_any() {
    let list = EmergencyList {
        emergencies: Vec::new(),
        stops: Vec::new(),
    };
    assert_eq!(
        serde_json::to_string(&list).expect("JSON"),
        r#"{"emergencies":[]}"#
    );
    let list: EmergencyList = serde_json::from_str(r#"{"emergencies":[]}"#).expect("an older list");
    assert_eq!(list.stops, []);
    let mut obeyed = health();
    obeyed.stops.push(panel_stop(9, monday("17:01")).id);
    let written = serde_json::to_value(&obeyed).expect("JSON");
    assert_eq!(
        written["stops"],
        serde_json::json!(["sto_144gj289144gj289"])
    );
}
