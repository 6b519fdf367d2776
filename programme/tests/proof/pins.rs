//! How often PINs are tried at a PC: by those whose PINs they are, and by a guesser.

use std::time::Duration;

use programme::clock::BootId;
use programme::ids::PersonId;
use programme::standby::{FREE_TRIES, Tries, WAIT};
use programme::units::BootTime;
use proptest::prelude::*;

use crate::village::MINUTE;

const HOUR: Duration = Duration::from_hours(1);

fn person(number: u8) -> PersonId {
    PersonId::from_random([number; 10])
}

fn boot(number: u32) -> BootId {
    BootId(number.to_string())
}

const fn after(span: Duration) -> BootTime {
    BootTime::after_boot(span)
}

#[test]
fn after_five_wrong_pins_each_further_one_waits_and_pulling_the_plug_wins_nothing() {
    let (one, two, head) = (boot(1), boot(2), person(1));
    let mut tries = Tries::default();
    for number in 0..FREE_TRIES {
        assert_eq!(tries.wait(&head, &one, after(HOUR)), None, "{number}");
        tries.note(&head, &one, after(HOUR));
    }
    assert_eq!(tries.wait(&head, &one, after(HOUR)), Some(WAIT));
    assert_eq!(tries.wait(&head, &one, after(HOUR + WAIT)), None);
    assert_eq!(tries.wait(&head, &two, after(MINUTE)), Some(4 * MINUTE));
    assert_eq!(tries.wait(&head, &two, after(WAIT)), None);
    tries.note(&head, &two, after(WAIT));
    assert_eq!(tries.wait(&head, &two, after(WAIT)), Some(WAIT));
    tries.right(&head);
    assert_eq!(tries.wait(&head, &two, after(WAIT)), None);
}

#[test]
fn a_guesser_at_ten_people_wins_no_more_tries_in_a_day_than_at_one() {
    let (boot, people) = (boot(1), 0..10_u8);
    let mut tries = Tries::default();
    let mut guesses = 0;
    for second in 0..24 * 3_600 {
        let now = after(Duration::from_secs(second));
        for person in people.clone().map(person) {
            while tries.wait(&person, &boot, now).is_none() {
                tries.note(&person, &boot, now);
                guesses += 1;
            }
        }
    }
    let free = 10 * FREE_TRIES;
    assert_eq!(guesses, free + 287, "one each five minutes");
}

#[test]
fn who_has_free_tries_left_waits_for_nobody_and_the_others_for_five_minutes_at_most() {
    let (boot, head, officer) = (boot(1), person(1), person(2));
    let mut tries = Tries::default();
    for number in 0..FREE_TRIES {
        tries.note(&officer, &boot, after(number * MINUTE));
    }
    tries.note(&officer, &boot, after(HOUR));
    assert_eq!(tries.wait(&head, &boot, after(HOUR)), None);
    // Four slips of the head's own, long ago, and a fifth.
    for number in 1..=FREE_TRIES {
        assert_eq!(tries.wait(&head, &boot, after(HOUR)), None, "{number}");
        tries.note(&head, &boot, after(MINUTE));
    }
    let shortly = after(HOUR + MINUTE);
    assert_eq!(tries.wait(&head, &boot, shortly), Some(4 * MINUTE));
    assert_eq!(tries.wait(&head, &boot, after(HOUR + WAIT)), None);
}

/// What happens at a PC: somebody tries, after so many seconds; their PIN is right; the plug is
/// pulled.
#[derive(Debug, Clone)]
enum Step {
    Try { person: u8, after_s: u64 },
    Right { person: u8 },
    Plug,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        20 => (0..4_u8, 0..400_u64).prop_map(|(person, after_s)| Step::Try { person, after_s }),
        1 => (0..4_u8).prop_map(|person| Step::Right { person }),
        1 => Just(Step::Plug),
    ]
}

proptest! {
    #[test]
    fn beyond_the_free_ones_tries_are_five_minutes_apart_whosever_they_are(
        steps in prop::collection::vec(step(), 1..300),
    ) {
        let mut tries = Tries::default();
        let (mut boots, mut now) = (0, Duration::ZERO);
        let mut since_right = [0_u32; 4];
        let mut last_costly = None;
        for step in steps {
            match step {
                Step::Try { person: number, after_s } => {
                    now += Duration::from_secs(after_s);
                    let (who, boot_id) = (person(number), boot(boots));
                    let wait = tries.wait(&who, &boot_id, after(now));
                    let count = &mut since_right[usize::from(number)];
                    if let Some(wait) = wait {
                        prop_assert!(wait <= WAIT);
                        prop_assert!(*count >= FREE_TRIES, "a free one waits");
                        continue;
                    }
                    if *count >= FREE_TRIES {
                        let (boot, at) = last_costly.unwrap_or((boots, Duration::ZERO));
                        let from = if boot == boots { at } else { Duration::ZERO };
                        prop_assert!(now >= from + WAIT, "{now:?} after {from:?}");
                        last_costly = Some((boots, now));
                    }
                    *count += 1;
                    tries.note(&who, &boot_id, after(now));
                }
                Step::Right { person: number } => {
                    tries.right(&person(number));
                    since_right[usize::from(number)] = 0;
                    // What was tried of theirs is forgotten, and their own free ones come first.
                    last_costly = None;
                }
                Step::Plug => (boots, now) = (boots + 1, Duration::ZERO),
            }
        }
    }
}
