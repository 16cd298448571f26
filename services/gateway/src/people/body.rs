//! What a client may say of people: read without coercion, all faults at once.

use iris_store::PersonChange;
use utoipa::ToSchema;

use crate::extract::Fields;
use crate::identities::body::{NAME_LENGTH_MAX, NOTES_LENGTH_MAX};

/// A person to be entered.
#[derive(Debug, ToSchema)]
pub struct PersonCreation {
    /// 1 to 128 characters after trimming.
    #[schema(example = "Ada", min_length = 1, max_length = 128)]
    pub name: String,
    /// Up to 4096 characters.
    #[schema(max_length = 4096)]
    pub notes: Option<String>,
}

/// What an update changes; a field that is absent or null is kept.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes a body that is read by `update`")]
pub struct PersonUpdate {
    /// 1 to 128 characters after trimming.
    #[schema(example = "Ada", min_length = 1, max_length = 128)]
    name: Option<String>,
    /// Up to 4096 characters; `""` takes them away.
    #[schema(max_length = 4096)]
    notes: Option<String>,
}

/// Whether to clear all people.
#[derive(Debug, ToSchema)]
#[schema(as = ClearPeople)]
#[expect(dead_code, reason = "describes a body of which one field is read")]
pub struct ClearAll {
    /// Must be `true`.
    #[schema(example = true)]
    confirm: bool,
}

impl PersonCreation {
    /// Reads it.
    pub fn read(fields: &mut Fields<'_, '_>) -> Option<Self> {
        if !fields.has("name") {
            fields.missing("name");
        }
        let PersonChange { name, notes } = update(fields);
        Some(Self { name: name?, notes: notes.filter(|notes| !notes.is_empty()) })
    }
}

/// Reads an update.
pub fn update(fields: &mut Fields<'_, '_>) -> PersonChange {
    PersonChange { name: fields.name("name", NAME_LENGTH_MAX), notes: fields.clearable("notes", NOTES_LENGTH_MAX) }
}
