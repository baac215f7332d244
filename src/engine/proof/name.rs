//! The name that gives a value away, read back from the value: what it says beyond "password" or "token" tells a secret
//! from its id, its address, its time to live, and from a value made up for a test.

use super::between;
use super::vocabulary::*;
use std::borrow::Cow;

/// How far before the value its name may end.
const FAR: usize = 160;

/// A name and what stands between it and its value.
pub(in crate::engine) struct Naming<'a> {
    /// What stands before the name.
    pub(super) before: &'a [u8],
    name: &'a [u8],
    /// Quotes, operators, calls.
    pub(super) between: Cow<'a, [u8]>,
    words: Vec<String>,
    /// Index of the last telling word.
    telling: usize,
}

impl<'a> Naming<'a> {
    /// The nearest telling name before a value.
    pub fn before(before: &'a [u8]) -> Option<Self> {
        let from = before.len().saturating_sub(FAR);
        let mut end = before.len();
        while end > from {
            let is_part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
            let last = before[from..end].iter().rposition(is_part)? + from + 1;
            let start = before[from..last].iter().rposition(|b| !is_part(b)).map_or(from, |i| from + i + 1);
            // The end of an element repeats its name.
            if before[..start].ends_with(b"</") {
                end = start;
                continue;
            }
            let words = words(&before[start..last]);
            if let Some(telling) = words.iter().rposition(|word| is_telling(word)) {
                let (name, between) = (&before[start..last], between::without_conversion(&before[last..]));
                return Some(Self { before: &before[..start], name, between, words, telling });
            }
            end = start;
        }
        None
    }

    /// Whether it names a password: those are chosen by people, tokens and keys by machines.
    pub fn is_password(&self) -> bool {
        self.words.iter().any(|word| {
            PASSWORDS.any_in(word.as_bytes())
                || FOREIGN.any_in(word.as_bytes())
                || TELLING_WORDS.contains(&word.as_str())
        })
    }

    /// Whether it names a secret and no more: people choose those, too.
    pub fn is_secret(&self) -> bool {
        self.words[self.telling].starts_with("secret") && self.is_exact()
    }

    /// Whether nothing but neutral words follow the telling one: the value is the secret itself.
    pub fn is_exact(&self) -> bool {
        self.words[self.telling + 1..].iter().all(|word| NEUTRAL.contains(&word.as_str()) || word.len() == 1)
    }

    /// Whether such keys are made for ciphers.
    pub fn is_cryptographic(&self) -> bool {
        self.words.iter().any(|word| CRYPTOGRAPHIC.contains(&word.as_str()))
    }

    /// Whether its telling word is another word altogether, as in `compass` and `tokenizer`.
    pub fn is_other_word(&self) -> bool {
        OTHER_WORDS.contains(&self.words[self.telling].as_str())
    }

    /// Whether the value is about the secret: its id, its URL, its time to live.
    pub fn is_about(&self) -> bool {
        self.words[self.telling + 1..].iter().any(|word| ABOUT.contains(&word.as_str()))
            || self.is_of_list()
            || self.is_digest()
    }

    /// Whether it is what is left of a key or a token: `tokenHash`, `key-sha256`.
    fn is_digest(&self) -> bool {
        let is_digest = |word: &String| matches!(word.as_str(), "checksum" | "digest" | "hash" | "md" | "sha");
        !self.is_password() && self.words[self.telling + 1..].iter().any(is_digest)
    }

    /// Whether it only marks a place in a list, as `next_token` does.
    fn is_of_list(&self) -> bool {
        self.words[self.telling] == "token"
            && self.words[..self.telling].iter().any(|word| PAGING.contains(&word.as_str()))
    }

    /// Whether it is that of a constant: `CURLOPT_PASSWORD`, `Keys.SECRET_KEY`.
    pub(super) fn is_constant(&self) -> bool {
        let last = self.name.rsplit(|b| *b == b'.').next().unwrap_or(self.name);
        last.len() >= 6
            && last.iter().all(|b| b.is_ascii_uppercase() || *b == b'_')
            && words(last).iter().any(|word| is_telling(word))
    }

