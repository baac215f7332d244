//! Passwords that anyone would guess and that are in use all the same: `root`, `letmein`, `mysecretpassword`.
//!
//! Names of fields, types and labels are the same words, so it is not the value that counts but where it stands: behind
//! the name of a password that is given a value, and where no variable and no label can stand.

use super::name::Naming;
use super::tried::is_tried;
use super::vocabulary::KINDS_OF_PASSWORDS;
use super::{Context, code, words};

/// Words for a password itself. As values they are names of fields as often as not.
const ITSELF: &[&[u8]] = &[b"pass", b"passwd", b"password", b"passwort", b"pwd"];

/// Words by which people make a password of the word for one. Others (`new`, `confirm`, `login`) make names of fields.
const MAKERS: &[&[u8]] = &[
    b"admin", b"example", b"good", b"guest", b"my", b"root", b"secret", b"secure", b"simple", b"some", b"strong",
    b"super", b"test", b"valid", b"very",
];

/// Whether it is a word for a password itself.
pub(super) fn is_itself(value: &[u8]) -> bool {
    ITSELF.contains(&value)
}

/// `mysecretpassword`, `rootpass`, `test-password2`: the word for a password and one that makes it somebody's, in small
/// letters and nothing else; `myPassword` is nobody's field.
fn is_made(value: &[u8]) -> bool {
    if !(6..=32).contains(&value.len()) || !value[0].is_ascii_alphanumeric() {
        return false;
    }
    if value[..2].eq_ignore_ascii_case(b"my") && value.iter().any(u8::is_ascii_uppercase) {
        return is_made(&value.to_ascii_lowercase());
    }
    let is_text = value.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_' | b'!'));
    let has = |word: &&[u8]| memchr::memmem::find(value, word).is_some();
    let has_maker = |word: &&&[u8]| match **word {
        b"my" => value.starts_with(b"my") && !value.starts_with(b"mysql"),
        word => has(&word),
    };
    let names = [&b"pass"[..], b"pwd", b"secret"];
    is_text
        && names.iter().any(has)
        && !has(&&b"your"[..])
        && MAKERS.iter().filter(has_maker).count() > usize::from(!has(&names[0]) && !has(&names[1]))
        && words::is_made_of_words(value)
}

/// `kafka-secret`, `mail_root_pass`, `mystorepassword`: words in small letters, of which one is that for a password and
/// none says which field it is. Names of secrets elsewhere look so, too: for where nothing but a value can stand.
pub(super) fn is_compound(value: &[u8]) -> bool {
    let has = |word: &&[u8]| memchr::memmem::find(value, word).is_some();
    let is_text = value.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_'));
    let letters = value.iter().filter(|b| b.is_ascii_alphabetic()).count();
    (8..=32).contains(&value.len())
        && value[0].is_ascii_alphanumeric()
        && is_text
        && letters >= 8
        && [&b"pass"[..], b"pwd", b"secret"].iter().any(has)
        && !says_field(value)
        && !ITSELF.contains(&value)
        && !matches!(value, b"passphrase" | b"secrets" | b"passwords" | b"passthrough" | b"passport" | b"compass")
}

/// `my-client-secret`, `consumer_key`: words that say which key is to be put there, and nothing else.
pub(super) fn names_key(lower: &[u8]) -> bool {
    const WHICH: [&[u8]; 5] = [b"client", b"consumer", b"app", b"api", b"access"];
    const KEY: [&[u8]; 9] = [b"my", b"our", b"the", b"your", b"secret", b"token", b"key", b"id", b"test"];
    let mut rest = lower.to_vec();
    let mut is_one = false;
    for word in WHICH.iter().chain(&KEY) {
        while let Some(at) = memchr::memmem::find(&rest, word) {
            is_one |= WHICH.contains(word);
            rest.drain(at..at + word.len());
        }
    }
    is_one && rest.iter().all(|b| matches!(b, b'-' | b'_'))
}

