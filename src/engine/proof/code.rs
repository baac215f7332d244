//! Values that are code, text or places rather than literals: calls, expressions, messages, paths, types.

use super::Context;
use super::identifier::{is_dotted_name, is_name};
use super::letters;

/// Functions whose argument is no secret, or no longer.
const OTHER_FUNCTIONS: &[&str] = &[
    "compile",
    "contains",
    "crypt",
    "encode",
    "find",
    "generate",
    "guid",
    "hash",
    "load",
    "lookup",
    "match",
    "md5",
    "parse",
    "query",
    "random",
    "read",
    "replace",
    "require",
    "select",
    "sha",
    "split",
    "uuid",
    "verify",
    "get_",
    "getsecret",
    "translate",
    "gettext",
    "import",
    "include",
    "indexof",
    "equals",
    "endswith",
    "startswith",
    "print",
    "log",
    "error",
    "raise",
];

/// Functions that hand on what they are given.
const WRAPPERS: &[&str] = &[
    "arc", "box", "byte", "char", "default", "env", "field", "from", "literal", "new", "optional", "password",
    "secret", "some", "string", "text", "value",
];

/// Whether the argument of this function is no secret, or none any more.
pub(super) fn is_other_function(name: &[u8]) -> bool {
    let name = String::from_utf8_lossy(name).to_lowercase();
    OTHER_FUNCTIONS.iter().any(|other| name.contains(other))
}

/// Whether this function hands on what it is given.
pub(super) fn is_wrapper(name: &[u8]) -> bool {
    let name = String::from_utf8_lossy(name).to_lowercase();
    WRAPPERS.iter().any(|wrapper| name.contains(wrapper))
}

/// Whether the value is written where no variable can stand: in quotes, in an element, behind `: ` or a bare `=`.
pub(super) fn is_literal(cx: &Context<'_>) -> bool {
    let before = cx.before();
    match before.last() {
        Some(b'"' | b'\'' | b'`' | b'>') => true,
        // `password = secret1` may be code; so may `f(password=secret1)`.
        Some(b'=') => !before.ends_with(b" =") && !matches!(cx.after().first(), Some(b',' | b')')),
        Some(b' ' | b'\t') => !before.trim_ascii_end().ends_with(b"="),
        _ => true,
    }
}

/// Calls, indexing, operators: the value is an expression, not a literal. Quoted values are literals.
pub(super) fn is_code(cx: &Context<'_>) -> bool {
    let value = cx.value();
    let quoted = cx.before().last().is_some_and(|b| matches!(b, b'"' | b'\'' | b'`'));
    if quoted {
        let opening = cx.before().last().copied();
        let is_cut = cx.after().first().is_some_and(|b| matches!(b, b'"' | b'\'' | b'`') && Some(*b) != opening);
        if is_cut && value.iter().any(|b| matches!(b, b'(' | b'{' | b'[')) {
            return true;
        }
        let (end, next) = (value.ends_with(b"="), cx.after().get(1..).unwrap_or_default().trim_ascii_start());
        return cx.after().first() == Some(&b'+') || end && (value.len() < 16 || next.starts_with(b"+"));
    }
    if begins_sentence(value, cx.after()) {
        return true;
    }
    let follows_call = !cx.after().starts_with(b"</")
        && cx.after().first().is_some_and(|b| matches!(b, b'(' | b'[' | b'{' | b'.' | b'<'));
    follows_call
        || value
            .iter()
            .any(|b| matches!(b, b'(' | b')' | b'[' | b']' | b'{' | b'}' | b'<' | b'>' | b'|' | b';' | b'&' | b'\\'))
        || memchr::memmem::find(value, b"->").is_some()
        || memchr::memmem::find(value, b"::").is_some()
        || value.starts_with(b"self.")
        || value.starts_with(b"this.")
        || is_dotted_name(value)
}

/// Whether a bare word goes on as a sentence, as in translations: `forgot_password=Olvidó su clave`.
fn begins_sentence(value: &[u8], after: &[u8]) -> bool {
    let is_letter = |b: &u8| b.is_ascii_alphabetic() || *b >= 0x80;
    let next = after.strip_prefix(b" ").unwrap_or_default();
    let word = next.iter().take_while(|b| is_letter(b)).count();
    letters::is_title(value) && word > 0 && !matches!(next.get(word), Some(b'=' | b':' | b'_' | b'-' | b'.'))
}

