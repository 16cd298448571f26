//! What it takes to undo a split or a rejection, and undoing it: those of its sightings that the new identity still has go back to the old one.

use sea_orm::DatabaseTransaction;
use sea_orm::prelude::Json;
use serde::{Deserialize, Serialize};

use super::apart::{self, Pair};
use super::undo::{UndoRefused, UndoneMoves};
use super::undo_merge::{ByKind, SightingRow, give_back, still_of};
use super::upkeep;
use crate::error::Failure;
use crate::gallery::changes;
use crate::sightings::events;
use crate::sql;

/// What a split changed.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct SplitUndo {
    from: i64,
    new: i64,
    sightings: ByKind,
}

impl SplitUndo {
    pub(super) fn new(from: i64, new: i64, moved: Vec<SightingRow>) -> Self {
        let mut sightings = ByKind::new();
        for SightingRow { id, match_kind, .. } in moved {
            sightings.entry(match_kind).or_default().push(id);
        }
        Self { from, new, sightings }
    }

    pub(super) fn to_json(&self) -> Result<Json, Failure> {
        serde_json::to_value(self).map_err(|error| Failure::Corrupt(format!("undo to be written: {error}")))
    }
}

/// Undoes a split. The new identity goes when nothing else came to it since; both are no longer kept apart.
pub(super) async fn undo(
    transaction: &DatabaseTransaction,
    undo: SplitUndo,
) -> Result<Result<UndoneMoves, UndoRefused>, Failure> {
    let SplitUndo { from, new, sightings } = undo;
    let select = "SELECT id FROM identities WHERE id = ANY($1) ORDER BY id FOR UPDATE";
    let found: Vec<i64> = sql::column(transaction, select, [vec![from, new].into()]).await?;
    if let Some(gone) = [from, new].into_iter().find(|id| !found.contains(id)) {
        return Ok(Err(UndoRefused::IdentityGone(sql::id(gone, "identity")?)));
    }
    let mut remembered: Vec<i64> = sightings.values().flatten().copied().collect();
    remembered.sort_unstable();
    let returning = still_of(transaction, new, &remembered).await?;
    let events = events::lock_of_sightings(transaction, &returning).await?;
    for (kind, ids) in &sightings {
        let ids: Vec<i64> = ids.iter().copied().filter(|id| returning.binary_search(id).is_ok()).collect();
        give_back(transaction, &ids, from, kind).await?;
    }
    let pair: Vec<Pair> = Pair::of(from, new).into_iter().collect();
    apart::release(transaction, &pair).await?;
    let delete = "DELETE FROM identities WHERE id = $1 AND num_sightings = 0";
    sql::execute(transaction, delete, [new.into()]).await?;
    upkeep::settle(transaction, &[from, new]).await?;
    changes::identities(transaction, &[from, new]).await?;
    events::refresh(transaction, &events).await?;
    let left = remembered.len() - returning.len();
    Ok(Ok(UndoneMoves { target: from, restored: Vec::new(), moved: returning.len(), left }))
}
