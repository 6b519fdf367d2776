//! A PostgreSQL server of its own, in a folder that goes with it.
//!
//! It listens on no network. What a fresh one looks like is made once and copied, because making it
//! takes longer than most tests.

use std::fs::{File, OpenOptions};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, geteuid, kill_process};
use tempfile::TempDir;

/// Who owns every database.
const OWNER: &str = "loaban";

/// How often, 20 ms apart, to look whether it answers: a busy machine takes its time.
const LOOKS: u32 = 1_500;

/// A running server. It ends with this value.
#[derive(Debug)]
pub struct Postgres {
    process: Child,
    folder: TempDir,
    programs: PathBuf,
}

impl Postgres {
    /// Starts a server with no database in it.
    #[expect(clippy::disallowed_methods, reason = "a log goes with its folder")]
    ///
    /// # Panics
    /// PostgreSQL is not installed (`make test` installs it), or does not start.
    pub fn start() -> Self {
        let programs = programs();
        let template = template(&programs);
        let folder = tempfile::Builder::new()
            .prefix("loaban-pg")
            .tempdir_in("/tmp")
            .expect("a folder");
        own(folder.path());
        let data = folder.path().join("data");
        run(unprivileged(Path::new("cp"))
            .arg("-r")
            .arg(&template)
            .arg(&data));
        let process = unprivileged(&programs.join("postgres"))
            .arg("-D")
            .arg(&data)
            .args([
                "-c",
                "listen_addresses=",
                "-c",
                "fsync=off",
                "-c",
                "max_connections=40",
            ])
            .arg("-c")
            .arg(format!(
                "unix_socket_directories={}",
                folder.path().display()
            ))
            .stdout(Stdio::null())
            .stderr(File::create_new(folder.path().join("log")).expect("a log"))
            .spawn()
            .expect("postgres");
        let server = Self {
            process,
            folder,
            programs,
        };
        server.wait_until_it_answers();
        server
    }

    /// Makes an empty database and gives its URL.
    ///
    /// # Panics
    /// There is one of that name already.
    pub fn database(&self, name: &str) -> String {
        let socket = self.folder.path().display();
        run(unprivileged(&self.programs.join("createdb"))
            .args(["-U", OWNER, "-h"])
            .arg(self.folder.path())
            .arg(name));
        format!("postgres://{OWNER}@localhost/{name}?host={socket}")
    }

    fn wait_until_it_answers(&self) {
        for _ in 0..LOOKS {
            let asked = unprivileged(&self.programs.join("pg_isready"))
                .args(["-q", "-U", OWNER, "-d", "postgres", "-h"])
                .arg(self.folder.path())
                .status();
            if asked.is_ok_and(|status| status.success()) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        panic!("PostgreSQL does not answer: {log}");
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let pid = i32::try_from(self.process.id())
            .ok()
            .and_then(Pid::from_raw);
        if let Some(pid) = pid {
            // SIGQUIT: its children end with it, and nothing need be kept.
            let _ = kill_process(pid, Signal::QUIT);
        }
        let _ = self.process.wait();
    }
}

/// The folder of the newest PostgreSQL that Debian installed.
fn programs() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let newest = versions.map(|version| version.path().join("bin")).max();
    newest.expect("PostgreSQL is not installed: apt-get install postgresql")
}

/// What a fresh server looks like, made by the first test that needs it. It holds no tables of
/// ours, so that only the release of the programs says whether it fits them.
#[expect(clippy::disallowed_methods, reason = "a lock holds nothing")]
fn template(programs: &Path) -> PathBuf {
    let release = programs.parent().and_then(Path::file_name);
    let release = release.expect("a release").to_string_lossy();
    let user = geteuid().as_raw();
    let place = format!("loaban-postgres-{release}-template-{user}");
    let place = std::env::temp_dir().join(place);
    let lock = OpenOptions::new()
        .create(true)
        .append(true)
        .open(place.with_extension("lock"));
    let lock = lock.expect("a lock");
    lock.lock().expect("a lock");
    let finished = place.join("finished");
    if !finished.exists() {
        // A run that was cut off left half of one.
        let _ = std::fs::remove_dir_all(&place);
        std::fs::create_dir(&place).expect("a folder");
        own(&place);
        run(unprivileged(&programs.join("initdb"))
            .arg("-D")
            .arg(place.join("data"))
            .args([
                "-U",
                OWNER,
                "--auth=trust",
                "--no-sync",
                "--encoding=UTF8",
                "--locale=C",
            ]));
        recordings::durable::write(&finished, b"").expect("a mark");
    }
    place.join("data")
}

/// PostgreSQL refuses to run as root, so a test that does runs it as the user of the package.
fn unprivileged(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir("/").stdin(Stdio::null());
    if let Some((user, group)) = package_user() {
        command.uid(user).gid(group);
    }
    command
}

fn own(folder: &Path) {
    if let Some((user, group)) = package_user() {
        std::os::unix::fs::chown(folder, Some(user), Some(group)).expect("a folder of its own");
    }
}

/// User and group `postgres`, when this process may choose.
fn package_user() -> Option<(u32, u32)> {
    if !geteuid().is_root() {
        return None;
    }
    let users = std::fs::read_to_string("/etc/passwd").expect("the users");
    let line = users.lines().find(|line| line.starts_with("postgres:"));
    let mut fields = line.expect("the user postgres").split(':').skip(2);
    let mut number = || {
        fields
            .next()
            .and_then(|field| field.parse().ok())
            .expect("a number")
    };
    Some((number(), number()))
}

fn run(command: &mut Command) {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {error}");
}
