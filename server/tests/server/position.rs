//! Where a station stands: typed as a phone's map gives it, counted in the month's report.

use reqwest::StatusCode;

use crate::town::Town;

#[tokio::test]
async fn a_station_says_where_it_stands_on_its_page_by_script_and_in_the_months_table() {
    let town = Town::start().await;
    let id = town.station["id"].as_str().unwrap();
    let mut admin = town.server.signed_in("quan.tri").await;
    let edit = format!("/stations/{id}/edit");
    let typed = |position| {
        [
            ("name", "Máy nhà văn hoá"),
            ("clusters", "Chợ"),
            ("volume_db", "0"),
            ("position", position),
        ]
    };
    let refused = admin.post(&edit, &typed("gần chợ")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for said in ["Vị trí chưa đúng", "value=\"gần chợ\""] {
        assert!(refused.body.contains(said), "{said}: {}", refused.body);
    }
    let form = admin.get(&edit).await.body;
    let (_, version) = form.split_once("name=\"version\" value=\"").unwrap();
    let (version, _) = version.split_once('"').unwrap();
    let mut twice = typed("22.486371,103.970659").to_vec();
    twice.push(("version", version));
    for _ in 0..2 {
        let saved = admin.post(&edit, &twice).await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    }

    let page = admin.get(&format!("/stations/{id}")).await.body;
    let link = "<a href=\"geo:22.48637,103.97066\">22.48637, 103.97066</a>";
    assert!(page.contains(link), "{page}");
    let station = admin.get(&format!("/api/v1/stations/{id}")).await.json();
    assert_eq!(station["position"]["latitude"], 22.48637, "{station}");
    let csv = admin.get("/reports/month.csv?month=2026-11").await.body;
    assert!(csv.contains("\"22.48637, 103.97066\""), "{csv}");
    let month = admin.get("/reports/month?month=2026-11").await.body;
    assert!(month.contains("22.48637, 103.97066"), "{month}");
}
