//! How long something lasts or how often it happens, in all the ways in which configuration says it; in days.

use std::collections::BTreeSet;

/// Days of `rate(30 days)` and `rate(12 hours)`.
pub fn rate(text: &str) -> Option<f64> {
    let inner = text.trim().strip_prefix("rate(")?.strip_suffix(')')?;
    let (number, unit) = inner.trim().split_once(char::is_whitespace)?;
    let number: f64 = number.parse().ok()?;
    Some(
        number
            * match unit.trim().trim_end_matches('s') {
                "minute" => 1.0 / 1440.0,
                "hour" => 1.0 / 24.0,
                "day" => 1.0,
                _ => return None,
            },
    )
}

/// Days of `7776000s`, as Google's services write durations.
pub fn seconds(text: &str) -> Option<f64> {
    let number: f64 = text.trim().strip_suffix('s').unwrap_or(text.trim()).parse().ok()?;
    Some(number / 86_400.0)
}

/// Days of a duration of Go and of Vault: `2400h30m`, `90d`, `1h0m0s`, or a bare number of seconds.
pub fn go(text: &str) -> Option<f64> {
    let text = text.trim();
    if let Ok(number) = text.parse::<f64>() {
        return Some(number / 86_400.0);
    }
    let mut rest = text;
    let mut sum = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
        let number: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let unit_len = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        sum += number
            * match &rest[..unit_len] {
                "ns" | "us" | "µs" | "ms" => 0.0,
                "s" => 1.0 / 86_400.0,
                "m" => 1.0 / 1440.0,
                "h" => 1.0 / 24.0,
                "d" => 1.0,
                "w" => 7.0,
                "mo" => 30.4375,
                "y" => 365.25,
                _ => return None,
            };
        rest = &rest[unit_len..];
    }
    (!text.is_empty()).then_some(sum)
}

/// Days of a duration of ISO 8601: `P90D`, `P1Y6M`, `PT12H`; a month has 30.4375 days and a year 365.25.
pub fn iso8601(text: &str) -> Option<f64> {
    let mut rest = text.trim().strip_prefix('P')?;
    let (mut sum, mut in_time, mut any) = (0.0, false, false);
    while !rest.is_empty() {
        if let Some(time) = rest.strip_prefix('T') {
            in_time = true;
            rest = time;
            continue;
        }
        let digits = rest.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
        let number: f64 = rest[..digits].parse().ok()?;
        let unit = rest[digits..].chars().next()?;
        sum += number
            * match (in_time, unit) {
                (false, 'Y') => 365.25,
                (false, 'M') => 30.4375,
                (false, 'W') => 7.0,
                (false, 'D') => 1.0,
                (true, 'H') => 1.0 / 24.0,
                (true, 'M') => 1.0 / 1440.0,
                (true, 'S') => 1.0 / 86_400.0,
                _ => return None,
            };
        any = true;
        rest = &rest[digits + 1..];
    }
    any.then_some(sum)
}

/// The longest time between two days on which a `cron(…)` of AWS happens, in days; infinite where it happens at most
/// once. Four years from `now` are looked at, so that February 29 is among them.
pub fn cron(text: &str, now: i64) -> Option<f64> {
    let inner = text.trim().strip_prefix("cron(")?.strip_suffix(')')?;
    let fields: Vec<&str> = inner.split_whitespace().collect();
    let [_minute, _hour, day, month, weekday, year] = fields.as_slice() else { return None };
    let months = set(month, 1, 12, &MONTHS)?;
    let years = set(year, 1970, 2199, &[])?;
    let start = jiff::Timestamp::from_second(now).ok()?.to_zoned(jiff::tz::TimeZone::UTC).date();
    let (mut longest, mut last, mut times) = (0i64, 0i64, 0u32);
    let mut date = start;
    for at in 0..=1461i64 {
        let matches = months.contains(&i64::from(date.month()))
            && years.contains(&i64::from(date.year()))
            && is_day(day, date)?
            && is_weekday(weekday, date)?;
        if matches {
            if times > 0 {
                longest = longest.max(at - last);
            }
            times += 1;
            last = at;
        }
        date = date.tomorrow().ok()?;
    }
    longest = longest.max(1461 - last);
    Some(if times < 2 { f64::INFINITY } else { longest as f64 })
}

