//! What stands only in lines for a server that says that it takes it, and how it says so.

use programme::as_run::{CutCause, DISK_UNWRITABLE, MissedCause, Record, STATUS_SPOKEN};
use programme::wire::AsRunReceipt;

use super::is_frozen;

#[test]
fn what_a_server_says_that_it_also_takes() {
    let spoken = Record::StatusSpoken {
        said: "Trạm loa đã sẵn sàng.".to_owned(),
    };
    let causes = (CutCause::DiskUnwritable, MissedCause::DiskUnwritable);
    let receipt = AsRunReceipt {
        stored_through: 7,
        also_takes: vec![STATUS_SPOKEN.to_owned(), DISK_UNWRITABLE.to_owned()],
    };
    is_frozen(
        &(spoken, causes, receipt),
        include_str!("../../golden/format_1/also_taken.json"),
    );
}

#[test]
fn a_server_that_says_nothing_of_it_takes_none_of_it() {
    let receipt: AsRunReceipt = serde_json::from_str(r#"{"stored_through":7}"#).expect("a receipt");
    assert_eq!(receipt.also_takes, Vec::<String>::new());
}
