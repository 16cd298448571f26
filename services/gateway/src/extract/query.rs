//! Query parameters. Unknown ones are ignored; of a repeated one the last counts.

use std::convert::Infallible;
use std::ops::RangeInclusive;
use std::str::FromStr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use iris_domain::Timestamp;
use url::form_urlencoded;

use super::Input;
use super::path::{NOT_AN_ID, whole_number};
use crate::error::FieldFault;

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
