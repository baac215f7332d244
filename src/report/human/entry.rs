//! One finding as a person reads it, in the shape of a compiler's diagnostic.
//!
//! ```text
//! critical[airclou-live-key]: Airclou live API key ac_live_9fK2… (32 characters)
//!   --> config/prod.env:12:18
//!  since  2021-03-04, 412 days, still at HEAD
//!     by  Ann Example <ann@example.org> in 1a2b3c4d "Add the billing client"
//!    why  the format fits
//!   next  revoke it at Airclou, then issue a new one
//!     id  1a2b3c4d5e6f7081
//! ```

use super::Page;
use crate::finding::{Asked, Finding, Liveness, Location, Place, Severity};
use crate::report::places::{foremost, last_removal, others};
use crate::report::style::Ink;
use crate::report::text::{clean_bytes, count};
use crate::report::{Run, when};
use crate::rule::{Provider, Rule};

/// Width of the labels' column.
const LABELS: usize = 6;
/// Digits of a commit's id that are shown.
pub(in crate::report) const SHORT: usize = 8;
/// Digits of a fingerprint that are shown.
pub(in crate::report) const SHORT_FINGERPRINT: usize = 16;
/// How many further places are named.
const NAMED_PLACES: usize = 3;

/// A reported finding with the places that it is shown with: all of them, or one with `--each`.
pub(in crate::report) struct Entry<'a> {
    pub run: &'a Run,
    pub finding: &'a Finding,
    pub rule: &'a Rule,
    pub places: &'a [Location],
}

/// One labelled text of an entry.
pub(in crate::report) struct Field {
    pub label: &'static str,
    pub text: String,
    ink: Ink,
    /// Whether it is cut to one line.
    is_short: bool,
}

/// The entries of a run: the most severe first, then the newest.
pub(in crate::report) fn of_run(run: &Run) -> Vec<Entry<'_>> {
    let mut entries: Vec<Entry<'_>> = Vec::new();
    for finding in run.reported() {
        let entry = |places| Entry { run, finding, rule: run.rules.get(finding.rule), places };
        if run.each && !finding.locations.is_empty() {
            entries.extend(finding.locations.chunks(1).map(entry));
        } else {
            entries.push(entry(&finding.locations));
        }
    }
    // What no commit holds is the newest of all. The sort keeps the run's order where these are equal.
    entries.sort_by_key(|entry| {
        let introduced = entry.introduced().map_or(i64::MAX, |(_, commit)| commit.committed);
        std::cmp::Reverse((entry.finding.severity, introduced))
    });
    entries
}