/// Whether one of the words of a text in small letters says which field it is, or that it is no password.
pub(super) fn says_field(lower: &[u8]) -> bool {
    const FIELD: &[&[u8]] = &[
        b"again", b"change", b"client", b"confirm", b"correct", b"current", b"dummy", b"encrypt", b"enter", b"fake",
        b"field", b"forgot", b"form", b"hash", b"here", b"input", b"invalid", b"key", b"label", b"login", b"name",
        b"new", b"old", b"plain", b"repeat", b"replace", b"reset", b"text", b"token", b"type", b"user", b"value",
        b"wrong", b"your",
    ];
    FIELD.iter().any(|word| memchr::memmem::find(lower, word).is_some())
}

/// Whether it may be a password if it stands where only one can.
pub(super) fn may_be(value: &[u8]) -> bool {
    is_tried(value) || ITSELF.contains(&value) || is_made(value) || is_compound(value)
}

/// Why a value is a password that anyone would guess, given to the name before it.
pub(super) fn given(naming: &Naming<'_>, cx: &Context<'_>) -> Option<&'static str> {
    let value = cx.value();
    // What stands in backquotes is run: `$pwd = `pwd``.
    if !may_be(value) && (quoted_before(cx) || !is_plain(value)) || cx.before().ends_with(b"`") {
        return None;
    }
    let is_password = naming.is_password() && naming.is_exact() && !naming.is_label();
    let is_signing = naming.is_signing_key() || naming.is_secret() && is_tried(value) && !naming.holds(value);
    let is_made_up = naming.is_made_up() && !naming.is_of_service();
    if !(is_password || is_signing) || is_made_up || naming.is_public() || naming.function().is_some() {
        return None;
    }
    // The name of a key of a map is its own value.
    let is_sure = is_tried(value) || is_made(value);
    // `ansible_become_pass` is a variable as well.
    let is_identifier = !is_sure && is_compound(value) && (value.contains(&b'_') || naming.holds(value));
    if is_identifier && (quoted_before(cx) || !naming.is_of_environment()) {
        return None;
    }
    let is_itself = ITSELF.contains(&value) || is_signing && naming.holds(value) && !naming.is_option_for_secret();
    let is_given = if quoted_before(cx) {
        may_be(value) && is_given_in_quotes(naming, cx, is_itself, is_sure)
    } else {
        is_given_bare(naming, cx, may_be(value), is_itself, is_sure)
    };
    (is_given && !code::is_code(cx)).then_some("a word that anyone would guess, given as a password")
}

/// Whether code gives a quoted word to the name. `is_itself`: it says no more than the name; `is_sure`: it is no name of
/// anything.
fn is_given_in_quotes(naming: &Naming<'_>, cx: &Context<'_>, is_itself: bool, is_sure: bool) -> bool {
    if naming.is_assigned() {
        return !is_itself || !naming.is_constant() || naming.is_of_service();
    }
    if naming.is_compared() || naming.is_fallback() {
        return !is_itself && is_tried(cx.value());
    }
    if naming.is_argument(cx.after()) {
        return !is_itself || naming.is_of_environment();
    }
    naming.is_keyed() && (!is_itself && is_sure || naming.is_of_service())
}

