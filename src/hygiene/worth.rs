//! Whether a file may hold anything that a check could speak of: a look at its words costs a hundredth of reading it as a
//! document.

use super::families::{KEY_PARAMETERS, ONE_HEADER, PUBLIC};
use crate::rule::RuleSet;
use aho_corasick::{AhoCorasick, AhoCorasickKind};
use std::collections::HashSet;
use std::sync::OnceLock;

/// Words of which every file that a check could speak of holds one, unless it names a provider's host.
const WORDS: &[&str] = &[
    "secret",
    "token",
    "api_key",
    "apikey",
    "api-key",
    "password",
    "credential",
    "authorization",
    "rotat",
    "expir",
    "vault",
    "access_key",
    "accesskey",
    "privatekey",
    "private_key",
    "_key",
    "serviceaccount",
    "kms",
    "certificate",
    "bearer",
    "sops",
    "_pass",
    "permissions",
    "scopes",
    "gitleaks",
    "trufflehog",
    "betterleaks",
    "kingfisher",
    "keyhound",
    "ggshield",
    "noseyparker",
    "talisman",
    "defineplugin",
    "environmentplugin",
];

/// What an address without TLS must stand beside, unless it is a provider's.
const CARRIED: &[&str] = &["authorization", "api", "token", "auth", "bearer"];

/// The words and hosts, prepared when the first file asks.
#[derive(Debug, Default)]
pub(super) struct Worth {
    words: OnceLock<AhoCorasick>,
    sent: OnceLock<AhoCorasick>,
    carried: OnceLock<AhoCorasick>,
    hosts: OnceLock<HashSet<&'static str>>,
}

impl Worth {
    /// Whether the text holds one of the words, or names a host of a provider.
    pub(super) fn any(&self, text: &str, rules: &RuleSet) -> bool {
        let words = self.words.get_or_init(|| any_of(WORDS.iter().map(|word| (*word).to_owned())));
        words.is_match(text) || self.names_host(text, rules)
    }

    /// Whether source code without a key may hold what a check of a scan speaks of: calls and addresses of providers that
    /// read one header only, variables that bundlers make public or write into the client, keys in URLs, tokens, signed URLs, keys sent without
    /// TLS. Most code that holds a word about secrets does none of that. `watched` says whether one of the words of
    /// [`watched`] stands in the text, if somebody knows.
    pub(super) fn sends(&self, text: &str, rules: &RuleSet, watched: Option<bool>) -> bool {
        let sent = || self.sent.get_or_init(|| any_of(sent(rules))).is_match(text);
        let carried = || self.carried.get_or_init(|| any_of(CARRIED.iter().map(|word| (*word).to_owned())));
        let bytes = text.as_bytes();
        memchr::memmem::find(bytes, b"eyJ").is_some()
            || watched.unwrap_or_else(sent)
            || calls_plain(bytes) && (carried().is_match(text) || self.names_host(text, rules))
    }

    fn names_host(&self, text: &str, rules: &RuleSet) -> bool {
        let hosts = self.hosts.get_or_init(|| {
            rules
                .iter()
                .flat_map(|(_, rule)| rule.provider.hosts.iter().map(|host| host.trim_start_matches("*.")))
                .collect()
        });
        let bytes = text.as_bytes();
        let mut next = 0;
        while let Some(dot) = memchr::memchr(b'.', &bytes[next..]).map(|i| next + i) {
            let start = bytes[next..dot].iter().rposition(|b| !is_host(*b)).map_or(next, |i| next + i + 1);
            let end = bytes[dot..].iter().position(|b| !is_host(*b)).map_or(bytes.len(), |i| dot + i);
            if holds_host(&text[start..end], hosts) {
                return true;
            }
            next = end.max(dot + 1);
        }
        false
    }
}

/// Whether an address without TLS stands on a line that is no comment: most stand in those, and are links of documents.
fn calls_plain(bytes: &[u8]) -> bool {
    const COMMENTS: [&[u8]; 6] = [b"//", b"/*", b"* ", b"# ", b"#!", b"<!--"];
    // A line that began long before is a program that was made small, whatever it begins with.
    const FAR: usize = 256;
    memchr::memmem::find_iter(bytes, b"http://").any(|at| {
        let from = at.saturating_sub(FAR);
        let start = memchr::memrchr(b'\n', &bytes[from..at]).map(|i| from + i + 1).or((from == 0).then_some(0));
        let Some(line) = start.map(|start| bytes[start..at].trim_ascii_start()) else { return true };
        let has_ended = || ["*/", "-->"].iter().any(|end| memchr::memmem::find(line, end.as_bytes()).is_some());
        !COMMENTS.iter().any(|comment| line.starts_with(comment)) || !line.starts_with(b"//") && has_ended()
    })
}

