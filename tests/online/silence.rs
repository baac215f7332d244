//! Nothing opens a socket of a network unless a person said verify or revoke: the kernel kills the run that tries.

use super::{AIRCLOU, CLOUDAIPILOT, CLOUDAPI, CLOUDGENI, PIORA, joined};
use crate::cli::{Place, commit, stage};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule, TargetArch,
};
use std::os::unix::process::ExitStatusExt;

#[cfg(target_arch = "x86_64")]
const MACHINE: (TargetArch, i64) = (TargetArch::x86_64, 41);
#[cfg(target_arch = "aarch64")]
const MACHINE: (TargetArch, i64) = (TargetArch::aarch64, 198);

/// What the kernel sends to a program that does what its filter forbids.
const SIGSYS: i32 = 31;

/// Kills whoever makes a socket of IPv4 or IPv6. Names of hosts are looked up with those, too.
pub fn filter() -> BpfProgram {
    let (arch, socket) = MACHINE;
    let family = |domain| {
        let is = SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, domain).expect("a condition");
        SeccompRule::new(vec![is]).expect("a rule")
    };
    let (inet, inet6) = (2, 10);
    let rules = [(socket, vec![family(inet), family(inet6)])].into_iter().collect();
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, SeccompAction::KillProcess, arch).expect("a filter");
    filter.try_into().expect("a program")
}

/// The signal that ended a run under the filter.
fn ended_by(place: &Place, words: &[&str]) -> Option<i32> {
    let mut command = place.command(words);
    // What a thread may do its children may, and no other thread is bound by it.
    std::thread::scope(|scope| {
        let ran = scope.spawn(move || {
            seccompiler::apply_filter(&filter()).expect("the kernel takes it");
            command.output().expect("runs").status.signal()
        });
        ran.join().expect("ends")
    })
}

#[test]
fn nothing_connects_that_does_not_say_so() {
    let place = Place::new();
    place.write("keys.txt", [AIRCLOU, CLOUDGENI, PIORA, CLOUDAPI, CLOUDAIPILOT].map(joined).join("\n"));
    let repository = place.repository(".");
    stage(&repository, "keys.txt");
    commit(&repository);
    let quiet: [&[&str]; 16] = [
        &["scan"],
        &["scan", "--report", "json=found.json", "--report", "html=found.html", "--report", "sarif=found.sarif"],
        &["scan", "--staged"],
        &["scan", "--no-history"],
        &["audit"],
        &["baseline", "create", "--output", "known"],
        &["ci"],
        &["init"],
        &["hook", "install"],
        &["rules", "list"],
        &["rules", "show", "cloudapi-project-key"],
        &["explain", "airclou-live-key"],
        &["verify", "--dry-run"],
        &["verify", "--dry-run", "--from", "found.json"],
        &["revoke"],
        &["revoke", "--dry-run", "--from", "found.sarif"],
    ];
    for words in quiet {
        assert_eq!(ended_by(&place, words), None, "{words:?}");
    }
    // The filter bites: these three do connect. Nothing leaves, as a socket is not even made.
    let loopback = ["--endpoint", "airclou=https://127.0.0.1:9", "--provider", "airclou", "--allow-internal"];
    let loud: [&[&str]; 3] =
        [&["verify", "keys.txt"], &["scan", "keys.txt", "--verify"], &["revoke", "keys.txt", "--execute", "--yes"]];
    for words in loud {
        assert_eq!(ended_by(&place, &[words, &loopback].concat()), Some(SIGSYS), "{words:?}");
    }
}
