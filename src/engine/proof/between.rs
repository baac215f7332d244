//! What stands between a name and a value: whether it gives the value to the name, or another name does.

use super::name::{Naming, has};
use std::borrow::Cow;

impl<'a> Naming<'a> {
    /// Whether name and value are neighbours in a condition or in a list: a comma joins them only as the arguments of one call, as in
    /// `define("DB_PASSWORD", "…")`.
    pub fn is_neighbour_only(&self) -> bool {
        // `has("password") && is("…")`: another condition, of something else.
        if has(&self.between, b"&&") {
            return true;
        }
        let is_closer = |b: &u8| matches!(b, b'"' | b'\'' | b'`' | b'\\' | b')' | b']' | b' ' | b'\t');
        let closers = self.between.iter().take_while(|b| is_closer(b)).count();
        if self.between.get(closers) != Some(&b',') || self.is_header() {
            return false;
        }
        // `"--password", default="…"`, `"Key": "API_TOKEN", "Value": "…"`, `set :password, "…"`
        if self.between[closers..].iter().any(|b| matches!(b, b':' | b'=')) || self.before.ends_with(b":") {
            return false;
        }
        let closers = &self.between[..closers];
        // `curl_easy_setopt(curl, CURLOPT_PASSWORD, "…")`, `put(Keys.SECRET_KEY, "…")`
        if closers.is_empty() && self.is_constant() {
            return !has(self.before, b"(");
        }
        let is_quoted = closers.first().is_some_and(|b| matches!(b, b'"' | b'\'' | b'`' | b'\\'));
        // `-define(PASSWORD, "…")` is Erlang's assignment, `{password, "…"}` is a pair there and in Elixir.
        if self.before.ends_with(b"-define(") && closers.is_empty() {
            return false;
        }
        if self.before.ends_with(b"{") && closers.is_empty() {
            return false;
        }
        let is_call = without_quotes(self.before).ends_with(b"(")
            || [&b"buildConfigField"[..], b"resValue"].iter().any(|call| has(self.before, call));
        !is_quoted || !is_call || closers.iter().any(|b| matches!(b, b')' | b']'))
    }

    /// Whether the value is a word marked as code that follows the name in a sentence.
    pub fn is_sentence(&self) -> bool {
        // `user `svc` and password `…``
        let is_login = self.is_password() && has(self.before, b"user") && has(self.before, b"` ");
        // `Unexpected token: Name. Path '…'`
        has(&self.between, b". ")
            || self.between.ends_with(b"`")
                && !is_login
                && !self.between.ends_with(b" is `")
                && !self.between.iter().any(|b| matches!(b, b'=' | b':' | b',' | b'(' | b'|' | b'?'))
    }

    /// Whether nothing but quotes, an operator and perhaps a type stand between name and value: no other name does, as in
    /// `name="password" class="…"`.
    pub fn is_direct(&self) -> bool {
        let rest = behind_value(&self.between).trim_ascii_start();
        let rest = rest.strip_prefix(b"?").or(rest.strip_prefix(b"!")).unwrap_or(rest);
        // A binding of a template holds an expression: `:password="form"`.
        let is_bound = match self.before.last() {
            // Puppet names what it is given `app::db::password: kestrel`; `:password => "…"` is a key of Ruby.
            Some(b':') => !self.before.ends_with(b"::") && !rest.starts_with(b"=>"),
            Some(b'@') => true,
            // `[password]="form"`, and not `cs[DB_PASSWORD] = "…"`.
            Some(b'[') => {
                !self.before[..self.before.len() - 1].last().is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_')
            }
            // Elsewhere it begins a comment.
            Some(b'#') => has(self.before, b"<"),
            _ => false,
        };
        let head = rest.iter().rposition(u8::is_ascii_alphanumeric).map_or(0, |i| i + 1);
        // What a literal is marked with: `b"…"`.
        let is_plain = head == 0 || head == 1 && rest.len() > 1 || head + 1 == rest.len() && !has_word(&rest[..head]);
        // A type: `password: String = "…"`, `Dim password As String = "…"`.
        let is_typed =
            rest.starts_with(b":") || rest.get(..10).is_some_and(|head| head.eq_ignore_ascii_case(b"as string "));
        !is_bound && (is_plain || is_typed)
    }

    /// Whether the value is that of another attribute: `name="password" ref="…"`, `json:"password" validate:"…"`. An attribute called value is its own.
    pub fn is_other_attribute(&self) -> bool {
        const VALUES: &[&[u8]] =
            &[b"value", b"val", b"default", b"defaultvalue", b"content", b"data", b"text", b"string"];
        let Some(rest) = self.between.strip_prefix(b"\"").or(self.between.strip_prefix(b"'")) else { return false };
        let word = rest.trim_ascii_start();
        let Some(word) = word.strip_suffix(b"\"").or(word.strip_suffix(b"'")) else { return false };
        let Some(name) = word.strip_suffix(b"=").or(word.strip_suffix(b":")) else { return false };
        let is_name = !name.is_empty() && name.iter().all(|b| b.is_ascii_alphabetic() || matches!(b, b'-' | b':'));
        let last = name.rsplit(|b| *b == b':').next().unwrap_or(name).to_ascii_lowercase();
        word.len() + 1 < rest.len() && is_name && !VALUES.contains(&last.as_slice())
    }

