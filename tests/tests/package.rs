//! The Debian packages: made from the programs under test, installed into a root of their own,
//! upgraded, removed and purged; and the units that they bring.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a story that cannot go on ends with a sentence"
)]

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;
use town::program::{ours, run};
use town::sources::root;

/// The most that `systemd-analyze security` may find, in tenths.
const EXPOSURE: &str = "--threshold=25";

struct Packages {
    folder: TempDir,
    target: PathBuf,
}

fn packages() -> Packages {
    let folder = tempfile::tempdir().expect("a folder");
    let program = PathBuf::from(ours("loaban-player").get_program());
    let mut make = Command::new(root().join(".ci/deb"));
    let programs = program.parent().expect("a program lies in a folder");
    did(make.arg(programs).arg(folder.path()));
    let target = folder.path().join("root");
    for place in ["var/lib/dpkg/info", "var/lib/dpkg/updates", "etc"] {
        std::fs::create_dir_all(target.join(place)).expect("a folder");
    }
    // What starts services here has nothing to do with that root.
    let quiet = folder.path().join("quiet");
    std::fs::create_dir(&quiet).expect("a folder");
    for program in ["systemctl", "deb-systemd-invoke"] {
        std::os::unix::fs::symlink("/bin/true", quiet.join(program)).expect("a link");
    }
    for list in ["status", "available"] {
        recordings::durable::write(&target.join("var/lib/dpkg").join(list), b"").expect("a list");
    }
    Packages { folder, target }
}

impl Packages {
    fn file(&self, name: &str) -> PathBuf {
        let found = std::fs::read_dir(self.folder.path()).expect("a folder");
        let mut found = found.map(|entry| entry.expect("a file").path());
        let start = format!("{name}_");
        let ours = |path: &PathBuf| {
            path.file_name().is_some_and(|file| {
                file.to_string_lossy().starts_with(&start)
                    && file.to_string_lossy().ends_with(".deb")
            })
        };
        found
            .find(ours)
            .unwrap_or_else(|| panic!("no package {name}"))
    }

    fn field(&self, name: &str, field: &str) -> String {
        let mut ask = Command::new("dpkg-deb");
        did(ask.arg("--field").arg(self.file(name)).arg(field))
    }

    /// Lets dpkg work on the root alone. Its scripts run on this system and are told of the root.
    fn dpkg(&self, arguments: &[&str]) -> String {
        let mut dpkg = if rustix::process::geteuid().is_root() {
            Command::new("dpkg")
        } else {
            let mut fake = Command::new("fakeroot");
            fake.arg("dpkg");
            fake
        };
        let path = std::env::var("PATH").unwrap_or_default();
        let quiet = self.folder.path().join("quiet");
        dpkg.env(
            "PATH",
            format!("{}:{path}:/usr/sbin:/sbin", quiet.display()),
        );
        dpkg.arg("--force-script-chrootless,depends,confold,bad-path");
        dpkg.arg(format!("--root={}", self.target.display()))
            .args(arguments);
        did(&mut dpkg)
    }

    fn at(&self, path: &str) -> PathBuf {
        self.target.join(path)
    }
}

fn did(command: &mut Command) -> String {
    run(command).unwrap_or_else(|said| panic!("{command:?}: {said}"))
}

#[test]
fn the_packages_hold_what_a_service_needs() {
    let packages = packages();
    for name in ["loaban-server", "loaban-player"] {
        assert_eq!(
            packages.field(name, "Version").trim(),
            env!("CARGO_PKG_VERSION")
        );
        let mut list = Command::new("dpkg-deb");
        let held = did(list.arg("--contents").arg(packages.file(name)));
        for path in [
            format!("./usr/bin/{name}"),
            format!("lib/systemd/system/{name}.service"),
            format!("./usr/lib/sysusers.d/{name}.conf"),
            format!("./usr/lib/tmpfiles.d/{name}.conf"),
            format!("./etc/loaban/{name}.toml"),
            format!("./usr/share/man/man1/{name}.1.gz"),
        ] {
            assert!(
                held.lines().any(|line| line.ends_with(&path)),
                "{path} in {held}"
            );
        }
        let lintian = Command::new("lintian")
            .args(["--fail-on", "error", "--allow-root"])
            .arg(packages.file(name))
            .output();
        let lintian = lintian.expect("lintian is there");
        let said = String::from_utf8_lossy(&lintian.stdout);
        assert!(lintian.status.success(), "{said}");
    }
    let needed = packages.field("loaban-player", "Depends");
    assert!(needed.contains("libasound2"), "{needed}");
}

