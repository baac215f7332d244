//! What a whole text says of a key that its line leaves open: whose it is, and whether it is one.
//!
//! Whose key is it that was found by its own name alone? A program names the service that it talks to, in an import, a
//! host, a comment, the name of a class; its key is then just `api_key`.
//!
//! The value must have the form that the provider's keys have, and the nearest provider of which that is true has it. This
//! changes whether something is a key only where nothing but its form speaks for it: `Client("…")` below an import.

use super::named::{is_named, line_start, trimmed};
use super::{Engine, nearby, proof, settings};
use crate::finding::{Confidence, RuleIx};
use crate::rule::Rule;
use crate::rule::shape::KEY_NAMES;
use std::cmp::Reverse;
use std::collections::HashMap;
use std::ops::Range;

/// How far before a key its provider may be named, in bytes.
const BEFORE: usize = 2048;
/// How far behind it.
const BEHIND: usize = 512;
/// A form that so few bytes have says nothing.
const LEAST: usize = 16;

/// Rules that find whatever stands beside a telling name, passwords apart: people choose those.
fn asks(rule: &Rule) -> bool {
    let chosen = ["password", "sql", "login", "openssl", "powershell"];
    let is_chosen = chosen.iter().any(|word| rule.spec.id.contains(word)) || rule.provider.id == "url";
    rule.provider.is_generic() && !is_chosen
}

/// Rules of words that are passwords where the file is one of settings.
fn is_of_settings(rule: &Rule) -> bool {
    rule.spec.proof == Some("setting")
}

/// How well a provider's name fits, the best first: lines between, whether the rule is for another kind of its keys, how
/// long the name is, and the rule.
type Fit = (u64, bool, Reverse<usize>, RuleIx);

/// Names of providers in a text, by where they begin: keys that stand near each other have the same ones around them.
#[derive(Debug, Default)]
pub struct Around {
    parts: HashMap<usize, Vec<Name>, foldhash::fast::RandomState>,
    told: settings::Told,
}

/// A keyword of a rule.
#[derive(Debug)]
struct Name {
    /// Where it begins with what is joined to it.
    at: usize,
    /// Without that.
    keyword: Range<usize>,
    rule: RuleIx,
}

/// So many bytes of a text are looked at together.
const PART: usize = 512;
/// So many parts of a text are kept.
const KEPT: usize = 256;

