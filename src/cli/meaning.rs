//! From what was typed to what it means.

use super::output::{Target, To};
use super::shape::{Compat, Instead, Judging, Rules, Running, What, Which};
use crate::config::{RuleChoice, parse_size};
use crate::halt::{Limits, own_memory};
use crate::pipeline::Plan;
use crate::pipeline::plan::{Checks, Commits, ConfigFrom, Depths, Files, Input, Since, Which as Part};
use crate::report::Format;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

/// The plan of a hook: everything as the configuration says, and nothing that a person would type.
pub fn hook(input: Input, range: Option<String>) -> Plan {
    let plan = Plan::of_paths(vec![PathBuf::from(".")]);
    Plan { input, commits: Commits { range, ..Commits::default() }, ..plan }
}

/// The plan of a scan of paths.
pub fn plan(what: &What, which: &Which, judging: &Judging, running: &Running) -> Plan {
    let commits = Commits {
        range: which.range.clone(),
        since: which.since,
        branch: which.branch.clone(),
        max: which.max_commits,
        cache: running.cache,
        submodules: what.submodules,
        whole_blobs: running.whole_blobs,
    };
    let part = if what.history_only || commits.are_chosen() {
        Part::History
    } else if what.no_history {
        Part::Files
    } else {
        Part::Both
    };
    Plan {
        input: Input::Paths { paths: paths(what), which: part },
        files: Files {
            no_ignore: what.no_ignore,
            follow: what.follow,
            max_size: what.max_file_size,
            depths: Depths { encodings: what.max_decode_depth, archives: what.max_archive_depth },
        },
        commits,
        ..settings(judging, running)
    }
}

/// A plan with everything but what is read.
pub fn settings(judging: &Judging, running: &Running) -> Plan {
    Plan {
        commits: Commits { cache: running.cache, whole_blobs: running.whole_blobs, ..Commits::default() },
        config: config(&judging.rules),
        gitleaks_strict: judging.rules.gitleaks_compat == Compat::Strict,
        rules: rules(&judging.rules),
        baseline: judging.baseline.clone(),
        severity: judging.severity,
        confidence: judging.confidence,
        now: running.now,
        threads: running.threads.map(usize::from),
        audit: match (judging.checking.no_audit, judging.checking.all_checks) {
            (true, _) => Checks::None,
            (_, true) => Checks::All,
            _ => Checks::Certain,
        },
        pedantic: judging.checking.pedantic,
        limits: Limits { stop: None, time: running.timeout, memory: running.max_memory },
        ..Plan::of_paths(Vec::new())
    }
}

/// The input where it is not the files and histories of paths.
pub fn instead(what: &What, instead: &Instead) -> Option<Input> {
    let dash = what.paths.len() == 1 && what.paths[0] == Path::new("-");
    if instead.stdin || instead.stdin_path.is_some() || dash {
        Some(Input::Stdin { path: instead.stdin_path.clone() })
    } else if instead.staged {
        Some(Input::Staged { paths: paths(what), also: Vec::new() })
    } else {
        None
    }
}

/// Which rules run.
pub fn rules(rules: &Rules) -> RuleChoice {
    RuleChoice {
        only: rules.only.clone(),
        disable: rules.disable.clone(),
        enable: rules.enable.clone(),
        dirs: rules.dirs.clone(),
    }
}

/// Where the configuration comes from.
pub fn config(rules: &Rules) -> ConfigFrom {
    match &rules.config {
        Some(file) => ConfigFrom::File(file.clone()),
        None if rules.no_config => ConfigFrom::Nowhere,
        None => ConfigFrom::Nearest,
    }
}

fn paths(what: &What) -> Vec<PathBuf> {
    if what.paths.is_empty() { vec![PathBuf::from(".")] } else { what.paths.clone() }
}

