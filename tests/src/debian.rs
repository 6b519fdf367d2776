//! A Debian of its own that boots in a container: its systemd runs what the packages bring. It
//! shares the network and the clock of this machine, and nothing else. Only root can boot one.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

use crate::program::{Program, ours, run};
use crate::sources::root;

/// How long it may take to boot, or to have a service as a story wants it.
const PATIENCE: Duration = Duration::from_secs(180);

/// What fits on a stick.
const STICK: &str = "64M";

/// A Debian as it comes, and whatever was done to it since.
pub struct Debian {
    container: Option<Program>,
    folder: TempDir,
}

impl Debian {
    /// One that nothing was done to yet, switched off.
    pub fn fresh() -> Self {
        let laid = root().join("target/debian");
        assert!(laid.join("usr/bin").exists(), "make booted lays a Debian");
        let folder = tempfile::tempdir().expect("a folder");
        let mut copy = Command::new("cp");
        copy.arg("--archive")
            .arg(laid)
            .arg(folder.path().join("root"));
        run(&mut copy).expect("it is copied");
        Self {
            container: None,
            folder,
        }
    }

    /// Switches it on, and waits until all services of its own are up.
    pub async fn power_on(&mut self) {
        assert!(self.container.is_none(), "it is on already");
        let mut nspawn = Command::new("systemd-nspawn");
        nspawn.args(["--boot", "--register=no", "--keep-unit", "--directory"]);
        nspawn.arg(self.root());
        let log = self.folder.path().join("console.log");
        let console = Program::start("systemd-nspawn", &mut nspawn, &log);
        self.container = Some(console);
        let up = timeout(PATIENCE, async {
            // What a container cannot do leaves it degraded, which is up.
            while !["running", "degraded"].contains(&&*self.state()) {
                sleep(Duration::from_millis(200)).await;
            }
        });
        up.await.expect("it boots");
    }

    /// Takes its power away.
    pub fn cut_power(&mut self) {
        if let Some(systemd) = self.systemd() {
            // The kernel ends whatever else runs in there with it.
            kill_process(systemd, Signal::KILL).expect("it runs");
        }
        self.container.take().expect("it is on").cut_power();
    }

    /// Types `words` as root and reads what is printed.
    ///
    /// # Errors
    /// What was printed, when it failed.
    pub fn command_line(&self, words: &[&str]) -> Result<String, String> {
        let systemd = self.systemd().ok_or("it has not begun to boot")?;
        let mut enter = Command::new("nsenter");
        enter.args(["--target", &systemd.as_raw_nonzero().to_string()]);
        enter.args(["--mount", "--uts", "--ipc", "--pid", "--root", "--wd"]);
        enter.env_clear();
        enter.env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin");
        run(enter.args(words)).map(|printed| printed.trim().to_owned())
    }

    /// Installs the package of this name, made of the programs under test.
    pub fn install(&self, name: &str) {
        let packages = tempfile::tempdir().expect("a folder");
        let program = PathBuf::from(ours(name).get_program());
        let mut make = Command::new(root().join(".ci/deb"));
        let programs = program.parent().expect("a program lies in a folder");
        run(make.arg(programs).arg(packages.path())).expect("packages");
        let carried = self.root().join("root/packages");
        let mut copy = Command::new("cp");
        copy.args(["--recursive", "--no-target-directory"]);
        run(copy.arg(packages.path()).arg(&carried)).expect("a copy");
        let install = "apt-get --quiet=2 update && apt-get --quiet=2 --yes --reinstall install";
        let install = format!(
            "DEBIAN_FRONTEND=noninteractive; export DEBIAN_FRONTEND; {install} \
          /root/packages/{name}_*.deb"
        );
        self.command_line(&["sh", "-c", &install])
            .expect("it is installed");
    }

    /// Has it trust the authority of this certificate as well.
    pub fn trust(&self, certificate: &Path) {
        let authorities = "usr/local/share/ca-certificates/town.crt";
        let mut copy = Command::new("cp");
        copy.arg(certificate).arg(self.root().join(authorities));
        run(&mut copy).expect("a copy");
        let update = self.command_line(&["update-ca-certificates"]);
        update.expect("it is trusted");
    }