impl Engine {
    /// The rule of the provider that is named around a key which `rule` found without knowing whose it is, and how sure
    /// that rule is of it. The same rule where it waits for no name but for the lines around.
    /// `around` is of the same text.
    pub fn whose(
        &self,
        bytes: &[u8],
        rule: RuleIx,
        secret: &Range<usize>,
        around: &mut Around,
    ) -> Option<(RuleIx, Confidence)> {
        if is_of_settings(self.rules.get(rule)) {
            return settings::hold(bytes, secret.start, &mut around.told).then_some((rule, Confidence::Medium));
        }
        if !asks(self.rules.get(rule)) || secret.len() < LEAST {
            return None;
        }
        let range = secret.start.saturating_sub(BEFORE)..bytes.len().min(secret.end + BEHIND);
        let start = line_start(bytes, secret.start);
        let name = bytes[start.max(secret.start.saturating_sub(64))..secret.start].to_ascii_lowercase();
        let says_no_kind = nearby::says_no_kind(&name);
        let window = start..bytes.len().min(secret.end + 2);
        let mut best: Option<(Fit, Confidence)> = None;
        let mut consider = |Name { keyword, rule: ix, .. }: &Name| {
            let candidate = self.rules.get(*ix);
            if keyword.start < secret.end && keyword.end > secret.start {
                return;
            }
            // A provider's kinds of keys have names of their own; a header says only that it is a key of some kind, and an
            // argument says nothing.
            let names = if candidate.spec.telling.is_empty() { &KEY_NAMES[..] } else { candidate.spec.telling };
            let holds = |part: &str| memchr::memmem::find(&name, part.to_ascii_lowercase().as_bytes()).is_some();
            let is_so_named = names.iter().any(|name| name.split(['_', '-', '.', ' ']).all(holds));
            let may_be_any = candidate.spec.telling_is_general();
            let is_other_kind = !(is_so_named || may_be_any && says_no_kind);
            if is_other_kind && !may_be_any {
                return;
            }
            // What stands on the way counts in lines; above is where services are named.
            let (between, is_behind) = match keyword.end <= secret.start {
                true => (&bytes[keyword.end..secret.start], 0),
                false => (&bytes[secret.end..keyword.start], 1),
            };
            let far = 2 * memchr::memchr_iter(b'\n', between).count() as u64 + is_behind;
            if best.as_ref().is_some_and(|((nearest, ..), _)| *nearest < far)
                || !is_named(bytes, keyword, wants_joint(candidate, &bytes[keyword.clone()]))
            {
                return;
            }
            let has_form = candidate.value_at(bytes, secret.start).is_some_and(|value| value == *secret);
            if !has_form || usize::from(candidate.spec.least.run) < LEAST {
                return;
            }
            let context = proof::Context {
                window: &bytes[window.clone()],
                secret: secret.start - window.start..secret.end - window.start,
            };
            let Ok(proven) = proof::prove(candidate, &context) else { return };
            let fit = (far, is_other_kind, Reverse(keyword.len()), *ix);
            if best.as_ref().is_none_or(|(known, _)| fit < *known) {
                best = Some((fit, proven.confidence));
            }
        };
        if around.parts.len() >= KEPT {
            around.parts.clear();
        }
        for part in range.start / PART..range.end.div_ceil(PART) {
            let names = around.parts.entry(part).or_insert_with(|| self.names_in(bytes, part * PART));
            names.iter().filter(|name| range.contains(&name.at)).for_each(&mut consider);
        }
        let before = &bytes[window.start..secret.start];
        best.map(|((_, is_other_kind, _, rule), confidence)| {
            let is_sure = !is_other_kind && nearby::may_be_secret(before, self.rules.get(rule).spec);
            (rule, if is_sure { confidence } else { Confidence::Low })
        })
    }

    /// The names of providers that begin in the part of a text from `start` on.
    fn names_in(&self, bytes: &[u8], start: usize) -> Vec<Name> {
        let mut names = Vec::new();
        self.keywords.within(bytes, start..bytes.len().min(start + PART), &mut |keyword, ix, _| {
            let (at, keyword, rule) = (keyword.start, trimmed(bytes, keyword), RuleIx(ix));
            if !self.rules.get(rule).provider.is_generic() && !tells(&bytes[keyword.clone()]) {
                names.push(Name { at, keyword, rule });
            }
        });
        names
    }

    /// Whether what `rule` doubts may be sure where the text around says more: values that nothing but their form speaks for,
    /// and words that are passwords in files of settings.
    pub fn waits_for_more(&self, rule: RuleIx) -> bool {
        let rule = self.rules.get(rule);
        is_of_settings(rule)
            || rule.confidence == Confidence::Low && asks(rule) && matches!(rule.spec.proof, Some("random" | "drawn"))
    }
}

/// Whether a keyword says that something is a key, whoever issued it: `app_key`.
fn tells(keyword: &[u8]) -> bool {
    ["key", "secret", "token", "auth", "pass"]
        .iter()
        .any(|word| keyword.to_ascii_lowercase().ends_with(word.as_bytes()))
}