impl Entry<'_> {
    /// Writes it to the page.
    pub(in crate::report::human) fn write(&self, page: &mut Page) {
        self.headline(page);
        page.line(&[(Ink::Faint, "  --> "), (Ink::Place, &self.place_name())]);
        for Field { label, text, ink, is_short } in self.fields() {
            match is_short {
                true => page.short_field(LABELS, label, &text),
                false => page.field(LABELS, label, ink, &text),
            }
        }
    }

    /// What is told below the place, in order.
    pub fn fields(&self) -> Vec<Field> {
        let plain = |label, text| Field { label, text, ink: Ink::Plain, is_short: false };
        let mut fields = Vec::new();
        fields.extend(self.story().map(|(label, text)| plain(label, text)));
        if let Some((_, commit)) = self.introduced() {
            let (author, email, id) = (&commit.author, &commit.email, commit.id.short(SHORT));
            let text = format!("{author} <{email}> in {id} \"{}\"", commit.summary);
            fields.push(Field { is_short: true, ..plain("by", text) });
        }
        fields.extend(self.other_places().map(|text| plain("also", text)));
        fields.push(plain("why", self.why()));
        if let Some(asked) = &self.finding.asked {
            let ink = if asked.liveness == Liveness::Live { Ink::Critical } else { Ink::Plain };
            fields.push(Field { ink, ..plain(asked_label(asked.liveness), asked_text(asked)) });
        }
        fields.push(plain("next", self.next_step()));
        let id = self.finding.fingerprint.to_string()[..SHORT_FINGERPRINT].to_owned();
        fields.push(Field { ink: Ink::Faint, ..plain("id", id) });
        fields
    }

    /// Writes what and where it is, and how to take it out of use.
    pub(in crate::report::human) fn write_brief(&self, page: &mut Page) {
        self.headline(page);
        page.line(&[(Ink::Faint, "  --> "), (Ink::Place, &self.place_name())]);
        if let Some(text) = self.other_places() {
            page.field(LABELS, "also", Ink::Plain, &text);
        }
        page.field(LABELS, "next", Ink::Plain, &self.next_step());
        page.blank();
    }

    fn headline(&self, page: &mut Page) {
        let severity = self.finding.severity;
        let ink = ink_of(severity);
        let id = format!("[{}]", self.rule.spec.id);
        let mut pieces =
            vec![(ink, severity.word()), (ink, &id), (Ink::Strong, ": "), (Ink::Strong, self.rule.spec.description)];
        let (shown, length) = self.key();
        if !self.finding.secret.is_empty() {
            pieces.extend([(Ink::Plain, " "), (Ink::Secret, shown.as_str()), (Ink::Faint, &length)]);
        }
        page.line(&pieces);
    }

    /// The key as it is shown, and its length in words.
    fn key(&self) -> (String, String) {
        let plain = String::from_utf8_lossy(self.finding.secret.expose());
        let shown = if self.run.show_secrets { plain.to_string() } else { self.finding.secret.redacted() };
        (shown, format!(" ({})", count(plain.chars().count() as u64, "character", "characters")))
    }

    /// What it is, on one line.
    pub fn title(&self) -> String {
        let (shown, length) = self.key();
        let key = if self.finding.secret.is_empty() { String::new() } else { format!(" {shown}{length}") };
        format!("{}{key}", self.rule.spec.description)
    }

    /// The place to open first, as text.
    pub fn place_name(&self) -> String {
        self.main_place().map_or_else(String::new, name_of)
    }

    /// The place to open first.
    pub fn main_place(&self) -> Option<&Location> {
        foremost(self.places)
    }

    /// The first introduction and its commit.
    pub fn introduced(&self) -> Option<(&Location, &crate::finding::CommitInfo)> {
        self.places.iter().find_map(|place| place.commit().map(|commit| (place, commit.as_ref())))
    }

    /// Whether some commit holds the key, so that taking it out of the tree does not take it back.
    pub fn is_committed(&self) -> bool {
        self.introduced().is_some() || self.places.iter().any(|place| place.object().is_some())
    }

    /// Since when it is exposed, and whether it still is.
    pub fn story(&self) -> Option<(&'static str, String)> {
        let fate = self.fate();
        let Some((_, commit)) = self.introduced() else {
            return fate.map(|fate| ("state", fate));
        };
        let since = when::day(commit.date);
        if let Some(removal) = last_removal(self.places) {
            let (until, id) = (when::day(removal.date), removal.id.short(SHORT));
            let exposed = when::days(commit.date, removal.date);
            let (author, keeper) = (&removal.author, self.keeper());
            let text = format!("{since} until {until}, {exposed}; removed by {author} in {id}, but {keeper}");
            return Some(("since", text));
        }
        let age = when::days(commit.date, self.run.now);
        Some(("since", format!("{since}, {age}, {}", fate.unwrap_or_else(|| "not at HEAD".to_owned()))))
    }

    /// Where it still is, in words; nothing for a plain file, whose path says it.
    fn fate(&self) -> Option<String> {
        let any = |test: &dyn Fn(&Location) -> bool| self.places.iter().any(test);
        if any(&|p| p.in_head) {
            return Some("still at HEAD".to_owned());
        }
        if any(&|p| p.place == Place::Staged) {
            return Some("staged for the next commit".to_owned());
        }
        if any(&|p| p.place == Place::File) {
            return self.introduced().map(|_| "still in the working tree".to_owned());
        }
        if any(&|p| p.place == Place::Stdin) {
            return None;
        }
        let message = self.places.iter().find_map(|p| match &p.place {
            Place::Message { commit, .. } => Some(if commit.is_some() { "a commit" } else { "a tag" }),
            _ => None,
        });
        Some(match message {
            Some(of) if !any(&|p| p.reachable) => {
                format!("in the message of {of} that no branch or tag reaches (dangling)")
            }
            Some(of) => format!("in the message of {of}"),
            None => format!("not at HEAD, but {}", self.keeper()),
        })
    }

    /// What keeps a key that is not at HEAD.
    fn keeper(&self) -> String {
        if !self.places.iter().any(|p| p.reachable) {
            return "this clone still holds it, though no branch or tag reaches it (dangling)".to_owned();
        }
        let mut refs: Vec<&str> = self.places.iter().flat_map(|p| p.refs.iter().map(|name| short_ref(name))).collect();
        // A ref's name holds no blank; what does says that a long list was cut.
        let all = refs.len();
        refs.retain(|name| !name.contains(' '));
        let cut = refs.len() < all;
        refs.sort_unstable();
        refs.dedup();
        match refs.as_slice() {
            [] => "history keeps it".to_owned(),
            [first, rest @ ..] if cut => {
                format!("{first} and more than {} keep it", count(rest.len() as u64, "other ref", "other refs"))
            }
            [one] => format!("{one} keeps it"),
            [first, rest @ ..] => {
                format!("{first} and {} keep it", count(rest.len() as u64, "other ref", "other refs"))
            }
        }
    }

    /// The first few further places and how many more there are.
    pub fn other_places(&self) -> Option<String> {
        let main = self.main_place()?;
        let mut names: Vec<String> = Vec::new();
        let mut seen = std::collections::HashSet::from([name_of(main)]);
        for place in others(self.places, main) {
            let name = name_of(place);
            if seen.insert(name.clone()) {
                names.push(name);
            }
        }
        let more = names.len().saturating_sub(NAMED_PLACES) as u64;
        names.truncate(NAMED_PLACES);
        match (names.is_empty(), more) {
            (true, _) => None,
            (false, 0) => Some(names.join(", ")),
            (false, more) => Some(format!("{} and {}", names.join(", "), count(more, "more place", "more places"))),
        }
    }

    /// How sure, and why.
    pub fn why(&self) -> String {
        let mut why = format!("confidence {}", self.finding.confidence);
        if !self.finding.reasons.is_empty() {
            why.push_str(&format!(": {}", self.finding.reasons.join("; ")));
        }
        let also: Vec<&str> = self.finding.also.iter().map(|ix| self.run.rules.get(*ix).spec.id).collect();
        if !also.is_empty() {
            why.push_str(&format!("; also matches {}", also.join(", ")));
        }
        why
    }

    /// How to take it out of use.
    pub fn next_step(&self) -> String {
        let provider = self.rule.provider;
        if self.finding.secret.is_empty() {
            return provider.remedy.unwrap_or("correct it").to_owned();
        }
        if provider.publishable {
            return "this kind may be shipped to browsers and apps: check what it is restricted to".to_owned();
        }
        let revoke = remedy(provider);
        if !self.is_committed() && self.places.iter().all(|place| place.place == Place::Staged) {
            return format!("take it out before you commit; if it was ever shared, {revoke}");
        }
        if self.places.iter().all(|place| matches!(place.place, Place::Message { .. })) {
            return format!("{revoke}: a message stays in history");
        }
        if self.is_committed() && !self.places.iter().any(is_here) {
            return format!("{revoke}: removing it from the tree did not take it back");
        }
        match provider.remedy {
            Some(_) => format!("{revoke}, and keep the new one out of git"),
            None => format!("{revoke}, then issue a new one and keep it out of git"),
        }
    }
}

