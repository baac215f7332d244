//! What is asked before a key is allowed: why, by whom, until when.

use crate::policy::Expiry;
use jiff::civil::Date;
use jiff::{Span, Timestamp, tz::TimeZone};

/// The questions, in order, and what may be left empty.
const QUESTIONS: [&str; 3] = ["Why is it no leak?", "Who answers for that?", "Until when? (2027-01-31, 90d, or empty)"];

/// Answers in the making.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Form {
    answers: [String; 3],
    at: usize,
    /// Why the last answer was not taken.
    pub wrong: Option<String>,
}

/// Answers that can be written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answers {
    pub reason: String,
    pub owner: Option<String>,
    pub expires: Option<Expiry>,
}

impl Form {
    /// Nothing is answered yet; `owner` is proposed.
    pub fn new(owner: &str) -> Self {
        Self { answers: [String::new(), owner.to_owned(), String::new()], at: 0, wrong: None }
    }

    /// The question that is open, and what was typed so far.
    pub fn question(&self) -> (&'static str, &str) {
        (QUESTIONS[self.at], &self.answers[self.at])
    }

    /// Adds a character to the open answer.
    pub fn push(&mut self, letter: char) {
        self.wrong = None;
        self.answers[self.at].push(letter);
    }

    /// Takes the last one away.
    pub fn pop(&mut self) {
        self.wrong = None;
        self.answers[self.at].pop();
    }

    /// Empties the open answer.
    pub fn clear(&mut self) {
        self.wrong = None;
        self.answers[self.at].clear();
    }

    /// Back to the question before; false at the first.
    pub fn back(&mut self) -> bool {
        self.wrong = None;
        let can = self.at > 0;
        self.at = self.at.saturating_sub(1);
        can
    }

    /// Takes the open answer and goes on; what was answered, after the last question.
    pub fn next(&mut self, now: i64) -> Option<Answers> {
        let [reason, owner, until] = self.answers.each_ref().map(|answer| answer.trim());
        let expires = match self.at {
            0 if reason.is_empty() => Err("a reason is required".to_owned()),
            2 => last_day(until, now),
            _ => Ok(None),
        };
        match expires {
            Err(message) => {
                self.wrong = Some(message);
                None
            }
            Ok(_) if self.at + 1 < QUESTIONS.len() => {
                self.at += 1;
                None
            }
            Ok(expires) => Some(Answers {
                reason: reason.to_owned(),
                owner: (!owner.is_empty()).then(|| owner.to_owned()),
                expires,
            }),
        }
    }
}

/// A day, or so many days, weeks or months from now; nothing for no end.
fn last_day(text: &str, now: i64) -> Result<Option<Expiry>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let today = Timestamp::from_second(now).unwrap_or_default().to_zoned(TimeZone::UTC).date();
    let day = match text.trim_start_matches('+').parse::<Span>() {
        Ok(span) => today.checked_add(span.abs()).map_err(|_| "no calendar reaches so far".to_owned())?,
        Err(_) => {
            text.parse::<Date>().map_err(|_| "expected a day (2027-01-31) or a while (90d, 6 months)".to_owned())?
        }
    };
    let expiry = Expiry::parse(&day.to_string())?;
    if expiry.is_past(now) {
        return Err(format!("{expiry} is over already"));
    }
    Ok(Some(expiry))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_717_243_200; // 2024-06-01

    #[test]
    fn days_and_whiles_are_read() {
        let day = |text| last_day(text, NOW).map(|day| day.map(|day| day.to_string()));
        assert_eq!(day(""), Ok(None));
        assert_eq!(day("2024-06-01"), Ok(Some("2024-06-01".to_owned())));
        assert_eq!(day("90d"), Ok(Some("2024-08-30".to_owned())));
        assert_eq!(day("+2 weeks"), Ok(Some("2024-06-15".to_owned())));
        assert_eq!(day("1 month"), Ok(Some("2024-07-01".to_owned())));
        for text in ["2024-05-31", "soon", "99999999 years", "2024-13-01"] {
            assert!(day(text).is_err(), "{text}");
        }
    }
}
