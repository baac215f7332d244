//! A password that is the name of its user, which stands before it on its line. Anyone tries that, so it is one, whatever
//! word it is.

use super::Context;

/// How far before a password its user may stand, in bytes.
const FAR: usize = 120;

/// The shortest name.
const SHORTEST: usize = 3;

/// Whether the value stands before itself on its line as the name of a user.
pub(super) fn is_same(cx: &Context<'_>) -> bool {
    let value = cx.value();
    let is_none = value.eq_ignore_ascii_case(b"none") || value.eq_ignore_ascii_case(b"null");
    if value.len() < SHORTEST || is_none || !value[0].is_ascii_alphabetic() || !value.iter().all(|b| is_name(*b)) {
        return false;
    }
    let before = cx.before();
    let line = before.iter().rposition(|b| *b == b'\n').map_or(0, |i| i + 1);
    let before = &before[line.max(before.len().saturating_sub(FAR))..];
    memchr::memmem::find_iter(before, value).any(|at| {
        let (head, tail) = (&before[..at], &before[at + value.len()..]);
        let is_whole = !head.last().is_some_and(|b| is_name(*b)) && !tail.first().is_some_and(|b| is_name(*b));
        is_whole && (is_user(head) || is_pair(head, tail))
    })
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'$' | b'#')
}

/// Whether what stands before a name says that it is one: `username: "`, `login=`, `create user `.
fn is_user(head: &[u8]) -> bool {
    let is_between = |b: &u8| matches!(b, b'"' | b'\'' | b'`' | b'=' | b':' | b'>' | b',' | b' ' | b'\t' | b'(' | b'{');
    let end = head.iter().rposition(|b| !is_between(b)).map_or(0, |i| i + 1);
    if head.len() - end > 8 || head.len() == end {
        return false;
    }
    let start = head[..end].iter().rposition(|b| !is_name(*b)).map_or(0, |i| i + 1);
    let name = head[start..end].to_ascii_lowercase();
    [&b"user"[..], b"login", b"uid", b"usr", b"account"].iter().any(|word| memchr::memmem::find(&name, word).is_some())
}

/// Whether two equal texts are handed to something one after the other: `("kestrel", "kestrel"`, `kestrel/kestrel`.
fn is_pair(head: &[u8], tail: &[u8]) -> bool {
    let is_first = head.ends_with(b"(\"") || head.ends_with(b"('");
    is_first && matches!(tail, b"\", \"" | b"', '" | b"\",\"" | b"','")
        || tail == b"/" && head.last().is_some_and(|b| matches!(b, b' ' | b'\t'))
}

#[cfg(test)]
mod tests {
    use super::super::marked;
    use super::*;

    fn is_same_in(line: &str) -> bool {
        let (text, secret) = marked(line);
        is_same(&Context { window: text.as_bytes(), secret })
    }

    #[test]
    fn a_user_whose_name_is_the_password() {
        for line in [
            "Username = \"kestrel\", Password = \"|kestrel|\"",
            "{ user: 'kestrel', password: '|kestrel|' }",
            "create user kestrel_app identified by |kestrel_app|;",
            "conn kestrel/|kestrel|",
            "verify_password(\"kestrel\", \"|kestrel|\")",
        ] {
            assert!(is_same_in(line), "{line}");
        }
    }

    #[test]
    fn other_words_that_come_again() {
        for line in [
            "name = \"kestrel\", password = \"|kestrel|\"",
            "user = \"kestrels\", password = \"|kestrel|\"",
            "password: password, user: |password|",
            "user = \"kestrel\"\npassword = \"|kestrel|\"",
            "t(\"kestrel\", x, \"|kestrel|\")",
        ] {
            assert!(!is_same_in(line), "{line}");
        }
    }
}
