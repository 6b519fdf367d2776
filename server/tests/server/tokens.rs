//! Personal tokens, and how the API refuses.

use loaban_server::audit::Author;
use loaban_server::people::person;
use loaban_server::people::rights::Role;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::support::{PASSWORD, Server};

#[tokio::test]
async fn a_token_acts_as_its_person_until_it_is_revoked() {
    let server = Server::start().await;
    let commune = server.area("Xã Cốc San", "commune", None).await;
    let person = server.person("bi.thu", Role::Secretary, &commune).await;
    let mut script = server.script(&server.token(&person).await);
    let me = script.get("/api/v1/me").await.json();
    assert_eq!(me["name"], "bi.thu");
    assert_eq!(
        me["roles"],
        json!([{ "role": "secretary", "area_id": commune.id }])
    );

    let made = script
        .post_json("/api/v1/me/tokens", json!({ "title": "báo cáo" }))
        .await;
    let second = made.json()["token"].as_str().unwrap().to_owned();
    assert!(second.starts_with("loaban_"));
    let listed = script.get("/api/v1/me/tokens").await.json();
    let id = listed
        .as_array()
        .unwrap()
        .iter()
        .find(|token| token["title"] == "báo cáo")
        .unwrap();
    assert!(
        !listed.to_string().contains(&second),
        "a list shows no secret"
    );
    let path = format!("/api/v1/me/tokens/{}", id["id"].as_str().unwrap());
    assert_eq!(
        server.script(&second).get("/api/v1/me").await.status,
        StatusCode::OK
    );
    let revoked = script.send(Method::DELETE, &path, &[], String::new()).await;
    assert_eq!(revoked.status, StatusCode::NO_CONTENT);
    let refused = server.script(&second).get("/api/v1/me").await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert_eq!(refused.json()["type"], "urn:loa-ban:problem:sign-in-needed");
}

#[tokio::test]
async fn nobody_revokes_the_token_of_another() {
    let server = Server::start().await;
    let commune = server.area("Xã Cốc San", "commune", None).await;
    let owner = server.person("bi.thu", Role::Secretary, &commune).await;
    let other = server.person("quan.tri", Role::Admin, &commune).await;
    let mut owner = server.script(&server.token(&owner).await);
    let id = owner.get("/api/v1/me/tokens").await.json()[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut other = server.script(&server.token(&other).await);
    let path = format!("/api/v1/me/tokens/{id}");
    let answer = other.send(Method::DELETE, &path, &[], String::new()).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(owner.get("/api/v1/me").await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_api_refuses_in_problem_json_and_says_what_was_wrong_with_a_body() {
    let server = Server::start().await;
    let commune = server.area("Xã Cốc San", "commune", None).await;
    let person = server.person("quan.tri", Role::Admin, &commune).await;
    let mut script = server.script(&server.token(&person).await);
    let unknown = script
        .post_json("/api/v1/me/tokens", json!({ "titel": "x" }))
        .await;
    assert_eq!(unknown.status, StatusCode::BAD_REQUEST);
    assert_eq!(unknown.headers["content-type"], "application/problem+json");
    assert!(
        unknown.json()["detail"].as_str().unwrap().contains("titel"),
        "{}",
        unknown.body
    );
    let nowhere = script.get("/api/v1/nowhere").await;
    assert_eq!(nowhere.status, StatusCode::NOT_FOUND);
    assert_eq!(nowhere.json()["status"], 404);
    let method = script
        .send(Method::PUT, "/api/v1/areas", &[], String::new())
        .await;
    assert_eq!(method.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(method.json()["type"], "urn:loa-ban:problem:method");
}

#[tokio::test]
async fn a_password_that_somebody_else_sets_ends_the_tokens_and_an_own_one_does_not() {
    let server = Server::start().await;
    let commune = server.area("Xã Cốc San", "commune", None).await;
    let person = server.person("bi.thu", Role::Secretary, &commune).await;
    let admin = server.person("quan.tri", Role::Admin, &commune).await;
    let mut script = server.script(&server.token(&person).await);
    let mut connection = server.state.database.read().await.unwrap();
    let found = person::find(&mut connection, &person).await.unwrap();
    drop(connection);
    for (author, left) in [(person, StatusCode::OK), (admin, StatusCode::UNAUTHORIZED)] {
        let author = Author {
            person: Some(author),
            ..Author::server()
        };
        let password = PASSWORD.to_owned();
        person::set_password(&server.state, &author, &found, password, None)
            .await
            .unwrap();
        assert_eq!(script.get("/api/v1/me").await.status, left);
    }
}
