//! The program as an operator runs it: a process, its arguments, what it prints.

use std::fs::Permissions;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

/// Runs `loaban-server` on `data` and nothing of this process's surroundings.
fn loaban_server(data: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_loaban-server"))
        .args(arguments)
        .env_clear()
        .env("LOABAN_SERVER__STORAGE__DATA_DIR", data)
        .env("LOABAN_SERVER__SERVER__LISTEN", "127.0.0.1:0")
        .output()
        .unwrap()
}

fn works(data: &Path, arguments: &[&str]) -> String {
    let output = loaban_server(data, arguments);
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{arguments:?}: {error}");
    String::from_utf8(output.stdout).unwrap()
}

fn fails(data: &Path, arguments: &[&str]) -> String {
    let output = loaban_server(data, arguments);
    assert!(!output.status.success(), "{arguments:?} should fail");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn what_turns_text_around_is_no_part_of_a_name_that_was_pasted() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    works(&data, &["area", "add", "Xã \u{202e}Cốc San\u{2069}"]);
    let user = [
        "user",
        "add",
        "quan.tri",
        "--full-name",
        "Lý \u{200f}Thị Mai",
    ];
    works(&data, &user);
    let areas = works(&data, &["area", "list"]);
    assert!(areas.contains("commune     Xã Cốc San\n"), "{areas}");
    let people = works(&data, &["user", "list"]);
    assert!(people.contains("Lý Thị Mai"), "{people}");
    let role = ["user", "role", "quan.tri", "admin", "--area"];
    works(&data, &[&role[..], &["xã cốc\u{200e} san"]].concat());
}

#[test]
fn a_new_server_gets_its_first_commune_its_first_administrator_and_a_token() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    works(&data, &["area", "add", "Xã Cốc San"]);
    works(
        &data,
        &[
            "area",
            "add",
            "Thôn Ún Tà",
            "--kind",
            "village",
            "--parent",
            "xã cốc san",
        ],
    );
    let areas = works(&data, &["area", "list"]);
    assert!(areas.contains("commune     Xã Cốc San"), "{areas}");
    let user = [
        "user",
        "add",
        "quan.tri",
        "--role",
        "admin",
        "--area",
        "Xã Cốc San",
    ];
    let added = works(&data, &user);
    assert!(added.starts_with("the password of quan.tri is "), "{added}");
    let list = works(&data, &["user", "list"]);
    assert!(list.contains("admin in Xã Cốc San"), "{list}");
    let token = works(&data, &["token", "create", "quan.tri"]);
    assert!(token.starts_with("loaban_"), "{token}");
    let id = works(&data, &["token", "list", "quan.tri"]);
    works(&data, &["token", "revoke", id.split(' ').next().unwrap()]);
    assert_eq!(works(&data, &["token", "list", "quan.tri"]), "");
}

#[test]
fn what_cannot_be_done_is_said_in_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let error = fails(&data, &["user", "add", "Quản Trị"]);
    assert!(error.contains("Use 2 to 40 characters"), "{error}");
    let error = fails(
        &data,
        &["user", "add", "x1", "--role", "king", "--area", "y"],
    );
    assert!(error.contains("there is no role \"king\""), "{error}");
    let error = fails(&data, &["area", "add", "Thôn", "--parent", "nowhere"]);
    assert!(error.contains("area list"), "{error}");
}

#[test]
fn the_doctor_finds_a_new_server_well_but_without_an_administrator() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let report = works(&data, &["doctor"]);
    assert!(
        report.contains("good      the database answers"),
        "{report}"
    );
    assert!(
        report.contains("good      the store of recordings takes and gives back"),
        "{report}"
    );
    assert!(
        report.contains("doubtful  nobody is an administrator"),
        "{report}"
    );
    assert!(!report.contains("bad "), "{report}");
}

