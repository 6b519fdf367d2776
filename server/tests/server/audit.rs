use loaban_server::people::rights::Role;

use crate::support::Server;

#[tokio::test]
async fn what_was_changed_is_read_by_the_officer_of_the_area_and_by_no_other() {
    let server = Server::start().await;
    let province = server.area("Tỉnh Lào Cai", "province", None).await;
    let here = server.area("Xã Cốc San", "commune", Some(&province)).await;
    let there = server
        .area("Xã Tòng Sành", "commune", Some(&province))
        .await;
    server.person("can.bo", Role::Officer, &here).await;
    server.person("quan.tri", Role::Admin, &province).await;
    server.person("can.bo.khac", Role::Officer, &there).await;

    let here = server.signed_in("can.bo").await.get("/audit").await.body;
    assert!(
        here.contains("Xã Cốc San") && !here.contains("Xã Tòng Sành"),
        "{here}"
    );
    assert!(here.contains("Giao vai trò"));
    let whole = server.signed_in("quan.tri").await.get("/audit").await.body;
    assert!(whole.contains("Xã Cốc San") && whole.contains("Xã Tòng Sành"));
    assert!(
        whole.contains("Đăng nhập"),
        "the root's administrator sees what concerns no area"
    );
}

#[tokio::test]
async fn the_database_itself_refuses_to_change_or_remove_what_is_on_record() {
    let server = Server::start().await;
    server.area("Xã Cốc San", "commune", None).await;
    for sql in ["UPDATE audit SET actor = 'ai đó'", "DELETE FROM audit"] {
        let mut write = server.state.database.write().await.unwrap();
        let refused = sqlx::query(sql).execute(&mut *write).await.unwrap_err();
        assert!(refused.to_string().contains("append-only"), "{refused}");
    }
}