    /// Whether it has parts that dots join, as settings have: `spring.datasource.password`.
    pub(super) fn is_dotted(&self) -> bool {
        const SETTINGS: &[&[u8]] = &[
            b"database",
            b"datasource",
            b"db",
            b"ftp",
            b"hibernate",
            b"jdbc",
            b"kafka",
            b"keystore",
            b"ldap",
            b"mail",
            b"mysql",
            b"proxy",
            b"rabbitmq",
            b"redis",
            b"sasl",
            b"smtp",
            b"spring",
            b"ssl",
            b"truststore",
        ];
        let mut parts = self.name.split(|b| *b == b'.').filter(|part| !part.is_empty());
        let first = parts.next().unwrap_or_default();
        match parts.count() {
            0 => false,
            1 => SETTINGS.contains(&first),
            _ => true,
        }
    }

    /// Whether its parts are joined as names of settings are, and no names in programs: `key-store-password`, `app::password`.
    pub(super) fn is_joined(&self) -> bool {
        let is_kebab = self.name.contains(&b'-') && self.name.iter().all(|b| b.is_ascii_lowercase() || *b == b'-');
        is_kebab && !self.is_flag() && self.name[0] != b'-' || self.before.ends_with(b"::")
    }

    /// Whether the value says nothing that the name does not: `secret` is no value of `CLIENT_SECRET`.
    pub(super) fn holds(&self, value: &[u8]) -> bool {
        let value = letters(value);
        !value.is_empty() && has(&letters(self.name), &value)
    }

    /// Whether it is that of a variable of the environment, of two parts or more: `DB_PASSWORD`.
    pub(super) fn is_of_environment(&self) -> bool {
        self.words.len() >= 2
            && self.name.contains(&b'_')
            && self.name.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_')
            && !matches!(self.words[0].as_str(), "extra" | "key" | "arg" | "opt" | "field" | "param" | "attr")
    }

    /// Whether it is that of a variable by which a service is given a password: `POSTGRES_PASSWORD`, `PGPASSWORD`.
    pub(super) fn is_of_service(&self) -> bool {
        self.name == b"PGPASSWORD"
            || self.is_of_environment()
                && self.words[..self.telling].iter().any(|word| SERVICES.contains(&word.as_str()))
    }

    /// Whether it is that of something that holds a user and a password: `Credentials`, `UsernamePasswordToken`.
    pub(super) fn holds_user(&self) -> bool {
        self.words[self.telling].starts_with("credential") || self.words.iter().any(|word| word == "username")
    }

    /// Whether it is that of a flag: `--db-password`.
    pub(super) fn is_flag(&self) -> bool {
        self.name.starts_with(b"--")
    }

    /// Whether its value is a label, a message or a switch rather than a password.
    pub fn is_label(&self) -> bool {
        self.words[..self.telling].iter().any(|word| LABELS.contains(&word.as_str()))
    }

    /// Whether it says password, and not just pass, which tests do as well.
    pub fn says_password(&self) -> bool {
        let word = &self.words[self.telling];
        WHOLE_PASSWORDS.any_in(word.as_bytes()) || FOREIGN.any_in(word.as_bytes())
    }

    /// Whether a call by this name is given a password: `setPassword(`, `password(`.
    pub(super) fn is_given(&self) -> bool {
        let last = self.name.rsplit(|b| *b == b'.').next().unwrap_or(self.name);
        words(last).first().is_some_and(|word| matches!(word.as_str(), "set" | "with") || is_telling(word))
    }

    /// Whether a call by this name asks for something: `fetchToken(`, `get_secret(`.
    pub(super) fn asks(&self) -> bool {
        let last = self.name.rsplit(|b| *b == b'.').next().unwrap_or(self.name);
        let is_verb = |word: &String| matches!(word.as_str(), "delete" | "fetch" | "find" | "get" | "list" | "lookup");
        // `find_by_token(` is given one.
        let is_given = |word: &String| matches!(word.as_str(), "by" | "from" | "using" | "with");
        let words = words(last);
        words.first().is_some_and(is_verb) && !words.iter().any(is_given)
    }

    /// Whether it says of what the value names a part: `ID_PASSWORD`, `XML_PASSWORD`.
    pub(super) fn names_field(&self) -> bool {
        const OF: &[&str] =
            &["attr", "field", "flag", "id", "json", "key", "nvs", "opt", "option", "param", "prop", "tag", "xml"];
        self.words.iter().any(|word| OF.contains(&word.as_str()))
    }

