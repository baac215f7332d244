//! Values that are code, text or places rather than literals: calls, expressions, messages, paths, types.

use super::Context;
use super::held::Held;
use super::identifier::{is_dotted_name, is_name};
use super::letters;
use data_encoding::BASE64;

/// Functions whose argument is no secret, or no longer.
static OTHER_FUNCTIONS: Held<37> = Held::of([
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
]);

/// Functions that hand on what they are given.
static WRAPPERS: Held<17> = Held::of([
    "arc", "box", "byte", "char", "default", "env", "field", "from", "literal", "new", "optional", "password",
    "secret", "some", "string", "text", "value",
]);

/// Whether the argument of this function is no secret, or none any more.
pub(super) fn is_other_function(name: &[u8]) -> bool {
    OTHER_FUNCTIONS.any_in(&name.to_ascii_lowercase())
}

/// Whether this function hands on what it is given.
pub(super) fn is_wrapper(name: &[u8]) -> bool {
    WRAPPERS.any_in(&name.to_ascii_lowercase())
}

/// Whether the value is written where no variable can stand: in quotes, in an element, behind `: ` or a bare `=`.
pub(super) fn is_literal(cx: &Context<'_>) -> bool {
    let before = cx.before();
    match before.last() {
        Some(b'"' | b'\'' | b'`' | b'>') => true,
        // `password = secret1` may be code; so may `f(password=secret1)`.
        // Nor is what is taken from a list: `password=parts[1]`.
        Some(b'=') => {
            !before.ends_with(b" =")
                && !matches!(cx.after(), [b',' | b')', ..] | [b'[', b'0'..=b'9' | b'"' | b'\'', ..])
        }
        Some(b' ' | b'\t') => !before.trim_ascii_end().ends_with(b"=") || is_set_by_make(before),
        _ => true,
    }
}

/// `DB_PASS := …`, `TOKEN ?= …`: variables of make, whose values have no quotes.
fn is_set_by_make(before: &[u8]) -> bool {
    let rest = before.trim_ascii_end();
    let Some(rest) = rest.strip_suffix(b":=").or(rest.strip_suffix(b"?=")) else { return false };
    let rest = rest.trim_ascii_end();
    let name = &rest[rest.iter().rposition(|b| !(b.is_ascii_alphanumeric() || *b == b'_')).map_or(0, |i| i + 1)..];
    name.len() >= 4 && !name.iter().any(u8::is_ascii_lowercase)
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
        return cx.after().first() == Some(&b'+')
            || end && (value.len() < 16 && !is_padded(value) || next.starts_with(b"+"));
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
        || memchr::memmem::find(value, b"?.").is_some()
        || value.starts_with(b"self.")
        || value.starts_with(b"this.")
        || value.strip_prefix(b"!").is_some_and(|rest| is_name(rest) || is_dotted_name(rest))
        || is_asserted(value)
        || is_dotted_name(value)
}

/// `options.Password!`, `CharArray?`, `String!`: marks of what may be missing and of what must not.
fn is_asserted(value: &[u8]) -> bool {
    let Some(body) = value.strip_suffix(b"!").or(value.strip_suffix(b"?")) else { return false };
    is_dotted_name(body) || body.iter().all(u8::is_ascii_alphabetic) && !letters::are_strange(body)
}

/// Whether a short value that ends in `=` is base64, and not the name of a parameter as in `"access_token=" + token`.
fn is_padded(value: &[u8]) -> bool {
    let digits = value.iter().any(u8::is_ascii_digit);
    value.len() >= 8
        && BASE64.decode(value).is_ok()
        && value.iter().any(u8::is_ascii_uppercase)
        && (digits && value.iter().any(u8::is_ascii_lowercase) || letters::are_strange(value))
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
        || value.len() >= 3 && value.starts_with(b"+") && (value.ends_with(b"+") || value.contains(&b'('))
        || value.starts_with(b",") && value.ends_with(b":")
    {
        return true;
    }
    // `list[TokenInfo]`, `Optional[str]`
    if let Some(open) = value.iter().position(|b| *b == b'[')
        && open > 0
        && let Some(inner) = value[open + 1..].strip_suffix(b"]")
        && is_name(&value[..open])
        && is_name(inner)
    {
        return true;
    }
    // `license-{id}`, `ldap.domains.{DOMAIN}.password`
    if let Some(open) = value.iter().position(|b| *b == b'{')
        && let Some(length) = value[open..].iter().position(|b| *b == b'}')
        && length > 2
        && value[open + 1..open + length].iter().all(|b| b.is_ascii_alphabetic() || *b == b'_')
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
    let is_check = |part: &[u8]| {
        let colon = part.iter().position(|b| *b == b':').unwrap_or(part.len());
        is_name(&part[..colon]) && part[colon..].iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b':' | b'_'))
    };
    if value.contains(&b'|') && value.split(|b| *b == b'|').all(is_check) {
        return true;
    }
    // `Accounts:0:Password`, `HIGH:!aNULL:!MD5`
    if value.iter().filter(|b| **b == b':').count() >= 2 && is_name(value)
        || memchr::memmem::find(value, b":!").is_some()
    {
        return true;
    }
    if value.starts_with(b"&#") || is_filled_in(value) {
        return true;
    }
    if let Some(open) = value.iter().position(|b| *b == b'(')
        && value.ends_with(b")")
    {
        return is_name(&value[..open]);
    }
    match value.iter().position(|b| *b == b'=') {
        Some(at) if at + 1 < value.len() => {
            let rest = &value[at + 1..];
            is_name(&value[..at]) && (is_name(rest) || rest.iter().all(u8::is_ascii_digit))
        }
        _ => false,
    }
}

