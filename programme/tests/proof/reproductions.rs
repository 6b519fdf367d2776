//! Days that once went wrong, as literal lists.

use programme::programme::Class;

use crate::simulation::{Edition, Missed, Say, Step, goes_as_rehearsed, run};

/// Two seconds before its start it is still night, and the guard cut it while it was prepared.
#[test]
fn a_cue_that_starts_as_quiet_hours_end_is_heard() {
    let say = Say {
        at: [330, 330],
        evenings: false,
        now: false,
        seconds: 60,
        class: Class::Ordinary,
        missed: Missed::OnlyThen,
        valid_until: None,
    };
    let edition = Edition {
        holds: 1,
        quiet: [1260, 330],
        evening: 1_020,
    };
    goes_as_rehearsed(&[say], edition);
}

/// Its last moment had passed when an emergency cut it, and nothing settled it but the next event.
#[test]
fn what_an_emergency_cuts_after_its_last_moment_has_its_outcome_at_once() {
    let say = Say {
        at: [1026, 1033],
        evenings: false,
        now: false,
        seconds: 400,
        class: Class::Ordinary,
        missed: Missed::Until(300),
        valid_until: None,
    };
    let edition = Edition {
        holds: 1,
        quiet: [1260, 330],
        evening: 1_020,
    };
    let steps = [
        Step::PassLong(635),
        Step::Sleep(152),
        Step::Pass(241),
        Step::Order {
            number: 0,
            repeats: None,
            drill: false,
        },
    ];
    run(&[say], &[edition], &steps);
}

/// A start heard once more kept the quiet hours of the programme in which it was asked for.
#[test]
fn what_is_heard_again_falls_silent_when_a_newer_programme_makes_the_hour_quiet() {
    let say = Say {
        at: [1_020, 1_020],
        evenings: false,
        now: false,
        seconds: 600,
        class: Class::Ordinary,
        missed: Missed::OnlyThen,
        valid_until: None,
    };
    let edition = Edition {
        holds: 1,
        quiet: [1_260, 330],
        evening: 1_020,
    };
    let quieter = Edition {
        quiet: [1_037, 330],
        ..edition
    };
    let steps = [
        Step::PassLong(795),
        Step::Again,
        Step::Publish(1),
        Step::Pass(300),
    ];
    run(&[say], &[edition, quieter], &steps);
}

/// It had a last moment before its first, so between them it was over and had no outcome.
#[test]
fn an_order_that_ends_before_it_begins_is_no_cue() {
    let say = Say {
        at: [1030, 1020],
        evenings: false,
        now: true,
        seconds: 60,
        class: Class::Ordinary,
        missed: Missed::OnlyThen,
        valid_until: None,
    };
    let edition = Edition {
        holds: 1,
        quiet: [0, 0],
        evening: 1_020,
    };
    assert_eq!(run(&[say], &[edition], &[Step::PassLong(785)]), []);
}
