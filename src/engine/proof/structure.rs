//! Formats whose structure can be checked: key ids, credentials in URLs and headers, UUIDs.

use super::{Context, Outcome, chosen, code, generic, guessable, host, placeholder, random, words};
use crate::finding::Confidence;
use data_encoding::BASE64_NOPAD;

/// An AWS access key id holds its account: 16 base-32 characters, whose first 48 bits shifted by 7 are the account's
/// number (source: the layout that AWS's `sts:GetAccessKeyInfo` resolves; ids made before 2019 hold another number).
pub(super) fn aws_key_id(cx: &Context<'_>) -> Outcome {
    let value = cx.value();
    let Some(body) = value.get(4..20) else { return Outcome::Refuted };
    let mut bits: u128 = 0;
    for byte in body {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'2'..=b'7' => byte - b'2' + 26,
            _ => return Outcome::Refuted,
        };
        bits = bits << 5 | u128::from(digit);
    }
    let account = (bits >> 32 & 0x7fff_ffff_ff80) >> 7;
    if account < 1_000_000_000_000 && value[4] >= b'Q' {
        return Outcome::Is(Confidence::High, format!("the id belongs to AWS account {account:012}").into());
    }
    Outcome::Plain(None)
}

/// The password of a URL or a connection string.
pub(super) fn url_password(cx: &Context<'_>) -> Outcome {
    let password = cx.value();
    let lower = password.to_ascii_lowercase();
    const COMMON: &[&[u8]] = &[
        b"password",
        b"passwd",
        b"pass",
        b"pwd",
        b"secret",
        b"root",
        b"admin",
        b"guest",
        b"postgres",
        b"mysql",
        b"user",
        b"username",
        b"token",
        b"test",
        b"mypassword",
        b"my-password",
        b"my_password",
        b"pw",
        b"p",
        b"pwned",
        b"bar",
        b"foo",
        b"baz",
        b"x",
        b"xx",
        b"xxx",
        b"key",
        b"none",
        b"null",
        b"hidden",
        b"credentials",
        b"apikey",
        b"api_key",
        b"mypass",
        b"userpass",
        b"passw0rd",
        b"secret1",
        b"password1",
        b"x-oauth-basic",
        b"pass123",
        b"password123",
        b"required",
        b"changeit",
    ];
    let whole = cx.after();
    let host_end = whole
        .iter()
        .position(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'@' | b'_')))
        .unwrap_or(whole.len());
    let host = whole[..host_end].to_ascii_lowercase();
    let host = host.strip_prefix(b"@").unwrap_or(&host);
    if is_reference(&lower) || lower.iter().all(|b| matches!(b, b'*' | b'x' | b'.' | b'-' | b'_')) {
        return Outcome::Refuted;
    }
    if code::is_expression(password) || password.windows(2).any(|pair| pair == b"||" || pair == b"[^") {
        return Outcome::Refuted;
    }
    // `…&amp;password=admin&amp;scope=…`, `-Dtrpurl=http://localhost:9000/`
    if lower.ends_with(b"&amp") || lower.starts_with(b"//") {
        return Outcome::Refuted;
    }
    if password.iter().any(u8::is_ascii_control) || std::str::from_utf8(password).is_err() {
        return Outcome::Refuted;
    }
    // `USER:PASSWORD@host`
    if guessable::is_itself(&lower) && password.iter().all(u8::is_ascii_uppercase) {
        return Outcome::Is(Confidence::Low, "the password is the word for one, as a document writes it".into());
    }
    let is_name = before_user(cx.before()).is_some_and(|user| user.eq_ignore_ascii_case(password));
    // `app:123456@db`: what a service was set up with, and never changed.
    let is_first = FIRST.contains(&lower.as_slice()) || is_name && chosen::is_default(password);
    let user = before_user(cx.before()).unwrap_or_default();
    let is_placed = host::is_service(host) || host::is_own(host);
    // `root:secret@db`, `postgres:password@localhost`: somebody's, where `user:password@host` is nobody's.
    let is_given = guessable::may_be(&lower) && names_somebody(user);
    // Documents have `user:password` in front of a host; who writes `foo:bar` means a database that has them.
    let is_set = || {
        let is_word = COMMON.contains(&lower.as_slice()) && !guessable::is_itself(&lower);
        is_word && !names_user(user) && is_of_store(cx.before())
    };
    if cx.before().trim_ascii_end().ends_with(b"=") && is_given_in_string(cx, &lower) {
        return Outcome::Is(Confidence::Medium, "a password that anyone would try, given to a database".into());
    }
    // `shop_23:shop_23@`: a name, and a number that somebody thought of.
    let is_numbered = is_name && password.len() >= 5 && password.iter().any(u8::is_ascii_digit);
    // `shopdb:shopdb@localhost`: what a service was set up with, whatever it is called.
    let is_own_name = is_name && password.len() >= 3 && names_somebody(user) && host::is_own(host);
    if (is_first || is_numbered) && host::is_service(host) || is_own_name || is_placed && (is_given || is_set()) {
        return Outcome::Is(Confidence::Medium, "a password that anyone would try, in front of a host".into());
    }
    // A word opens a database that a provider runs as well as anything else does.
    let word = |reason: &'static str| {
        let is_hosted = password.len() >= 4
            && !guessable::says_field(&lower)
            && !guessable::is_itself(&lower)
            && !password.iter().all(u8::is_ascii_uppercase)
            && !names_user(user)
            && host::is_hosted(host);
        match is_hosted {
            true => generic::medium("a password in front of a database that a provider runs"),
            false => generic::low(reason),
        }
    };
    if COMMON.contains(&lower.as_slice()) || is_first || is_name {
        return word("the password is a common word");
    }
    let plain = decode_percent(password);
    if plain.len() < 4 {
        return Outcome::Is(Confidence::Low, "the password is too short for a real one".into());
    }
    // `shop_reader:reader_password@db`
    if guessable::is_compound(&plain) && names_somebody(user) && is_placed && is_of_store(cx.before()) {
        return Outcome::Is(Confidence::Medium, "words for a password, in front of the host of a database".into());
    }
    if words::is_made_of_words(&plain) && !chosen::is_weak(&plain) {
        return word("the password is made of the words that people make up values of");
    }
    // A machine made it, so it opens something, wherever that is.
    let is_random = password.len() >= 16 && random::looks_random(password);
    let is_variable = whole.strip_prefix(b"@").is_some_and(|host| matches!(host.first(), Some(b'$' | b'{' | b'%')));
    if is_variable && !is_random {
        return Outcome::Is(Confidence::Low, "the host is a variable".into());
    }
    if host::is_local(host) {
        // Examples have words for passwords; what is made by chance was made for a service that runs there.
        let is_word = host::is_own(host) && names_somebody(user) && chosen::is_word(&plain);
        let is_made = !password.contains(&b'%')
            && (chosen::is_password(&plain, true, true) || chosen::is_short(&plain) || is_word);
        return match is_made || is_random {
            true => Outcome::Is(Confidence::Medium, "a user and a password in front of a local host".into()),
            false => Outcome::Is(Confidence::Low, "the host is a local or an example one".into()),
        };
    }
    Outcome::Plain(Some("a user and a password in front of a host".into()))
}

