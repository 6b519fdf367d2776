//! The contract of the player's output, kept by a virtual sound card: what is asked for is heard,
//! whole, at its instant, and nothing else; and the reports say what was heard.
//!
//! Bounds are generous, because a busy machine is no fault; `make bench` measures them closely.

use std::time::Duration;

use loaban_player::output::{Attempt, Fault, Request, Segment, Sink};
use programme::units::{BootTime, Decibels};
use town::capture::{Capture, Captured, boot_time, late_ms, wait_until};
use town::chatter::chatter;
use town::correlate::{find, find_in};
use town::horn::{Horn, ms};
use town::sound_card::with_virtual_card;

/// The virtual card takes a block about 10 ms before a real one would sound it.
const BIAS_MS: f64 = -10.0;

/// How far a start may be off on a busy machine.
const TOLERANCE_MS: f64 = 20.0;

/// Quieter than the last of 16 bits.
const NOTHING: f32 = 1e-5;

#[test]
fn a_cue_is_heard_whole_at_its_instant_and_nothing_before_or_after() {
    with_virtual_card(|mut card| {
        card.plug_in();
        let mut horn = Horn::on_card();
        let capture = Capture::of(&card);
        assert_eq!(card.streams(), 0, "nothing is open before it is needed");
        let sound = chatter(1, 3 * 48_000);
        let start = horn.in_ms(1_200);
        horn.air(1, vec![horn.wav("one", &sound)], start);
        let ended = horn.until_finished(1);
        wait_until(ended.saturating_add(ms(500)));
        assert_eq!(card.streams(), 0, "nothing stays open");
        let heard = capture.stop();
        assert_heard_at(&heard, &sound, start);
        let end = start.saturating_add(ms(3_000));
        let quiet = |from, to| assert!(heard.peak_between(from, to) < NOTHING, "a sound too many");
        quiet(heard.instant_of(0), start.saturating_sub(ms(50)));
        quiet(end.saturating_add(ms(50)), ended.saturating_add(ms(400)));
        assert!(
            late_ms(ended, end).abs() < TOLERANCE_MS,
            "reported end {}",
            late_ms(ended, end)
        );
    });
}

#[test]
fn ten_starts_are_all_on_time() {
    with_virtual_card(|mut card| {
        card.plug_in();
        let mut horn = Horn::on_card();
        let capture = Capture::of(&card);
        let mut starts = Vec::new();
        for number in 0..10 {
            let sound = chatter(100 + number, 24_000);
            let start = horn.in_ms(700);
            horn.air(number, vec![horn.wav(&number.to_string(), &sound)], start);
            horn.until_finished(number);
            starts.push((sound, start));
        }
        wait_until(horn.in_ms(300));
        let heard = capture.stop();
        for (sound, start) in starts {
            assert_heard_at(&heard, &sound, start);
        }
    });
}

#[test]
fn segments_are_heard_in_order_with_their_gap_and_their_gains() {
    with_virtual_card(|mut card| {
        card.plug_in();
        let mut horn = Horn::on_card();
        let capture = Capture::of(&card);
        let (first, second) = (chatter(7, 48_000), chatter(8, 48_000));
        let quieter = match horn.wav("second", &second) {
            Segment::Wav { path, ramp, .. } => Segment::Wav {
                path,
                ramp,
                gain: Decibels(-6.0),
            },
            gap @ Segment::Silence(_) => gap,
        };
        let start = horn.in_ms(1_000);
        horn.air(
            1,
            vec![
                horn.wav("first", &first),
                Segment::Silence(ms(700)),
                quieter,
            ],
            start,
        );
        let ended = horn.until_finished(1);
        wait_until(ended.saturating_add(ms(300)));
        let heard = capture.stop();
        let one = find(&first, heard.samples());
        let two = find(&second, heard.samples());
        assert_eq!(two.frame - one.frame, 48_000 + 33_600, "the gap is exact");
        assert!(
            one.likeness > 0.999 && two.likeness > 0.999,
            "{one:?} {two:?}"
        );
        assert!((one.gain - 1.0).abs() < 0.001, "{one:?}");
        assert!((two.gain - 0.501).abs() < 0.001, "{two:?}");
        let gap = &heard.samples()[one.frame + 48_000..two.frame];
        assert!(gap.iter().all(|sample| *sample == 0.0), "the gap is silent");
    });
}

