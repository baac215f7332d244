//! A word beside a name for a password, alone on a line as in a file of settings. Whether the file is one is asked of the
//! lines around it ([`crate::engine::Engine::whose`]); until then nothing but the name speaks for the word.

use super::generic::low;
use super::name::{self, Naming};
use super::vocabulary::{FOREIGN, KINDS_OF_PASSWORDS};
use super::{Context, Outcome, code, identifier, structure, words};

/// Values that settings and declarations have for names like those of passwords, beside [`KINDS_OF_PASSWORDS`].
const STATES: &[&str] = &[
    "any",
    "ask",
    "auto",
    "default",
    "disabled",
    "enabled",
    "encrypted",
    "env",
    "false",
    "file",
    "forward",
    "generated",
    "green",
    "hidden",
    "inherit",
    "invalid",
    "keyword",
    "masked",
    "never",
    "nil",
    "none",
    "null",
    "off",
    "on_create",
    "optional",
    "plain",
    "plaintext",
    "prompt",
    "random",
    "required",
    "secure",
    "str",
    "string",
    "text",
    "true",
    "undefined",
    "unset",
    "unused",
    "valid",
    "varchar",
    "wrong",
    "yes",
];

/// Words by which a value says that another belongs in its place.
const STAND_INS: &[&str] =
    &["your", "changeme", "change_me", "change-me", "changethis", "xxx", "replace", "insert", "placeholder", "example"];

/// What is done with a password, or said of one, by words before it in a name.
const DONE: &[&str] = &[
    "allow",
    "ask",
    "confirm",
    "crypted",
    "encrypted",
    "forgot",
    "generate",
    "has",
    "hashed",
    "is",
    "new",
    "no",
    "not",
    "old",
    "require",
    "reset",
    "save",
    "show",
    "update",
    "use",
];

/// What passes, and is passed, besides words: `render_pass`, `highpass`.
const PASSING: &[&str] = &[
    "all", "allpass", "band", "bandpass", "depth", "fail", "first", "high", "highpass", "low", "lowpass", "render",
    "second", "shadow", "test", "tests",
];

/// A value on a line of settings, of a name that says password or secret.
pub(super) fn setting(cx: &Context<'_>) -> Outcome {
    let value = cx.value();
    let Some(naming) = Naming::before(cx.before()) else { return Outcome::Refuted };
    if !naming.is_exact()
        || naming.is_about()
        || naming.is_encrypted()
        || naming.is_public()
        || naming.is_other_word()
        || naming.is_label()
        || !may_have(&naming, cx)
        || stands_for_another(value)
    {
        return Outcome::Refuted;
    }
    low("it stands alone on its line, as in a file of settings")
}

/// Whether the name is one for a password or a secret that may have this value.
fn may_have(naming: &Naming<'_>, cx: &Context<'_>) -> bool {
    let (value, before) = (cx.value(), cx.before().to_ascii_lowercase());
    let words = name::words(cx.before());
    if words.iter().any(|word| DONE.contains(&word.as_str())) {
        return false;
    }
    if !naming.is_password() {
        // What is called a secret in infrastructure is often the name of one: `backend-app-credentials`.
        let is_kebab = value.contains(&b'-') && value.iter().all(|b| b.is_ascii_lowercase() || *b == b'-');
        return memchr::memmem::find(&before, b"secret").is_some() && !is_kebab;
    }
    // Tests pass, too, and so does light.
    naming.says_password()
        || !value.iter().all(u8::is_ascii_digit) && !words.iter().any(|word| PASSING.contains(&word.as_str()))
}

/// Whether a value is none: a type, a state, a name, a word in whose place another belongs.
fn stands_for_another(value: &[u8]) -> bool {
    let lower = value.to_ascii_lowercase();
    let Ok(text) = std::str::from_utf8(&lower) else { return true };
    // What Java's keystores are delivered with says what to do with it, and is in use all the same.
    if text == "changeit" {
        return false;
    }
    // `Passwort`, `SecretStr`: a label, or a type.
    let is_type = value.first().is_some_and(u8::is_ascii_uppercase)
        && value.iter().any(u8::is_ascii_lowercase)
        && value.iter().all(|b| b.is_ascii_alphabetic() || matches!(b, b'!' | b'?'));
    // `BOT_GH_PSW`: a variable, from which the value is taken elsewhere.
    let is_variable =
        value.contains(&b'_') && value.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_');
    !value.iter().all(u8::is_ascii_graphic)
        || is_type
        || is_variable
        || STATES.contains(&text)
        || KINDS_OF_PASSWORDS.contains(&&lower[..])
        || FOREIGN.any_in(&lower)
        || STAND_INS.iter().any(|word| text.contains(word))
        || text.starts_with("change")
        || text.ends_with("here")
        || text.ends_with("here!")
        || words::says_none(&lower)
        || names_itself(text)
        || identifier::is_dotted_name(value)
        || is_version(value)
        || text.contains(":/")
        || structure::is_reference(&lower)
        || code::is_path_or_type(&lower)
}

/// `rpassword = "5.0"`: what is needed by a name like that is a library.
fn is_version(value: &[u8]) -> bool {
    value.contains(&b'.') && value.iter().all(|b| b.is_ascii_digit() || b".^~=*-".contains(b))
}

/// `db_password`, `smtp-password`: the name of a field, in the place of its value.
fn names_itself(text: &str) -> bool {
    let Some((first, last)) = text.rsplit_once(['_', '-']) else { return false };
    let is_word = |word: &str| word.bytes().all(|b| b.is_ascii_alphabetic());
    matches!(last, "password" | "passwd" | "passphrase" | "pass" | "pwd" | "secret" | "key" | "token")
        && first.split(['_', '-']).all(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_one(line: &str) -> bool {
        let at = line.find([':', '=']).expect("an operator") + 1;
        let start = at + line[at..].len() - line[at..].trim_start().len();
        !matches!(setting(&Context { window: line.as_bytes(), secret: start..line.len() }), Outcome::Refuted)
    }

    #[test]
    fn words_beside_names_for_passwords() {
        for line in [
            "password: kestrel",
            "serverKeystorePass: riverbank",
            "DB_PASS=kestrel",
            "acme.app.jwtSecret = acmeKestrelKey",
            "spring.datasource.password=8426",
            "key-store-password: changeit",
            "pass: kestrel",
        ] {
            assert!(is_one(line), "{line}");
        }
    }

    #[test]
    fn what_is_no_value_of_a_password() {
        for line in [
            "pass: 1432",
            "pass: green",
            "highpass: kestrel",
            "render_pass: shadow",
            "update_password: kestrel",
            "users.reset_password: kestrel",
            "export HAS_PASSWORD=kestrel",
            "password: senha",
            "password: Passwort",
            "password: SecretStr",
            "rpassword = 5.0.1",
            "password: str",
            "password: bcrypt",
            "password: config.db.password",
            "client_secret: ssm:/prod/x",
            "appSecret: backend-app-credentials",
            "password: BOT_GH_PSW",
            "smtp_password: smtp_password",
            "password: VeryStrongPasswordHere!",
        ] {
            assert!(!is_one(line), "{line}");
        }
    }
}
