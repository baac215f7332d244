//! The options of everything that asks providers, and what they mean.

use super::interrupt;
use crate::online::Endpoint;
use crate::pipeline::plan::{Online, Picks};
use clap::Args;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How providers are reached.
#[derive(Debug, Args)]
#[command(next_help_heading = "Asking providers")]
pub struct Network {
    /// Only keys of this provider; also decides whose a key is where its format does not. Can be given several times
    #[arg(long, value_name = "ID")]
    pub provider: Vec<String>,
    /// Send a provider's requests to this server, like gitlab=https://git.example.org; can be given several times
    #[arg(long, value_name = "PROVIDER=URL")]
    pub endpoint: Vec<Endpoint>,
    /// Trust the root certificates in this file (PEM), too
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// Allow addresses of inner networks: private, loopback, link-local
    #[arg(long)]
    pub allow_internal: bool,
    /// How long a request may take, in seconds [default: 10]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub request_timeout: Option<Duration>,
    /// How long to wait where a provider asks for it, in seconds [default: 60]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub max_wait: Option<Duration>,
}

impl Network {
    /// Whether any option was given.
    pub fn is_used(&self) -> bool {
        !self.provider.is_empty()
            || !self.endpoint.is_empty()
            || self.ca.is_some()
            || self.allow_internal
            || self.request_timeout.is_some()
            || self.max_wait.is_some()
    }

    /// What they mean. From here on, Ctrl-C lets the request that is under way end and sends no other.
    pub fn online(&self) -> Online {
        Online {
            endpoints: self.endpoint.clone(),
            ca: self.ca.clone(),
            allow_internal: self.allow_internal,
            timeout: self.request_timeout.unwrap_or(Duration::from_secs(10)),
            most_wait: self.max_wait.unwrap_or(Duration::from_secs(60)),
            providers: self.provider.clone(),
            stop: interrupt::stop(),
        }
    }
}

/// Which keys are meant.
#[derive(Debug, Args)]
#[command(next_help_heading = "Which keys")]
pub struct Which {
    /// Fingerprints, or how they begin, of keys in this repository; or files, directories and repositories, for all keys
    /// that a scan of them reports; `-` is standard input [default: .]
    #[arg(value_name = "KEY|PATH", conflicts_with = "from")]
    pub keys: Vec<String>,
    /// The keys that this report of keyhound reports: JSON, JSON Lines or SARIF
    #[arg(long, value_name = "FILE")]
    pub from: Option<PathBuf>,
}

impl Which {
    /// The keys, and the paths to look for them in.
    pub fn picks(&self) -> (Picks, Vec<PathBuf>) {
        if let Some(file) = &self.from {
            return (Picks::Report(file.clone()), Vec::new());
        }
        if self.keys.iter().any(|key| key == "-") {
            return (Picks::Lines, Vec::new());
        }
        let (prints, paths): (Vec<String>, Vec<String>) = self.keys.iter().cloned().partition(|word| is_print(word));
        let mut paths: Vec<PathBuf> = paths.into_iter().map(PathBuf::from).collect();
        if paths.is_empty() {
            paths.push(PathBuf::from("."));
        }
        (if prints.is_empty() { Picks::Reported } else { Picks::Fingerprints(prints) }, paths)
    }
}

/// Whether a word is the beginning of a fingerprint and no path.
fn is_print(word: &str) -> bool {
    (6..=32).contains(&word.len())
        && word.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
        && !Path::new(word).exists()
}

/// Seconds, perhaps with a fraction.
fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| format!("'{text}' is no number of seconds"))?;
    if !(0.0..=86_400.0).contains(&seconds) {
        return Err("from 0 to 86400 seconds".to_owned());
    }
    Ok(Duration::from_secs_f64(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_are_told_from_paths() {
        let picks =
            |keys: &[&str]| Which { keys: keys.iter().map(|key| (*key).to_owned()).collect(), from: None }.picks();
        assert_eq!(picks(&[]), (Picks::Reported, vec![PathBuf::from(".")]));
        assert_eq!(picks(&["-"]), (Picks::Lines, Vec::new()));
        let prints = Picks::Fingerprints(vec!["0123abcd".to_owned()]);
        assert_eq!(picks(&["0123abcd"]), (prints.clone(), vec![PathBuf::from(".")]));
        assert_eq!(picks(&["0123abcd", "src"]), (prints, vec![PathBuf::from("src")]));
        assert_eq!(picks(&["src", "ABCDEF01"]).0, Picks::Reported);
    }
}
