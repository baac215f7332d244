//! What to do about the findings, said once for all of them: the steps of each provider, why removing a line is not
//! enough, and how to say that something is no leak.

use super::Page;
use super::entry::Entry;
use crate::report::style::Ink;
use crate::report::text::{clean, width};

/// Writes the advice for `entries`; nothing for none.
pub(super) fn write(page: &mut Page, entries: &[Entry<'_>]) {
    let Some(first) = entries.first() else { return };
    page.line(&[(Ink::Strong, "What to do")]);
    steps(page, entries);
    if entries.iter().any(Entry::is_committed) {
        let text = "Whoever has a clone has every key that was ever committed. Revoke first; taking keys out of the tree \
                    or rewriting history comes after, and is not enough alone.";
        page.field(0, "", Ink::Plain, text);
    }
    let mark = format!("keyhound:allow {}", first.rule.spec.id);
    let text = format!(
        "No leak after all? Put the comment \"{mark}\" on its line, or accept what is known with \"keyhound baseline \
         create\"."
    );
    page.field(0, "", Ink::Plain, &text);
    page.blank();
}

/// The documented steps of each provider, in the order of the findings.
fn steps(page: &mut Page, entries: &[Entry<'_>]) {
    let mut providers: Vec<_> = Vec::new();
    for entry in entries {
        let provider = entry.rule.provider;
        let is_known = providers.iter().any(|known: &&crate::rule::Provider| known.id == provider.id);
        if !is_known && !provider.revoke_steps.is_empty() && !entry.finding.secret.is_empty() {
            providers.push(provider);
        }
    }
    let column = 2 + providers.iter().map(|provider| width(&clean(provider.name))).max().unwrap_or(0);
    for provider in providers {
        for (i, step) in provider.revoke_steps.iter().enumerate() {
            let label = if i == 0 { provider.name } else { "" };
            page.field(column, label, Ink::Plain, &format!("{}. {step}", i + 1));
        }
    }
}
