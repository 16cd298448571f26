//! Parsing at the door: paths, queries and JSON bodies become checked values here, and all faults of a request are told at once.
//!
//! A handler takes a [`PathId`], a [`Query`] or a [`JsonBody`], which refuse nothing yet but what makes reading impossible, and
//! reads their fields through an [`Input`], which collects the faults; [`Input::finish`] is where a request is refused.
//! Serde would stop at the first fault and coerce; the contract wants all of them and no coercion.

mod body;
mod fields;
mod path;
mod query;

pub use body::JsonBody;
pub use fields::Fields;
pub use path::{FaceId, PathId};
pub use query::{Query, QueryFields};

use crate::error::{ApiError, FieldFault};

/// Collects the faults of one request.
#[derive(Debug, Default)]
pub struct Input {
    faults: Vec<FieldFault>,
}

impl Input {
    /// Without a fault so far.
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes a fault.
    pub fn fault(&mut self, fault: FieldFault) {
        self.faults.push(fault);
    }

    /// An id in the path.
    pub fn path<T, N>(&mut self, id: PathId<T, N>) -> Option<T> {
        id.0.map_err(|fault| self.fault(fault)).ok()
    }

    /// The fields of a body.
    pub fn body<'a>(&mut self, body: &'a JsonBody) -> Fields<'a, '_> {
        Fields::new(&body.0, self)
    }

    /// The parameters of a query.
    pub fn query<'a>(&mut self, query: &'a Query) -> QueryFields<'a, '_> {
        QueryFields::new(query, self)
    }

    /// What was read, unless there was a fault.
    ///
    /// # Errors
    /// All faults that were noted. A value that is missing without one is a bug.
    pub fn finish<T>(self, read: Option<T>) -> Result<T, ApiError> {
        match read {
            Some(value) if self.faults.is_empty() => Ok(value),
            None if self.faults.is_empty() => {
                Err(ApiError::Internal("a request was misread without a fault".to_owned()))
            }
            _ => Err(ApiError::Invalid(self.faults)),
        }
    }
}
