//! A word beside a name for a password, alone on a line as in a file of settings. Whether the file is one is asked of the
//! lines around it ([`crate::engine::Engine::whose`]); until then nothing but the name speaks for the word.

use super::generic::low;
use super::name::Naming;
use super::{Context, Outcome, code, structure};

/// Values that settings have for names like those of passwords.
const STATES: &[&str] = &[
    "always",
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
    "generated",
    "hidden",
    "inherit",
    "never",
    "nil",
    "none",
    "null",
    "off",
    "on_create",
    "optional",
    "plain",
    "prompt",
    "random",
    "required",
    "secure",
    "string",
    "text",
    "true",
    "undefined",
    "unset",
    "unused",
    "yes",
];

/// Words by which a value says that another belongs in its place.
const STAND_INS: &[&str] =
    &["your", "change", "xxx", "replace", "insert", "placeholder", "example", "dummy", "todo", "fixme", "here"];

/// A value on a line of settings, of a name that says password or secret.
pub(super) fn setting(cx: &Context<'_>) -> Outcome {
    let value = cx.value();
    let Some(naming) = Naming::before(cx.before()) else { return Outcome::Refuted };
    let name = cx.before().to_ascii_lowercase();
    let is_telling = naming.is_password() || memchr::memmem::find(&name, b"secret").is_some();
    if !is_telling
        || !naming.is_exact()
        || naming.is_about()
        || naming.is_encrypted()
        || naming.is_public()
        || naming.is_other_word()
        || is_asked_for(&name)
    {
        return Outcome::Refuted;
    }
    let lower = value.to_ascii_lowercase();
    let Ok(text) = std::str::from_utf8(&lower) else { return Outcome::Refuted };
    let is_ascii = value.iter().all(u8::is_ascii_graphic);
    // `Passwort`: a label, or a type.
    let is_title = value[0].is_ascii_uppercase() && value[1..].iter().all(|b| b.is_ascii_lowercase() || *b == b'!');
    let is_stand_in = text != "changeit" && STAND_INS.iter().any(|word| text.contains(word));
    let is_bare = naming.is_password() && text.bytes().all(|b| b.is_ascii_digit()) && text.len() < 4;
    if !is_ascii
        || is_title
        || is_stand_in
        || is_bare
        || STATES.contains(&text)
        || names_itself(text)
        || names_variable(value)
        || structure::is_reference(&lower)
        || code::is_path_or_type(&lower)
    {
        return Outcome::Refuted;
    }
    low("it stands alone on its line, as in a file of settings")
}

/// `update_password`, `has_password`, `confirm-password`: what is done with one.
fn is_asked_for(name: &[u8]) -> bool {
    const DONE: &[&str] = &[
        "update_",
        "has_",
        "use_",
        "is_",
        "require_",
        "show_",
        "reset_",
        "forgot_",
        "no_",
        "hashed_",
        "encrypted_",
        "crypted_",
        "generate_",
        "allow_",
        "save_",
        "ask_",
        "not_a_",
    ];
    let name = String::from_utf8_lossy(name).replace('-', "_");
    let name = name.trim_start_matches(|c: char| !c.is_ascii_alphanumeric());
    DONE.iter().any(|word| name.starts_with(word))
}

/// `db_password`, `smtp-password`: the name of a field, in the place of its value.
fn names_itself(text: &str) -> bool {
    let Some((first, last)) = text.rsplit_once(['_', '-']) else { return false };
    let is_word = |word: &str| word.bytes().all(|b| b.is_ascii_alphabetic());
    matches!(last, "password" | "passwd" | "passphrase" | "pass" | "pwd" | "secret" | "key" | "token")
        && first.split(['_', '-']).all(is_word)
}

/// `BOT_GH_PSW`: a variable, from which the value is taken elsewhere.
fn names_variable(value: &[u8]) -> bool {
    value.contains(&b'_') && value.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_')
}
