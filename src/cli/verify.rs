//! `keyhound verify`

use super::network::{Network, Which};
use super::output::{Color, Target, To, deliver};
use super::shape::Rules;
use super::{Outcome, interrupt, meaning, say};
use crate::exit::Exit;
use crate::finding::{Asked, Finding, Liveness};
use crate::halt::Limits;
use crate::pipeline::plan::{Checks, Input, Plan, Which as Part};
use crate::pipeline::{self, Rehearsed};
use crate::problem::{Problem, Weight};
use crate::report::text::{clean, count};
use crate::report::{Format, Run};
use crate::tally::Tally;
use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;

/// What can be typed after `verify`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    network: Network,
    /// Print the requests, redacted, and send nothing
    #[arg(long, help_heading = "Asking providers")]
    dry_run: bool,
    #[command(flatten)]
    rules: Rules,
    /// Format of the report [default: what the name of --output says, else human]
    #[arg(long, short, value_name = "FORMAT", value_parser = meaning::word::<Format>(Format::ALL.iter().map(|f| f.word())), help_heading = "Reports")]
    format: Option<Format>,
    /// Write the report to this file [default: standard output]
    #[arg(long, short, value_name = "FILE", help_heading = "Reports")]
    output: Option<PathBuf>,
}

/// Asks, and says what came back.
pub(super) fn run(args: &Args) -> Outcome {
    let (picks, paths) = args.which.picks();
    let plan = Plan {
        input: Input::Paths {
            paths: if paths.is_empty() { vec![PathBuf::from(".")] } else { paths },
            which: Part::Both,
        },
        config: meaning::config(&args.rules),
        rules: meaning::rules(&args.rules),
        verify: Some(args.network.online()),
        audit: Checks::None,
        limits: Limits { stop: Some(interrupt::stop()), ..Limits::default() },
        ..Plan::of_paths(Vec::new())
    };
    let tally = Tally::default();
    if args.dry_run {
        return rehearse(&pipeline::rehearse(&plan, &picks, &tally)?);
    }
    let run = pipeline::verify(&plan, &picks, &tally)?.run;
    let named = args.output.as_deref().and_then(Format::of_path);
    let format = args.format.or(named).unwrap_or_default();
    let to = args.output.as_deref().map_or(To::Stdout, To::file);
    let mut failures = Vec::new();
    if format == Format::Human && to == To::Stdout {
        print(&lines(&run))?;
    } else {
        failures = deliver(&run, &[Target { format, to }], Color::Auto, false);
    }
    run.problems.iter().filter(|problem| problem.weight >= Weight::Incomplete).for_each(say::problem);
    failures.iter().for_each(say::problem);
    Ok(if failures.is_empty() { exit(&run) } else { Exit::Failed }.code())
}

/// Writes lines to standard output.
pub(super) fn print(lines: &[String]) -> Result<(), Problem> {
    let mut out = std::io::stdout().lock();
    for line in lines {
        match writeln!(out, "{}", clean(line)) {
            // A reader that has gone away has read enough.
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                return Err(Problem::fatal("standard output", format!("cannot be written: {error}")));
            }
            _ => {}
        }
    }
    Ok(())
}

fn rehearse(all: &[Rehearsed]) -> Outcome {
    let mut text = Vec::new();
    let mut hosts = BTreeSet::new();
    for one in all {
        match &one.request {
            Ok((host, request)) => {
                hosts.insert(host.as_str());
                text.push(format!("about {} ({}):", one.key, one.rule));
                text.extend(request.lines().map(|line| format!("  {line}")));
            }
            Err(why) => text.push(format!("about {} ({}) nobody would be asked: {why}", one.key, one.rule)),
        }
    }
    let hosts: Vec<&str> = hosts.into_iter().collect();
    text.push(match hosts.as_slice() {
        [] => "no host would be contacted".to_owned(),
        hosts => format!("hosts that would be contacted: {}", hosts.join(", ")),
    });
    text.push("nothing was sent".to_owned());
    print(&text)?;
    Ok(Exit::Clean.code())
}

/// A live key is a finding; one of which nobody knows leaves the answer open.
fn exit(run: &Run) -> Exit {
    let all: Vec<Liveness> = asked(run).map(|(_, asked)| asked.liveness).collect();
    if pipeline::fatal(run) {
        Exit::Failed
    } else if all.contains(&Liveness::Live) {
        Exit::Findings
    } else if all.iter().any(|liveness| *liveness != Liveness::Dead) || !run.complete() {
        Exit::Incomplete
    } else {
        Exit::Clean
    }
}

fn asked(run: &Run) -> impl Iterator<Item = (&Finding, &Asked)> {
    run.reported().filter_map(|finding| Some((finding, finding.asked.as_ref()?)))
}

/// The outcome for a person: what is alive first.
fn lines(run: &Run) -> Vec<String> {
    let mut all: Vec<(&Finding, &Asked)> = asked(run).collect();
    all.sort_by_key(|(_, asked)| match asked.liveness {
        Liveness::Live => 0,
        Liveness::Unknown => 1,
        Liveness::NotAsked => 2,
        Liveness::Dead => 3,
    });
    let mut text = Vec::new();
    for (finding, asked) in &all {
        let place = finding.first().map(place).unwrap_or_default();
        let (rule, print) = (run.rules.get(finding.rule).spec.id, finding.fingerprint.to_string());
        text.push(format!("{:<9}  {}  {rule}  {place}  {}", asked.liveness, finding.secret, &print[..16]));
        text.push(format!("{:<9}  {}", "", evidence(asked)));
    }
    let number = |liveness| all.iter().filter(|(_, asked)| asked.liveness == liveness).count();
    let counts: Vec<String> = [Liveness::Live, Liveness::Dead, Liveness::Unknown, Liveness::NotAsked]
        .into_iter()
        .filter_map(|liveness| Some((liveness, number(liveness))).filter(|(_, n)| *n > 0))
        .map(|(liveness, n)| format!("{n} {liveness}"))
        .collect();
    text.push(match counts.as_slice() {
        [] => "no keys to ask about".to_owned(),
        counts => format!("{}: {}", count(all.len() as u64, "key", "keys"), counts.join(", ")),
    });
    text
}

fn place(location: &crate::finding::Location) -> String {
    let path = location.path.as_deref().map_or_else(|| "an object".into(), String::from_utf8_lossy);
    format!("{path}:{}", location.position.line)
}

/// What is known of a key, as one line.
pub(super) fn evidence(asked: &Asked) -> String {
    let mut text = asked.evidence.clone();
    let mut add = |label: &str, value: &Option<String>| {
        if let Some(value) = value {
            text.push_str(&format!("; {label} {value}"));
        }
    };
    add("id", &asked.key_id);
    add("of", &asked.owner);
    add("expires", &asked.expires);
    if !asked.permissions.is_empty() {
        text.push_str(&format!("; may {}", asked.permissions.join(", ")));
    }
    text
}
