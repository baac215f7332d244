//! A cheap look at what follows a name, before the regular expression of an assigned value is run.
//!
//! Words such as `token` and `key` stand everywhere in source text; an operator and a value of some length behind them
//! do not. The gate may let too much pass, never too little: everything that [`crate::rule::shape::assignment_pattern`]
//! matches passes.

/// The shortest value that any rule looks for, in bytes.
const SHORTEST: usize = 4;

/// Whether an operator and a value may follow the literal `word` at `start`. A literal may hold the operator itself
/// (`password=`), so what counts is what follows the last byte of it that names are made of.
pub(super) fn may_follow(bytes: &[u8], start: usize, word: &[u8]) -> bool {
    let name = word.iter().rposition(|b| b.is_ascii_alphanumeric()).map_or(word.len(), |i| i + 1);
    may_assign(bytes, start + name)
}

/// Whether an operator and a value may follow the word that ends at `at`.
fn may_assign(bytes: &[u8], at: usize) -> bool {
    let line = &bytes[at..bytes.len().min(at + 160)];
    // The rest of the name: at most two gaps of 24 around another word.
    let name = line.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-')).count();
    let rest = &line[name..];
    // Quotes, brackets, operators, blanks, a type: everything up to the value.
    let mut operator = false;
    for (i, byte) in rest.iter().enumerate() {
        match byte {
            b'=' | b':' | b',' | b'(' | b'>' | b'{' | b'|' | b'?' | b' ' | b'\t' => operator = true,
            b'"' | b'\'' | b'`' | b'[' | b']' | b')' | b'}' | b'\\' | b'&' | b'*' => {}
            b'\n' | b'\r' => return false,
            _ => return operator && long_enough(&rest[i..]),
        }
    }
    // Names with blanks in them ("api key") continue here: let the pattern decide.
    operator && rest.len() >= SHORTEST
}

/// Whether a value of some length starts here. Types and prefixes (`String =`, `Bearer …`) may come first, so what
/// counts is that the line goes on.
fn long_enough(rest: &[u8]) -> bool {
    let end = rest.iter().position(|b| matches!(b, b'\n' | b'\r')).unwrap_or(rest.len());
    end >= SHORTEST
}
