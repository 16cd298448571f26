//! Query parameters. Unknown ones are ignored; of a repeated one the last counts.

use std::convert::Infallible;
use std::ops::RangeInclusive;
use std::str::FromStr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use iris_domain::{Page, Timestamp};
use url::form_urlencoded;

use super::Input;
use super::path::{NOT_AN_ID, whole_number};
use crate::error::FieldFault;

/// Items of a page at most.
const PAGE_MAX: u64 = 500;
/// The largest offset that the database can be asked for.
const OFFSET_MAX: u64 = i64::MAX as u64;

/// The parameters of a request, decoded and not judged yet: see [`Input::query`].
#[derive(Debug)]
pub struct Query(Vec<(String, String)>);

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::parse(parts.uri.query().unwrap_or_default()))
    }
}

impl Query {
    fn parse(query: &str) -> Self {
        Self(form_urlencoded::parse(query.as_bytes()).into_owned().collect())
    }
}

/// Reads parameters and notes what is wrong with them; a wrong one reads as `None`.
#[derive(Debug)]
pub struct QueryFields<'a, 'input> {
    query: &'a Query,
    input: &'input mut Input,
}

impl<'a, 'input> QueryFields<'a, 'input> {
    pub(super) fn new(query: &'a Query, input: &'input mut Input) -> Self {
        Self { query, input }
    }

    /// Notes a fault of a parameter.
    pub fn fault(&mut self, parameter: &str, kind: &'static str, msg: impl Into<String>) {
        self.input.fault(FieldFault::field("query", parameter, kind, msg));
    }

