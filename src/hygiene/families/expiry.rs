//! Ends: dates that have passed, that are too far away, that are near; tokens and signed URLs that say themselves how long
//! they live.

use super::super::check::{Family, File, Notes, Run};
use super::super::document::{Kind, Place};
use super::super::{moment, words};
use super::{audit, certain};
use crate::finding::Severity::{High, Low, Medium};
use data_encoding::BASE64URL_NOPAD;

/// Checks of one file.
pub const FAMILY: Family = Family {
    checks: &[
        certain(
            "expiry/declared-expired",
            High,
            "a credential is declared with an end that has passed",
            "What depends on it fails, or the date is wrong and nobody looks at it.",
            "renew it, or remove what is declared",
        ),
        certain(
            "expiry/declared-too-far",
            Medium,
            "a credential is declared with an end that is too far away",
            "An end in ten years is none: a leaked copy works until then.",
            "set an end within 90 days",
        ),
        certain(
            "expiry/expiring-soon",
            Low,
            "a declared end is near",
            "What depends on the credential fails on that day.",
            "renew it now",
        ),
        certain(
            "expiry/jwt-expired",
            Low,
            "a token in a file has expired",
            "It is dead weight, and its claims are readable by everyone.",
            "remove it",
        ),
        certain(
            "expiry/jwt-no-exp",
            High,
            "a token in a file never expires",
            "Whoever finds it can use it until the key that signed it is replaced.",
            "issue tokens with an exp claim, and replace the signing key",
        ),
        certain(
            "expiry/jwt-long-lived",
            Medium,
            "a token in a file lives for longer than the policy",
            "Whoever finds it can use it for as long.",
            "issue tokens that live for hours",
        ),
        certain(
            "expiry/sas-url-lifetime",
            High,
            "a signed URL is valid for too long",
            "Whoever has the URL has access, and URLs are kept in logs.",
            "sign URLs for minutes or hours",
        ),
        audit(
            "expiry/annotated-expiry-passed",
            Medium,
            "a note says that a key has expired or should have been rotated",
            "Either the key is dead or the note is wrong.",
            "rotate the key and renew the note",
        ),
        audit(
            "expiry/verify-response-expired",
            Low,
            "a recorded answer shows a key that has expired",
            "Recorded answers of a verify endpoint name keys and their permissions.",
            "remove the recording",
        ),
        audit(
            "expiry/verify-response-never-expires",
            Low,
            "a provider's answer shows a key without an end",
            "This key lives for ever. Recorded answers of a verify endpoint name keys and their permissions as well.",
            "give the key an end, and remove the recording if there is one",
        ),
        audit(
            "expiry/temporary-key-long-lived",
            Medium,
            "a temporary credential has no near end",
            "Temporary access that does not end is how former contractors keep it.",
            "set an end within days",
        ),
    ],
    run: Run::File(run),
};

/// Keys whose value is the end of a credential, wherever they stand in infrastructure code.
pub const ENDS: [&str; 11] = [
    "expiration_date",
    "expires_at",
    "expires_on",
    "expire_time",
    "end_date",
    "not_after",
    "expiresAt",
    "expiresOn",
    "expirationDate",
    "api_key_expiration",
    "expiration_time",
];

/// Words of a resource or section that is about credentials.
fn is_credential(path: &[&str]) -> bool {
    path.iter().any(|part| {
        let lower = part.to_ascii_lowercase();
        ["token", "secret", "key", "password", "credential", "certificate", "sas"]
            .iter()
            .any(|word| lower.contains(word))
    })
}

fn run(file: &File<'_>, notes: &mut Notes) {
    declared(file, notes);
    tokens(file, notes);
    signed_urls(file, notes);
    if matches!(file.document.kind, Kind::Yaml | Kind::Dotenv | Kind::Hcl | Kind::Shell | Kind::Toml | Kind::Ini) {
        annotated(file, notes);
    }
}

