//! What a station says that a person should look at.

use programme::wire::Fault;

use super::is_frozen;

#[test]
fn what_says_that_nothing_airs_at_a_station() {
    let said = [Fault::Stuck, Fault::DiskUnwritable];
    is_frozen(&said, include_str!("../../golden/format_1/stuck.json"));
}

#[test]
fn each_fault_by_its_name() {
    let faults = vec![
        Fault::HardwareClockBad,
        Fault::ClockUnknown,
        Fault::ClockWrong,
        Fault::OutputLost,
        Fault::DiskLow,
        Fault::RecordingRefused,
        Fault::ProgrammeRefused,
        Fault::ItemNotUnderstood,
        Fault::Amplifier,
        Fault::StateDamaged,
    ];
    is_frozen(&faults, include_str!("../../golden/format_1/faults.json"));
}
