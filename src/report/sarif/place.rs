//! Places as SARIF names them. A result needs a URI, and code scanning services refuse all schemes but `file`, so:
//!
//! - a path is a relative reference, percent-encoded (RFC 3986); an absolute path is a `file` URI;
//! - what has no path, a commit or tag message or a blob that no tree holds, is at `.git/objects/1a/2b3c…`, where git
//!   keeps such an object while it is loose, and has a logical location that says what it is;
//! - standard input is at `stdin`.

use super::{bag, text};
use crate::finding::{Location, Place};
use crate::report::record::CommitRecord;
use serde_json::json;
use serde_sarif::sarif;

/// The SARIF location of a place.
pub(super) fn location(place: &Location) -> sarif::Location {
    let at = place.position;
    let number = |n: u64| Some(i64::try_from(n.max(1)).unwrap_or(i64::MAX));
    sarif::Location {
        physical_location: Some(sarif::PhysicalLocation {
            artifact_location: Some(sarif::ArtifactLocation { uri: Some(uri_of(place)), ..Default::default() }),
            region: Some(sarif::Region {
                start_line: number(at.line),
                start_column: number(at.column),
                end_line: number(at.end_line.max(at.line)),
                end_column: number(at.end_column),
                ..Default::default()
            }),
            ..Default::default()
        }),
        logical_locations: logical(place).map(|one| vec![one]),
        properties: Some(bag([
            ("commit", json!(place.commit().map(|commit| CommitRecord::of(commit)))),
            ("object", json!(place.object().map(|id| id.to_string()))),
            ("in_head", json!(place.in_head)),
            ("reachable", json!(place.reachable)),
            ("refs", json!(place.refs)),
        ])),
        ..Default::default()
    }
}

/// For a finding about a project as a whole.
pub(super) fn nowhere() -> sarif::Location {
    sarif::Location {
        physical_location: Some(sarif::PhysicalLocation {
            artifact_location: Some(sarif::ArtifactLocation { uri: Some(".".to_owned()), ..Default::default() }),
            ..Default::default()
        }),
        message: Some(text("The project as a whole.")),
        ..Default::default()
    }
}

fn uri_of(place: &Location) -> String {
    match (&place.path, place.object()) {
        (Some(path), _) => path_uri(path),
        (None, Some(id)) => {
            let id = id.to_string();
            format!(".git/objects/{}/{}", &id[..2], &id[2..])
        }
        (None, None) => "stdin".to_owned(),
    }
}

/// What a place without a path is.
fn logical(place: &Location) -> Option<sarif::LogicalLocation> {
    let (kind, name) = match (&place.place, &place.path) {
        (Place::Message { object, commit: Some(_) }, _) => ("commit message", format!("commit {object}")),
        (Place::Message { object, commit: None }, _) => ("tag message", format!("tag {object}")),
        (Place::History { blob, .. }, None) => ("git object", format!("blob {blob}")),
        (Place::Stdin, None) => ("stream", "standard input".to_owned()),
        _ => return None,
    };
    Some(sarif::LogicalLocation { kind: Some(kind.to_owned()), fully_qualified_name: Some(name), ..Default::default() })
}

/// A path as a URI reference: relative paths stay relative, absolute ones become `file` URIs.
pub(super) fn path_uri(path: &[u8]) -> String {
    let path = path.strip_prefix(b"./").unwrap_or(path);
    match path {
        [] => ".".to_owned(),
        [b'/', ..] => format!("file://{}", encode(path)),
        _ => encode(path),
    }
}

/// A directory as a URI with a scheme, which a repository must have.
pub(super) fn directory_uri(path: &[u8]) -> String {
    match path {
        [b'/', ..] => path_uri(path),
        _ => format!("file:{}", path_uri(path)),
    }
}

/// The URI of a remote, without the credentials that it should not have in the first place.
pub(super) fn remote_uri(remote: &str) -> String {
    if let Some((scheme, rest)) = remote.split_once("://") {
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
        // Over ssh the user (`git`) belongs to the address; anywhere else it is a token or stands before one.
        let user = if scheme == "ssh" && !user.is_empty() { format!("{}@", before_colon(user)) } else { String::new() };
        let path = &path[..path.find(['?', '#']).unwrap_or(path.len())];
        return format!("{}://{}{}{}", scheme, reencode(&user), reencode(host), reencode(path));
    }
    // `git@host:path`, unless it is a path.
    match remote.split_once(':') {
        Some((host, path)) if !host.contains('/') && !host.is_empty() => {
            format!("ssh://{}/{}", reencode(host), reencode(path.trim_start_matches('/')))
        }
        _ => directory_uri(remote.as_bytes()),
    }
}

fn before_colon(user: &str) -> &str {
    user.split_once(':').map_or(user, |(name, _)| name)
}

/// Percent-encodes all but unreserved characters and slashes.
fn encode(bytes: &[u8]) -> String {
    encode_but(bytes, b"/")
}

/// Encodes what must never stand in a URI and leaves what already is one.
fn reencode(part: &str) -> String {
    encode_but(part.as_bytes(), b"/:@%[]!$&'()*+,;=")
}

fn encode_but(bytes: &[u8], plain: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for byte in bytes {
        let is_unreserved = byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
        if is_unreserved || plain.contains(byte) {
            out.push(char::from(*byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_percent_encoded() {
        assert_eq!(path_uri(b"./src/a b#1.rs"), "src/a%20b%231.rs");
        assert_eq!(path_uri("naïve/100%.txt".as_bytes()), "na%C3%AFve/100%25.txt");
        assert_eq!(path_uri(b"caf\xe9"), "caf%E9");
        // A colon in the first segment would read as a scheme.
        assert_eq!(path_uri(b"c:x"), "c%3Ax");
        assert_eq!(path_uri(b"/etc/a b"), "file:///etc/a%20b");
        assert_eq!(path_uri(b"../up"), "../up");
    }

    #[test]
    fn remotes_lose_their_credentials() {
        assert_eq!(remote_uri("https://user:token@example.org/a/b.git"), "https://example.org/a/b.git");
        assert_eq!(remote_uri("https://token@example.org:8443/a?t=1"), "https://example.org:8443/a");
        assert_eq!(remote_uri("ssh://git:pw@example.org/a"), "ssh://git@example.org/a");
        assert_eq!(remote_uri("git@example.org:a/b.git"), "ssh://git@example.org/a/b.git");
        assert_eq!(remote_uri("/srv/git/a b"), "file:///srv/git/a%20b");
        assert_eq!(remote_uri("../a"), "file:../a");
    }
}
