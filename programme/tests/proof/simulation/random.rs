//! Villages, editions and steps at random, the likely faults more often than the rare ones.

use programme::programme::Class;
use proptest::prelude::*;

use super::{Edition, Missed, Say, Step};
use crate::station::End;

pub fn says() -> impl Strategy<Value = Vec<Say>> {
    let class = prop_oneof![
        4 => Just(Class::Ordinary),
        2 => Just(Class::Priority),
        1 => Just(Class::Emergency),
    ];
    let missed = prop_oneof![
        2 => Just(Missed::OnlyThen),
        2 => (300_u16..1_439).prop_map(Missed::Until),
        1 => Just(Missed::AskHead),
    ];
    // Hours that are close together, at the edges of the night, or anywhere.
    let minute = prop_oneof![
        4 => 1_020_u16..1_035,
        2 => 1_250_u16..1_262,
        1 => 325_u16..335,
        1 => 0_u16..1_440,
    ];
    let at = (minute.clone(), minute).prop_map(|(one, other)| [one, other]);
    let valid_until = proptest::option::weighted(0.2, 0_u16..4_320);
    let say = (
        at,
        prop::bool::weighted(0.3),
        prop::bool::weighted(0.2),
        1_u16..900,
        class,
        missed,
        valid_until,
    );
    let say = say.prop_map(
        |(at, evenings, now, seconds, class, missed, valid_until)| Say {
            at,
            evenings,
            now,
            seconds,
            class,
            missed,
            valid_until,
        },
    );
    proptest::collection::vec(say, 1..6)
}

pub fn editions() -> impl Strategy<Value = Vec<Edition>> {
    let quiet = prop_oneof![
        3 => Just([1_260_u16, 330]),
        1 => Just([1_027, 1_030]),
        1 => Just([0, 0]),
    ];
    let evening = prop_oneof![1_020_u16..1_035, 0_u16..1_440];
    let edition = (any::<u8>(), quiet, evening).prop_map(|(holds, quiet, evening)| Edition {
        holds,
        quiet,
        evening,
    });
    proptest::collection::vec(edition, 1..4)
}

fn end() -> impl Strategy<Value = End> {
    prop_oneof![Just(End::PowerCut), Just(End::Crash), Just(End::DiskFull)]
}

pub fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => (1_u32..600).prop_map(Step::Pass),
        6 => (1_u16..800).prop_map(Step::PassLong),
        3 => prop_oneof![
            4 => Just(0),
            2 => -40_i32..40,
            1 => -90_000_i32..90_000
        ].prop_map(Step::Vouch),
        1 => Just(Step::CutPower),
        3 => (end(), 0_u8..8).prop_map(|(end, commands)| Step::Ends(end, commands)),
        1 => Just(Step::Crash),
        1 => Just(Step::FillDisk),
        4 => Just(Step::MakeRoom),
        2 => any::<bool>().prop_map(Step::Link),
        1 => (0_u8..6).prop_map(Step::LinkBreaks),
        1 => Just(Step::BackUp),
        1 => Just(Step::Restore),
        1 => any::<u8>().prop_map(Step::Replay),
        4 => Just(Step::Boot),
        1 => Just(Step::Restart),
        1 => (1_u16..300).prop_map(Step::Sleep),
        2 => any::<u8>().prop_map(Step::Publish),
        1 => any::<u8>().prop_map(Step::Ready),
        1 => Just(Step::Stop),
        1 => proptest::option::of(0_u8..6).prop_map(Step::StopFromPanel),
        1 => Just(Step::Again),
        1 => (any::<u8>(), proptest::option::of(1_u32..4), any::<bool>()).prop_map(
            |(number, repeats, drill)| Step::Order { number, repeats, drill }
        ),
        1 => (any::<u8>(), any::<bool>())
            .prop_map(|(number, drill)| Step::OrderHere { number, drill }),
        1 => any::<u8>().prop_map(Step::Cancel),
        2 => any::<bool>().prop_map(Step::Answer),
        1 => Just(Step::FailOutput),
        1 => any::<bool>().prop_map(Step::OutputWorks),
        1 => any::<bool>().prop_map(Step::OutputHangs),
    ];
    proptest::collection::vec(step, 1..40)
}