    /// Whether such values are public. The secret that signs tokens against forgery is not, and a nonce only in pages.
    pub fn is_public(&self) -> bool {
        let in_page = || has(self.before, b"<script") || has(self.before, b"<style") || has(self.before, b"<link");
        self.words[self.telling] == "nonce" && in_page()
            || !self.is_secret() && !self.is_salt() && self.words.iter().any(|word| PUBLIC.contains(&word.as_str()))
    }

    /// Whether the value begins a cipher or a protocol: tests of those are full of them.
    pub fn is_of_vectors(&self) -> bool {
        matches!(self.words[self.telling].as_str(), "iv" | "nonce" | "seed")
    }

    /// Whether the author says that it is no real one, or one for tests.
    pub fn is_made_up(&self) -> bool {
        self.is_no_real_one() || self.words.iter().any(|word| TESTED.contains(&word.as_str()))
    }

    /// Whether the author says that it is no real one.
    pub(super) fn is_no_real_one(&self) -> bool {
        self.words.iter().any(|word| MADE_UP.contains(&word.as_str()))
    }

    /// Whether the value says no more than the name.
    pub fn is_repeated_by(&self, value: &[u8]) -> bool {
        let (name, value_text, value) = (letters(self.name), value, letters(value));
        // `EXTRA_PASSWORD = "com.acme.EXTRA_PASSWORD"`
        let is_qualified = || {
            let last = value_text.rsplit(|b| *b == b'.').next().filter(|last| last.len() < value_text.len());
            last.is_some_and(|last| !name.is_empty() && name.ends_with(&letters(last)) && last.len() >= 5)
        };
        value.len() >= 5 && memchr::memmem::find(&name, &value).is_some()
            || !name.is_empty() && name == value
            || is_qualified()
    }

    /// Whether the value is the ciphertext of a key: `Sealed-Key`, `wrapped_key`, `EncryptedAccessKey`.
    pub fn is_encrypted(&self) -> bool {
        let is_wrapped = |word: &String| matches!(word.as_str(), "encrypted" | "sealed" | "wrapped");
        !self.is_password() && self.words[..self.telling].iter().any(is_wrapped)
    }

    /// Whether it names a secret that signs sessions or tokens: people choose those as they choose passwords.
    pub fn is_signing(&self) -> bool {
        let signs = |word: &String| matches!(word.as_str(), "cookie" | "hmac" | "jwt" | "session" | "signing");
        self.is_secret() && self.words.iter().any(signs)
    }

    /// Whether it names the key that an application signs with: `SECRET_KEY`, `JWT_KEY`, `signingKey`, `jwtSecret`.
    pub fn is_signing_key(&self) -> bool {
        let signs = |word: &str| matches!(word, "hmac" | "jwt" | "secret" | "sign" | "signing");
        let is_secret_key = self.words[self.telling] == "key"
            && self.telling.checked_sub(1).is_some_and(|before| signs(&self.words[before]));
        self.is_exact()
            && (self.is_signing()
                || is_secret_key
                || self.is_option_for_secret()
                || self.words[self.telling] == "secretkey")
    }

    /// Whether an option for a secret is called like that and nothing else, so that even the word for one is one:
    /// `secretOrKey` of Passport, `secret` of a session of Express.
    pub fn is_option_for_secret(&self) -> bool {
        let says_or = self.words.windows(2).any(|two| two[0] == "secret" && two[1] == "or");
        says_or || self.words == ["secret"] && memchr::memmem::find(self.before, b"session(").is_some()
    }

    /// Whether it names what hashes are salted with, and no more.
    pub fn is_salt(&self) -> bool {
        self.words[self.telling] == "salt" && self.is_exact()
    }

    /// Names of headers stand beside their values in lists, too.
    pub(super) fn is_header(&self) -> bool {
        self.words[0] == "x" || self.words.iter().any(|word| word == "authorization")
    }
}

fn is_telling(word: &str) -> bool {
    TELLING.any_in(word.as_bytes()) || FOREIGN.any_in(word.as_bytes()) || TELLING_WORDS.contains(&word)
}

/// The letters of a text and nothing else, small.
fn letters(text: &[u8]) -> Vec<u8> {
    text.iter().filter(|b| b.is_ascii_alphabetic()).map(u8::to_ascii_lowercase).collect()
}

pub(super) fn has(text: &[u8], needle: &[u8]) -> bool {
    memchr::memmem::find(text, needle).is_some()
}

