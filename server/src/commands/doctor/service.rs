//! Whether the server is started by itself, and whether a time server keeps its clock right.

use std::process::{Command, Stdio};

use super::{Finding, bad, doubtful, good};

/// Looks at both, as far as systemd says anything.
pub(super) fn examine() -> Vec<Finding> {
    let service = said(
        "systemctl",
        "LoadState,UnitFileState,ActiveState",
        &["loaban-server"],
    );
    let time = said("timedatectl", "NTPSynchronized", &[]);
    service
        .map(|said| service_finding(&said))
        .into_iter()
        .chain(time.map(|said| time_finding(&said)))
        .collect()
}

/// What one of systemd's programs says of `properties`; `None` when there is no systemd.
fn said(program: &str, properties: &str, about: &[&str]) -> Option<String> {
    let mut command = Command::new(program);
    command.args(["show", "--property", properties]).args(about);
    let output = command.stdin(Stdio::null()).output().ok()?;
    let said = String::from_utf8(output.stdout).ok()?;
    (output.status.success() && !said.is_empty()).then_some(said)
}

fn service_finding(said: &str) -> Finding {
    let has = |line: &str| said.lines().any(|found| found == line);
    if !has("LoadState=loaded") {
        doubtful(
            "there is no service: the server does not start by itself",
            "install the package loaban-server, which brings one",
        )
    } else if !has("UnitFileState=enabled") {
        doubtful(
            "the service does not start by itself when this machine does",
            "sudo systemctl enable --now loaban-server",
        )
    } else if !has("ActiveState=active") {
        bad(
            "the service does not run",
            "sudo systemctl restart loaban-server; journalctl --unit loaban-server --lines 20 says \
             why it ended",
        )
    } else {
        good("the service runs, and starts by itself")
    }
}

fn time_finding(said: &str) -> Finding {
    if said.lines().any(|line| line == "NTPSynchronized=yes") {
        good("a time server keeps the clock right")
    } else {
        doubtful(
            "no time server keeps the clock right, and every station follows it",
            "apt install systemd-timesyncd && timedatectl set-ntp true",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cure(finding: Finding) -> String {
        match finding {
            Finding::Good(_) => String::new(),
            Finding::Doubtful { cure, .. } | Finding::Bad { cure, .. } => cure,
        }
    }

    #[test]
    fn only_a_service_that_runs_and_starts_by_itself_is_good() {
        let service = |load: &str, file: &str, active: &str| {
            let said = format!("ActiveState={active}\nLoadState={load}\nUnitFileState={file}\n");
            cure(service_finding(&said))
        };
        assert_eq!(service("loaded", "enabled", "active"), "");
        assert!(service("not-found", "", "inactive").contains("install the package"));
        assert!(service("loaded", "disabled", "inactive").contains("enable --now"));
        assert!(service("loaded", "enabled", "failed").contains("journalctl"));
    }

    #[test]
    fn a_clock_that_nobody_keeps_is_doubtful() {
        assert_eq!(cure(time_finding("NTPSynchronized=yes\n")), "");
        assert!(cure(time_finding("NTPSynchronized=no\n")).contains("timesyncd"));
    }
}