#[test]
fn the_doctor_names_what_does_not_work_and_its_cure() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("in-the-way");
    recordings::durable::write(&file, b"").unwrap();
    let output = loaban_server(&file.join("data"), &["doctor"]);
    let report = String::from_utf8(output.stdout).unwrap();
    assert!(!output.status.success());
    assert!(report.contains("bad       the data folder"), "{report}");
    assert!(
        report.contains("→ give the folder to the user that runs the server"),
        "{report}"
    );
}

#[test]
fn a_backup_is_put_back_as_it_was_and_what_was_there_is_set_aside() {
    let folder = tempfile::tempdir().unwrap();
    let (data, copy) = (folder.path().join("data"), folder.path().join("copy"));
    works(&data, &["area", "add", "Xã Cốc San"]);
    let name = programme::ids::ContentHash::of(b"sound").to_string();
    let sound = data.join("objects/recordings").join(&name[..2]);
    recordings::durable::make_folder(&sound).unwrap();
    recordings::durable::write(&sound.join(&name), b"sound").unwrap();
    let place = copy.display().to_string();
    std::fs::set_permissions(&data, Permissions::from_mode(0o755)).unwrap();
    assert!(works(&data, &["backup", &place]).contains("1 sounds"));
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&copy), 0o700);
    assert_eq!(mode(&copy.join("loaban.db")), 0o600);
    assert_eq!(mode(&data), 0o700);
    works(&data, &["area", "add", "Xã Sau"]);
    std::fs::remove_dir_all(data.join("objects")).unwrap();

    works(&data, &["restore", &place]);
    let areas = works(&data, &["area", "list"]);
    assert!(
        areas.contains("Xã Cốc San") && !areas.contains("Xã Sau"),
        "{areas}"
    );
    assert_eq!(std::fs::read(sound.join(&name)).unwrap(), b"sound");
    let aside = std::fs::read_dir(&data).unwrap().any(|entry| {
        entry
            .unwrap()
            .file_name()
            .to_string_lossy()
            .starts_with("loaban.db.before-restore-")
    });
    assert!(aside);
    let error = fails(
        &data,
        &[
            "restore",
            &folder.path().join("nothing").display().to_string(),
        ],
    );
    assert!(error.contains("holds no finished backup"), "{error}");
}

#[test]
fn the_configuration_is_shown_with_what_the_environment_says() {
    let folder = tempfile::tempdir().unwrap();
    let shown = works(folder.path(), &["config", "show"]);
    assert!(shown.contains("listen = \"127.0.0.1:0\""), "{shown}");
    assert_eq!(
        works(folder.path(), &["config", "manual"]),
        loaban_server::config::MANUAL
    );
}

/// `serve` as a process, and the line that it prints once it listens.
fn serving(data: &Path) -> (Child, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_loaban-server"))
        .arg("serve")
        .env_clear()
        .env("LOABAN_SERVER__STORAGE__DATA_DIR", data)
        .env("LOABAN_SERVER__SERVER__LISTEN", "127.0.0.1:0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    (child, line)
}

fn end(mut child: Child) -> std::process::ExitStatus {
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    child.wait().unwrap()
}

#[test]
fn the_server_says_where_it_listens_and_ends_well_when_told_to() {
    let folder = tempfile::tempdir().unwrap();
    let (child, line) = serving(&folder.path().join("data"));
    assert!(
        line.starts_with("Loa Bản listens on http://127.0.0.1:"),
        "{line}"
    );
    let address = line.trim().rsplit('/').next().unwrap().to_owned();
    assert!(std::net::TcpStream::connect(address).is_ok());
    assert!(end(child).success());
}

#[test]
fn one_data_folder_serves_one_server_and_is_not_restored_under_it() {
    let folder = tempfile::tempdir().unwrap();
    let (data, copy) = (folder.path().join("data"), folder.path().join("copy"));
    let (child, _) = serving(&data);
    assert!(fails(&data, &["serve"]).contains("uses the data folder"));
    let place = copy.display().to_string();
    works(&data, &["backup", &place]);
    assert!(fails(&data, &["restore", &place]).contains("stop it first"));
    assert!(end(child).success());
    works(&data, &["restore", &place]);
}
