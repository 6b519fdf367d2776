//! What a station says that a person should look at.

use programme::wire::Fault;

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
    ];
    is_frozen(&faults, include_str!("../../golden/format_1/faults.json"));
}