#[test]
fn a_card_that_is_pulled_out_and_put_back_goes_on_where_it_was() {
    with_virtual_card(|mut card| {
        card.plug_in();
        let mut horn = Horn::on_card();
        let capture = Capture::of(&card);
        let sound = chatter(3, 8 * 48_000);
        let start = horn.in_ms(1_000);
        horn.air(1, vec![horn.wav("long", &sound)], start);
        wait_until(start.saturating_add(ms(2_500)));
        card.unplug();
        let (lost_at, _) = horn.until_lost();
        let said_lost = boot_time();
        let before = capture.stop();
        let busy = cpu_time();
        wait_until(horn.in_ms(1_500));
        let busy = cpu_time().saturating_sub(busy);
        assert!(
            busy < ms(300),
            "a lost card is waited for, not spun on: {busy:?} in 1.5 s"
        );
        card.plug_in();
        let capture = Capture::of(&card);
        let again_at = horn.until_recovered();
        horn.until_finished(1);
        let after = capture.stop();
        assert!(
            late_ms(said_lost, start) < 2_500.0 + 1_500.0,
            "noticed soon"
        );
        assert_eq!(lost_at, again_at.min(lost_at), "it goes on where it was");
        assert!(
            again_at - lost_at < ms(100),
            "lost {lost_at:?}, again {again_at:?}"
        );
        let head = find(&sound[..96_000], before.samples());
        assert!(head.likeness > 0.999, "{head:?}");
        // The capture begins 1.5 s after the card is back; what it hears is the rest of the cue.
        let tail = find(&sound[7 * 48_000..], after.samples());
        assert!(tail.likeness > 0.999, "{tail:?}");
        let from = (lost_at.as_secs_f64() * 48_000.0) as usize;
        assert!(
            (72_000..140_000).contains(&from),
            "the position at the loss: {lost_at:?}"
        );
    });
}

#[test]
fn a_card_that_stands_still_is_noticed_and_waited_for() {
    with_virtual_card(|mut card| {
        card.plug_in();
        let mut horn = Horn::on_card();
        let sound = chatter(4, 4 * 48_000);
        let start = horn.in_ms(800);
        horn.air(1, vec![horn.wav("long", &sound)], start);
        wait_until(start.saturating_add(ms(1_000)));
        card.freeze();
        let (_, fault) = horn.until_lost();
        assert!(matches!(fault, Fault::Stalled), "{fault}");
        card.thaw();
        horn.until_recovered();
        horn.until_finished(1);
    });
}

#[test]
fn a_card_that_hangs_while_it_is_opened_is_told_of_and_waited_for() {
    with_virtual_card(|mut card| {
        card.plug_in();
        let mut horn = Horn::on_card();
        let sound = chatter(16, 48_000);
        card.freeze();
        horn.air(1, vec![horn.wav("late", &sound)], horn.in_ms(300));
        let (position, fault) = horn.until_lost();
        assert!(matches!(fault, Fault::Stalled), "{fault}");
        assert_eq!(position, Duration::ZERO);
        card.thaw();
        horn.until_recovered();
        horn.until_finished(1);
    });
}

#[test]
fn without_a_card_the_report_says_so_and_the_cue_can_still_be_stopped() {
    with_virtual_card(|_unplugged| {
        let mut horn = Horn::on_card();
        let sound = chatter(5, 48_000);
        horn.air(1, vec![horn.wav("unheard", &sound)], horn.in_ms(100));
        let (_, fault) = horn.until_lost();
        assert!(matches!(fault, Fault::Refused { .. }), "{fault:?}");
        assert_eq!(fault.to_string(), "the sound card `default` does not open");
        horn.output.ask(Request::Silence { fade: ms(30) });
        let (_, position) = horn.until_silenced();
        assert_eq!(position, Duration::ZERO);
    });
}

#[test]
fn a_card_that_is_plugged_in_only_after_the_start_airs_the_whole_cue() {
    with_virtual_card(|mut card| {
        let mut horn = Horn::on_card();
        let sound = chatter(17, 4 * 48_000);
        let start = horn.in_ms(300);
        horn.air(1, vec![horn.wav("late", &sound)], start);
        let (position, fault) = horn.until_lost();
        assert_eq!(position, Duration::ZERO);
        assert!(matches!(fault, Fault::Refused { .. }), "{fault:?}");
        wait_until(start.saturating_add(ms(1_000)));
        card.plug_in();
        let capture = Capture::of(&card);
        // The first blocks are taken before anybody looks.
        assert!(
            horn.until_recovered() < ms(250),
            "it goes on from its beginning"
        );
        let ended = horn.until_finished(1);
        let heard = capture.stop();
        // The capture may begin after the sound does; its second half is heard in any case.
        let found = find(&sound[96_000..], heard.samples());
        assert!(found.likeness > 0.99, "{found:?}");
        assert!(late_ms(ended, start) > 5_000.0, "nothing was left out");
    });
}

