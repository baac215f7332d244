//! Templates of requests: text with placeholders. Also compiled into the build script.

/// A part of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'t> {
    /// As it stands.
    Text(&'t str),
    /// `{name}`
    Value(&'t str),
    /// `{b64:…}`: base64 of another template.
    Base64(&'t str),
}

/// Takes a template apart; `{{` and `}}` are braces.
///
/// # Errors
///
/// A brace that does not close.
pub fn pieces(template: &str) -> Result<Vec<Piece<'_>>, String> {
    let mut out = Vec::new();
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        let (text, tail) = rest.split_at(at);
        if !text.is_empty() {
            out.push(Piece::Text(text));
        }
        if tail.starts_with("{{") || tail.starts_with("}}") {
            out.push(Piece::Text(&tail[..1]));
            rest = &tail[2..];
            continue;
        }
        let end = closing(tail)
            .ok_or_else(|| format!("'{template}': a brace without its other; a lone one is written twice"))?;
        let inner = &tail[1..end];
        out.push(match inner.strip_prefix("b64:") {
            Some(inner) => Piece::Base64(inner),
            None => Piece::Value(inner),
        });
        rest = &tail[end + 1..];
    }
    if !rest.is_empty() {
        out.push(Piece::Text(rest));
    }
    Ok(out)
}

/// Where the brace that opens `text` closes.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' if depth <= 1 => return (depth == 1).then_some(at),
            b'}' => depth -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_come_apart() {
        let got = pieces("Basic {b64:api:{key}} {{x}} {id}").expect("a template");
        assert_eq!(
            got,
            [
                Piece::Text("Basic "),
                Piece::Base64("api:{key}"),
                Piece::Text(" "),
                Piece::Text("{"),
                Piece::Text("x"),
                Piece::Text("}"),
                Piece::Text(" "),
                Piece::Value("id"),
            ]
        );
        for wrong in ["{key", "key}", "{b64:{key}"] {
            assert!(pieces(wrong).is_err(), "{wrong}");
        }
    }
}
