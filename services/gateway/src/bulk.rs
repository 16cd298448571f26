//! Deleting many: the bodies and answers that events, identities, people and face samples share.

use std::collections::HashSet;
use std::hash::Hash;

use serde::Serialize;
use utoipa::ToSchema;

use crate::error::ApiError;
use crate::extract::{Input, JsonBody};

/// Ids in one request, as the API promises; one transaction takes them.
pub const IDS_MAX: usize = 1000;

/// Which ones to delete.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "describes a body that is read by `ids`")]
pub struct BulkDelete {
    /// 1 to 1000 of them; repeats count once.
    #[schema(example = json!([1, 2, 3]), min_items = 1, max_items = 1000)]
    ids: Vec<i64>,
}

/// What became of a bulk deletion.
#[derive(Debug, Serialize, ToSchema)]
pub struct BulkDeleted {
    /// How many are gone.
    #[schema(example = 2)]
    deleted: usize,
    /// The ids that nobody had, in the order given.
    #[schema(example = json!([3]))]
    missing: Vec<i64>,
}

/// What became of a clearance.
#[derive(Debug, Serialize, ToSchema)]
pub struct Cleared {
    /// How many are gone.
    #[schema(example = 1234)]
    pub deleted: u64,
}

/// The ids of a bulk deletion, each once, in the order given.
///
/// # Errors
/// All faults of the body.
pub fn ids<T: TryFrom<i64> + Copy + Eq + Hash>(body: &JsonBody) -> Result<Vec<T>, ApiError> {
    let mut input = Input::new();
    let ids = input.body(body).ids("ids", IDS_MAX);
    Ok(without_repeats(input.finish(ids)?))
}

/// The answer when `gone` of the wanted ones existed.
pub fn outcome<T: Copy + Eq + Hash + Into<i64>>(wanted: &[T], gone: &[T]) -> BulkDeleted {
    let gone: HashSet<T> = gone.iter().copied().collect();
    let missing = wanted.iter().filter(|id| !gone.contains(id)).map(|id| (*id).into()).collect();
    BulkDeleted { deleted: gone.len(), missing }
}

/// A clearance has to be meant.
///
/// # Errors
/// 400 unless it is confirmed.
pub fn confirmed(confirm: Option<bool>) -> Result<(), ApiError> {
    match confirm {
        Some(true) => Ok(()),
        _ => Err(ApiError::BadRequest("Set \"confirm\": true to delete them.".to_owned())),
    }
}

/// Each of them once, in the order given.
pub fn without_repeats<T: Copy + Eq + Hash>(ids: Vec<T>) -> Vec<T> {
    let mut seen = HashSet::new();
    ids.into_iter().filter(|id| seen.insert(*id)).collect()
}
