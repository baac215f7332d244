//! `keyhound revoke`

use super::network::{Network, Which};
use super::shape::Rules;
use super::verify::print;
use super::{Outcome as Code, interrupt, meaning, say};
use crate::exit::Exit;
use crate::halt::Limits;
use crate::online::Outcome;
use crate::pipeline;
use crate::pipeline::plan::{Checks, Input, Picks, Plan, Which as Part};
use crate::pipeline::revoke::{Dialog, Ended, Group, Step, Wish};
use crate::problem::{Problem, Weight};
use crate::report::text::{clean, count};
use crate::rule::Provider;
use crate::tally::Tally;
use clap::error::ErrorKind;
use std::io::{BufRead, IsTerminal, Write};
use std::path::PathBuf;

/// What can be typed after `revoke`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    which: Which,
    /// Only keys whose format says that they open a sandbox
    #[arg(long, help_heading = "Which keys")]
    only_test: bool,
    /// Revoke nothing if the plan has more keys
    #[arg(long, value_name = "N", default_value_t = 10, help_heading = "Which keys")]
    max: usize,
    /// Do what the plan says, after you agreed for each provider; without it, nothing is sent
    #[arg(long, conflicts_with = "dry_run", help_heading = "Revoking")]
    execute: bool,
    /// Print the plan and send nothing: the default
    #[arg(long, help_heading = "Revoking")]
    dry_run: bool,
    /// Agree for the providers that --provider names
    #[arg(long, requires = "execute", requires = "provider", help_heading = "Revoking")]
    yes: bool,
    /// Take up what an earlier run left open
    #[arg(long, requires = "execute", help_heading = "Revoking")]
    resume: bool,
    /// Delete keys at providers that can deactivate them, too
    #[arg(long, help_heading = "Revoking")]
    delete: bool,
    /// A key's id at its provider, where only you know it; with several keys FINGERPRINT=ID. Can be given several times
    #[arg(long, value_name = "ID", help_heading = "Revoking")]
    key_id: Vec<String>,
    /// The environment variable with the credential that may revoke a provider's keys; can be given several times
    #[arg(long, value_name = "PROVIDER=VARIABLE", value_parser = pair, help_heading = "Revoking")]
    credential: Vec<(String, String)>,
    /// Where every request is written down before it leaves
    #[arg(long, value_name = "FILE", default_value = "keyhound-receipt.jsonl", help_heading = "Revoking")]
    receipt: PathBuf,
    #[command(flatten)]
    network: Network,
    #[command(flatten)]
    rules: Rules,
}

impl Args {
    /// What clap cannot check.
    pub(super) fn check(&self) -> Result<(), clap::Error> {
        if self.which.picks().0 == Picks::Lines && self.execute && !self.yes {
            let text = "keys and your agreement cannot both come from standard input; agree with --yes --provider ID\n";
            return Err(clap::Error::raw(ErrorKind::ArgumentConflict, text));
        }
        Ok(())
    }

    fn wish(&self) -> Wish {
        let id = |text: &String| match text.split_once('=') {
            Some((print, id)) => (print.to_owned(), id.to_owned()),
            None => (String::new(), text.clone()),
        };
        Wish {
            execute: self.execute,
            only_test: self.only_test,
            most: self.max,
            delete: self.delete,
            resume: self.resume,
            receipt: self.receipt.clone(),
            ids: self.key_id.iter().map(id).collect(),
            credentials: self.credential.clone(),
        }
    }
}

/// `A=B`
fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((provider, variable)) if !provider.is_empty() && !variable.is_empty() => {
            Ok((provider.to_owned(), variable.to_owned()))
        }
        _ => {
            Err("expected PROVIDER=VARIABLE, like cloudapi=CLOUDAPI_ADMIN_TOKEN; never the credential itself"
                .to_owned())
        }
    }
}

/// Plans, and revokes if that was asked for.
pub(super) fn run(args: &Args) -> Code {
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
    let mut terminal =
        Terminal { yes: args.yes, executes: args.execute, failed: None, receipt: args.receipt.display().to_string() };
    let ended = pipeline::revoke::revoke(&plan, &picks, &args.wish(), &Tally::default(), &mut terminal);
    if let Some(problem) = terminal.failed {
        return Err(problem);
    }
    let ended = ended?;
    ended.problems.iter().filter(|problem| problem.weight >= Weight::Incomplete).for_each(say::problem);
    if args.execute {
        print(&[summary(&ended)])?;
        if !ended.outcomes.is_empty() {
            say::line(&format!("every request is on the receipt {}", args.receipt.display()));
        }
    }
    Ok(exit(&ended).code())
}

/// 0 only if every key that was asked for is proven dead.
fn exit(ended: &Ended) -> Exit {
    let all_dead = ended.outcomes.iter().all(Outcome::is_dead) && ended.left.is_empty();
    let nobody_knows =
        ended.outcomes.iter().all(|one| one.is_dead() || matches!(one, Outcome::Accepted(_) | Outcome::Open(_)));
    if all_dead && ended.problems.iter().all(|problem| problem.weight == Weight::Note) {
        Exit::Clean
    } else if nobody_knows && ended.left.is_empty() {
        Exit::Incomplete
    } else {
        Exit::Findings
    }
}

