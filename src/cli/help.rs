//! The first screen: subcommands grouped by what a person wants to do.

use clap::Command;

/// What a person wants, and the subcommands for it, in the order of the screen. One that is listed nowhere stands under
/// the last heading.
const TASKS: [(&str, &[&str]); 5] = [
    ("Find keys", &["scan", "audit", "ci", "hook"]),
    ("Decide about them", &["explain", "triage", "baseline", "inventory", "verify", "revoke"]),
    ("Reports", &["report", "merge"]),
    ("Set up", &["init", "rules", "config", "completions", "man"]),
    ("More", &[]),
];

/// The template of the help, with the subcommands in groups.
pub(super) fn template(command: &Command) -> String {
    let mut text = String::from("{about-with-newline}\n{usage-heading} {usage}\n");
    let all: Vec<&Command> = command.get_subcommands().filter(|sub| !sub.is_hide_set()).collect();
    let width = all.iter().map(|sub| sub.get_name().len()).max().unwrap_or(0);
    let is_named = |sub: &Command| TASKS.iter().any(|(_, names)| names.contains(&sub.get_name()));
    for (task, names) in TASKS {
        let mut group: Vec<&&Command> =
            names.iter().filter_map(|name| all.iter().find(|sub| sub.get_name() == *name)).collect();
        if names.is_empty() {
            group = all.iter().filter(|sub| !is_named(sub)).collect();
        }
        if group.is_empty() {
            continue;
        }
        text.push_str(&format!("\n{task}:\n"));
        for sub in group {
            let about = sub.get_about().map(ToString::to_string).unwrap_or_default();
            text.push_str(&format!("  {:width$}  {about}\n", sub.get_name()));
        }
    }
    text.push_str("\n'keyhound COMMAND --help' says more, and 'keyhound init' is a good start.\n\nOptions:\n{options}{after-help}");
    text
}