    /// Whether an assignment gives the value to the name: no key of an object, where labels stand as well.
    pub fn is_assigned(&self) -> bool {
        let signs: Vec<u8> = self.between.iter().copied().filter(u8::is_ascii_punctuation).collect();
        let operator = || signs.iter().filter(|b| matches!(b, b'=' | b'!' | b'>' | b'<'));
        self.is_direct() && (operator().eq([b'='].iter()) || operator().next().is_none() && self.is_defined())
    }

    /// Whether it is that of a constant of C, and not of one that names a key, a flag or a field.
    fn is_defined(&self) -> bool {
        let defines = self.before.trim_ascii_end().strip_suffix(b"define").unwrap_or_default();
        defines.trim_ascii_end().ends_with(b"#") && !self.names_field()
    }

    /// Whether it is compared with the value: `password == "…"`.
    pub fn is_compared(&self) -> bool {
        matches!(self.signs().as_slice(), b"==" | b"===")
    }

    /// Whether the name is that of a variable, and no key in quotes or brackets as tables of labels have them.
    pub fn is_bare(&self) -> bool {
        let is_quoted = matches!(self.between.first(), Some(b'"' | b'\'' | b'`' | b'\\' | b']' | b'}'));
        // Attributes of elements are labels, too.
        !is_quoted && !has(self.before, b"<") && !self.is_constant()
    }

    /// Whether nothing but blanks stand between name and value: `ENV DB_PASSWORD …`.
    pub fn is_spaced(&self) -> bool {
        !self.between.is_empty() && self.between.iter().all(|b| matches!(b, b' ' | b'\t'))
    }

    /// Whether the value is what counts where the variable before is not set: `process.env.DB_PASSWORD || "…"`.
    pub fn is_fallback(&self) -> bool {
        let signs = self.signs();
        let rest = self.between.trim_ascii_start();
        matches!(signs.as_slice(), b"||" | b"??") || signs.is_empty() && rest.starts_with(b"or ")
    }

    /// Whether the value is that of a key, an element or a flag: `password: …`, `"password" => "…"` and with
    /// `->`, `<password>…`,
    /// `--password …`.
    pub fn is_keyed(&self) -> bool {
        self.is_direct()
            && match self.signs().as_slice() {
                b":" | b"=>" | b"->" => true,
                b">" => self.before.ends_with(b"<") || has(self.before, b"<property "),
                // `password "…"`, as a block of Ruby sets it.
                b"" => self.is_flag() || self.between.starts_with(b" ") && self.is_first(),
                _ => false,
            }
    }

    /// Whether a comma joins name and value, and not in a call that gives one to the other: `array("password", "…")`.
    pub fn is_listed(&self) -> bool {
        let call = without_quotes(self.before).strip_suffix(b"(").unwrap_or_default().to_ascii_lowercase();
        let gives = [&b"define"[..], b"put", b"set", b"env", b"get", b"property", b"orelse", b"default"];
        self.signs() == b"," && !gives.iter().any(|word| call.ends_with(word))
    }

    /// Whether the line begins with the name.
    fn is_first(&self) -> bool {
        self.before.iter().rev().take_while(|b| **b != b'\n').all(|b| matches!(b, b' ' | b'\t'))
            && matches!(self.between.last(), Some(b'"' | b'\''))
    }

    /// Whether a call is given the value and nothing else, or the name and the value: `setPassword("…")`,
    /// `put("password", "…")`.
    pub fn is_argument(&self, after: &[u8]) -> bool {
        let is_last = matches!(after, [b'"' | b'\'' | b'`', rest @ ..] if rest.trim_ascii_start().starts_with(b")"));
        is_last
            && self.is_direct()
            && match self.signs().as_slice() {
                b"(" => self.is_given(),
                b"," => without_quotes(self.before).ends_with(b"(") || self.is_constant() && has(self.before, b"("),
                _ => false,
            }
    }

    /// Whether a call asks for a key by the value, which is an id: `fetchToken("…")`, `store.getSecret("…")`.
    pub fn is_asked_for(&self) -> bool {
        self.signs() == b"(" && self.asks()
    }

