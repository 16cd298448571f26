//! What a client may say of identities: read without coercion, all faults at once.

use iris_domain::{IdentityId, SightingId};
use iris_store::IdentityChange;
use utoipa::ToSchema;

use crate::bulk::IDS_MAX;
use crate::extract::Fields;

/// The longest name of an identity and the longest label, in characters.
pub const NAME_LENGTH_MAX: usize = 128;
/// The longest notes, in characters.
pub const NOTES_LENGTH_MAX: usize = 4096;

/// What a rename changes; a field that is absent or null is kept.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes a body that is read by `rename`")]
pub struct IdentityRename {
    /// Up to 128 characters; makes it named. `""` takes the name away.
    #[schema(example = "Postman", max_length = 128)]
    name: Option<String>,
    /// Up to 4096 characters; `""` takes them away.
    #[schema(max_length = 4096)]
    notes: Option<String>,
    /// Whether you stand for it: then it is never merged by itself.
    is_named: Option<bool>,
}

/// Which identities become one.
#[derive(Debug, ToSchema)]
#[schema(as = IdentityMerge)]
pub struct Merge {
    /// The one that stays.
    #[schema(value_type = i64, example = 7)]
    pub target_id: IdentityId,
    /// 1 to 1000 that become the target; the target among them is passed over.
    #[schema(value_type = Vec<i64>, example = json!([8, 9]), min_items = 1, max_items = 1000)]
    pub source_ids: Vec<IdentityId>,
}

/// What is split off.
#[derive(Debug, ToSchema)]
#[schema(as = IdentitySplit)]
pub struct Split {
    /// Up to 1000 sightings that become an identity of their own; they win over `auto`.
    #[schema(value_type = Option<Vec<i64>>, example = json!([31, 32]), max_items = 1000)]
    pub sighting_ids: Option<Vec<SightingId>>,
    /// Find out which: by faces first.
    pub auto: Option<bool>,
    /// A name for the new identity.
    #[schema(max_length = 128)]
    pub new_name: Option<String>,
}

/// What was wrongly taken for an identity.
#[derive(Debug, ToSchema)]
#[schema(as = IdentityReject)]
pub struct Reject {
    /// 1 to 1000 sightings that are somebody else.
    #[schema(value_type = Vec<i64>, example = json!([31]), min_items = 1, max_items = 1000)]
    pub sighting_ids: Vec<SightingId>,
}

/// Which identities to clear.
#[derive(Debug, ToSchema)]
#[schema(as = ClearIdentities)]
pub struct ClearAll {
    /// Must be `true`.
    #[schema(value_type = bool, example = true)]
    pub confirm: Option<bool>,
    /// Only those of this class.
    #[schema(example = "car")]
    pub object_class: Option<String>,
}

/// Reads a rename.
pub fn rename(fields: &mut Fields<'_, '_>) -> IdentityChange {
    IdentityChange {
        name: fields.clearable("name", NAME_LENGTH_MAX),
        notes: fields.clearable("notes", NOTES_LENGTH_MAX),
        is_named: fields.boolean("is_named"),
    }
}

impl Merge {
    /// Reads it.
    pub fn read(fields: &mut Fields<'_, '_>) -> Option<Self> {
        if !fields.has("target_id") {
            fields.missing("target_id");
        }
        let (target_id, source_ids) = (fields.id("target_id"), fields.ids("source_ids", IDS_MAX));
        Some(Self { target_id: target_id?, source_ids: source_ids? })
    }
}

impl Split {
    /// Reads it.
    pub fn read(fields: &mut Fields<'_, '_>) -> Self {
        Self {
            sighting_ids: fields.ids_if_any("sighting_ids", IDS_MAX),
            auto: fields.boolean("auto"),
            new_name: fields.clearable("new_name", NAME_LENGTH_MAX).filter(|name| !name.is_empty()),
        }
    }
}

impl Reject {
    /// Reads it.
    pub fn read(fields: &mut Fields<'_, '_>) -> Option<Self> {
        Some(Self { sighting_ids: fields.ids("sighting_ids", IDS_MAX)? })
    }
}

impl ClearAll {
    /// Reads it.
    pub fn read(fields: &mut Fields<'_, '_>) -> Self {
        Self { confirm: fields.boolean("confirm"), object_class: fields.text("object_class").map(str::to_owned) }
    }
}