fn declared(file: &File<'_>, notes: &mut Notes) {
    let now = file.settings.now;
    let limits = file.settings.limits(None, None, file.path());
    let infra = matches!(file.document.kind, Kind::Hcl | Kind::HclJson);
    for root in &file.document.roots {
        root.walk(&mut |path, node| {
            let Some(end) = path
                .last()
                .filter(|key| ENDS.contains(key) || !infra && **key == "expires")
                .and_then(|_| moment::parse(node.literal()?))
            else {
                return;
            };
            // In Terraform the resource says what ends; in data only a section about keys does.
            let wanted = if infra { is_credential(&path[..path.len() - 1]) } else { is_inventory(file.path()) };
            if !wanted {
                return;
            }
            let subject = path[..path.len() - 1].join(".");
            let days = (end - now) / moment::DAY;
            let date = moment::words(end);
            if end < now {
                notes.add("expiry/declared-expired", node.span.clone(), subject, format!("it ended on {date}"));
            } else if days > i64::from(limits.max_expiry_days) + 1
                // Of passwords of Entra a check of their own speaks.
                && !path.iter().any(|part| {
                    part.contains("certificate") || part.contains("key_vault_key") || part.starts_with("azuread_")
                })
            {
                notes.add(
                    "expiry/declared-too-far",
                    node.span.clone(),
                    subject,
                    format!(
                        "it ends on {date}, {days} days from now, and the policy allows {}",
                        limits.max_expiry_days
                    ),
                );
            } else if days <= i64::from(limits.expiring_soon_days) {
                notes.add(
                    "expiry/expiring-soon",
                    node.span.clone(),
                    subject,
                    format!("it ends on {date}, in {days} days"),
                );
            }
        });
        if infra {
            temporary(file, root, notes);
        }
        let verified = root.entry("valid").zip(root.entry("key_id")).is_some();
        if verified && matches!(file.document.kind, Kind::Json) {
            match root.get("expires_at").map(|node| (node, node.literal().and_then(moment::parse))) {
                Some((node, Some(end))) if end < now => {
                    notes.add(
                        "expiry/verify-response-expired",
                        node.span.clone(),
                        "verify",
                        format!("the key ended on {}", moment::words(end)),
                    );
                }
                Some((_, Some(_))) => {}
                _ => {
                    notes.add(
                        "expiry/verify-response-never-expires",
                        root.span.start..root.span.start + 1,
                        "verify",
                        "the key has no expires_at",
                    );
                }
            }
        }
    }
}

/// Files in which people keep lists of keys.
fn is_inventory(path: &str) -> bool {
    let base = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let stem = base.split('.').next().unwrap_or_default();
    matches!(
        stem,
        "keys"
            | "api-keys"
            | "api_keys"
            | "tokens"
            | "secrets-inventory"
            | "key-inventory"
            | "credentials-inventory"
            | "keyhound-inventory"
    )
}

fn temporary(file: &File<'_>, root: &super::super::document::Node, notes: &mut Notes) {
    for entry in root
        .entries()
        .iter()
        .filter(|entry| entry.key == "resource" && is_credential(&[entry.labels.first().map_or("", String::as_str)]))
    {
        let label = entry.labels.last().cloned().unwrap_or_default();
        let name = entry.value.literal_at("name").unwrap_or_default().to_owned();
        let is_temporary = [&label, &name]
            .iter()
            .flat_map(|text| words::parts(text))
            .any(|part| matches!(part.as_str(), "contractor" | "temp" | "temporary" | "tmp" | "trial" | "poc"));
        if !is_temporary {
            continue;
        }
        let end = ENDS.iter().find_map(|key| entry.value.get(key));
        let far = match end {
            None => ["ttl", "end_date_relative", "seconds_to_live", "rotation_configuration"]
                .iter()
                .all(|key| entry.value.get(key).is_none()),
            Some(node) => {
                node.literal().and_then(moment::parse).is_some_and(|end| end - file.settings.now > 90 * moment::DAY)
            }
        };
        if far {
            notes.add(
                "expiry/temporary-key-long-lived",
                entry.key_span.clone(),
                entry.labels.join("."),
                format!("{} is named as temporary", entry.labels.join(".")),
            );
        }
    }
}

