//! The manual, the file, the environment: what is heard, what is refused, what is never shown.

use std::path::Path;

use loaban_server::config::{self, MANUAL};

fn load(text: &str, environment: &[(&str, &str)]) -> anyhow::Result<config::Loaded> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("loaban-server.toml");
    recordings::durable::write(&file, text.as_bytes()).unwrap();
    let environment = environment
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    config::load(Some(&file), environment)
}

fn refusal(text: &str, environment: &[(&str, &str)]) -> String {
    format!("{:#}", load(text, environment).unwrap_err())
}

#[test]
fn the_manual_comments_every_key_and_holds_every_default() {
    let config = config::load(None, []).unwrap().config;
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.commune.zone, "Asia/Ho_Chi_Minh");
    assert_eq!(config.commune.quiet_from.to_string(), "21:00:00");
    assert!(!config.commune.approver_may_be_author);
    let mut commented = false;
    for line in MANUAL.lines() {
        let key = line.contains(" = ") && !line.starts_with('#');
        let secret_twin = line.starts_with("s3_");
        assert!(
            !key || commented || secret_twin,
            "without a comment: {line}"
        );
        commented = line.starts_with('#') || (commented && key && !line.is_empty());
    }
}

#[test]
fn a_file_is_laid_over_the_defaults_and_the_environment_over_the_file() {
    let text = "[server]\nlisten = \"0.0.0.0:80\"\n[commune]\nquiet_from = \"20:30\"\n";
    let environment = [
        ("LOABAN_SERVER__SERVER__LISTEN", "0.0.0.0:443"),
        ("LOABAN_SERVER__DATABASE__CONNECTIONS", "3"),
        ("LOABAN_SERVER__COMMUNE__APPROVER_MAY_BE_AUTHOR", "true"),
        ("HOME", "/root"),
    ];
    let config = load(text, &environment).unwrap().config;
    assert_eq!(config.server.listen.to_string(), "0.0.0.0:443");
    assert_eq!(config.commune.quiet_from.to_string(), "20:30:00");
    assert_eq!(config.database.connections, 3);
    assert!(config.commune.approver_may_be_author);
}

#[test]
fn what_is_not_known_is_refused_by_its_name() {
    assert!(refusal("[server]\nlissten = \"x\"\n", &[]).contains("server.lissten"));
    assert!(refusal("[sever]\n", &[]).contains("[sever]"));
    let environment = [("LOABAN_SERVER__SERVER__LISSTEN", "x")];
    assert!(refusal("", &environment).contains("LOABAN_SERVER__SERVER__LISSTEN"));
    let environment = [("LOABAN_SERVER__DATABASE__CONNECTIONS", "many")];
    assert!(refusal("", &environment).contains("whole number"));
}

#[test]
fn what_cannot_be_is_refused_with_a_reason() {
    assert!(refusal("[commune]\nzone = \"Asia/Nowhere\"\n", &[]).contains("commune.zone"));
    assert!(refusal("[commune]\nlanguage = \"fr\"\n", &[]).contains("vi"));
    let half = "[server]\ntls_certificate_file = \"a.pem\"\n";
    assert!(refusal(half, &[]).contains("tls_key_file"));
    assert!(refusal("[server]\npublic_url = \"loa.example\"\n", &[]).contains("https://"));
    for never in ["0", "241"] {
        let silent = format!("[server]\nstream_interval_s = {never}\n");
        assert!(refusal(&silent, &[]).contains("server.stream_interval_s"));
    }
    let missing = config::load(Some(Path::new("/nowhere/x.toml")), []).unwrap_err();
    assert!(format!("{missing:#}").contains("/nowhere/x.toml"));
}

#[test]
fn secrets_come_from_files_and_are_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("url");
    recordings::durable::write(&file, b"postgres://loa:bi-mat@db/loaban\n").unwrap();
    let text = format!(
        "[database]\nurl_file = {:?}\n[objects]\ns3_secret_access_key = \"rat-bi-mat\"\n\
         url = \"s3://bucket\"\n",
        file.display().to_string()
    );
    let loaded = load(&text, &[]).unwrap();
    assert_eq!(
        loaded.config.database_url(),
        "postgres://loa:bi-mat@db/loaban"
    );
    assert!(!loaded.show().contains("bi-mat"), "{}", loaded.show());
    let open = load(
        "[database]\nurl = \"postgres://loa:bi-mat@db/loaban\"\n",
        &[],
    )
    .unwrap()
    .show();
    assert!(open.contains("postgres://loa:********@db/loaban"), "{open}");
}
