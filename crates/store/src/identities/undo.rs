//! Undoing a correction by its entry in the ledger. Later corrections stand: what was moved or deleted since stays where it is.

use iris_domain::{IdentityId, OperationId};
use sea_orm::prelude::{Json, TimeDateTimeWithTimeZone as DateTime};
use sea_orm::{DatabaseTransaction, FromQueryResult};
use serde::de::DeserializeOwned;
use serde_json::json;

use super::ledger::{self, Entry, OperationKind};
use super::{Identities, undo_merge, undo_rename, undo_split};
use crate::error::{Failure, StoreError};
use crate::sql;

/// A correction that was undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undone {
    /// The entry that says so.
    pub operation: OperationId,
    /// Of a merge the identity that the sources were in; of a split or a rejection the one that has its sightings back; of a rename the
    /// renamed one.
    pub target: IdentityId,
    /// Identities that came back, by id.
    pub restored: Vec<IdentityId>,
    /// Sightings that went back.
    pub moved_sightings: u64,
    /// Sightings that did not, because they were deleted or moved since.
    pub left_sightings: u64,
}

/// Why a correction was not undone; nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UndoRefused {
    /// Nobody has this id.
    #[error("operation {0} does not exist")]
    UnknownOperation(OperationId),
    /// A deletion is for good, and an undoing is not undone.
    #[error("a {0} cannot be undone")]
    NotUndoable(OperationKind),
    /// It was undone before.
    #[error("the operation was undone already")]
    AlreadyUndone,
    /// What it was about was deleted for good, and what it takes with it.
    #[error("what the operation was about was deleted since")]
    Forgotten,
    /// This identity, which sightings would come from or go to, is gone.
    #[error("identity {0} does not exist any more")]
    IdentityGone(IdentityId),
    /// This identity was named otherwise since.
    #[error("identity {0} was renamed since")]
    RenamedSince(IdentityId),
}

/// What undoing moved.
pub(super) struct UndoneMoves {
    pub target: i64,
    pub restored: Vec<i64>,
    pub moved: usize,
    pub left: usize,
}

#[derive(FromQueryResult)]
struct EntryRow {
    kind: String,
    undo: Option<Json>,
    undone_at: Option<DateTime>,
}

impl Identities<'_> {
    /// Undoes a merge, a split, a rejection or a rename.
    pub async fn undo(self, operation: OperationId, by: &str) -> Result<Result<Undone, UndoRefused>, StoreError> {
        let work = async {
            let transaction = self.store.begin_correcting().await?;
            let undone = undo(&transaction, operation, by).await?;
            if undone.is_ok() {
                transaction.commit().await?;
            }
            Ok(undone)
        };
        self.store.correct("undo an operation", work).await
    }
}

async fn undo(
    transaction: &DatabaseTransaction,
    operation: OperationId,
    by: &str,
) -> Result<Result<Undone, UndoRefused>, Failure> {
    let (kind, remembered) = match entry(transaction, operation).await? {
        Ok(entry) => entry,
        Err(refused) => return Ok(Err(refused)),
    };
    let moves = match kind {
        OperationKind::Merge => undo_merge::undo(transaction, read(operation, remembered)?).await?,
        OperationKind::Rename => undo_rename::undo(transaction, read(operation, remembered)?).await?,
        _ => undo_split::undo(transaction, read(operation, remembered)?).await?,
    };
    let UndoneMoves { target, restored, moved, left } = match moves {
        Ok(moves) => moves,
        Err(refused) => return Ok(Err(refused)),
    };
    let update = "UPDATE identity_operations SET undone_at = now() WHERE id = $1";
    sql::execute(transaction, update, [operation.get().into()]).await?;
    let summary = json!({
        "operation": operation, "kind": kind.as_str(), "target": target, "restored": restored,
        "moved_sightings": moved, "left_sightings": left,
    });
    let about = [&restored[..], &[target]].concat();
    let written = ledger::write(transaction, Entry { summary, ..Entry::new(OperationKind::Undo, by, &about) }).await?;
    Ok(Ok(Undone {
        operation: written,
        target: sql::id(target, "identity")?,
        restored: restored.into_iter().map(|id| sql::id(id, "identity")).collect::<Result<_, _>>()?,
        moved_sightings: moved as u64,
        left_sightings: left as u64,
    }))
}

async fn entry(
    transaction: &DatabaseTransaction,
    operation: OperationId,
) -> Result<Result<(OperationKind, Json), UndoRefused>, Failure> {
    let select = "SELECT kind, undo, undone_at FROM identity_operations WHERE id = $1 FOR UPDATE";
    let Some(row) = sql::one::<EntryRow>(transaction, select, [operation.get().into()]).await? else {
        return Ok(Err(UndoRefused::UnknownOperation(operation)));
    };
    let kind: OperationKind = row.kind.parse().map_err(|_| Failure::Corrupt(format!("operation {operation}: kind")))?;
    Ok(match (kind, row.undone_at, row.undo) {
        (OperationKind::Delete | OperationKind::Clear | OperationKind::Undo, _, _) => {
            Err(UndoRefused::NotUndoable(kind))
        }
        (_, Some(_), _) => Err(UndoRefused::AlreadyUndone),
        (_, None, None) => Err(UndoRefused::Forgotten),
        (_, None, Some(undo)) => Ok((kind, undo)),
    })
}

fn read<T: DeserializeOwned>(operation: OperationId, undo: Json) -> Result<T, Failure> {
    serde_json::from_value(undo).map_err(|_| Failure::Corrupt(format!("operation {operation}: undo")))
}