/// JWTs: three parts, the first two of which are JSON.
fn tokens(file: &File<'_>, notes: &mut Notes) {
    let limits = file.settings.limits(None, None, file.path());
    // Longer ones are no headers of requests; a run of letters that holds the mark again and again is none at all.
    const LONGEST: usize = 16 << 10;
    const MOST_IN_A_RUN: usize = 8;
    let mut run = (0, 0);
    for (at, _) in file.text.match_indices("eyJ") {
        let rest = &file.text[at..];
        if at >= run.0 {
            let is_other = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
            run = (at + rest.find(is_other).unwrap_or(rest.len()), 0);
        }
        run.1 += 1;
        let end = run.0 - at;
        if run.1 > MOST_IN_A_RUN || end > LONGEST {
            continue;
        }
        let mut parts = rest[..end].split('.');
        let (Some(head), Some(body), Some(signature)) = (parts.next(), parts.next(), parts.next()) else { continue };
        let json = |part: &str| -> Option<serde_json::Value> {
            serde_json::from_slice(&BASE64URL_NOPAD.decode(part.as_bytes()).ok()?).ok()
        };
        let Some((head, claims)) = json(head).zip(json(body)) else { continue };
        if head.get("alg").is_none()
            || signature.len() < 16
            || head.get("alg").and_then(|alg| alg.as_str()) == Some("none")
        {
            continue;
        }
        let span = at..at + end;
        let subject = format!(
            "token {}",
            claims
                .get("iss")
                .and_then(|iss| iss.as_str())
                .filter(|iss| iss.len() < 80)
                .unwrap_or("of an unknown issuer")
        );
        let number = |name: &str| claims.get(name).and_then(serde_json::Value::as_f64);
        match number("exp") {
            None => {
                notes.add("expiry/jwt-no-exp", span, subject, "it has no exp claim");
            }
            Some(exp) if exp < file.settings.now as f64 => {
                notes.add("expiry/jwt-expired", span, subject, format!("it expired on {}", moment::words(exp as i64)));
            }
            Some(exp) => {
                let start = number("iat").or_else(|| number("nbf")).unwrap_or(file.settings.now as f64);
                let days = (exp - start) / moment::DAY as f64;
                if super::exceeds(days, limits.max_expiry_days) {
                    notes.add(
                        "expiry/jwt-long-lived",
                        span,
                        subject,
                        format!("it lives {} days, until {}", days as i64, moment::words(exp as i64)),
                    );
                }
            }
        }
    }
}

/// Shared access signatures of Azure, presigned URLs of AWS and of Google Cloud.
fn signed_urls(file: &File<'_>, notes: &mut Notes) {
    let limit = file.settings.limits(None, None, file.path()).max_expiry_days;
    const LONGEST: usize = 8 << 10;
    let mut seen = (0, "");
    for (at, mark) in file
        .text
        .match_indices("sig=")
        .chain(file.text.match_indices("X-Amz-Signature="))
        .chain(file.text.match_indices("X-Goog-Signature="))
    {
        let is_end = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '<' | '>' | ')' | '(');
        // Of one URL once, whatever it holds.
        if at < seen.0 && mark == seen.1 {
            continue;
        }
        let from = file.text.floor_char_boundary(at.saturating_sub(LONGEST));
        let start = file.text[from..at]
            .char_indices()
            .rfind(|(_, c)| is_end(*c))
            .map_or(from, |(before, c)| from + before + c.len_utf8());
        let to = file.text.floor_char_boundary((at + LONGEST).min(file.text.len()));
        let end = file.text[at..to].find(is_end).map_or(to, |end| at + end);
        seen = (end, mark);
        let query = &file.text[start..end];
        let value =
            |name: &str| query.split(['?', '&', ';']).find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        let (from, until) = if mark == "sig=" {
            if value("sv").is_none() {
                continue;
            }
            let time = |text: &str| moment::parse(&text.replace("%3A", ":").replace("%3a", ":"));
            (value("st").and_then(time).unwrap_or(file.settings.now), value("se").and_then(time))
        } else {
            let lead = if mark.starts_with("X-Amz") { "X-Amz" } else { "X-Goog" };
            let date = value(&format!("{lead}-Date")).and_then(compact);
            let seconds = value(&format!("{lead}-Expires")).and_then(|text| text.parse::<i64>().ok());
            (date.unwrap_or(file.settings.now), date.zip(seconds).map(|(date, seconds)| date + seconds))
        };
        let Some(until) = until else { continue };
        let days = (until - from) / moment::DAY;
        let host = super::super::document::request::host(query).unwrap_or_else(|| "a store".to_owned());
        if until < file.settings.now {
            notes
                .add(
                    "expiry/sas-url-lifetime",
                    start..end,
                    format!("signed URL of {host}"),
                    format!("it ended on {}", moment::words(until)),
                )
                .severity(Low);
        } else if days > i64::from(limit) {
            notes.add(
                "expiry/sas-url-lifetime",
                start..end,
                format!("signed URL of {host}"),
                format!("it is valid for {days} days, until {}", moment::words(until)),
            );
        }
    }
}

