//! Weeks without internet: what a stick brings airs, and the log goes back on it.

use std::time::Duration;

use ed25519_dalek::SigningKey;
use loaban_player::bundle::{Log, Stage};
use programme::as_run::{Outcome, Record};
use programme::bundle::archive::Writer;
use programme::ids::ContentHash;
use programme::programme::MissedRule;
use reqwest::StatusCode;

use crate::airing::sounding;
use crate::announcements::tone;
use crate::emergencies::flood;
use crate::pc::{Pc, at, is_on_air};
use crate::stick::{Stick, lines_of, parcel_on, pull_out};

async fn page(pc: &Pc) -> String {
    let answer = reqwest::get(pc.screen()).await.unwrap();
    answer.text().await.unwrap()
}

/// What the lines on a stick say happened to cues.
fn outcomes(lines: &[String]) -> Vec<Outcome> {
    let records = lines.iter().map(|line| {
        let entry: programme::as_run::Entry = serde_json::from_str(line).unwrap();
        entry.record
    });
    let outcomes = records.filter_map(|record| {
        let Record::Outcome { outcome, .. } = record else {
            return None;
        };
        Some(outcome)
    });
    outcomes.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_programme_that_came_by_stick_airs_and_its_log_goes_back_the_same_way() {
    let mut pc = Pc::offline(at(6, 0)).await;
    let stick = Stick::with(&pc, &pc.commune.one(1, 1, at(6, 30), 3));
    let folder = stick.plug_in(&pc);
    let report = pc.dealt_with(Stage::InForce).await;
    assert_eq!((report.copied, report.wanted, report.spoiled), (1, 1, 0));
    assert_eq!(report.log, Log::Written);
    let status = pc.prepared(1).await;
    assert_eq!(status.next[0].title, "Bản tin số 1");
    let shown = page(&pc).await;
    for said in ["ĐÃ NHẬN CHƯƠNG TRÌNH", "23/11/2026", "Rút USB được rồi."] {
        assert!(shown.contains(said), "{said}: {shown}");
    }
    pull_out(&pc);
    pc.pass_until(|status| status.stick.as_ref().is_some_and(|report| report.out))
        .await;
    assert!(!page(&pc).await.contains("Rút USB được rồi."));

    pc.skip(Duration::from_secs(29 * 60)).await;
    pc.pass_until(is_on_air).await;
    pc.pass_until(|status| status.on_air.is_none()).await;
    stick.plug_in(&pc);
    pc.dealt_with(Stage::Same).await;
    let parcel = parcel_on(&pc, &folder);
    assert_eq!(outcomes(&lines_of(&parcel)), [Outcome::Aired]);
    let own = pc.commune.look().pc.unwrap();
    let word = parcel.word(&own).unwrap().into_inner();
    assert_eq!(word.generation, 1);
    assert_eq!(word.bundle, Some(stick.bundle.issued_at));
    for batch in &parcel.batches {
        programme::as_run::chain::as_written(&batch.journal, &batch.lines, &batch.head, &own)
            .unwrap();
    }
    pc.shut_down().await;
    let heard = sounding(&pc);
    assert!((2.7..3.3).contains(&heard), "{heard} s were heard");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_receipt_confirms_is_not_carried_again_and_a_forged_one_confirms_nothing() {
    let pc = Pc::offline(at(6, 0)).await;
    let programme = pc.commune.one(1, 1, at(6, 10), 2);
    let folder = Stick::with(&pc, &programme).plug_in(&pc);
    pc.dealt_with(Stage::InForce).await;
    pc.skip(Duration::from_secs(9 * 60)).await;
    pc.pass_until(is_on_air).await;
    pc.pass_until(|status| status.on_air.is_none()).await;
    pull_out(&pc);
    pc.pass(Duration::from_secs(4)).await;
    Stick::with(&pc, &programme).plug_in(&pc);
    pc.dealt_with(Stage::Same).await;
    let parcel = parcel_on(&pc, &folder);
    let (journal, lines) = (parcel.batches[0].journal.clone(), lines_of(&parcel));
    assert!(lines.len() > 3, "{lines:#?}");

    let forger = SigningKey::from_bytes(&[77; 32]);
    let right = pc.commune.look().key.clone();
    for (key, left) in [(forger, lines.len()), (right, 0)] {
        pull_out(&pc);
        pc.pass(Duration::from_secs(4)).await;
        let stick = Stick::with(&pc, &programme);
        stick
            .with_receipt(&pc, (&journal, &lines), &key)
            .plug_in(&pc);
        pc.dealt_with(Stage::Same).await;
        assert_eq!(lines_of(&parcel_on(&pc, &folder)).len(), left);
    }
    // The network is back, and its server got nothing by hand: it asks for what it lacks.
    pc.commune.look().away = false;
    let records = pc.reported(3).await;
    assert_eq!(records.len(), 3, "{records:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stick_that_stays_in_is_taken_once_and_again_after_a_restart_without_doubling() {
    let mut pc = Pc::offline(at(6, 0)).await;
    let stick = Stick::with(&pc, &pc.commune.one(1, 1, at(6, 30), 3));
    stick.plug_in(&pc);
    pc.dealt_with(Stage::InForce).await;
    pc.pass(Duration::from_secs(20)).await;
    let report = pc.status().await.stick.unwrap();
    assert_eq!(report.stage, Stage::InForce, "it is not read again");
    pc.shut_down().await;
    pc.switch_on().await;
    let report = pc.dealt_with(Stage::Same).await;
    assert_eq!((report.copied, report.spoiled), (0, 0), "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emergency_that_came_by_stick_sounds_at_once_and_not_again_when_it_is_plugged_in_again()
{
    let mut pc = Pc::offline(at(6, 0)).await;
    let programme = pc.commune.one(1, 1, at(20, 0), 2);
    let mut flood = flood(&pc.commune, 2, Some(1));
    flood.areas = vec![programme.area.clone()];
    let mut stick = Stick::with(&pc, &programme).ordering(&flood);
    for (hash, sound) in flood.recordings() {
        stick.bundle.recordings.push(programme::bundle::Carried {
            hash,
            size_bytes: sound.size_bytes,
        });
    }
    stick.plug_in(&pc);
    pc.pass_until(|status| is_on_air(status) && status.emergency.is_some())
        .await;
    pc.pass_until(|status| status.emergency.is_none()).await;
    pc.shut_down().await;
    let heard = sounding(&pc);
    pc.switch_on().await;
    pull_out(&pc);
    pc.pass(Duration::from_secs(4)).await;
    stick.plug_in(&pc);
    pc.dealt_with(Stage::Same).await;
    pc.pass(Duration::from_secs(10)).await;
    pc.shut_down().await;
    assert!(heard > 1.0, "{heard} s were heard");
    assert_eq!(sounding(&pc), heard, "it was heard once");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_file_of_the_panel_is_taken_as_it_is_by_hand_or_from_a_stick() {
    let pc = Pc::offline(at(6, 0)).await;
    let mut programme = pc.commune.one(1, 1, at(6, 30), 2);
    pc.commune
        .add(&mut programme, 2, at(6, 40), 2, MissedRule::OnlyThen);
    let stick = Stick::with(&pc, &programme);
    let (mut archive, mut whole) = (Writer::default(), Vec::new());
    for (name, bytes) in stick.files(&pc) {
        whole.extend(archive.begin(&name));
        archive.add(&bytes);
        whole.extend(bytes);
        whole.extend(archive.end());
    }
    whole.extend(archive.finish().unwrap());
    let file = pc.stick().join("loaban-usb-2026-11-23.zip");
    crate::stick::put(&file, &whole);
    let ask = async |path: &std::path::Path| {
        let form = [("path", path.display().to_string())];
        let url = format!("{}/stick?language=en", pc.screen());
        let answer = reqwest::Client::new().post(url).form(&form).send();
        let answer = answer.await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    };
    let (status, said) = ask(&file).await;
    assert_eq!(status, StatusCode::OK, "{said}");
    assert!(said.contains("THE PROGRAMME IS TAKEN OVER"), "{said}");
    assert_eq!(pc.prepared(1).await.ready, 2);
    let parcel = parcel_on(&pc, &pc.stick().join("loaban"));
    assert_eq!(parcel.station, pc.commune.look().station);
    let (status, said) = ask(pc.state_dir()).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(said.contains("NO PROGRAMME IS THERE"), "{said}");
}

/// A file that existed was ready, also when a power cut had left it empty.
#[tokio::test(flavor = "multi_thread")]
async fn trap_empty_file_counts_as_cached_what_is_torn_on_a_stick_is_told_and_comes_later() {
    let pc = Pc::offline(at(6, 0)).await;
    let mut programme = pc.commune.one(1, 1, at(6, 30), 2);
    for number in [2, 3, 4] {
        pc.commune
            .add(&mut programme, number, at(7, 0), 2, MissedRule::OnlyThen);
    }
    let stick = Stick::with(&pc, &programme);
    let folder = pc.stick().join("loaban");
    let files = stick.files(&pc);
    let torn = [1, 2, 3].map(|number| ContentHash::of(&tone(2, number)).to_string());
    for (name, bytes) in &files {
        let place = folder.join(name);
        if name.contains(&torn[0]) {
            crate::stick::put(&place, b"");
        } else if name.contains(&torn[1]) {
            crate::stick::put(&place, &bytes[..bytes.len() / 2]);
        } else if !name.contains(&torn[2]) {
            crate::stick::put(&place, bytes);
        }
    }
    let report = pc.dealt_with(Stage::InForce).await;
    assert_eq!((report.copied, report.spoiled), (1, 3), "{report:?}");
    let status = pc.status().await;
    assert_eq!((status.generation, status.ready), (1, 1));
    assert!(page(&pc).await.contains("3 bản ghi trên USB"));
    // A better stick brings the rest, and the network would too.
    pull_out(&pc);
    pc.pass(Duration::from_secs(4)).await;
    stick.plug_in(&pc);
    let report = pc.dealt_with(Stage::Same).await;
    assert_eq!((report.copied, report.spoiled), (3, 0), "{report:?}");
    assert_eq!(pc.prepared(1).await.ready, 4);
}