    /// A text, without NUL.
    pub fn text(&mut self, parameter: &str) -> Option<&'a str> {
        let text = self.query.0.iter().rfind(|(name, _)| name == parameter).map(|(_, value)| value.as_str())?;
        if text.contains('\0') {
            self.fault(parameter, "string_nul", "must not hold the NUL character");
            return None;
        }
        Some(text)
    }

    /// An id.
    pub fn id<T: FromStr>(&mut self, parameter: &str) -> Option<T> {
        let text = self.text(parameter)?;
        let id = whole_number(text);
        if id.is_none() {
            self.fault(parameter, "invalid_id", NOT_AN_ID);
        }
        id
    }

    /// A whole number within bounds.
    pub fn integer(&mut self, parameter: &str, bounds: RangeInclusive<u64>) -> Option<u64> {
        let text = self.text(parameter)?;
        let number = whole_number(text).filter(|number| bounds.contains(number));
        if number.is_none() {
            let (min, max) = (bounds.start(), bounds.end());
            self.fault(parameter, "out_of_range", format!("must be a whole number between {min} and {max}"));
        }
        number
    }

    /// A decimal number within bounds.
    pub fn number(&mut self, parameter: &str, bounds: RangeInclusive<f32>) -> Option<f32> {
        let text = self.text(parameter)?;
        // The standard parser takes `inf` and `NaN` as well, which lie within no bounds.
        let number = text.parse().ok().filter(|number| bounds.contains(number));
        if number.is_none() {
            let (min, max) = (bounds.start(), bounds.end());
            self.fault(parameter, "out_of_range", format!("must be a number between {min} and {max}"));
        }
        number
    }

    /// `true` or `false`, or the digit for it.
    pub fn boolean(&mut self, parameter: &str) -> Option<bool> {
        match self.text(parameter)? {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => {
                self.fault(parameter, "bool_type", "must be true or false");
                None
            }
        }
    }

    /// One of these words.
    pub fn word<T: Copy>(&mut self, parameter: &str, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(parameter)?;
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning);
        if found.is_none() {
            let known: Vec<_> = words.iter().map(|(word, _)| *word).collect();
            self.fault(parameter, "unknown_word", format!("must be one of: {}", known.join(", ")));
        }
        found
    }

    /// Which stretch of a list is meant: `limit` and `offset`.
    pub fn page(&mut self, limit_default: u64) -> Page {
        Page {
            limit: self.integer("limit", 1..=PAGE_MAX).unwrap_or(limit_default),
            offset: self.integer("offset", 0..=OFFSET_MAX).unwrap_or(0),
        }
    }

    /// A moment.
    pub fn time(&mut self, parameter: &str) -> Option<Timestamp> {
        let text = self.text(parameter)?;
        // A `+` that was not encoded arrives as a space; before an offset nothing else can be meant.
        let with_plus = || text.rsplit_once(' ').map_or_else(String::new, |(time, offset)| format!("{time}+{offset}"));
        match Timestamp::parse(text).or_else(|_| Timestamp::parse(&with_plus())) {
            Ok(time) => Some(time),
            Err(error) => {
                self.fault(parameter, "time_invalid", error.to_string());
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T>(query: &str, read: impl FnOnce(&mut QueryFields<'_, '_>) -> T) -> (T, Vec<&'static str>) {
        let (query, mut input) = (Query::parse(query), Input::new());
        let value = read(&mut input.query(&query));
        (value, input.faults.iter().map(|fault| fault.kind).collect())
    }

    #[test]
    fn numbers_are_plain_and_within_bounds() {
        for (query, number, faults) in [
            ("", None, vec![]),
            ("limit=1", Some(1), vec![]),
            ("limit=500", Some(500), vec![]),
            ("limit=7&limit=8", Some(8), vec![]),
            ("limit=0", None, vec!["out_of_range"]),
            ("limit=501", None, vec!["out_of_range"]),
            ("limit=-1", None, vec!["out_of_range"]),
            ("limit=5.0", None, vec!["out_of_range"]),
            ("limit=", None, vec!["out_of_range"]),
            ("limit=99999999999999999999", None, vec!["out_of_range"]),
        ] {
            assert_eq!(read(query, |q| q.integer("limit", 1..=500)), (number, faults), "{query}");
        }
    }

    #[test]
    fn fractions_are_finite_and_within_bounds() {
        for (query, number, faults) in [
            ("", None, vec![]),
            ("t=0.5", Some(0.5), vec![]),
            ("t=1", Some(1.0), vec![]),
            ("t=0", Some(0.0), vec![]),
            ("t=1.0000001", None, vec!["out_of_range"]),
            ("t=-0.1", None, vec!["out_of_range"]),
            ("t=NaN", None, vec!["out_of_range"]),
            ("t=inf", None, vec!["out_of_range"]),
            ("t=", None, vec!["out_of_range"]),
        ] {
            assert_eq!(read(query, |q| q.number("t", 0.0..=1.0)), (number, faults), "{query}");
        }
    }

    #[test]
    fn truths_are_words_or_digits() {
        for (query, truth) in [("b=true", true), ("b=1", true), ("b=false", false), ("b=0", false)] {
            assert_eq!(read(query, |q| q.boolean("b")), (Some(truth), vec![]), "{query}");
        }
        for query in ["b=", "b=yes", "b=True"] {
            assert_eq!(read(query, |q| q.boolean("b")), (None, vec!["bool_type"]), "{query}");
        }
    }

    #[test]
    fn times_take_an_offset_with_its_plus_encoded_or_not() {
        let time = |query| read(query, |q| q.time("from").map(|time| time.to_string()));
        for query in ["from=2026-11-23T03:07:09%2B01:00", "from=2026-11-23T03:07:09+01:00", "from=2026-11-23+02:07:09"]
        {
            assert_eq!(time(query).0.as_deref(), Some("2026-11-23T02:07:09.000Z"), "{query}");
        }
        assert_eq!(time("from=2026-11-23").0.as_deref(), Some("2026-11-23T00:00:00.000Z"));
        for wrong in ["from=", "from=yesterday", "from=1700000000"] {
            assert_eq!(time(wrong), (None, vec!["time_invalid"]), "{wrong}");
        }
    }
}
