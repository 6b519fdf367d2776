//! Another time zone for an area moves the hours of what is ordered there, and nothing of what its
//! day has begun with.

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::play_now::second_tap;
use crate::support::Answer;
use crate::town::{Town, problem};

impl Town {
    /// The administrator moves the village into another zone.
    async fn moves_to(&mut self, zone: &str) -> Answer {
        let says = json!({ "kind": "village", "name": "Thôn Tòng Xành", "zone": zone });
        let (path, json) = (
            format!("/api/v1/areas/{}", self.village.id),
            [("content-type", "application/json")],
        );
        let said = says.to_string();
        self.admin.send(Method::PUT, &path, &json, said).await
    }
}

#[tokio::test]
async fn a_zone_that_carries_a_start_of_today_into_the_past_waits_until_it_has_aired() {
    let mut town = Town::start().await;
    let bulletin = town.approved("Kích hoạt VNeID").await;
    let daily = json!({ "kind": "daily", "times": ["10:00"] });
    let placed = town.ordered(&bulletin, daily).await;
    assert_eq!(placed.status, StatusCode::CREATED, "{}", placed.body);
    // Half past nine is half past eleven in Tokyo, where ten was before the order.
    town.server.clock.set(town.today(9, 30));
    let refused = town.moves_to("Asia/Tokyo").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        problem(&refused),
        "timetable-start-past",
        "{}",
        refused.body
    );
    let title = refused.json()["title"].to_string();
    let said = "“Thôn Tòng Xành”: đổi như vậy thì hôm nay “Kích hoạt VNeID” đã quá giờ phát, 10:00";
    assert!(title.contains(said), "{title}");
    town.server.clock.set(town.today(10, 1));
    let saved = town.moves_to("Asia/Tokyo").await;
    assert_eq!(saved.status, StatusCode::OK, "{}", saved.body);
}

#[tokio::test]
async fn what_airs_now_airs_at_its_instant_in_every_zone() {
    let mut town = Town::start().await;
    let bulletin = town.approved("Kích hoạt VNeID").await;
    let mut head = town.server.signed_in("truong.thon").await;
    second_tap(&mut head, &town, &bulletin).await;
    let saved = town.moves_to("Asia/Tokyo").await;
    assert_eq!(saved.status, StatusCode::OK, "{}", saved.body);
}