/// Whether the user of a URL is one that a service has, and no word for a user.
fn names_somebody(user: &[u8]) -> bool {
    const WORDS: &[&[u8]] = &[
        b"a",
        b"bar",
        b"bob",
        b"alice",
        b"db-user",
        b"db_user",
        b"dbuser",
        b"foo",
        b"john",
        b"login",
        b"me",
        b"my-user",
        b"my_user",
        b"myuser",
        b"myusername",
        b"name",
        b"u",
        b"user",
        b"user1",
        b"username",
        b"usr",
        b"your_user",
        b"youruser",
    ];
    let lower = user.to_ascii_lowercase();
    lower.len() >= 2
        && lower.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
        && !WORDS.contains(&lower.as_slice())
}

/// Whether a connection string gives a password that anyone would guess to a user that a database has:
/// `User Id=sa;Password=password`.
fn is_given_in_string(cx: &Context<'_>, lower: &[u8]) -> bool {
    if !guessable::may_be(lower) {
        return false;
    }
    let window = cx.window.to_ascii_lowercase();
    let names = [&b"user id"[..], b"userid", b"uid", b"username", b"user"];
    let given = |at: usize| {
        let rest = window[at..].trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
        Some(&rest[..rest.iter().position(|b| b"; \"'&,\n".contains(b)).unwrap_or(rest.len())])
    };
    let user =
        names.iter().find_map(|name| memchr::memmem::find_iter(&window, name).find_map(|at| given(at + name.len())));
    user.is_some_and(names_somebody)
}

/// Whether the user of a URL is but a word for one.
fn names_user(user: &[u8]) -> bool {
    let lower = user.to_ascii_lowercase();
    matches!(lower.as_slice(), b"" | b"u" | b"usr" | b"login" | b"name")
        || memchr::memmem::find(&lower, b"user").is_some()
}

/// Whether a URL is that of a database or a queue.
fn is_of_store(before: &[u8]) -> bool {
    const SCHEMES: &[&[u8]] = &[
        b"amqp",
        b"amqps",
        b"clickhouse",
        b"couchdb",
        b"mariadb",
        b"mongodb",
        b"mongodb+srv",
        b"mqtt",
        b"mqtts",
        b"mssql",
        b"mysql",
        b"mysql2",
        b"nats",
        b"neo4j",
        b"oracle",
        b"pg",
        b"postgres",
        b"postgresql",
        b"redis",
        b"rediss",
        b"sqlserver",
    ];
    let Some(end) = memchr::memmem::rfind(before, b"://") else { return false };
    let is_part = |b: &u8| b.is_ascii_alphanumeric() || *b == b'+';
    let start = before[..end].iter().rposition(|b| !is_part(b)).map_or(0, |i| i + 1);
    SCHEMES.contains(&before[start..end].to_ascii_lowercase().as_slice())
}

