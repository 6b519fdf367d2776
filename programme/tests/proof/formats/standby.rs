//! What stands by, and what is kept and on record of an order at the PC.

use programme::emergency::Order;
use programme::ids::PersonId;
use programme::standby::{Keeper, OrderedHere, Standby};

use super::*;

#[test]
fn what_stands_by_and_what_is_on_record_of_an_order_at_the_pc() {
    let standby = Standby {
        bulletin: bulletin_id(9),
        must_understand: Vec::new(),
        when: "Suối vượt mốc đỏ".to_owned(),
        repeats: None,
        gap: MINUTE,
        lasts: 120 * MINUTE,
    };
    let keeper = Keeper {
        person: PersonId::from_random([4; 10]),
        name: "Vàng Văn Sáng".to_owned(),
        pin: "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA".to_owned(),
    };
    let order = Order {
        by: keeper.name.clone(),
        why: standby.when.clone(),
        drill: true,
        at_pc: true,
    };
    let on_record = Record::EmergencyOrdered {
        broadcast: broadcast_id(90),
        bulletin: bulletin_id(9),
        title: "Bulletin 9".to_owned(),
        person: keeper.person.clone(),
        order: order.clone(),
        planned: Some(monday("17:00")),
    };
    let kept = OrderedHere {
        id: broadcast_id(90),
        bulletin: bulletin_id(9),
        order,
        at: BootTime::after_boot(MINUTE),
        boot_id: BootId("5f3c9a52-0f0c-4b52-9d6e-0f6d1d1f8a11".to_owned()),
        wall: None,
        by: None,
        shown: monday("17:00"),
    };
    is_frozen(
        &(standby, keeper, on_record, kept),
        include_str!("../../golden/format_1/standby.json"),
    );
}
