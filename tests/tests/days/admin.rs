//! The day of an administrator, at a desk: somebody is invited and comes in on a phone; a password
//! is forgotten; a telephone is lost; and who did what.

use super::*;
use town::browser::{DESK, PHONE};

const NEWCOMER: &str = "Sùng A Páo";
const OWN: &str = "ruộng bậc thang mùa lúa chín";
const LINK: &str = "return document.getElementById('link').value";
const SECRET: &str = "return document.querySelector('main code.secret').innerText";

#[tokio::test(flavor = "multi_thread")]
async fn the_administrator_brings_somebody_in_mends_a_password_and_finds_who_did_what() {
    let commune = Commune::built().await;
    let desk = commune.browser(DESK, "health-book.vi.ogg").await;
    let phone = commune.browser(PHONE, "health-book.vi.ogg").await;
    commune.signs_in(&desk, Who::Admin).await;
    desk.look("day-admin-1-front").await;
    let link = invites(&desk, &commune.town.url()).await;
    comes_in(&phone, &link).await;
    let password = resets(&desk).await;
    forgot(&phone, &password).await;
    looks_at_sessions(&desk, &phone).await;
    searches(&desk).await;
    for browser in [&desk, &phone] {
        assert_eq!(browser.complaints().await, Vec::<String>::new());
    }
}

/// Invites a village head, and gives the link that was copied into a message.
async fn invites(desk: &Browser, town: &str) -> String {
    desk.enter("Người dùng").await;
    desk.tap("Thêm người").await;
    desk.comes_to("Thêm người").await;
    desk.fill("Họ và tên", NEWCOMER).await;
    desk.fill("Tên đăng nhập", "a.pao").await;
    desk.fill("Điện thoại", "0912 345 678").await;
    desk.pick_from("Vai trò", "Trưởng thôn").await;
    desk.pick_from("Địa bàn", VILLAGE).await;
    desk.look("day-admin-2-invites").await;
    desk.tap("Mời").await;
    desk.comes_to("Lời mời").await;
    desk.sees(NEWCOMER).await;
    desk.tap("Chép lời mời").await;
    desk.sees("Đã chép").await;
    desk.look("day-admin-3-invitation").await;
    let link = desk.run(LINK, Vec::new()).await;
    let link = link.as_str().unwrap_or_default();
    link.replace(town, "")
}

/// Opens the link on a phone, chooses a password and is in.
async fn comes_in(phone: &Browser, link: &str) {
    phone.goto(link).await;
    phone.comes_to(NEWCOMER).await;
    phone.sees("Trưởng thôn").await;
    phone.look("day-admin-4-invited").await;
    phone.fill("Mật khẩu mới, ít nhất 8 ký tự", OWN).await;
    phone.fill("Mật khẩu mới, ghi lại lần nữa", OWN).await;
    phone.tap("Vào Loa Bản").await;
    phone.sees("Chào mừng bạn!").await;
    phone.look("day-admin-5-in").await;
    phone.enter("Lịch phát").await;
    phone.comes_to("Lịch phát").await;
    phone.tap(NEWCOMER).await;
    phone.tap("Đăng xuất").await;
    phone.sees("Bạn đã đăng xuất").await;
}

/// Sets another password for who forgot theirs; it is shown once.
async fn resets(desk: &Browser) -> String {
    desk.enter("Người dùng").await;
    desk.tap("secretary").await;
    desk.comes_to("secretary").await;
    desk.tap("Đặt mật khẩu mới").await;
    desk.sees("chỉ hiện một lần").await;
    desk.look("day-admin-6-password").await;
    let password = desk.run(SECRET, Vec::new()).await;
    password.as_str().unwrap_or_default().to_owned()
}

/// Comes in with the password that was read out, and takes one of their own.
async fn forgot(phone: &Browser, password: &str) {
    phone.goto("/").await;
    phone.fill("Tên đăng nhập", "secretary").await;
    phone.fill("Mật khẩu", password).await;
    phone.tap("Đăng nhập").await;
    phone.sees("Mật khẩu của bạn do người khác đặt").await;
    phone.look("day-admin-7-temporary").await;
    phone.tap("Đổi mật khẩu").await;
    phone.sees("Nơi đang đăng nhập").await;
    phone.fill("Mật khẩu hiện tại", password).await;
    phone.fill("Mật khẩu mới, ít nhất 8 ký tự", OWN).await;
    phone.fill("Mật khẩu mới, ghi lại lần nữa", OWN).await;
    phone.tap("Đổi mật khẩu").await;
    phone.sees("Đã đổi mật khẩu").await;
    phone.tap("Loa Bản").await;
    phone.comes_to("Việc cần làm").await;
    assert!(!phone.shows("do người khác đặt").await, "it is their own");
    phone.look("day-admin-8-own").await;
}

/// Sees where somebody is signed in, and ends it for a phone that was lost.
async fn looks_at_sessions(desk: &Browser, phone: &Browser) {
    desk.enter("Người dùng").await;
    desk.tap("secretary").await;
    desk.sees("Nơi đang đăng nhập").await;
    desk.sees("dùng lần cuối").await;
    desk.look("day-admin-9-sessions").await;
    desk.tap("Cho đăng xuất ở mọi nơi").await;
    desk.sees("Đã cho người này đăng xuất ở mọi nơi").await;
    phone.tap("Loa Bản").await;
    phone.comes_to("Đăng nhập").await;
}

/// Finds in the trail who came in, without typing an accent.
async fn searches(desk: &Browser) {
    desk.enter("Nhật ký hoạt động").await;
    desk.comes_to("Nhật ký hoạt động").await;
    desk.fill("Tìm trong nhật ký", "sung a pao").await;
    desk.tap("Tìm").await;
    desk.sees("Nhận lời mời").await;
    assert!(!desk.shows("Đổi mật khẩu ·").await);
    desk.look("day-admin-10-found").await;
}