const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// The numbers that a field names: `*`, `?`, `1,3`, `1-5`, `*/3`, `2/4`, `JAN`.
fn set(field: &str, least: i64, most: i64, names: &[&str]) -> Option<BTreeSet<i64>> {
    let number = |text: &str| {
        let named = names.iter().position(|name| name.eq_ignore_ascii_case(text)).map(|at| at as i64 + least);
        named.or_else(|| text.parse().ok()).filter(|n| (least..=most).contains(n))
    };
    let mut out = BTreeSet::new();
    for part in field.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, step.parse::<i64>().ok().filter(|step| *step > 0)?),
            None => (part, 1),
        };
        let (from, to) = match range.split_once('-') {
            Some((from, to)) => (number(from)?, number(to)?),
            None if range == "*" || range == "?" => (least, most),
            None if part.contains('/') => (number(range)?, most),
            None => (number(range)?, number(range)?),
        };
        out.extend((from..=to).step_by(step as usize));
    }
    Some(out)
}

/// Whether a date satisfies the field for days of the month, `L` (the last) and `15W` (the nearest weekday) among them.
fn is_day(field: &str, date: jiff::civil::Date) -> Option<bool> {
    let last = i64::from(date.days_in_month());
    let day = i64::from(date.day());
    if field == "L" {
        return Some(day == last);
    }
    if let Some(near) = field.strip_suffix('W') {
        // Off by a day or two at most, which no period depends on.
        let near: i64 = if near == "L" { last } else { near.parse().ok()? };
        return Some(day == near.min(last));
    }
    Some(set(field, 1, 31, &[])?.contains(&day))
}

/// Whether a date satisfies the field for days of the week, `FRIL` (the last Friday) and `2#1` (the first Monday) among
/// them; Sunday is 1.
fn is_weekday(field: &str, date: jiff::civil::Date) -> Option<bool> {
    let weekday = i64::from(date.weekday().to_sunday_one_offset());
    let number = |text: &str| set(text, 1, 7, &WEEKDAYS).and_then(|set| set.first().copied());
    if let Some((day, nth)) = field.split_once('#') {
        let nth: i64 = nth.parse().ok()?;
        return Some(weekday == number(day)? && (i64::from(date.day()) + 6) / 7 == nth);
    }
    if let Some(day) = field.strip_suffix('L').filter(|day| !day.is_empty()) {
        return Some(weekday == number(day)? && date.day() + 7 > date.days_in_month());
    }
    Some(set(field, 1, 7, &WEEKDAYS)?.contains(&weekday))
}

/// A number of days as a person says it: `90 days`, `1 day`, `12 hours`.
pub fn words(days: f64) -> String {
    if days.is_infinite() {
        return "more than 4 years".to_owned();
    }
    let (number, unit) = if days.abs() < 1.0 { (days * 24.0, "hour") } else { (days, "day") };
    let number = (number * 10.0).round() / 10.0;
    format!("{number} {unit}{}", if (number - 1.0).abs() < f64::EPSILON { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-01-01
    const NOW: i64 = 1_767_225_600;

    #[test]
    fn every_unit_becomes_days() {
        assert_eq!(rate("rate(48 hours)"), Some(2.0));
        assert_eq!(rate("rate(1 day)"), Some(1.0));
        assert_eq!(rate("rate(soon)"), None);
        assert_eq!(seconds("7776000s"), Some(90.0));
        assert_eq!(go("2160h"), Some(90.0));
        assert_eq!(go("1h30m0s").map(|d| (d * 1440.0).round()), Some(90.0));
        assert_eq!(go("86400"), Some(1.0));
        assert_eq!(go("0"), Some(0.0));
        assert_eq!(go("x"), None);
        assert_eq!(iso8601("P90D"), Some(90.0));
        assert_eq!(iso8601("P1Y"), Some(365.25));
        assert_eq!(iso8601("PT36H"), Some(1.5));
        assert_eq!(iso8601("P"), None);
    }

    #[test]
    fn the_longest_gap_of_a_cron_is_found() {
        let days = |text| cron(text, NOW).expect("a cron");
        assert_eq!(days("cron(0 4 * * ? *)"), 1.0);
        assert_eq!(days("cron(0 4 ? * MON *)"), 7.0);
        assert_eq!(days("cron(0 4 1 * ? *)"), 31.0);
        assert_eq!(days("cron(0 4 1 */3 ? *)"), 92.0);
        assert_eq!(days("cron(0 4 1 1 ? *)"), 366.0);
        assert_eq!(days("cron(0 4 L * ? *)"), 31.0);
        assert!(days("cron(0 4 ? * 2#1 *)") <= 35.0);
        assert!(days("cron(0 4 ? * FRIL *)") <= 35.0);
        assert!(days("cron(0 4 1 1 ? 2020)").is_infinite());
        assert_eq!(cron("cron(0 4 1 1)", NOW), None);
    }

    #[test]
    fn periods_are_said_in_words() {
        assert_eq!(words(90.0), "90 days");
        assert_eq!(words(0.5), "12 hours");
        assert_eq!(words(1.0), "1 day");
    }
}