/// One of a fixed set of words; clap lists them and suggests the nearest.
pub fn word<T>(words: impl Iterator<Item = &'static str>) -> impl TypedValueParser<Value = T>
where
    T: FromStr<Err = String> + Clone + Send + Sync + 'static,
{
    PossibleValuesParser::new(words.collect::<Vec<_>>()).try_map(|word| word.parse::<T>())
}

/// A time or a date (its first second in UTC), as seconds since 1970.
pub fn time(text: &str) -> Result<i64, String> {
    if let Ok(time) = text.parse::<jiff::Timestamp>() {
        return Ok(time.as_second());
    }
    let date = text.parse::<jiff::civil::Date>().ok();
    let start = date.and_then(|date| date.to_zoned(jiff::tz::TimeZone::UTC).ok());
    start
        .map(|start| start.timestamp().as_second())
        .ok_or_else(|| format!("'{text}' is neither a date like 2024-05-01 nor a time like 2024-05-01T12:00:00Z"))
}

/// How long: seconds, or like `10m` and `1h 30m`.
pub fn lasting(text: &str) -> Result<Duration, String> {
    let wrong = || format!("'{text}' is no time; expected seconds, or a while like 90s, 10m or 1h 30m");
    let seconds = match text.trim().parse::<f64>() {
        Ok(seconds) => seconds,
        Err(_) => {
            let span = text.trim().parse::<jiff::Span>().map_err(|_| wrong())?;
            span.total((jiff::Unit::Second, jiff::SpanRelativeTo::days_are_24_hours())).map_err(|_| wrong())?
        }
    };
    Duration::try_from_secs_f64(seconds).map_err(|_| wrong())
}

/// A size of memory, where the system tells how much is held.
pub fn memory(text: &str) -> Result<u64, String> {
    if own_memory().is_none() {
        return Err("this system does not tell how much memory the run holds".to_owned());
    }
    parse_size(text)
}

/// `K/N`: a part and how many there are.
pub fn shard(text: &str) -> Result<(u32, u32), String> {
    let numbers = text.split_once('/').and_then(|(part, of)| Some((part.parse().ok()?, of.parse().ok()?)));
    match numbers {
        Some((part, of)) if (1..=of).contains(&part) => Ok((part, of)),
        _ => Err(format!("'{text}' is no part of a whole: expected K/N, like 1/3, 2/3 and 3/3")),
    }
}

/// A time, a date, or how long ago.
pub fn since(text: &str) -> Result<Since, String> {
    if let Ok(time) = time(text) {
        return Ok(Since::At(time));
    }
    let text = text.trim();
    let span = match text {
        "yesterday" => Ok(jiff::Span::new().days(1)),
        _ => text.parse::<jiff::Span>(),
    };
    // Only the size counts: `2w`, `-2w` and `2 weeks ago` are the same.
    span.map(|span| Since::Ago(span.abs().fieldwise())).map_err(|_| {
        format!("'{text}' is neither a date like 2024-05-01 nor a while like 30d, 2 weeks ago or 2024-05-01T12:00:00Z")
    })
}

/// `FORMAT=FILE`, or a file whose name says its format.
pub fn report(text: &str) -> Result<Target, String> {
    if let Some((format, file)) = text.split_once('=')
        && !file.is_empty()
    {
        return Ok(Target { format: format.parse()?, to: To::file(Path::new(file)) });
    }
    match Format::of_path(Path::new(text)) {
        Some(format) => Ok(Target { format, to: To::file(Path::new(text)) }),
        None => Err("expected FORMAT=FILE, like sarif=keys.sarif".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_times_are_read() {
        assert_eq!(time("1970-01-02"), Ok(86_400));
        assert_eq!(time("1970-01-01T00:01:00Z"), Ok(60));
        assert_eq!(time("1970-01-01T02:00:00+02:00"), Ok(0));
        assert!(time("tomorrow").is_err_and(|error| error.contains("2024-05-01")));
    }

    #[test]
    fn how_long_is_seconds_or_a_while() {
        for (text, seconds) in
            [("0", 0.0), ("1.5", 1.5), ("90s", 90.0), ("10m", 600.0), ("1h 30m", 5400.0), ("2d", 172_800.0)]
        {
            assert_eq!(lasting(text).map(|time| time.as_secs_f64()), Ok(seconds), "{text}");
        }
        for text in ["", "soon", "-1", "-5m", "1e400", "nan", "1 month"] {
            assert!(lasting(text).is_err_and(|error| error.contains("10m")), "{text}");
        }
    }

    #[test]
    fn a_while_ago_counts_from_now_in_the_calendar_of_utc() {
        let now = time("2024-03-31T12:00:00Z").expect("time");
        for (text, want) in [
            ("2024-01-01", "2024-01-01"),
            ("2 weeks ago", "2024-03-17T12:00:00Z"),
            ("2w", "2024-03-17T12:00:00Z"),
            ("30d", "2024-03-01T12:00:00Z"),
            ("1 month ago", "2024-02-29T12:00:00Z"),
            ("yesterday", "2024-03-30T12:00:00Z"),
            ("90 minutes", "2024-03-31T10:30:00Z"),
        ] {
            let since = since(text).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(since.seconds(now), time(want).expect("time"), "{text}");
        }
        assert!(since("soon").is_err_and(|error| error.contains("2 weeks ago")));
        assert_eq!(since("15000 years").map(|since| since.seconds(now)), Ok(i64::MIN));
    }

    #[test]
    fn reports_name_their_format_or_show_it() {
        let file = |format, name: &str| Ok(Target { format, to: To::File(PathBuf::from(name)) });
        assert_eq!(report("json=a=b"), file(Format::Json, "a=b"));
        assert_eq!(report("out/x.sarif"), file(Format::Sarif, "out/x.sarif"));
        assert_eq!(report("human=-"), Ok(Target { format: Format::Human, to: To::Stdout }));
        assert!(report("serif=x").is_err_and(|error| error.contains("sarif")));
        assert!(report("x").is_err());
    }
}