fn summary(ended: &Ended) -> String {
    let mut words: Vec<&str> = ended.outcomes.iter().map(Outcome::word).collect();
    words.sort_unstable();
    words.dedup();
    let counts = words.iter().map(|word| {
        let n = ended.outcomes.iter().filter(|outcome| outcome.word() == *word).count();
        format!("{n} {word}")
    });
    let counts: Vec<String> = counts.collect();
    match counts.as_slice() {
        [] => "no keys to revoke".to_owned(),
        counts => format!("{}: {}", count(ended.outcomes.len() as u64, "key", "keys"), counts.join(", ")),
    }
}

/// The person at a terminal, or the script in their place.
struct Terminal {
    yes: bool,
    executes: bool,
    failed: Option<Problem>,
    receipt: String,
}

impl Terminal {
    fn show(&mut self, lines: &[String]) {
        if let Err(problem) = print(lines) {
            self.failed.get_or_insert(problem);
        }
    }

    /// What the person types; nothing where nobody can.
    fn answer(&self, question: &str) -> String {
        let asked = interrupt::asking(|| {
            let _ = write!(std::io::stderr(), "{}", clean(question));
            let _ = std::io::stderr().flush();
            let mut line = String::new();
            let _ = std::io::stdin().lock().read_line(&mut line);
            if !std::io::stdin().is_terminal() {
                let _ = writeln!(std::io::stderr());
            }
            line
        });
        asked.unwrap_or_default().trim().to_owned()
    }
}

/// The words that a provider's keys are lost with.
fn word_of(group: &Group<'_>) -> String {
    group.tables.iter().find_map(|table| table.confirm.clone()).unwrap_or_else(|| group.provider.id.to_owned())
}

impl Dialog for Terminal {
    fn plan(&mut self, groups: &[Group<'_>], left: &[String]) {
        let mut text = Vec::new();
        for group in groups {
            let keys = count(group.steps.len() as u64, "key", "keys");
            text.push(format!("{}: {keys}", group.provider.name));
            for table in &group.tables {
                let undone = if table.reversible { "can be undone" } else { "cannot be undone" };
                text.push(format!("  class {}, {undone}; see {}", table.class.word(), table.docs));
                text.extend(table.effects.iter().map(|effects| format!("  {effects}")));
            }
            if group.tables.is_empty() {
                text.push("  by hand: no request is known by which such a key is revoked".to_owned());
                text.extend(steps(group.provider));
            }
            for step in &group.steps {
                text.push(format!("  {}  {}  {}  {}", step.key, step.rule, step.place, &step.fingerprint[..16]));
                match &step.request {
                    Some(Ok(request)) => text.extend(request.to_string().lines().map(|line| format!("    {line}"))),
                    Some(Err(why)) => text.push(format!("    {why}")),
                    None => {}
                }
            }
        }
        text.extend(left.iter().map(|why| format!("not in this plan: {why}")));
        if groups.is_empty() {
            text.push("no keys to revoke".to_owned());
        } else if !self.executes {
            text.push(format!(
                "This is a plan. With --execute each request is written to {} and sent after you agreed.",
                self.receipt
            ));
        }
        self.show(&text);
    }

    fn agrees(&mut self, group: &Group<'_>) -> bool {
        if self.yes {
            return true;
        }
        let keys = count(group.steps.len() as u64, "key", "keys");
        let word = word_of(group);
        let what = if group.tables.is_empty() {
            format!("go through {keys} of {} with you", group.provider.name)
        } else if group.tables.iter().all(|table| table.reversible) {
            format!("revoke {keys} of {}", group.provider.name)
        } else {
            format!("revoke {keys} of {}, which cannot be undone", group.provider.name)
        };
        self.answer(&format!("Type {word} to {what}, anything else to leave it: ")) == word
    }

    fn by_hand(&mut self, provider: &Provider, step: &Step<'_>, key_id: Option<&str>) -> bool {
        let id = key_id.map(|id| format!(", whose id is {id}")).unwrap_or_default();
        let mut text = vec![format!("{} {}{id}, is revoked by hand:", provider.name, step.key)];
        text.extend(steps(provider));
        self.show(&text);
        !self.yes && self.answer("Type done when you have done that, anything else to leave it: ") == "done"
    }

    fn outcome(&mut self, step: &Step<'_>, outcome: &Outcome) {
        self.show(&[
            format!("{:<20}  {}  {}  {}", outcome.word(), step.key, step.rule, step.place),
            format!("{:<20}  {}", "", outcome.reason()),
        ]);
    }
}

/// How a key of a provider is revoked by hand.
fn steps(provider: &Provider) -> Vec<String> {
    let mut text = Vec::new();
    text.extend(provider.console.map(|url| format!("  open {url}")));
    text.extend(provider.revoke_steps.iter().enumerate().map(|(i, step)| format!("  {}. {step}", i + 1)));
    if text.is_empty() {
        text.push(format!("  revoke it where {} issued it", provider.name));
    }
    text
}