    /// Whether a call shows a field by its name, and what beside it: `togglePassword('password', 'icon1')`.
    pub fn is_shown(&self, value: &[u8]) -> bool {
        let is_name = value.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        let before = without_quotes(self.before);
        let name = before.strip_suffix(b"(").unwrap_or_default();
        let start = name.iter().rposition(|b| !b.is_ascii_alphanumeric()).map_or(0, |i| i + 1);
        let shows = |word: &&[u8]| name[start..].to_ascii_lowercase().starts_with(word);
        is_name && self.signs() == b"," && [&b"toggle"[..], b"show", b"hide"].iter().any(shows)
    }

    /// Whether the value is the user in front of a password: `new Credentials("…", "…")`.
    pub fn is_user(&self, after: &[u8]) -> bool {
        let rest = match after {
            [b'"' | b'\'', rest @ ..] => rest.trim_ascii_start(),
            _ => return false,
        };
        let next = rest.strip_prefix(b",").unwrap_or_default().trim_ascii_start();
        self.signs() == b"(" && self.holds_user() && matches!(next.first(), Some(b'"' | b'\''))
    }

    /// The signs between name and value but for quotes.
    fn signs(&self) -> Vec<u8> {
        let is_sign = |b: &u8| b.is_ascii_punctuation() && !matches!(b, b'"' | b'\'' | b'`' | b'\\');
        behind_value(&self.between).iter().copied().filter(is_sign).collect()
    }

    /// Whether the line gives a user to go with the value.
    pub fn has_user(&self, after: &[u8]) -> bool {
        let is_given = self.between.iter().any(|b| matches!(b, b'=' | b':' | b','));
        is_given
            && [self.before, after].into_iter().any(|text| {
                let lower = text.to_ascii_lowercase();
                [&b"user"[..], b"login", b"uid", b"account"].iter().any(|word| has(&lower, word))
            })
    }

    /// The function that the value is handed to before it is assigned: `decrypt(`, `Secret::new(`.
    pub fn function(&self) -> Option<&[u8]> {
        let open = self.between.iter().rposition(|b| *b == b'(')?;
        let start =
            self.between[..open].iter().rposition(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b':')));
        let name = &self.between[start.map_or(0, |i| i + 1)..open];
        name.iter().any(u8::is_ascii_alphanumeric).then_some(name)
    }
}

/// What stands between name and value but for a call that makes text of a literal and changes nothing:
/// `= String::from("`, `:= []byte("`.
pub(super) fn without_conversion(between: &[u8]) -> Cow<'_, [u8]> {
    const CONVERSIONS: [&[u8]; 8] =
        [b"String::from", b"[]byte", b"new String", b"std::string", b"Some", b"OsString::from", b"TEXT", b"QString"];
    let quote = between.len().saturating_sub(1);
    let call = matches!(between.last(), Some(b'"' | b'\'')).then_some(&between[..quote]);
    let name = call.and_then(|call| call.strip_suffix(b"("));
    let head = name.and_then(|name| CONVERSIONS.iter().find_map(|conversion| name.strip_suffix(*conversion)));
    match head.filter(|head| head.last().is_some_and(|b| matches!(b, b' ' | b'=' | b'('))) {
        Some(head) => Cow::Owned([head, &between[quote..]].concat()),
        None => Cow::Borrowed(between),
    }
}

/// What stands behind the word `value` where name and value are given one after the other: `name: DB_PASSWORD`,
/// `value: …`.
fn behind_value(between: &[u8]) -> &[u8] {
    let is_sign = |b: &u8| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'\\' | b',');
    let start = between.iter().position(|b| !is_sign(b)).unwrap_or(between.len());
    match between[start..].split_at_checked(5) {
        Some((word, rest)) if start > 0 && word.eq_ignore_ascii_case(b"value") && !rest.starts_with(b"F") => rest,
        _ => between,
    }
}

/// Whether it holds two letters in a row.
fn has_word(text: &[u8]) -> bool {
    text.windows(2).any(|pair| pair.iter().all(u8::is_ascii_alphabetic))
}

/// Without blanks and quotes at the end.
fn without_quotes(text: &[u8]) -> &[u8] {
    let end = text.iter().rposition(|b| !matches!(b, b' ' | b'\t' | b'"' | b'\'' | b'`' | b'\\'));
    &text[..end.map_or(0, |i| i + 1)]
}

#[cfg(test)]
mod tests {
    use super::super::name::tests::naming;

    #[test]
    fn a_comma_joins_only_the_arguments_of_a_call() {
        assert!(!naming("define('DB_PASSWORD', '").is_neighbour_only());
        assert!(naming("[\"md5\", \"password\", \"").is_neighbour_only());
        assert!(naming("hash('password'), '").is_neighbour_only());
        assert!(!naming("password = '").is_neighbour_only());
        assert!(!naming("curl_easy_setopt(curl, CURLOPT_PASSWORD, \"").is_neighbour_only());
        assert!(!naming("props.put(Keys.SECRET_KEY, \"").is_neighbour_only());
        assert!(naming("FIELDS = [PASSWORD, \"").is_neighbour_only());
        assert!(naming("has(\"password\") && is(\"").is_neighbour_only());
        assert!(!naming("env.PASSWORD || \"").is_neighbour_only());
        assert!(naming("f(password, \"").is_neighbour_only());
    }