/// Finds any of some words in any case.
fn any_of(words: impl Iterator<Item = String>) -> AhoCorasick {
    // Asked of all text there is, so one look at a table a byte is worth the memory.
    let built = AhoCorasick::builder().ascii_case_insensitive(true).kind(Some(AhoCorasickKind::DFA)).build(words);
    // The words are those of our tables, short and few; building cannot fail but for size.
    built.unwrap_or_else(|_| unreachable!("a few short words"))
}

/// Words by which source code without a key may hold what a check of a scan speaks of: whoever looks at all text for other
/// things looks for them on the way.
pub fn watched(rules: &RuleSet) -> Vec<String> {
    sent(rules).collect()
}

/// The words of [`Worth::sends`].
fn sent(rules: &RuleSet) -> impl Iterator<Item = String> {
    let one_header = ONE_HEADER.iter().filter_map(|id| rules.provider(id));
    let named = one_header.flat_map(|provider| {
        [provider.id].into_iter().chain(provider.hosts.iter().copied()).chain(provider.env.iter().copied())
    });
    let public = PUBLIC.iter().flat_map(|prefix| match *prefix {
        // Part of many names; what counts is a name that begins so.
        "PUBLIC_" => [".", "\"", "'", "`"].map(|before| format!("{before}{prefix}")).to_vec(),
        prefix => vec![prefix.to_owned()],
    });
    let parameters = KEY_PARAMETERS.iter().flat_map(|name| ["?", "&", ";"].map(|before| format!("{before}{name}=")));
    let more = ["bearer bearer", "envPrefix", "process.env", "?sig=", "&sig=", "-Signature="].map(str::to_owned);
    named.map(str::to_owned).chain(public).chain(parameters).chain(more)
}

const fn is_host(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-')
}

/// Whether a name is one of the hosts or below one.
fn holds_host(name: &str, hosts: &HashSet<&'static str>) -> bool {
    let name = name.trim_matches('.').to_ascii_lowercase();
    // A name has at most 253 characters (RFC 1035, section 2.3.4); what is longer is no name.
    if name.len() > 253 {
        return false;
    }
    let mut rest = name.as_str();
    loop {
        if hosts.contains(rest) {
            return true;
        }
        match rest.split_once('.') {
            Some((_, below)) if below.contains('.') => rest = below,
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_names_or_above_them() {
        let hosts = HashSet::from(["api.acme.dev", "acme.io"]);
        for name in ["api.acme.dev", "eu.API.acme.dev", "acme.io.", "shop.acme.io"] {
            assert!(holds_host(name, &hosts), "{name}");
        }
        for name in ["acme.dev", "self.api", "notacme.io", "api.acme.dev.example.com", ".."] {
            assert!(!holds_host(name, &hosts), "{name}");
        }
    }

    #[test]
    fn addresses_in_comments_call_nobody() {
        assert!(calls_plain(b"x\n  get('http://a.example')") && calls_plain(b"// a\nu = \"http://a.example\" // b"));
        assert!(calls_plain(b"# http://a.example\ncurl http://a.example"));
        assert!(calls_plain(b"/*! a */ get('http://a.example')") && calls_plain(b"  #url = 'http://a.example';"));
        let small = ["/*! a", &"b".repeat(300), "get('http://a.example')"].concat();
        assert!(calls_plain(small.as_bytes()));
        for text in
            ["//! See http://a.example", "x\n\t * <http://a.example>\ny", "  # http://a.example", "https://a.example"]
        {
            assert!(!calls_plain(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn a_file_is_worth_reading_for_a_word_or_a_host() {
        let rules = RuleSet::new(crate::rule::embedded()).expect("rules");
        let worth = Worth::default();
        assert!(worth.any("PASSWORD=x", &rules));
        assert!(worth.any("get('http://api.cloudgeni.ai/api/v1')", &rules));
        assert!(worth.any("host: api.cloudgeni.ai", &rules));
        assert!(!worth.any("fn main() { self.run().await; println!(\"\u{e4}.\u{f6}\"); }", &rules));
    }
}