/// What takes a provider's key out of use, as one clause: kinds of keys that nobody issues have their own.
fn remedy(provider: &Provider) -> String {
    match (provider.remedy, provider.console) {
        (Some(remedy), _) => remedy.to_owned(),
        (None, Some(url)) => format!("revoke it at {url}"),
        (None, None) if provider.hosts.is_empty() && provider.docs.is_none() => {
            "revoke it where it was issued".to_owned()
        }
        (None, None) => format!("revoke it at {}", provider.name),
    }
}

/// What the provider said.
fn asked_label(liveness: Liveness) -> &'static str {
    match liveness {
        Liveness::Live => "live",
        Liveness::Dead => "dead",
        Liveness::Unknown | Liveness::NotAsked => "asked",
    }
}

fn asked_text(asked: &Asked) -> String {
    let mut text = match asked.liveness {
        Liveness::Unknown => format!("unknown: {}", asked.evidence),
        Liveness::NotAsked => format!("nobody: {}", asked.evidence),
        Liveness::Live | Liveness::Dead => asked.evidence.clone(),
    };
    for (label, value) in [("id", &asked.key_id), ("of", &asked.owner), ("expires", &asked.expires)] {
        if let Some(value) = value {
            text.push_str(&format!("; {label} {value}"));
        }
    }
    if !asked.permissions.is_empty() {
        text.push_str(&format!("; may {}", asked.permissions.join(", ")));
        if asked.is_admin() {
            text.push_str(" (more than most uses need)");
        }
    }
    text
}

/// `refs/heads/main` → `main`
fn short_ref(name: &str) -> &str {
    ["refs/heads/", "refs/tags/", "refs/remotes/"].iter().find_map(|kind| name.strip_prefix(kind)).unwrap_or(name)
}

/// Whether the place can be opened as it is now.
fn is_here(place: &Location) -> bool {
    place.in_head || matches!(place.place, Place::File | Place::Staged | Place::Stdin)
}

/// `config/prod.env:12:18`, with the commit where the line is that of a commit.
pub(in crate::report) fn name_of(place: &Location) -> String {
    let at = format!("{}:{}", place.position.line, place.position.column);
    let path = place.path.as_deref().map(clean_bytes);
    match (&place.place, path) {
        (Place::Staged, Some(path)) => format!("{path}:{at} (staged)"),
        (Place::History { introduced: Some(commit), .. }, Some(path)) => {
            format!("{path}:{at} in {}", commit.id.short(SHORT))
        }
        (Place::History { blob, .. }, None) => format!("blob {}:{at}", blob.short(SHORT)),
        (Place::Message { object, commit: Some(_) }, _) => format!("message of commit {}:{at}", object.short(SHORT)),
        (Place::Message { object, commit: None }, _) => format!("message of tag {}:{at}", object.short(SHORT)),
        (Place::Stdin, None) => format!("standard input:{at}"),
        (_, Some(path)) => format!("{path}:{at}"),
        (_, None) => at,
    }
}

fn ink_of(severity: Severity) -> Ink {
    match severity {
        Severity::Critical => Ink::Critical,
        Severity::High => Ink::High,
        Severity::Medium => Ink::Medium,
        Severity::Low => Ink::Low,
    }
}