/// Digits that everyone tries.
const FIRST: &[&[u8]] = &[b"1234", b"12345", b"123456", b"12345678", b"123456789"];

/// `%40` → `@`.
fn decode_percent(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, more)) = rest.split_first() {
        let code = more.get(..2).filter(|_| *first == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        match code.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                rest = &more[2..];
            }
            None => {
                out.push(*first);
                rest = more;
            }
        }
    }
    out
}

/// The user name directly before the colon that precedes a password.
fn before_user(before: &[u8]) -> Option<&[u8]> {
    let before = before.strip_suffix(b":")?;
    let start = before.iter().rposition(|b| matches!(b, b'/' | b'@' | b'"' | b'\'' | b' ')).map_or(0, |i| i + 1);
    Some(&before[start..])
}

/// Whether a value only names where the real one is kept.
pub(super) fn is_reference(lower: &[u8]) -> bool {
    let has = |needle: &[u8]| memchr::memmem::find(lower, needle).is_some();
    // `Microsoft.KeyVault/vaults/secrets@2022-07-01`: a type of Azure, with the version of its interface.
    let is_versioned = || {
        let version = lower.rsplit(|b| *b == b'@').next().unwrap_or_default();
        has(b"/") && version.len() >= 10 && version[..4].iter().all(u8::is_ascii_digit) && version[4] == b'-'
    };
    if is_versioned() {
        return true;
    }
    lower.starts_with(b"$")
        || has(b"${")
        || has(b"$(")
        || has(b"{{")
        || has(b"<%")
        || has(b"%s")
        || has(b"%(")
        || (lower.starts_with(b"{") && lower.ends_with(b"}"))
        || (lower.starts_with(b"<") && lower.ends_with(b">"))
        || (lower.starts_with(b"[") && lower.ends_with(b"]"))
        || has(b"#{")
        || (lower.starts_with(b"%") && lower.ends_with(b"%"))
}

/// `Basic` credentials: base64 of `user:password`.
pub(super) fn basic_auth(cx: &Context<'_>) -> Outcome {
    let value = cx.value();
    let trimmed: Vec<u8> = value.iter().copied().filter(|b| *b != b'=').collect();
    // Left-over bits are tolerated: what matters is that text comes out.
    let plain = BASE64_NOPAD.decode(&trimmed).unwrap_or_default();
    let colon = plain.iter().position(|b| *b == b':');
    let is_text = plain.iter().all(|b| b.is_ascii_graphic() || *b == b' ');
    let Some(colon) = colon.filter(|_| is_text && plain.len() > 1) else {
        // Some services take a key of theirs there as it is.
        return match value.len() >= 20 && generic::kinds(value) >= 3 && random::looks_random(value) {
            true => Outcome::Is(Confidence::Medium, "a random value where credentials stand".into()),
            false => Outcome::Refuted,
        };
    };
    let (user, password) = (&plain[..colon], &plain[colon + 1..]);
    // A key in the place of the user, as many services take it.
    let is_key = user.len() >= 20 && random::looks_random(user) && generic::kinds(user) >= 2;
    if password.is_empty() && is_key {
        return Outcome::Is(
            Confidence::Medium,
            "decodes to a random user without a password, as keys are given".into(),
        );
    }
    let lower = password.to_ascii_lowercase();
    // Aladdin is the user of RFC 7617.
    if guessable::may_be(&lower) && names_somebody(user) && !user.eq_ignore_ascii_case(b"aladdin") {
        return Outcome::Is(Confidence::Medium, "decodes to a user and a password that anyone would try".into());
    }
    let common: &[&[u8]] = &[
        b"password",
        b"passwd",
        b"pass",
        b"secret",
        b"test",
        b"admin",
        b"bar",
        b"pwd",
        b"1234",
        b"guest",
        b"open sesame",
    ];
    if placeholder::is_placeholder(password)
        || is_reference(&lower)
        || common.contains(&lower.as_slice())
        || words::is_made_of_words(password)
        || password.len() < 6
        || user.eq_ignore_ascii_case(password)
    {
        return Outcome::Is(Confidence::Low, "decodes to a user and a short or common word".into());
    }
    Outcome::Is(Confidence::High, "decodes to a user and a password".into())
}

/// A UUID that is not made up of zeros or a sequence.
pub(super) fn uuid(cx: &Context<'_>) -> Outcome {
    let hex: Vec<u8> = cx.value().iter().copied().filter(u8::is_ascii_hexdigit).collect();
    if hex.len() < 32 || random::entropy(&hex) < 2.8 || placeholder::is_placeholder(&hex) {
        return Outcome::Refuted;
    }
    Outcome::Plain(Some("a UUID beside the provider's name".into()))
}