/// `token$tokenCounter`, `string.$S2.delim`: names that a program puts others into.
fn is_filled_in(value: &[u8]) -> bool {
    let Some(at) = value.iter().position(|b| *b == b'$') else { return false };
    let (head, tail) = (&value[..at], &value[at + 1..]);
    let is_word = |text: &[u8]| text.iter().all(u8::is_ascii_alphabetic) && !letters::are_strange(text);
    let has_hump = tail.windows(2).any(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase());
    // `$1`, `$S2`
    let digits = if tail.first().is_some_and(u8::is_ascii_uppercase) { &tail[1..] } else { tail };
    let is_capture = digits.first().is_some_and(u8::is_ascii_digit)
        && digits.get(1).is_none_or(|b| matches!(b, b'.' | b'-'))
        && (head.ends_with(b".") || head.ends_with(b"-"));
    !head.is_empty() && is_word(head) && has_hump && tail.len() >= 8 && is_word(tail)
        || is_capture && head.split(|b| matches!(b, b'.' | b'-')).all(is_word)
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
            b".cfg",
            b".conf",
            b".csv",
            b".dll",
            b".exe",
            b".jar",
            b".jks",
            b".log",
            b".p12",
            b".pfx",
            b".php",
            b".xml",
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
    fn values_that_may_be_missing_are_code() {
        for text in ["options.Password!", "CharArray?", "String!", "UUID!", "userMap.sha256.password?"] {
            assert!(is_asserted(text.as_bytes()), "{text}");
        }
        for text in ["kestrel9!", "wzqhkvtn!", "String", "k.9!"] {
            assert!(!is_asserted(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn base64_may_be_short() {
        assert!(is_padded(b"c0NhbGVpbzEyMw=="));
        assert!(is_padded(b"cDQ1NXcwcmQ="));
        assert!(!is_padded(b"accessToken="));
        assert!(!is_padded(b"&password="));
    }

    #[test]
    fn machines_draw_blanks_among_signs() {
        assert!(is_prose(b"the password is wrong!"));
        assert!(is_prose(b"a1 b2"));
        assert!(!is_prose(b"q4@m$k7^w0 l)t3c!z%p*ab_(n9+e"));
    }

    #[test]
    fn names_with_others_in_them() {
        for text in ["token$tokenCounter", "keyword.tag-$1", "string.$S2.delim"] {
            assert!(is_filled_in(text.as_bytes()), "{text}");
        }
        for text in ["pa$word", "k3$tokenCounter", "kes-trel9$x", "$token"] {
            assert!(!is_filled_in(text.as_bytes()), "{text}");
        }
        assert!(is_expression(b"required|alpha_dash|string|max:255"));
        assert!(!is_expression(b"q4|kx:7T"));
        for text in ["+(this.state.passwordError?", ",submit:", "license-{id}", "+encodeURIComponent(i)),h+="] {
            assert!(is_expression(text.as_bytes()), "{text}");
        }
        assert!(!is_expression(b"k{9}x") && !is_expression(b"+9fK2mQ7x"));
        for text in ["list[TokenInfo]", "Optional[str]", "port=1", "seederSettings:Accounts:0:Password", "!SRP:!kRSA"] {
            assert!(is_expression(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn scopes_of_signatures_are_no_secrets() {
        assert!(is_path_or_type(b"q3am3uq867spqqa43p2f/20210315/us-east-1/s3/aws4_request"));
    }
}
