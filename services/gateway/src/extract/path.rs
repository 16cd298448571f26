//! The id in a path.

use std::convert::Infallible;
use std::str::FromStr;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;

use crate::error::{ApiError, FieldFault};

/// The path parameter `id`. Taking it never fails, since a wrong body goes before a wrong id; [`PathId::valid`] judges it.
#[derive(Debug)]
pub struct PathId<T>(pub(super) Result<T, FieldFault>);

impl<T> PathId<T> {
    /// The id, for handlers that read nothing else.
    ///
    /// # Errors
    /// It is no positive 64-bit integer.
    pub fn valid(self) -> Result<T, ApiError> {
        self.0.map_err(ApiError::invalid)
    }
}

impl<T: FromStr + Send, S: Send + Sync> FromRequestParts<S> for PathId<T> {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let parameters = RawPathParams::from_request_parts(parts, state).await;
        let text =
            parameters.ok().and_then(|all| all.iter().find(|(name, _)| *name == "id").map(|(_, id)| id.to_owned()));
        Ok(Self(text.and_then(|text| whole_number(&text)).ok_or_else(not_an_id)))
    }
}

/// Reads digits; the standard parser would take a sign as well.
pub(super) fn whole_number<T: FromStr>(text: &str) -> Option<T> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}

fn not_an_id() -> FieldFault {
    FieldFault::field("path", "id", "invalid_id", NOT_AN_ID)
}

/// What an id is, for every place where one is wrong.
pub(super) const NOT_AN_ID: &str = "an id is a whole number between 1 and 9223372036854775807";

#[cfg(test)]
mod tests {
    use super::*;
    use iris_domain::CameraId;

    #[test]
    fn ids_are_positive_64_bit_integers_in_digits() {
        for (text, id) in [
            ("1", Some(1)),
            ("007", Some(7)),
            ("9223372036854775807", Some(i64::MAX)),
            ("9223372036854775808", None),
            ("0", None),
            ("-1", None),
            ("+1", None),
            ("1.0", None),
            ("one", None),
            (" 1", None),
            ("", None),
        ] {
            assert_eq!(whole_number::<CameraId>(text).map(CameraId::get), id, "{text}");
        }
    }
}