/// Whether settings give a word without quotes to the name. `is_guessable`: the name is that of a password, and the word may
/// be one; other words count only where no variable of a program is called like the name.
fn is_given_bare(naming: &Naming<'_>, cx: &Context<'_>, is_guessable: bool, is_itself: bool, is_sure: bool) -> bool {
    let is_tight = cx.before().ends_with(b"=") && !cx.before().ends_with(b" =");
    // `${DB_PASSWORD:-…}`
    if cx.before().ends_with(b":-") || cx.before().ends_with(b":=") && naming.before.ends_with(b"${") {
        return naming.is_direct();
    }
    if naming.is_flag() {
        return is_guessable && !is_itself && (is_tight || naming.is_keyed());
    }
    // An element, and nothing but the word in it.
    if cx.before().ends_with(b">") && cx.after().starts_with(b"</") {
        return is_guessable && is_sure && !is_itself && naming.is_keyed();
    }
    // `docker run -e MYSQL_ROOT_PASSWORD=… mysql`
    if is_tight && is_guessable && cx.after().starts_with(b" ") && (naming.is_of_environment() || naming.is_constant())
    {
        return true;
    }
    if !ends_line(cx.after()) {
        return false;
    }
    if naming.is_of_environment() {
        return naming.is_spaced() || is_tight || naming.is_keyed();
    }
    // `spring.datasource.password=…`: no argument of a call is called so; nor is anything in a program called
    // `app::password` or `key-store-password`.
    let is_settings = is_tight && (naming.is_constant() || naming.is_dotted());
    let is_kept = naming.is_joined() && (is_tight || naming.is_keyed()) || is_tight && naming.is_dotted();
    let is_set = is_tight && naming.is_assigned() || naming.is_keyed() && is_sure;
    is_guessable && (is_settings || is_set && !is_itself)
        || is_kept && naming.is_password() && !is_itself && is_anything(cx.value())
}

/// A word of any kind that does not say that something else is to be put there, for where no name can stand.
fn is_plain(value: &[u8]) -> bool {
    const ELSE: &[&[u8]] = &[
        b"change",
        b"correct",
        b"empty",
        b"enter",
        b"error",
        b"fail",
        b"false",
        b"insert",
        b"invalid",
        b"missing",
        b"none",
        b"null",
        b"placeholder",
        b"put",
        b"replace",
        b"required",
        b"set",
        b"success",
        b"todo",
        b"true",
        b"undefined",
        b"wrong",
        b"xxx",
        b"your",
    ];
    let says_else = |lower: &[u8]| ELSE.iter().any(|word| memchr::memmem::find(lower, word).is_some());
    let is_text = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'!' | b'@' | b'#');
    if !(5..=40).contains(&value.len())
        || !value.iter().all(is_text)
        || value.iter().filter(|b| b.is_ascii_lowercase()).count() < 4
    {
        return false;
    }
    let lower = value.to_ascii_lowercase();
    !says_else(&lower) && !KINDS_OF_PASSWORDS.contains(&lower.as_slice())
}

/// A word that is given where nothing but a password can stand: any that is none for a password itself, a field or a kind.
pub(super) fn is_anything(value: &[u8]) -> bool {
    let lower = value.to_ascii_lowercase();
    let has = |word: &&[u8]| memchr::memmem::find(&lower, word).is_some();
    is_plain(value)
        && ![&b"password"[..], b"passwd", b"pwd", b"token", b"user", b"value", b"field", b"type"].iter().any(has)
        && !ITSELF.contains(&lower.as_slice())
        && lower != b"secret"
}

fn quoted_before(cx: &Context<'_>) -> bool {
    cx.before().last().is_some_and(|b| matches!(b, b'"' | b'\''))
}

/// Whether nothing but a comment follows on the line.
fn ends_line(after: &[u8]) -> bool {
    let rest = after.iter().position(|b| !matches!(b, b' ' | b'\t' | b'\r')).map_or(&[][..], |i| &after[i..]);
    // `- 'POSTGRES_PASSWORD=postgres'`
    let rest = rest.strip_prefix(b"'").or(rest.strip_prefix(b"\"")).unwrap_or(rest);
    matches!(rest.first(), None | Some(b'\n' | b'#' | b'\r'))
}

#[cfg(test)]
mod tests {
    use super::super::marked;
    use super::*;

    fn is_given(line: &str) -> bool {
        let (text, secret) = marked(line);
        let cx = Context { window: text.as_bytes(), secret };
        given(&Naming::before(cx.before()).expect(line), &cx).is_some()
    }