/// The words of a name, in lower case: split at signs and at humps.
pub(in crate::engine) fn words(name: &[u8]) -> Vec<String> {
    // `keyBase64Url` says how the value is written, and names no address.
    if let Some(at) = name.windows(5).position(|five| five.starts_with(b"64") && five[2..].eq_ignore_ascii_case(b"url"))
    {
        return words(&[&name[..at], &name[at + 5..]].concat());
    }
    let mut words: Vec<String> = Vec::new();
    let mut last = b' ';
    for (i, byte) in name.iter().enumerate() {
        if byte.is_ascii_alphabetic() {
            let next_is_lower = name.get(i + 1).is_some_and(u8::is_ascii_lowercase);
            let hump =
                byte.is_ascii_uppercase() && (last.is_ascii_lowercase() || last.is_ascii_uppercase() && next_is_lower);
            if hump || !last.is_ascii_alphabetic() || words.is_empty() {
                words.push(String::new());
            }
            if let Some(word) = words.last_mut() {
                word.push(char::from(byte.to_ascii_lowercase()));
            }
        }
        last = *byte;
    }
    // `passWord`, `PassPhrase`: one word, however it is written.
    words.dedup_by(|next, word| {
        let is_one = word == "pass" && matches!(next.as_str(), "word" | "phrase");
        if is_one {
            word.push_str(next);
        }
        is_one
    });
    words
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::engine::proof) fn naming(before: &str) -> Naming<'_> {
        Naming::before(before.as_bytes()).expect(before)
    }

    #[test]
    fn names_are_split_into_words() {
        assert_eq!(words(b"hcloudTestToken"), ["hcloud", "test", "token"]);
        assert_eq!(words(b"APIKeyID"), ["api", "key", "id"]);
        assert_eq!(words(b"PASSWORD_RESET-url2"), ["password", "reset", "url"]);
        assert_eq!(words(b"keyBase64UrlText"), ["key", "base", "text"]);
        assert_eq!(words(b"userPassWord.pass_phrase"), ["user", "password", "passphrase"]);
    }

    #[test]
    fn what_a_name_says_beyond_the_word() {
        assert!(naming("const tokenID = \"").is_about());
        assert!(naming("testSecretKey = \"").is_made_up());
        assert!(naming("glyph-name=\"compass\" unicode=\"").is_other_word());
        assert!(naming("csrf_token: '").is_public());
        assert!(naming("JWT_SECRET: '").is_signing());
        assert!(!naming("secret: '").is_signing());
        for name in ["SECRET_KEY = '", "app.secretKey = '", "JWT_SECRET: '", "JWT_SECRET_KEY="] {
            assert!(naming(name).is_signing_key(), "{name}");
        }
        assert!(!naming("secret_id = '").is_signing_key() && !naming("API_KEY = '").is_signing_key());
        assert!(!naming("PublicLinkSalt: '").is_public());
        assert!(naming("MINISIGN_PUBKEY = \"").is_public());
        assert!(naming("\"Internal-Sealed-Key\": \"").is_encrypted());
        assert!(!naming("encryptedPassword = \"").is_encrypted());
        assert!(naming("accessTokenHash = \"").is_about());
        assert!(naming("x-ms-encryption-key-sha256: \"").is_about());
        assert!(!naming("password_hash = \"").is_about());
        assert!(naming("next_token: '").is_about());
        assert!(naming("nextPageToken = \"").is_about());
        assert!(!naming("access_token: '").is_about());
        assert!(naming("forgotPassword: '").is_label());
        assert!(!naming("DB_PASSWORD: '").is_label());
        assert!(naming("DB_PWD = '").says_password());
        assert!(naming("AP_PSWD = '").is_password() && naming("DB_PASS = '").is_of_environment());
        for name in ["PASSWORD = '", "db_password = '", "EXTRA_PASSWORD = '"] {
            assert!(!naming(name).is_of_environment(), "{name}");
        }
        assert!(!naming("tests_pass: ").says_password());
        assert!(naming("Unexpected token: Name. Path '").is_sentence());
        assert!(naming("user: \"x\", password: \"").has_user(b"\""));
        assert!(!naming("the user runs (pw ").has_user(b""));
        assert!(!naming("db_password = '").is_about());
        assert!(naming("db_password = '").is_password());
    }
}