#[test]
fn another_default_card_takes_over_when_the_first_is_taken_away() {
    with_virtual_card(|mut card| {
        card.plug_in();
        let mut horn = Horn::on_card();
        let sound = chatter(18, 5 * 48_000);
        let start = horn.in_ms(1_000);
        horn.air(1, vec![horn.wav("moved", &sound)], start);
        wait_until(start.saturating_add(ms(1_500)));
        card.change_default();
        let ended = horn.until_finished(1);
        let late = late_ms(ended, start.saturating_add(ms(5_000)));
        assert!((-100.0..4_000.0).contains(&late), "it ended {late} ms late");
    });
}

#[test]
fn a_card_of_another_name_is_never_taken() {
    with_virtual_card(|mut card| {
        card.plug_in();
        let elsewhere = Sink::Card {
            name: "plughw:CARD=Nobody,DEV=0".into(),
            block_frames: 2048,
        };
        let mut horn = Horn::on(elsewhere);
        let capture = Capture::of(&card);
        let sound = chatter(6, 48_000);
        horn.air(1, vec![horn.wav("unheard", &sound)], horn.in_ms(100));
        let (_, fault) = horn.until_lost();
        let Fault::NoSuchCard { available, .. } = fault else {
            panic!("{fault:?}")
        };
        assert!(available.iter().any(|name| name == "horn"), "{available:?}");
        wait_until(horn.in_ms(1_000));
        drop(horn);
        let heard = capture.stop();
        assert!(
            heard.samples().iter().all(|sample| *sample == 0.0),
            "another card sounded"
        );
    });
}

#[test]
fn stop_is_silent_within_200_ms_and_says_how_far_it_came() {
    with_virtual_card(|mut card| {
        card.plug_in();
        let mut horn = Horn::on_card();
        let capture = Capture::of(&card);
        let sound = chatter(9, 6 * 48_000);
        let start = horn.in_ms(1_000);
        horn.air(1, vec![horn.wav("stopped", &sound)], start);
        wait_until(start.saturating_add(ms(1_500)));
        let asked = boot_time();
        horn.output.ask(Request::Silence { fade: ms(30) });
        let (_, position) = horn.until_silenced();
        wait_until(asked.saturating_add(ms(800)));
        let heard = capture.stop();
        let silent =
            heard.peak_between(asked.saturating_add(ms(200)), asked.saturating_add(ms(700)));
        assert!(silent < NOTHING, "still a sound of {silent}");
        let last = heard
            .samples()
            .iter()
            .rposition(|sample| *sample != 0.0)
            .expect("a sound");
        let length = late_ms(heard.instant_of(last), start);
        let told = position.as_secs_f64() * 1_000.0;
        assert!(
            (told - length).abs() < 30.0,
            "told {told} ms, heard {length} ms"
        );
    });
}

#[test]
fn a_new_cue_silences_the_one_on_air() {
    with_virtual_card(|mut card| {
        card.plug_in();
        let mut horn = Horn::on_card();
        let capture = Capture::of(&card);
        let (ordinary, emergency) = (chatter(10, 5 * 48_000), chatter(11, 48_000));
        let start = horn.in_ms(800);
        horn.air(1, vec![horn.wav("ordinary", &ordinary)], start);
        wait_until(start.saturating_add(ms(1_000)));
        let asked = boot_time();
        horn.air(2, vec![horn.wav("emergency", &emergency)], asked);
        let (first, _) = horn.until_silenced();
        assert_eq!(first, Attempt(1));
        horn.until_finished(2);
        let heard = capture.stop();
        let found = find(&emergency, heard.samples());
        let late = late_ms(heard.instant_of(found.frame), asked);
        assert!(
            found.likeness > 0.99 && late < 700.0,
            "{found:?} after {late} ms"
        );
    });
}

fn assert_heard_at(heard: &Captured, sound: &[f32], planned: BootTime) {
    let from = heard.frame_at(planned.saturating_sub(ms(400)));
    let until = heard.frame_at(planned.saturating_add(ms(400))) + sound.len();
    let found = find_in(sound, heard.samples(), from..until);
    let late = late_ms(heard.instant_of(found.frame), planned) - BIAS_MS;
    eprintln!(
        "{late:+.2} ms, likeness {:.6}, gain {:.6}",
        found.likeness, found.gain
    );
    assert!(found.likeness > 0.99, "{found:?}");
    assert!(late.abs() < TOLERANCE_MS, "{late} ms late");
}

/// Processor time that this process has used.
#[expect(
    clippy::disallowed_methods,
    reason = "what the sound costs is what is tested"
)]
fn cpu_time() -> Duration {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(
        used.tv_sec.unsigned_abs(),
        u32::try_from(used.tv_nsec).unwrap_or(0),
    )
}