    #[test]
    fn words_that_are_given() {
        for line in [
            "POSTGRES_PASSWORD=|password|",
            "  WORDPRESS_DB_PASSWORD: |examplewordpress|",
            "mongodump --password |example| --gzip",
            "clientSecret = \"|12345|\"",
            "password = '|myPassword|'",
            "${POSTGRES_PASS:-|kestrel|}",
            "ENV POSTGRES_PASSWORD |password|",
            "  POSTGRES_PASSWORD: \"|password|\"",
            "  MYSQL_TEST_PASS: |secret|",
            "PGPASSWORD=\"|password|\" psql -U app",
            "TRUSTSTORE_PASSWORD = \"|password|\"",
            "${APP_USER_PWD:=|password|}",
            "export SYS_PASSWORD=\"|KestrelPassword1|\"",
            "  \"Password\": \"|123456789Aa|\",",
            "Json.obj(\"user\" -> \"x\", \"password\" -> \"|p4ssw0rd|\")",
            "- PASSWORD=|pass|",
            "docker run -e MYSQL_ROOT_PASSWORD=|root| mysql:8",
            "db.password=|password|",
            "cs[WIFI_PASSWORD] = \"|12345678|\";",
            "sasl.password=|kafka-secret|",
            "password=\"|zookeeper-secret|\";",
            "      MYSQL_ROOT_PASSWORD: |root|",
            "      - 'DB_PASSWORD=|secret|'",
            "spring.datasource.password=|root|",
            "spring.datasource.password=|password|",
            "  password: |guest|   # as it came",
            "    password: |mysecretpassword|",
            "$password = \"|password|\";",
            "passwd=\"|root|\", db=x",
            "'password' => '|admin|',",
            "password: \"|foobar|\",",
            "define('DB_PASSWORD', '|password|');",
            "app.secret_key = '|secret|'",
            "\"password\": \"|rootpass|\"",
            "  secretOrKey: \"|secret|\",",
            "app.use(session({ secret: '|secret|', resave: false }))",
            "#define ROOT_PASSWORD \"|rootpass|\"",
            "{:user => 'foo', :password => '|secret|'}",
            "passWord: \"|admin|\",",
        ] {
            assert!(is_given(line), "{line}");
        }
    }

    #[test]
    fn words_that_say_which_key() {
        assert!(names_key(b"my-client-secret") && names_key(b"consumer_key") && names_key(b"api-token"));
        assert!(!names_key(b"my-secret") && !names_key(b"client-kestrel") && !names_key(b"secret"));
    }

    #[test]
    fn words_that_are_names() {
        for line in [
            "    password: |password|",
            "    password: |password|,",
            "    password=|password|",
            "    password=|secret|,",
            "password: \"|password|\",",
            "PASSWORD = \"|password|\"",
            "KEY_PASSWORD = '|password|'",
            "  USER_PASSWORD: \"|password|\"",
            "TEST_PASSWORD: \"|password|\"",
            "password := |secret|",
            "password: '|newpassword|'",
            "password: |db-password|",
            "password: '|mysql-secret|'",
            "password = \"|login_password|\"",
            "password=('|ansible_become_pass|',",
            "password=|db_pass|",
            "user.password=|password|",
            "[password]=\"|secret|\"",
            "my $pwd = `|pwd|`;",
            "PASSCODE=\"|passcode|\"",
            "password: '|Password|'",
            "password: '|Secret|'",
            "passwordType = \"|secret|\"",
            "secretKey: '|secretkey|'",
            "client_secret=\"|secret|\"",
            "DB_PASSWORD=|changeit_please|",
            "DB_PASSWORD=|your_root_password|",
            "run --password |password| --gzip",
            "resetPassword: '|test|'",
            "password = hash(\"|secret|\")",
            "const secret = '|secret|';",
            "  secret: '|secret|',",
            "#define NVS_PASSWORD \"|secret|\"",
            "DB_PASSWORD=|replace-with-admin-password|",
        ] {
            assert!(!is_given(line), "{line}");
        }
    }
}
