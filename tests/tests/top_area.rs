//! The area at the top of the tree has none above it, and its form speaks of none.

use serde_json::Value;
use town::town::{Town, Who};

#[tokio::test(flavor = "multi_thread")]
async fn the_form_of_the_top_area_names_no_area_above_it() {
    let town = Town::built().await;
    let all = town.script(Who::Admin).get("/areas").await.done();
    let is_top = |area: &&Value| area["parent_id"].is_null();
    let top = all.as_array().and_then(|all| all.iter().find(is_top));
    let top = top.and_then(|top| top["id"].as_str());
    let top = top.unwrap_or_else(|| panic!("a top: {all}"));
    let admin = town.sign_in(Who::Admin).await;
    for (area, has_above) in [(top, false), (&*town.village, true)] {
        let page = admin.open(&format!("/areas/{area}/edit")).await;
        let words = page.all_words().to_lowercase();
        assert_eq!(words.contains("như cấp trên"), has_above, "{page:?}");
        assert_eq!(words.contains("mặc định"), !has_above, "{page:?}");
    }
}