    #[test]
    fn what_stands_between_name_and_value() {
        for before in
            ["password = \"", "'db_password': '", "password: &str = \"", "password = b\"", "put(\"password\", \""]
        {
            assert!(naming(before).is_direct(), "{before}");
        }
        for before in ["name=\"password\" class=\"", ":password=\"", "password = lookup('"] {
            assert!(!naming(before).is_direct(), "{before}");
        }
        assert!(naming("name=\"passwordEncoder\" ref=\"").is_other_attribute());
        assert!(naming("json:\"password\" validate:\"").is_other_attribute());
        assert!(!naming("android:name=\"API_KEY\" android:value=\"").is_other_attribute());
        assert!(!naming("name=\"password\" value=\"").is_other_attribute());
        assert!(!naming("password = \"").is_other_attribute());
        assert!(naming("password := \"").is_assigned());
        assert!(!naming("password: \"").is_assigned());
        assert!(naming("#define ROOT_PASSWORD \"").is_assigned() && naming("# define ROOT_PASSWORD \"").is_assigned());
        assert!(!naming("#define NVS_PASSWORD \"").is_assigned() && !naming("# define a PASSWORD \"").is_assigned());
        assert!(naming("{:password => '").is_direct() && !naming("<a :password='").is_direct());
        assert!(!naming("password == \"").is_assigned());
        assert!(!naming("'password' => '").is_assigned());
        for before in
            ["password = String::from(\"", "password := []byte(\"", "password = new String('", "password = Some(\""]
        {
            assert!(naming(before).is_assigned() && naming(before).function().is_none(), "{before}");
        }
        for before in ["password = decrypt(\"", "password = lookupSome(\"", "password = String::from(x, \""] {
            assert!(!naming(before).is_assigned(), "{before}");
        }
    }

    #[test]
    fn keys_and_arguments() {
        for before in [
            "password: ",
            "'password' => '",
            "\"password\": \"",
            "<password>",
            "name: PASSWORD\n  value: ",
            "\"name\": \"password\", \"value\": \"",
        ] {
            assert!(naming(before).is_keyed(), "{before}");
        }
        assert!(naming("login --password ").is_keyed());
        assert!(naming("process.env.DB_PASSWORD || '").is_fallback());
        assert!(naming("db_password or '").is_fallback() && !naming("password = '").is_fallback());
        assert!(naming("#jdbc.password=").is_assigned() && !naming("<input #password=\"").is_assigned());
        assert!(naming("array('password', '").is_listed());
        assert!(!naming("define('DB_PASSWORD', '").is_listed() && !naming("password: '").is_listed());
        assert!(naming("  password '").is_keyed() && !naming("the password '").is_keyed());
        assert!(naming("const char *password = \"").is_assigned());
        for before in ["the password ", "password = '", "password, '", "password == \"", "<label for=\"password\">"] {
            assert!(!naming(before).is_keyed(), "{before}");
        }
        assert!(naming("<add key=\"Password\" value=\"").is_assigned());
        assert!(naming("user.setPassword(\"").is_argument(b"\");"));
        assert!(naming(".put(\"password\", \"").is_argument(b"\")"));
        assert!(!naming("user.setPassword(\"").is_argument(b"\", true);"));
        assert!(!naming("store.getPassword(\"").is_argument(b"\");"));
        assert!(naming("store.fetchToken('").is_asked_for() && naming("get_secret(\"").is_asked_for());
        assert!(!naming("find_by_api_key('").is_asked_for() && !naming("getClientWithSecret('").is_asked_for());
        assert!(!naming("setSecret('").is_asked_for() && !naming("getToken = '").is_asked_for());
        assert!(naming("onclick=\"togglePassword('password', '").is_shown(b"icon1"));
        assert!(!naming("form.put('password', '").is_shown(b"icon1"));
        assert!(!naming("showPassword('password', '").is_shown(b"Kestrel#27vLx"));
        assert!(naming("new UsernamePasswordToken(\"").is_user(b"\", \"kestrel\")"));
        assert!(!naming("new Credentials(\"").is_user(b"\")"));
        assert!(!naming("setToken(\"").is_user(b"\", \"x\")"));
    }

    #[test]
    fn the_function_around_a_value() {
        assert_eq!(naming("token: Crypt::open(\"").function(), Some(&b"Crypt::open"[..]));
        assert_eq!(naming("token: String::from(\"").function(), None);
        assert_eq!(naming("setPassword(\"").function(), None);
    }
}