#[test]
fn state_and_configuration_outlive_an_upgrade_and_a_removal() {
    let packages = packages();
    let files = ["loaban-server", "loaban-player"].map(|name| packages.file(name));
    let files = files.map(|file| file.display().to_string());
    packages.dpkg(&["--install", &files[0], &files[1]]);
    let users = std::fs::read_to_string(packages.at("etc/passwd")).expect("users");
    for name in ["loaban-server", "loaban-player"] {
        assert!(users.contains(&format!("{name}:")), "{users}");
        let wants = format!("etc/systemd/system/multi-user.target.wants/{name}.service");
        assert!(packages.at(&wants).is_symlink(), "{name} is enabled");
        works_as_installed(&packages, name);
    }
    let secret = packages.at("etc/loaban/loaban-server.toml");
    let mode = secret.metadata().expect("a file").mode() & 0o777;
    assert_eq!(mode, 0o640, "a password may stand in it");

    let configuration = packages.at("etc/loaban/loaban-player.toml");
    let mut chosen = std::fs::read_to_string(&configuration).expect("a configuration");
    chosen.push_str("language = \"en\"\n");
    recordings::durable::write(&configuration, chosen.as_bytes()).expect("a configuration");
    let kept = [
        "var/lib/loaban-player/state.db",
        "var/lib/loaban-server/loaban.db",
    ];
    for file in kept {
        recordings::durable::write(&packages.at(file), b"kept").expect("a state folder");
    }
    packages.dpkg(&["--install", &files[0], &files[1]]);
    assert_eq!(
        std::fs::read_to_string(&configuration).expect("it stays"),
        chosen
    );
    packages.dpkg(&["--remove", "loaban-server", "loaban-player"]);
    assert!(!packages.at("usr/bin/loaban-player").exists());
    assert!(
        kept.iter().all(|file| packages.at(file).exists()),
        "data stay"
    );
    assert!(configuration.exists(), "so does what was set");
    let said = packages.dpkg(&["--purge", "loaban-server", "loaban-player"]);
    assert!(!configuration.exists() && !packages.at("var/lib/loaban-player").exists());
    assert!(
        packages.at(kept[1]).exists(),
        "nobody can make the key again"
    );
    assert!(said.contains("key that signs programmes stay"), "{said}");
}

#[test]
fn an_upgrade_starts_the_server_anew_and_leaves_the_player_to_what_it_airs() {
    let packages = packages();
    let scripts = |name: &str| {
        let folder = packages.folder.path().join(name);
        let mut take = Command::new("dpkg-deb");
        did(take.arg("--control").arg(packages.file(name)).arg(&folder));
        let read = |script: &str| std::fs::read_to_string(folder.join(script)).expect("a script");
        [read("prerm"), read("postinst")]
    };
    let [before, after] = scripts("loaban-server");
    assert!(after.contains("restart"), "{after}");
    assert!(before.contains("stop 'loaban-server.service'"), "{before}");
    let [before, after] = scripts("loaban-player");
    assert!(!after.contains("restart"), "{after}");
    assert!(after.contains("start 'loaban-player.service'"), "{after}");
    let removed = "[ \"$1\" = remove ]";
    assert!(
        before.lines().any(|line| line.contains(removed)),
        "it stops a player that is removed, and no other: {before}"
    );
}

/// The program reads its configuration, and systemd its unit.
fn works_as_installed(packages: &Packages, name: &str) {
    let program = packages.at(&format!("usr/bin/{name}"));
    let configuration = packages.at(&format!("etc/loaban/{name}.toml"));
    let mut show = Command::new(&program);
    let shown = did(show
        .arg("--config")
        .arg(&configuration)
        .args(["config", "show"]));
    assert!(shown.contains(&format!("\"/var/lib/{name}\"")), "{shown}");
    let manual = did(Command::new(&program).args(["config", "manual"]));
    let text = std::fs::read_to_string(&configuration).expect("a configuration");
    assert_eq!(
        text.lines().count(),
        manual.lines().count(),
        "each key stands in it"
    );

    let unit = ["lib", "usr/lib"].map(|lib| format!("{lib}/systemd/system/{name}.service"));
    let mut unit = unit.iter().map(|unit| packages.at(unit));
    let unit = unit.find(|unit| unit.exists()).expect("a unit");
    let unit = std::fs::read_to_string(unit).expect("a unit");
    let here = unit.replace(
        "/usr/bin/",
        &format!("{}/usr/bin/", packages.target.display()),
    );
    let copy = packages.folder.path().join(format!("{name}.service"));
    recordings::durable::write(&copy, here.as_bytes()).expect("a unit");
    let said = analyse(&["verify", "--man=no"], &copy);
    assert_eq!(said.trim(), "", "systemd complains of nothing");
    analyse(
        &["security", "--offline=true", "--no-pager", EXPOSURE],
        &copy,
    );
}

fn analyse(what: &[&str], unit: &Path) -> String {
    did(Command::new("systemd-analyze").args(what).arg(unit))
}

/// systemd.resource-control(5), `DeviceAllow`: a group that is not in `/proc/devices` when the
/// service starts is not added.
#[test]
fn a_card_or_relay_that_is_plugged_in_later_is_not_shut_out() {
    let unit = root().join("debian/loaban-player.service");
    let unit = std::fs::read_to_string(unit).expect("a unit");
    let has = |key: &str, value: &str| {
        let mut lines = unit.lines().filter_map(|line| line.strip_prefix(key));
        lines.any(|line| line.split_whitespace().any(|word| word == value))
    };
    for (group, module) in [
        ("char-alsa", "snd"),
        ("char-ttyUSB", "usbserial"),
        ("char-ttyACM", "cdc_acm"),
        ("char-hidraw", "hid"),
    ] {
        assert!(has("DeviceAllow=", group), "{group}");
        let module = format!("modprobe@{module}.service");
        assert!(has("Wants=", &module) && has("After=", &module), "{module}");
    }
}
