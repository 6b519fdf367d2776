//! Invitations: an administrator says who and where, and whoever has the code chooses a password
//! that nobody else has seen.

use std::time::Duration;

use loaban_server::areas::area::Area;
use loaban_server::audit::Author;
use loaban_server::people::rights::Role;
use loaban_server::people::roles;
use programme::ids::PersonId;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::support::{Answer, Browser, PASSWORD, Server};

const OWN: &str = "suối chảy qua bản";
const HOUR: Duration = Duration::from_secs(3_600);

/// A commune with a village, and its administrator.
struct Commune {
    server: Server,
    village: Area,
    admin: PersonId,
}

impl Commune {
    async fn start() -> Self {
        let server = Server::start().await;
        let commune = server.area("Xã Cốc San", "commune", None).await;
        let village = server.area("Thôn Ún Tà", "village", Some(&commune)).await;
        let admin = server.person("quan.tri", Role::Admin, &commune).await;
        Self {
            server,
            village,
            admin,
        }
    }

    /// Invites the village head, and gives the answer.
    async fn invited(&self) -> Answer {
        let mut script = self.server.script(&self.server.token(&self.admin).await);
        let who = json!({ "name": "a.pao", "full_name": "Sùng A Páo", "phone": "0912 000 111",
            "role": "head", "area_id": self.village.id });
        let made = script.post_json("/api/v1/invitations", who).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        made
    }

