//! From the panel to the horn and back, on a good day and on a worse one.

use std::time::Duration;

use loaban_player::daemon::Standing;
use programme::as_run::{CutCause, Outcome, Record};
use programme::programme::MissedRule;

use crate::pc::{Pc, at, is_on_air};

/// How many seconds of the horn's file are louder than nothing.
pub fn sounding(pc: &Pc) -> f64 {
    let mut wav = hound::WavReader::open(pc.wav_file()).unwrap();
    let loud = wav
        .samples::<i16>()
        .filter(|sample| sample.as_ref().unwrap().abs() > 1_000);
    // A sine is above a tenth of its top for 94 % of the time.
    loud.count() as f64 / 48_000.0 / 0.94
}

#[tokio::test(flavor = "multi_thread")]
async fn an_announcement_airs_on_time_and_the_server_learns_of_it() {
    let mut pc = Pc::on_duty(at(6, 0)).await;
    pc.commune.publish(&pc.commune.one(1, 1, at(6, 30), 3));
    let status = pc.prepared(1).await;
    assert_eq!(status.standing, Standing::Ready);
    assert_eq!(status.next[0].title, "Bản tin số 1");

    pc.skip(Duration::from_secs(30 * 60 - 5)).await;
    let status = pc.pass_until(is_on_air).await;
    let late = status.wall.unwrap().since(status.on_air.unwrap().planned);
    assert!(late < Duration::from_secs(2), "{late:?}");

    let records = pc.reported(3).await;
    let [
        Record::Started { attempt, .. },
        Record::Ended { cut: None, .. },
        Record::Outcome { outcome, .. },
    ] = &records[..]
    else {
        panic!("{records:#?}");
    };
    assert_eq!(attempt.number, 1);
    assert_eq!(*outcome, Outcome::Aired);
    assert_eq!(
        pc.until(|status| status.on_air.is_none()).await.standing,
        Standing::Ready
    );
    pc.shut_down().await;
    let heard = sounding(&pc);
    assert!((2.7..3.3).contains(&heard), "{heard} s were heard");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_good_programme_airs_after_a_restart_without_a_server() {
    let mut pc = Pc::on_duty(at(6, 0)).await;
    pc.commune.publish(&pc.commune.one(1, 1, at(6, 30), 2));
    pc.prepared(1).await;
    pc.shut_down().await;
    pc.commune.look().away = true;

    pc.switch_on().await;
    let status = pc.prepared(1).await;
    assert_eq!(status.standing, Standing::Ready);
    pc.skip(Duration::from_secs(30 * 60 - 5)).await;
    let status = pc.pass_until(is_on_air).await;
    assert!(status.server_trouble.is_some(), "the server is away");
    pc.pass(Duration::from_secs(4)).await;

    pc.commune.look().away = false;
    let records = pc.reported(3).await;
    assert!(matches!(
        &records[2],
        Record::Outcome {
            outcome: Outcome::Aired,
            ..
        }
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn power_lost_while_on_air_is_recorded_as_a_cut_with_its_position() {
    let mut pc = Pc::on_duty(at(6, 0)).await;
    pc.commune.publish(&pc.commune.one(1, 1, at(6, 30), 20));
    pc.prepared(1).await;
    pc.skip(Duration::from_secs(30 * 60 - 5)).await;
    let far = |status: &loaban_player::daemon::Status| {
        status
            .on_air
            .as_ref()
            .is_some_and(|cue| cue.position > Duration::from_secs(7))
    };
    pc.pass_until(far).await;
    pc.cut_power().await;
    pc.clock.reboot(pc.commune.wall());
    pc.commune.look().wall_at_boot = crate::pc::instant(at(6, 32));

    pc.switch_on().await;
    let records = pc.reported(3).await;
    let Record::Ended { position, cut, .. } = &records[1] else {
        panic!("{records:#?}");
    };
    assert_eq!(*cut, Some(CutCause::PowerLost));
    assert!((5..=8).contains(&position.as_secs()), "{position:?}");
    assert!(matches!(
        &records[2],
        Record::Outcome {
            outcome: Outcome::Cut { .. },
            ..
        }
    ));
    pc.pass(Duration::from_secs(10)).await;
    assert_eq!(pc.commune.records().len(), 3, "it does not air again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cue_missed_by_a_power_cut_airs_when_power_is_back_if_its_author_said_so() {
    let mut pc = Pc::on_duty(at(6, 0)).await;
    let mut programme = pc.commune.empty_programme(1);
    let until = MissedRule::Until {
        until: at(8, 0).time(),
    };
    pc.commune.add(&mut programme, 1, at(6, 30), 2, until);
    pc.commune
        .add(&mut programme, 2, at(6, 31), 2, MissedRule::OnlyThen);
    pc.commune.publish(&programme);
    pc.prepared(1).await;
    pc.cut_power().await;

    pc.clock.reboot(crate::pc::instant(at(7, 0)));
    pc.commune.look().wall_at_boot = crate::pc::instant(at(7, 0));
    pc.switch_on().await;
    pc.pass_until(is_on_air).await;
    let records = pc.reported(4).await;
    let outcomes: Vec<_> = records
        .iter()
        .filter_map(|record| match record {
            Record::Outcome { outcome, .. } => Some(outcome.clone()),
            Record::Started { .. }
            | Record::Ended { .. }
            | Record::EmergencyStopped { .. }
            | Record::EmergencyOrdered { .. }
            | Record::NotUnderstood { .. }
            | Record::ClockVouched { .. }
            | Record::StatusSpoken { .. } => None,
        })
        .collect();
    assert!(outcomes.contains(&Outcome::Aired), "{outcomes:?}");
    let missed = |outcome: &Outcome| matches!(outcome, Outcome::Missed { .. });
    assert!(outcomes.iter().any(missed), "{outcomes:?}");
}
