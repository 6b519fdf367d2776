//! A request that asks many villages of one secretary is one matter on their front page.

use serde_json::{Value, json};
use town::deeds::text;
use town::town::{Town, Who};

#[tokio::test(flavor = "multi_thread")]
async fn a_request_to_a_whole_commune_is_one_card_that_says_how_many_villages() {
    let town = Town::built().await;
    let admin = town.script(Who::Admin);
    let all = admin.get("/areas").await.done();
    let top = one(&all, |area| area["parent_id"].is_null());
    let further = json!({ "parent_id": top, "area": { "kind": "village", "name": "Nậm Ỏ" } });
    admin.post("/areas", further).await.done();
    let people = admin.get("/people").await.done();
    let secretary = one(&people, |person| person["name"] == "secretary");
    let role = json!({ "area_id": top, "role": "secretary" });
    let roles = format!("/people/{secretary}/roles");
    admin.post(&roles, role).await.done();
    let asks = json!({ "title": "Tiêm phòng", "script": "Mời bà con đi tiêm.",
        "due_day": "2030-12-31", "areas": [top] });
    town.script(Who::Officer)
        .post("/requests", asks)
        .await
        .done();

    let front = town.sign_in(Who::Secretary).await.open("/").await;
    let cards = front.words("a.main[href^='/requests/']");
    assert_eq!(cards, ["Tiêm phòng"], "{front:?}");
    assert!(front.all_words().contains("2 thôn"), "{front:?}");
}

/// The name of the one that `fits`.
fn one(all: &Value, fits: impl Fn(&Value) -> bool) -> String {
    let found = all
        .as_array()
        .and_then(|all| all.iter().find(|one| fits(one)));
    text(found.unwrap_or(&Value::Null), "id")
}