    async fn code(&self) -> String {
        self.invited().await.json()["code"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    async fn count(&self, sql: &'static str) -> i64 {
        let mut connection = self.server.state.database.read().await.unwrap();
        let query = sqlx::query_as(sql).fetch_one(&mut *connection);
        let (count,): (i64,) = query.await.unwrap();
        count
    }
}

/// Enters a code.
async fn enters(browser: &mut Browser, code: &str) -> Answer {
    let fields = [("invitation", code)];
    browser.post_raw("/invitation", &fields, &[]).await
}

/// Chooses a name and a password.
async fn takes_up(browser: &mut Browser, code: &str, name: &str, passwords: [&str; 2]) -> Answer {
    let [password, again] = passwords;
    let fields = [
        ("invitation", code),
        ("name", name),
        ("password", password),
        ("again", again),
    ];
    browser.post_raw("/invitation/take-up", &fields, &[]).await
}

#[tokio::test]
async fn whoever_is_invited_chooses_a_password_on_a_phone_and_is_what_the_administrator_said() {
    let town = Commune::start().await;
    let mut admin = town.server.signed_in("quan.tri").await;
    let area = town.village.id.to_string();
    let fields = [
        ("full_name", "Sùng A Páo"),
        ("name", "a.pao"),
        ("phone", ""),
        ("role", "head"),
        ("area", area.as_str()),
        ("how", "invite"),
    ];
    let made = admin.post("/people/new", &fields).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let (_, rest) = made.body.split_once("<code class=\"secret\">").unwrap();
    let code = rest.split('<').next().unwrap().to_owned();
    let link = format!("{}/invitation#{code}", town.server.address);
    assert!(made.body.contains(&link), "{}", made.body);
    assert!(made.body.contains("vai trò Trưởng thôn"), "{}", made.body);
    let waiting = admin.get("/people").await.body;
    assert!(waiting.contains("Lời mời đang chờ") && !waiting.contains(&code));

    let mut phone = town.server.visitor();
    let page = phone.get("/sign-in").await.body;
    assert!(page.contains("href=\"/invitation\""));
    let heard = code.to_uppercase().replace('-', " ");
    let page = enters(&mut phone, &heard).await;
    for said in ["Sùng A Páo", "Trưởng thôn", "Thôn Ún Tà", "value=\"a.pao\""] {
        assert!(page.body.contains(said), "{said}: {}", page.body);
    }
    let weak = takes_up(&mut phone, &heard, "a.pao", ["ngắn", "ngắn"]).await;
    assert_eq!(weak.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(weak.body.contains("Mật khẩu quá ngắn") && weak.body.contains("Thôn Ún Tà"));
    let differ = takes_up(&mut phone, &heard, "a.pao", [OWN, PASSWORD]).await;
    assert_eq!(differ.status, StatusCode::UNPROCESSABLE_ENTITY);
    let taken = takes_up(&mut phone, &heard, "quan.tri", [OWN, OWN]).await;
    assert_eq!(taken.status, StatusCode::CONFLICT);
    let come = takes_up(&mut phone, &heard, "Pao.UnTa", [OWN, OWN]).await;
    assert_eq!(come.location(), "/?notice=notice-invitation-taken-up");

    let account = phone.get("/account").await.body;
    assert!(
        account.contains("Trưởng thôn") && account.contains("Thôn Ún Tà"),
        "{account}"
    );
    assert!(!account.contains("do người khác đặt"), "{account}");
    let mut desk = town.server.visitor();
    let signed_in = desk.sign_in("pao.unta", OWN).await;
    assert_eq!(signed_in.status, StatusCode::SEE_OTHER);
    assert!(!admin.get("/people").await.body.contains("Lời mời đang chờ"));
    let trail = admin.get("/audit?kind=invitation").await.body;
    for said in [
        "Mời người dùng",
        "Nhận lời mời",
        "Người mời: Người quan.tri",
    ] {
        assert!(trail.contains(said), "{said}: {trail}");
    }
}

#[tokio::test]
async fn a_code_works_once_and_whoever_comes_second_is_told_what_to_do() {
    let town = Commune::start().await;
    let code = town.code().await;
    let (mut first, mut second) = (town.server.visitor(), town.server.visitor());
    let (one, other) = tokio::join!(
        takes_up(&mut first, &code, "mot", [OWN, OWN]),
        takes_up(&mut second, &code, "hai", [OWN, OWN])
    );
    let come_in = [&one, &other].map(|answer| answer.status == StatusCode::SEE_OTHER);
    assert_ne!(come_in[0], come_in[1], "{} {}", one.body, other.body);
    let people = town.count("SELECT COUNT(*) FROM people WHERE name IN ('mot', 'hai')");
    assert_eq!(people.await, 1);
    let later = enters(&mut town.server.visitor(), &code).await;
    assert_eq!(later.status, StatusCode::GONE);
    assert!(
        later.body.contains("Lời mời này đã được dùng"),
        "{}",
        later.body
    );
}

#[tokio::test]
async fn an_invitation_ends_after_a_week_when_withdrawn_or_with_the_right_of_whoever_sent_it() {
    let town = Commune::start().await;
    let server = &town.server;
    let mut visitor = server.visitor();
    let over = |answer: &Answer| {
        assert_eq!(answer.status, StatusCode::GONE, "{}", answer.body);
        assert!(
            answer.body.contains("không còn dùng được"),
            "{}",
            answer.body
        );
    };

    let old = town.code().await;
    server
        .clock
        .advance(HOUR * 24 * 7 - Duration::from_secs(60));
    assert_eq!(enters(&mut visitor, &old).await.status, StatusCode::OK);
    server.clock.advance(Duration::from_secs(60));
    over(&enters(&mut visitor, &old).await);
    over(&takes_up(&mut visitor, &old, "a.pao", [OWN, OWN]).await);

    let withdrawn = town.code().await;
    let mut admin = server.signed_in("quan.tri").await;
    let page = admin.get("/people").await.body;
    let (_, address) = page.split_once("action=\"/people/invitations/").unwrap();
    let id = address.split('/').next().unwrap();
    let address = format!("/people/invitations/{id}/withdraw");
    let done = admin.post(&address, &[]).await;
    assert_eq!(
        done.location(),
        "/people?notice=notice-invitation-withdrawn"
    );
    over(&enters(&mut visitor, &withdrawn).await);
    assert_eq!(admin.post(&address, &[]).await.status, StatusCode::GONE);

    let left = town.code().await;
    let commune = server
        .find_area(town.village.parent.as_ref().unwrap())
        .await;
    let author = Author::server();
    let taken = roles::change(
        &server.state,
        &author,
        &town.admin,
        Role::Admin,
        &commune,
        false,
    );
    taken.await.unwrap();
    over(&enters(&mut visitor, &left).await);
}

#[tokio::test]
async fn a_link_that_was_lost_is_made_anew_and_the_one_before_ends() {
    let town = Commune::start().await;
    let server = &town.server;
    let lost = town.code().await;
    server.clock.advance(HOUR * 24 * 6);
    let second = server
        .person("quan.tri.2", Role::Admin, &town.village)
        .await;
    let mut admin = server.signed_in("quan.tri.2").await;
    let page = admin.get("/people").await.body;
    assert!(page.contains("Tạo liên kết mới"), "{page}");
    let (_, id) = page.split_once("action=\"/people/invitations/").unwrap();
    let id = id.split('/').next().unwrap();
    let path = format!("/people/invitations/{id}/renew");
    let made = admin.post(&path, &[]).await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.body);
    let (_, rest) = made.body.split_once("<code class=\"secret\">").unwrap();
    let code = rest.split('<').next().unwrap();
    let link = format!("value=\"{}/invitation#{code}\" readonly", server.address);
    for said in ["Sùng A Páo", "Liên kết và mã cũ không dùng được nữa", &link] {
        assert!(made.body.contains(said), "{said}: {}", made.body);
    }
    let old = enters(&mut server.visitor(), &lost).await;
    assert_eq!(old.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", old.body);
    // A week from now on, and in the name of who made it.
    server.clock.advance(HOUR * 24 * 6);
    let asked = enters(&mut server.visitor(), code).await;
    assert!(
        asked.body.contains("Người quan.tri.2 mời bạn"),
        "{}",
        asked.body
    );
    let mut admin = server.signed_in("quan.tri.2").await;
    let trail = admin.get("/audit?kind=invitation").await.body;
    assert!(trail.contains("Tạo liên kết mới cho lời mời"), "{trail}");
    assert!(!trail.contains(code), "{trail}");

    let mut script = server.script(&server.token(&second).await);
    let path = format!("/api/v1/invitations/{id}/code");
    let again = script.post_json(&path, json!({})).await;
    assert_eq!(again.status, StatusCode::OK, "{}", again.body);
    let newest = again.json()["code"].as_str().unwrap().to_owned();
    assert_eq!(again.json()["id"], id);
    let old = enters(&mut server.visitor(), code).await;
    assert_eq!(old.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", old.body);
    let come = takes_up(&mut server.visitor(), &newest, "a.pao", [OWN, OWN]).await;
    assert_eq!(come.status, StatusCode::SEE_OTHER, "{}", come.body);
    let used = script.post_json(&path, json!({})).await;
    assert_eq!(used.status, StatusCode::GONE, "{}", used.body);
}

#[tokio::test]
async fn who_tries_codes_is_stopped_and_the_code_stands_neither_in_the_database_nor_in_the_trail() {
    let town = Commune::start().await;
    let code = town.code().await;
    for number in 0..30 {
        let guess = format!("aaaa-bbbb-{number:04}");
        let refused = enters(&mut town.server.visitor(), &guess).await;
        assert_eq!(
            refused.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{}",
            refused.body
        );
    }
    for path in ["/invitation", "/invitation/take-up"] {
        let fields = [
            ("invitation", code.as_str()),
            ("name", "x"),
            ("password", OWN),
            ("again", OWN),
        ];
        let mut visitor = town.server.visitor();
        let stopped = visitor.post_raw(path, &fields, &[]).await;
        assert_eq!(stopped.status, StatusCode::TOO_MANY_REQUESTS, "{path}");
        assert!(
            !stopped.body.contains("Sùng A Páo"),
            "{path}: {}",
            stopped.body
        );
    }
    let mut connection = town.server.state.database.read().await.unwrap();
    let kept: Vec<(String,)> = sqlx::query_as(
        "SELECT code_hash || id || name FROM invitations UNION ALL SELECT detail FROM audit \
         UNION ALL SELECT name FROM attempts",
    )
    .fetch_all(&mut *connection)
    .await
    .unwrap();
    let bare = code.replace('-', "");
    for (kept,) in kept {
        assert!(!kept.contains(&code) && !kept.contains(&bare), "{kept}");
    }
}

#[tokio::test]
async fn nobody_invites_or_withdraws_where_they_keep_nobody() {
    let town = Commune::start().await;
    let server = &town.server;
    let other = server.area("Xã Tòng Sành", "commune", None).await;
    let hidden = server.area("Thôn Cao", "village", Some(&other)).await;
    let id = town.invited().await.json()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let commune = server
        .find_area(town.village.parent.as_ref().unwrap())
        .await;
    for (name, role, area, list, at) in [
        ("bi.thu", Role::Secretary, &commune, 403, 403),
        ("truong.thon", Role::Head, &commune, 403, 403),
        ("can.bo", Role::Officer, &commune, 403, 403),
        ("quan.xa.khac", Role::Admin, &other, 200, 404),
    ] {
        let person = server.person(name, role, area).await;
        let mut script = server.script(&server.token(&person).await);
        let listed = script.get("/api/v1/invitations").await;
        assert_eq!(listed.status.as_u16(), list, "{name}");
        assert!(
            !listed.body.contains("Sùng A Páo"),
            "{name}: {}",
            listed.body
        );
        let who =
            json!({ "name": "x.y", "full_name": "X", "role": "admin", "area_id": town.village.id });
        let made = script.post_json("/api/v1/invitations", who).await;
        assert_eq!(made.status.as_u16(), at, "{name}: {}", made.body);
        let path = format!("/api/v1/invitations/{id}/code");
        let renewed = script.post_json(&path, json!({})).await;
        assert_eq!(renewed.status.as_u16(), at, "{name}: {}", renewed.body);
        let path = format!("/api/v1/invitations/{id}");
        let taken = script.send(Method::DELETE, &path, &[], String::new()).await;
        assert_eq!(taken.status.as_u16(), at, "{name}: {}", taken.body);
    }
    let mut admin = server.script(&server.token(&town.admin).await);
    let who = json!({ "name": "x.y", "full_name": "X", "role": "admin", "area_id": hidden.id });
    let made = admin.post_json("/api/v1/invitations", who).await;
    assert_eq!(made.status, StatusCode::NOT_FOUND);
    let taken =
        json!({ "name": "can.bo", "full_name": "X", "role": "head", "area_id": town.village.id });
    let made = admin.post_json("/api/v1/invitations", taken).await;
    assert_eq!(made.status, StatusCode::CONFLICT);
    let open = admin.get("/api/v1/invitations").await.json();
    assert_eq!(open.as_array().unwrap().len(), 1);
    assert_eq!(open[0]["role"], "head");
    assert!(open[0]["code"].is_null());
}
