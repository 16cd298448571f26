//! What is wrong with one field of an input. Checks return all of them at once, so that a person mends a form in one go.

/// One field's fault; the gateway turns a list of them into a 422.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The field's name as the API and the settings write it.
    pub field: &'static str,
    /// What is wrong and what would be right.
    pub message: String,
    /// A short machine word, such as `out_of_range`.
    pub kind: &'static str,
}

impl Fault {
    /// A fault of `field`.
    pub fn new(field: &'static str, kind: &'static str, message: impl Into<String>) -> Self {
        Self { field, message: message.into(), kind }
    }
}