/// Whether a rule wants this keyword joined to something: `box_`.
fn wants_joint(rule: &Rule, keyword: &[u8]) -> bool {
    let is_joint = |c: char| matches!(c, '_' | '.' | '-' | ' ');
    let joined = |word: &&&str| word.ends_with(is_joint);
    rule.spec.keywords.iter().filter(joined).any(|word| {
        let bare = word.trim_end_matches(is_joint);
        bare.as_bytes().eq_ignore_ascii_case(keyword)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blob::{Blob, Origin};
    use crate::rule::{RuleSet, embedded};
    use std::sync::{Arc, LazyLock};

    fn whose(text: &str, key: &str) -> Option<&'static str> {
        static ENGINE: LazyLock<Engine> =
            LazyLock::new(|| Engine::new(Arc::new(RuleSet::new(embedded()).expect("rules"))));
        let hits = ENGINE.scan(&Blob::whole(text.as_bytes(), Origin::Stdin));
        let hit = hits.iter().find(|hit| text[hit.secret.clone()] == *key).expect("it is found");
        let (rule, _) = ENGINE.whose(text.as_bytes(), hit.rule, &hit.secret, &mut Around::default())?;
        Some(ENGINE.rules().get(rule).provider.id)
    }

    /// 40 hexadecimal digits, in parts.
    fn hex() -> String {
        ["f0a7c2e94b1d", "6835a0ce17fb", "92d4806ce3a5", "71b9"].concat()
    }

    #[test]
    fn a_service_is_named_where_programs_name_it() {
        let key = hex();
        for text in [
            format!("from sendbird import Client\n\nclient = Client()\napi_key = \"{key}\"\n"),
            format!("# talks to Sendbird\nheaders = {{\n  \"X-Api-Token\": \"{key}\",\n}}\n"),
            format!("api_token = '{key}'\nurl = 'https://api-x.sendbird.com/v3/users'\n"),
            format!("const sendbird = new SendBird()\n\n\n\nsendbird.connect(user)\nlet token = '{key}'\n"),
            format!("import sendbird\n\nheaders = {{\"Authorization\": \"Bearer {key}\"}}\n"),
            format!("from sendbird import Client\n\nclient = Client('{key}')\n"),
            format!("const sendbird = {{\n  key: '{key}',\n}}\n"),
        ] {
            assert_eq!(whose(&text, &key), Some("sendbird"), "{text}");
        }
    }

    #[test]
    fn keys_near_each_other_share_the_names_around_them() {
        static ENGINE: LazyLock<Engine> =
            LazyLock::new(|| Engine::new(Arc::new(RuleSet::new(embedded()).expect("rules"))));
        let key = hex();
        // Names stand across the ends of parts, wherever those are.
        let text: String = (0..60)
            .map(|n| {
                format!("import {}\n{}api_key = \"{key}\"\n", ["sendbird", "deepgram"][n % 2], "x\n".repeat(7 * n))
            })
            .collect();
        let hits = ENGINE.scan(&Blob::whole(text.as_bytes(), Origin::Stdin));
        let mut around = Around::default();
        let told: Vec<_> = hits
            .iter()
            .map(|hit| {
                let alone = ENGINE.whose(text.as_bytes(), hit.rule, &hit.secret, &mut Around::default());
                assert_eq!(ENGINE.whose(text.as_bytes(), hit.rule, &hit.secret, &mut around), alone);
                alone
            })
            .collect();
        assert!(told.iter().flatten().count() > 50);
    }

    #[test]
    fn the_nearest_has_it_and_what_has_another_form_has_not() {
        let key = hex();
        let far = "x = 1\n".repeat(4);
        for (first, second) in [("sendbird", "deepgram"), ("deepgram", "sendbird")] {
            let text = format!("import {first}\n{far}\nimport {second}\napi_key = \"{key}\"\n");
            assert_eq!(whose(&text, &key), Some(second));
        }
        let text = format!("import nobodysservice\napi_key = \"{key}\"\n");
        assert_eq!(whose(&text, &key), None);
        // Its keys begin with words of their own.
        let text = format!("import openai\napi_key = \"{key}\"\n");
        assert_eq!(whose(&text, &key), None);
    }
}
