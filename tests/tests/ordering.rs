//! A time that the panel offers is ordered at the first press: what is looked at is what is sent.

use town::person::Person;
use town::town::{Town, Who};

/// What orders what was looked at.
const ORDER: &str = "form.order";

#[tokio::test(flavor = "multi_thread")]
async fn each_time_that_is_offered_is_kept_at_the_first_press() {
    let town = Town::built().await;
    let approved = town
        .approved("Họp thôn", &[("vi", "village-meeting.vi.m4a")])
        .await;
    let head = town.sign_in(Who::Head).await;
    let bulletin = format!("/bulletins/{}", approved.id);
    let page = head.open(&bulletin).await;
    let looks = |address: &String| address.contains("step=preview");
    let offered: Vec<_> = page.addresses().into_iter().filter(looks).collect();
    assert!(offered.len() >= 5, "{offered:?}");
    for address in &offered {
        is_kept(&head, address).await;
    }

    let calendar = format!(
        "/broadcasts/calendar?area={}&bulletin={}",
        town.village, approved.id
    );
    let page = head.open(&calendar).await;
    let free = page.addresses().into_iter().find(looks);
    let free = free.unwrap_or_else(|| panic!("a free time: {page:?}"));
    is_kept(&head, &free).await;
}

async fn is_kept(head: &Person, address: &str) {
    let looked = head.open(address).await;
    let form = looked.form(ORDER).with("step", "save");
    let kept = head.send(form).await;
    let is_kept = kept.path.contains("notice=notice-broadcast-");
    assert!(is_kept, "{address} is not kept at once: {kept:?}");
}
