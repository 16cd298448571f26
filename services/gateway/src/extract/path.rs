//! The ids in a path.

use std::convert::Infallible;
use std::marker::PhantomData;
use std::str::FromStr;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;

use crate::error::{ApiError, FieldFault};

/// The name of a path's parameter.
pub trait PathName {
    /// As it stands between the braces.
    const NAME: &'static str;
}

/// `{id}`: what the path is about.
#[derive(Debug)]
pub struct Id;

/// `{fid}`: a face of whatever the path is about.
#[derive(Debug)]
pub struct FaceId;

impl PathName for Id {
    const NAME: &'static str = "id";
}

impl PathName for FaceId {
    const NAME: &'static str = "fid";
}

/// An id in the path. Taking it never fails, since a wrong body goes before a wrong id; [`PathId::valid`] judges it.
#[derive(Debug)]
pub struct PathId<T, N = Id>(pub(super) Result<T, FieldFault>, PhantomData<fn() -> N>);

impl<T, N> PathId<T, N> {
    /// The id, for handlers that read nothing else.
    ///
    /// # Errors
    /// It is no positive 64-bit integer.
    pub fn valid(self) -> Result<T, ApiError> {
        self.0.map_err(ApiError::invalid)
    }
}

impl<T: FromStr + Send, N: PathName, S: Send + Sync> FromRequestParts<S> for PathId<T, N> {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let parameters = RawPathParams::from_request_parts(parts, state).await;
        let text =
            parameters.ok().and_then(|all| all.iter().find(|(name, _)| *name == N::NAME).map(|(_, id)| id.to_owned()));
        let id = text.and_then(|text| whole_number(&text));
        Ok(Self(id.ok_or_else(|| FieldFault::field("path", N::NAME, "invalid_id", NOT_AN_ID)), PhantomData))
    }
}

/// Reads digits; the standard parser would take a sign as well.
pub(super) fn whole_number<T: FromStr>(text: &str) -> Option<T> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
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
