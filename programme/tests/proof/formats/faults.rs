//! What a station says that a person should look at.

use programme::wire::{Fault, FaultName};

use super::is_frozen;

#[test]
fn what_says_that_nothing_airs_at_a_station() {
    let said = [Fault::Stuck, Fault::DiskUnwritable];
    is_frozen(&said, include_str!("../../golden/format_1/stuck.json"));
}

/// The faults of these names; does not compile while there is another one.
macro_rules! every {
    ($($fault:ident),+ $(,)?) => {{
        let _ = |fault: Fault| match fault { $(Fault::$fault => {})+ };
        vec![$(Fault::$fault),+]
    }};
}

#[test]
fn each_fault_by_its_name() {
    let faults = every![
        HardwareClockBad,
        ClockUnknown,
        ClockWrong,
        OutputLost,
        DiskLow,
        RecordingRefused,
        ProgrammeRefused,
        ItemNotUnderstood,
        Amplifier,
        StateDamaged,
        DataSpent,
        NotHeard,
        Stuck,
        DiskUnwritable,
        UpgradeFailed,
        SettingsRefused,
        PageShut,
        ProgrammeOld,
        ProgrammePast,
    ];
    is_frozen(&faults, include_str!("../../golden/format_1/faults.json"));
}

#[test]
fn a_fault_that_a_later_release_knows_is_read_and_told_by_its_name() {
    let said = r#"["stuck","horn_stolen"]"#;
    let read: Vec<FaultName> = serde_json::from_str(said).expect("names");
    let stolen = FaultName::Unknown("horn_stolen".to_owned());
    assert_eq!(read, [FaultName::Known(Fault::Stuck), stolen]);
    assert_eq!(serde_json::to_string(&read).expect("JSON"), said);
}
