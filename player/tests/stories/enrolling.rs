//! The code on the panel makes a PC the station, and nothing else does.

use ed25519_dalek::SigningKey;
use loaban_player::enrol::enrol;
use loaban_player::screen::words::ScreenLanguage;
use loaban_player::station::Enrolment;
use programme::enrolment::EnrolmentCode;

use crate::pc::{Pc, at};

#[tokio::test(flavor = "multi_thread")]
async fn a_code_lets_one_pc_in_once() {
    let mut pc = Pc::beside_server(at(6, 0)).await;
    let code = pc.commune.code();
    pc.enrol().await.unwrap();
    let kept = Enrolment::load(pc.state_dir()).unwrap().unwrap();
    assert_eq!(kept.station, pc.commune.look().station);
    let mode = std::fs::metadata(pc.state_dir().join("station.json")).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::mode(&mode.permissions());
    assert_eq!(mode & 0o077, 0, "the token is the owner's alone");

    let again = enrol(&pc.settings, &pc.commune.url, &code)
        .await
        .unwrap_err();
    assert_eq!(again.to_string(), "Mã này đã được dùng. Hãy xin mã mới.");
    assert_eq!(Enrolment::load(pc.state_dir()).unwrap(), Some(kept));
    pc.settings.language = ScreenLanguage::English;
    let again = enrol(&pc.settings, &pc.commune.url, &code)
        .await
        .unwrap_err();
    assert_eq!(
        again.to_string(),
        "This code was used before. Ask for a new one."
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mistyped_code_or_address_is_refused_before_anybody_is_asked() {
    let mut pc = Pc::beside_server(at(6, 0)).await;
    let code = pc.commune.code();
    let short = enrol(&pc.settings, &pc.commune.url, "ABCD")
        .await
        .unwrap_err();
    assert!(short.to_string().contains("24 chữ và số"), "{short}");
    let mut slip = code.clone().into_bytes();
    slip.swap(0, code.len() - 1);
    let slip = String::from_utf8(slip).unwrap();
    let wrong = enrol(&pc.settings, &pc.commune.url, &slip)
        .await
        .unwrap_err();
    assert!(wrong.to_string().contains("gõ sai một chữ"), "{wrong}");
    pc.settings.language = ScreenLanguage::English;
    let wrong = enrol(&pc.settings, &pc.commune.url, &slip)
        .await
        .unwrap_err();
    assert!(wrong.to_string().contains("One letter"), "{wrong}");
    let bare = enrol(&pc.settings, "loa.example", &code).await.unwrap_err();
    assert!(bare.to_string().contains("https://"), "{bare}");
    assert!(pc.commune.look().asked.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_another_key_than_the_code_names_is_not_trusted() {
    let pc = Pc::beside_server(at(6, 0)).await;
    let other = SigningKey::from_bytes(&[9; 32]).verifying_key();
    let code = EnrolmentCode::from_random([1; 7], &other).to_string();
    let refused = enrol(&pc.settings, &pc.commune.url, &code)
        .await
        .unwrap_err();
    assert!(
        refused
            .to_string()
            .contains("not the server that issued this code"),
        "{refused}"
    );
    assert_eq!(Enrolment::load(pc.state_dir()).unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_does_not_answer_is_named() {
    let pc = Pc::beside_server(at(6, 0)).await;
    let code = pc.commune.code();
    let gone = enrol(&pc.settings, "http://127.0.0.1:9", &code)
        .await
        .unwrap_err();
    assert!(
        gone.to_string()
            .contains("http://127.0.0.1:9 does not answer"),
        "{gone}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_player_takes_up_its_enrolment_by_itself() {
    let mut pc = Pc::beside_server(at(6, 0)).await;
    pc.switch_on().await;
    assert_eq!(pc.status().await.station, None);
    pc.enrol().await.unwrap();
    let status = pc.pass_until(|status| status.station.is_some()).await;
    assert_eq!(status.station.as_deref(), Some("Bản Một"));
}
