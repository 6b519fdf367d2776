//! Whether the player is started by itself: by systemd after a power cut, and by the PC when power
//! returns.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};

use super::{Finding, fine, wrong};

/// The service that the package brings.
const UNIT: &str = "loaban-player.service";

/// Looks at the service, and says what no program can see.
pub(super) fn examine() -> Vec<Finding> {
    let service = match properties() {
        Some(properties) => service(&properties),
        None => fine("service", "systemd does not answer here, so nobody can say"),
    };
    vec![service, power()]
}

/// What systemd says of the service; `None` when there is no systemd to be asked.
fn properties() -> Option<BTreeMap<String, String>> {
    let mut command = Command::new("systemctl");
    command.args([
        "show",
        "--property=LoadState,ActiveState,UnitFileState",
        UNIT,
    ]);
    let output = command.stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    let pairs: BTreeMap<_, _> = pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    (output.status.success() && !pairs.is_empty()).then_some(pairs)
}

fn service(properties: &BTreeMap<String, String>) -> Finding {
    const WHAT: &str = "service";
    let is = |name: &str| properties.get(name).map_or("", String::as_str);
    match (is("LoadState"), is("UnitFileState"), is("ActiveState")) {
        ("loaded", "enabled", "active" | "reloading") => fine(
            WHAT,
            "runs, and starts by itself after a power cut; nobody needs to sign in at the PC",
        ),
        ("loaded", "enabled", "activating") => wrong(
            WHAT,
            "is being started, or ends again and again",
            "wait a minute; then `journalctl --unit loaban-player --lines 20` says why",
        ),
        ("loaded", "enabled", _) => wrong(
            WHAT,
            "does not run, and nothing airs",
            "`sudo systemctl restart loaban-player`; \
             `journalctl --unit loaban-player --lines 20` says why it ended",
        ),
        ("loaded", _, _) => wrong(
            WHAT,
            "does not start by itself: after a power cut nothing airs",
            "`sudo systemctl enable --now loaban-player`",
        ),
        ("masked", _, _) => wrong(
            WHAT,
            "is forbidden to start, and nothing airs",
            "`sudo systemctl unmask loaban-player`, then \
             `sudo systemctl enable --now loaban-player`",
        ),
        _ => wrong(
            WHAT,
            "there is none on this PC: after a power cut nothing airs",
            "install the package loaban-player, which brings one",
        ),
    }
}

/// Only the PC's own setting decides this, and no program can read it.
fn power() -> Finding {
    fine(
        "power",
        "whether this PC switches on when power returns stands in its BIOS (\"Restore on AC power \
         loss\", \"After power failure\"): set it to \"Power on\", then pull the plug to try",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(load: &str, file: &str, active: &str) -> Finding {
        let properties = [
            ("LoadState", load),
            ("UnitFileState", file),
            ("ActiveState", active),
        ];
        let owned = properties.map(|(name, value)| (name.to_owned(), value.to_owned()));
        service(&BTreeMap::from(owned))
    }

    #[test]
    fn only_a_service_that_runs_and_starts_by_itself_is_well() {
        assert_eq!(found("loaded", "enabled", "active").cure, None);
        for (load, file, active, cure) in [
            ("not-found", "", "inactive", "install the package"),
            ("masked", "masked", "inactive", "unmask"),
            ("loaded", "disabled", "active", "enable --now"),
            ("loaded", "enabled", "failed", "restart"),
            ("loaded", "enabled", "activating", "journalctl"),
            ("", "", "", "install the package"),
        ] {
            let said = found(load, file, active).cure.unwrap();
            assert!(said.contains(cure), "{load} {file} {active}: {said}");
        }
    }
}