    /// A stick for it on which lies what lies in `folder`.
    ///
    /// Its file system is ext4, which every kernel has; FAT, which sticks are sold with, is the
    /// property of whoever it is mounted for, and so is this one.
    pub fn stick(&self, folder: &Path) -> Stick<'_> {
        let image = self.folder.path().join("stick");
        let mut make = Command::new("mke2fs");
        make.args(["-q", "-F", "-t", "ext4", "-d"]).arg(folder);
        run(make.arg(&image).arg(STICK)).expect("a file system");
        Stick { pc: self, image }
    }

    /// The number of a service's program inside, unless the service is not up.
    pub fn program_of(&self, service: &str) -> Option<u32> {
        let show = ["systemctl", "show", "--value", "--property"];
        let ask = |property| self.command_line(&[&show[..], &[property, service]].concat());
        let up = ask("ActiveState").is_ok_and(|state| state == "active");
        let number = ask("MainPID").ok().and_then(|number| number.parse().ok());
        number.filter(|number| up && *number != 0)
    }

    /// Waits until a service is up with another program than number `last`.
    pub async fn begins_anew(&self, service: &str, last: Option<u32>) -> u32 {
        let begun = timeout(PATIENCE, async {
            loop {
                let number = self.program_of(service);
                if let Some(number) = number.filter(|_| number != last) {
                    return number;
                }
                sleep(Duration::from_millis(200)).await;
            }
        });
        begun
            .await
            .unwrap_or_else(|_| panic!("{service} is not up: {}", self.told(service)))
    }

    /// What a service has told the journal since the last boot.
    pub fn told(&self, service: &str) -> String {
        let words = ["journalctl", "--boot", "--no-pager", "--unit", service];
        self.command_line(&words).unwrap_or_else(|said| said)
    }

    /// Whether there is a file at `path`, as it is seen inside.
    pub fn has(&self, path: &str) -> bool {
        self.root().join(path.trim_start_matches('/')).exists()
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("root")
    }

    fn state(&self) -> String {
        let asked = self.command_line(&["systemctl", "is-system-running"]);
        asked.unwrap_or_else(|said| said.trim().to_owned())
    }

    /// The first process inside, as it is numbered outside, once it is systemd.
    fn systemd(&self) -> Option<Pid> {
        let nspawn = self.container.as_ref()?.id();
        let children = format!("/proc/{nspawn}/task/{nspawn}/children");
        let children = std::fs::read_to_string(children).ok()?;
        let first = children.split_whitespace().next()?;
        let name = std::fs::read_to_string(Path::new("/proc").join(first).join("comm")).ok()?;
        let number = first.parse().ok().filter(|_| name.trim() == "systemd")?;
        Pid::from_raw(number)
    }
}

impl Drop for Debian {
    fn drop(&mut self) {
        if self.container.is_some() {
            self.cut_power();
        }
    }
}

/// A memory stick: a file system of its own that can be mounted inside.
pub struct Stick<'a> {
    pc: &'a Debian,
    image: PathBuf,
}

impl Stick<'_> {
    /// Mounts it at `place` for the user `owner`, as the system of a PC does that runs already.
    pub fn plug_in(&self, place: &str, owner: &str) {
        let mut find = Command::new("losetup");
        let device = run(find.args(["--find", "--show"]).arg(&self.image)).expect("a loop device");
        let device = device.trim();
        let number = device.trim_start_matches("/dev/loop");
        let deeds = format!(
            "rm -f {device} && mknod {device} b 7 {number} && mkdir -p {place} \
             && mount {device} {place} && chown --recursive {owner} {place}"
        );
        let mounted = self.pc.command_line(&["sh", "-c", &deeds]);
        // It is let go with the file system, whoever takes that away.
        run(Command::new("losetup").args(["--detach", device])).expect("it is there");
        mounted.expect("it is mounted");
    }

    /// Takes it away from `place`.
    pub fn pull_out(&self, place: &str) {
        let unmounted = self.pc.command_line(&["umount", place]);
        unmounted.expect("nobody holds it");
    }

    /// What lies on it while it is not mounted.
    pub fn read(&self) -> TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        let all = format!("rdump / {}", folder.path().display());
        let mut dump = Command::new("debugfs");
        run(dump.arg("-R").arg(all).arg(&self.image)).expect("it can be read");
        folder
    }
}