/// `20260131T120000Z`
fn compact(text: &str) -> Option<i64> {
    let t = text.get(..15).filter(|t| t.is_ascii() && t.as_bytes()[8] == b'T')?;
    moment::parse(&format!("{}-{}-{}T{}:{}:{}Z", &t[..4], &t[4..6], &t[6..8], &t[9..11], &t[11..13], &t[13..15]))
}

/// `NAME_EXPIRES=2026-01-31`, `# expires: 2026-01-31` beside a key.
fn annotated(file: &File<'_>, notes: &mut Notes) {
    let lines: Vec<&str> = file.text.lines().collect();
    let mut at = 0;
    for (number, line) in file.text.split_inclusive('\n').enumerate() {
        let start = at;
        at += line.len();
        let lower = line.to_ascii_lowercase();
        let Some(comment) = lower.find('#').or_else(|| lower.find("//")).filter(|at| line.is_char_boundary(*at)) else {
            continue;
        };
        let Some(word) = ["expires", "expiry", "rotate by", "rotate before", "valid until", "renew by"]
            .iter()
            .find(|word| lower[comment..].contains(**word))
        else {
            continue;
        };
        let Some(date) = date_in(&lower[comment..]) else { continue };
        // The line that the comment stands on, else the first one below that is no comment.
        let below = lines[number + 1..(number + 4).min(lines.len())]
            .iter()
            .find(|line| !line.trim_start().starts_with(['#', '/']));
        let alone = line[..comment].trim().is_empty();
        let near = if alone { below.copied() } else { Some(&line[..comment]) };
        let name_of = |line: &str| {
            line.split(['=', ':']).next().unwrap_or_default().trim().trim_start_matches("export ").to_owned()
        };
        let beside = near.map(name_of).filter(|name| words::is_secret_name(name));
        if let Some(name) = beside.filter(|_| date < file.settings.now) {
            let span = start + comment..start + line.trim_end().len();
            notes.add(
                "expiry/annotated-expiry-passed",
                span,
                name,
                format!("\"{word}\" names {}, which has passed", moment::words(date)),
            );
        }
    }
    for pair in file
        .document
        .pairs
        .iter()
        .filter(|pair| pair.known && matches!(pair.place, Place::Dotenv | Place::Environment | Place::Shell))
    {
        let ends = ["_EXPIRES", "_EXPIRES_AT", "_EXPIRY", "_EXPIRES_ON", "_ROTATE_BY"]
            .iter()
            .find_map(|end| pair.name.strip_suffix(end));
        let Some(name) = ends.filter(|name| words::is_secret_name(name)) else { continue };
        if let Some(end) = moment::parse(&pair.value).filter(|end| *end < file.settings.now) {
            notes.add(
                "expiry/annotated-expiry-passed",
                pair.span.clone(),
                name,
                format!("{} names {}, which has passed", pair.name, moment::words(end)),
            );
        }
    }
}

fn date_in(text: &str) -> Option<i64> {
    text.char_indices()
        .filter(|(_, c)| c.is_ascii_digit())
        .find_map(|(at, _)| moment::parse(text.get(at..at + 10).filter(|t| t.contains('-'))?))
}