/// Literals that hold code: `SameSite=Lax`, `Vault(filename='%s')`, `&#xf14e;`.
pub(super) fn is_expression(value: &[u8]) -> bool {
    // What stands between two literals: `),a=b.c;!d;`, `+t.token+`
    if matches!(value.first(), Some(b')' | b',' | b';' | b']' | b'}')) && value.iter().any(|b| matches!(b, b'=' | b'('))
        || value.len() >= 3 && value.starts_with(b"+") && value.ends_with(b"+")
    {
        return true;
    }
    // `jobs[-1].id`, `s[3]`, `smithy.api#bearer`
    if let Some(open) = value.iter().position(|b| *b == b'[')
        && let Some(close) = value.iter().position(|b| *b == b']')
        && open < close
    {
        let is_index = |b: &u8| b.is_ascii_digit() || matches!(b, b'-' | b'*' | b':');
        let starts = value[..open].split(|b| *b == b'.').all(|part| part.len() == 1 || is_name(part));
        if open > 0 && starts && value[open + 1..close].iter().all(is_index) {
            return true;
        }
    }
    if value.iter().filter(|b| **b == b'#').count() == 1
        && value.contains(&b'.')
        && value.split(|b| matches!(b, b'#' | b'.')).all(|part| !part.is_empty() && is_name(part))
    {
        return true;
    }
    // `required|string|min:8`
    if value.contains(&b'|') && value.split(|b| *b == b'|').all(is_name) {
        return true;
    }
    if value.starts_with(b"&#") {
        return true;
    }
    if let Some(open) = value.iter().position(|b| *b == b'(')
        && value.ends_with(b")")
    {
        return is_name(&value[..open]);
    }
    match value.iter().position(|b| *b == b'=') {
        Some(at) if at + 1 < value.len() => is_name(&value[..at]) && is_name(&value[at + 1..]),
        _ => false,
    }
}

/// Sentences and messages. What a machine drew may hold a blank, too, among signs that no sentence has.
pub(super) fn is_prose(lower: &[u8]) -> bool {
    let blanks = lower.iter().filter(|b| matches!(b, b' ' | b'\t')).count();
    let is_sign = |b: &&u8| b.is_ascii_punctuation() && !matches!(b, b',' | b'.' | b'-' | b'\'' | b'"' | b':');
    let signs = lower.iter().filter(is_sign).count();
    let is_word = |run: &[u8]| run.len() >= 4 && !letters::is_strange_word(run);
    let has_words = || lower.split(|b| !b.is_ascii_alphabetic()).any(is_word);
    blanks > 0 && (blanks * 12 > lower.len() || signs * 8 < lower.len() || has_words())
}

pub(super) fn is_path_or_type(lower: &[u8]) -> bool {
    lower.starts_with(b"/")
        || lower.starts_with(b"./")
        || lower.starts_with(b"../")
        || lower.starts_with(b"~/")
        || memchr::memmem::find(lower, b"://").is_some()
        || lower.starts_with(b"--")
        || lower.starts_with(b"@")
        || lower.starts_with(b"#")
        || lower.starts_with(b".")
        || [
            &b".py"[..],
            b".js",
            b".ts",
            b".rb",
            b".go",
            b".rs",
            b".java",
            b".json",
            b".yml",
            b".yaml",
            b".pem",
            b".key",
            b".txt",
            b".html",
            b".crt",
            b".md",
            b".com",
        ]
        .iter()
        .any(|end| lower.ends_with(end))
        || lower.ends_with(b"/aws4_request")
        || lower.starts_with(b"ssh-")
        || lower.starts_with(b"aaaab3nzac1")
        || lower.starts_with(b"aaaac3nzac1")
        || lower.starts_with(b"mfkwewyhkozizj0")
        || lower.starts_with(b"miibijanbgkqhkig9w0")
        || lower.starts_with(b"migfma0gcsqgsib3")
        || lower.starts_with(b"sha256-")
        || lower.starts_with(b"sha512-")
        || lower.starts_with(b"sha384-")
        || lower.starts_with(b"sha1-")
        // Versions in lock files, names in registries.
        || [&b"npm:"[..], b"workspace:", b"link:", b"file:", b"urn:"].iter().any(|start| lower.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_begin_with_a_word() {
        assert!(begins_sentence(b"Unohtuiko", b" salasana"));
        assert!(!begins_sentence(b"Kestrel", b" DB_HOST=x"));
        assert!(!begins_sentence(b"wzqhkvtn", b" shop"));
        assert!(!begins_sentence(b"kestrel42", b" salasana"));
        assert!(!begins_sentence(b"kestrel", b" # the old one"));
    }

    #[test]
    fn machines_draw_blanks_among_signs() {
        assert!(is_prose(b"the password is wrong!"));
        assert!(is_prose(b"a1 b2"));
        assert!(!is_prose(b"q4@m$k7^w0 l)t3c!z%p*ab_(n9+e"));
    }

    #[test]
    fn scopes_of_signatures_are_no_secrets() {
        assert!(is_path_or_type(b"q3am3uq867spqqa43p2f/20210315/us-east-1/s3/aws4_request"));
    }
}
