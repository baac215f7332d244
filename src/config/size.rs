//! Sizes as people write them: `500 MB`, `64KiB`, `1024`.

/// Units with their bytes; the ones with an `i` are powers of 1024, as everywhere.
const UNITS: [(&str, u64); 10] = [
    ("", 1),
    ("b", 1),
    ("kb", 1000),
    ("mb", 1_000_000),
    ("gb", 1_000_000_000),
    ("tb", 1_000_000_000_000),
    ("kib", 1 << 10),
    ("mib", 1 << 20),
    ("gib", 1 << 30),
    ("tib", 1 << 40),
];

/// Reads a size in bytes; a number without a unit is one, and case does not matter.
///
/// # Errors
///
/// A sentence saying what was expected.
pub fn parse_size(text: &str) -> Result<u64, String> {
    let wrong =
        || format!("'{text}' is not a size; expected a whole number with B, KB, MB, GB, TB or KiB, MiB, GiB, TiB");
    let typed = text.trim();
    let (number, unit) = typed.split_at(typed.find(|c: char| !c.is_ascii_digit()).unwrap_or(typed.len()));
    let unit = unit.trim_start().to_ascii_lowercase();
    let (_, bytes) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(wrong)?;
    let number: u64 = number.parse().map_err(|_| wrong())?;
    match number.checked_mul(*bytes) {
        Some(0) => Err(format!("'{text}' would leave out every file")),
        Some(size) => Ok(size),
        None => Err(format!("'{text}' is more bytes than can be counted")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_write() {
        for (text, bytes) in
            [("1GB", 1_000_000_000), ("500 mb", 500_000_000), ("64KiB", 65_536), (" 1024 ", 1024), ("7 B", 7)]
        {
            assert_eq!(parse_size(text), Ok(bytes), "{text}");
        }
    }

    #[test]
    fn refuses_everything_else() {
        for text in
            ["", "GB", "1.5GB", "-1", "1 XB", "0", "0GB", "99999999999999999999", "18446744073709551615TB", "1é"]
        {
            assert!(parse_size(text).is_err(), "{text}");
        }
    }
}
