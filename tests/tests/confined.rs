//! What the units let the two programs ask of the kernel, beside what they ask: each system call of
//! a server and a player that do what they are for stands in the filter of their unit.
#![expect(
    clippy::expect_used,
    reason = "a story that cannot go on ends with a sentence"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::time::Duration;

use town::program::{calls, run};
use town::sources::read;
use town::town::{Town, Who, full_second};
use town::village::Village;

#[tokio::test(flavor = "multi_thread")]
async fn each_program_asks_for_nothing_that_its_unit_forbids() {
    let mut town = Town::built().await;
    town.stop_server().await;
    let servers = town.count_calls();
    town.start_server().await;
    let (admin, head) = (town.script(Who::Admin), town.script(Who::Head));
    let (station, code) = admin.new_station(&town.village).await;
    let mut village = Village::with_wav_file();
    let players = village.count_calls();
    let enrolled = village.enrol(&town.url(), &code);
    enrolled.expect("the code lets the PC in");
    village.power_on().await;
    let told = town
        .approved("Cấp lại thẻ", &[("vi", "vneid.vi.m4a")])
        .await;
    let at = full_second(Duration::from_secs(20));
    head.air_once(&told.id, &town.village, at).await.done();
    admin.holds(&station).await;
    let known = |line: &serde_json::Value| line["state"] == "known";
    let line = head.logged(&station, at, known).await;
    assert_eq!(line["outcome"]["outcome"], "aired", "{line}");
    village.command_line(&["volume", "-6"]).expect("a player");
    assert!(village.shut_down().await.success());
    town.stop_server().await;

    let groups = groups();
    for (unit, log) in [
        ("debian/loaban-player.service", players),
        ("debian/loaban-server.service", servers),
    ] {
        let mut asked = calls(&log).await;
        assert!(asked.len() > 30, "it was watched: {asked:?}");
        if rustix::process::geteuid().is_root() {
            // SQLite gives its files to the owner of their folder where root runs it.
            asked.remove("fchown");
        }
        let allowed = allowed(unit, &groups);
        let forbidden: Vec<_> = asked.difference(&allowed).collect();
        assert!(forbidden.is_empty(), "{unit} forbids {forbidden:?}");
    }
}

/// What each group of system calls holds, groups and calls, as systemd has them.
fn groups() -> BTreeMap<String, Vec<String>> {
    let mut ask = Command::new("systemd-analyze");
    let text = run(ask.args(["--no-pager", "syscall-filter"])).expect("it lists them");
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut group = String::new();
    for line in text.lines() {
        let name = line.trim();
        if line.starts_with('@') {
            name.clone_into(&mut group);
        } else if line.starts_with(' ') && !name.starts_with('#') {
            groups
                .entry(group.clone())
                .or_default()
                .push(name.to_owned());
        }
    }
    groups
}

/// What a unit allows: line by line more, or, after a tilde, less.
fn allowed(unit: &str, groups: &BTreeMap<String, Vec<String>>) -> BTreeSet<String> {
    let text = read(unit);
    let filters = text
        .lines()
        .filter_map(|line| line.strip_prefix("SystemCallFilter="));
    let mut allowed = BTreeSet::new();
    for filter in filters {
        let (less, names) = match filter.strip_prefix('~') {
            Some(names) => (true, names),
            None => (false, filter),
        };
        for name in names.split_whitespace() {
            let named = members(name, groups);
            if less {
                allowed.retain(|call| !named.contains(call));
            } else {
                allowed.extend(named);
            }
        }
    }
    allowed
}

fn members(name: &str, groups: &BTreeMap<String, Vec<String>>) -> BTreeSet<String> {
    match groups.get(name) {
        Some(held) => held.iter().flat_map(|one| members(one, groups)).collect(),
        None => BTreeSet::from([name.to_owned()]),
    }
}
