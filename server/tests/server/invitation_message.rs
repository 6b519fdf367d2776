//! What is sent to whoever is invited, by Zalo or as a message.

use loaban_server::people::rights::Role;

use crate::support::Server;

/// What stands ready to be sent.
fn message(page: &str) -> String {
    let (_, rest) = page.split_once("<textarea id=\"message\"").unwrap();
    let (_, rest) = rest.split_once('>').unwrap();
    rest.split("</textarea>").next().unwrap().to_owned()
}

#[tokio::test]
async fn the_message_says_what_it_is_from_whom_what_to_tap_and_until_when() {
    let server = Server::start().await;
    let commune = server.area("Xã Cốc San", "commune", None).await;
    let village = server.area("Thôn Ún Tà", "village", Some(&commune)).await;
    server.person("quan.tri", Role::Admin, &commune).await;
    let mut admin = server.signed_in("quan.tri").await;
    let set = "UPDATE people SET phone = '0987 111 222' WHERE name = 'quan.tri'";
    let mut connection = server.state.database.write().await.unwrap();
    sqlx::query(set).execute(&mut *connection).await.unwrap();
    connection.commit().await.unwrap();
    let area = village.id.to_string();
    let fields = [
        ("full_name", "Sùng A Páo"),
        ("name", "a.pao"),
        ("phone", "0912 000 111"),
        ("role", "head"),
        ("area", area.as_str()),
        ("how", "invite"),
    ];
    let made = admin.post("/people/new", &fields).await.body;
    let list = admin.get("/people").await.body;
    let (_, id) = list.split_once("action=\"/people/invitations/").unwrap();
    let id = id.split('/').next().unwrap();
    let again = format!("/people/invitations/{id}/renew");
    let renewed = admin.post(&again, &[]).await.body;
    for page in [made, renewed] {
        let message = message(&page);
        for said in [
            "Kính gửi Sùng A Páo",
            "Người quan.tri mời",
            "trang web điều khiển loa truyền thanh của Thôn Ún Tà",
            "vai trò Trưởng thôn",
            "Bấm vào dòng dưới đây",
            "đến 30/11/2026 09:00",
            "gọi Người quan.tri, số 0987 111 222",
            "không phải là Sùng A Páo",
        ] {
            assert!(message.contains(said), "{said}: {message}");
        }
        // Phones make a link of what stands by itself.
        let mut lines = message.lines().map(str::trim);
        let is_link = |line: &str| line.starts_with(&format!("{}/", server.address));
        assert!(lines.any(is_link), "{message}");
        // The number may be an old one: whoever sends it sees which it is, and what to do.
        let (number, _) = page.split_once("<textarea").unwrap();
        for said in ["0912 000 111", "đã đổi số", "rút lời mời này rồi mời lại"]
        {
            assert!(number.contains(said), "{said}: {page}");
        }
    }
    assert!(list.contains("0912 000 111"), "{list}");
}
