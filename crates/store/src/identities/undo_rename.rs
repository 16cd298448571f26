//! What it takes to undo a rename, and undoing it: unless somebody named it otherwise since, the identity is called as before.

use sea_orm::prelude::Json;
use sea_orm::{DatabaseTransaction, FromQueryResult};
use serde::{Deserialize, Serialize};

use super::undo::{UndoRefused, UndoneMoves};
use crate::error::Failure;
use crate::gallery::changes;
use crate::sql;

/// What an identity is called, and whether an operator stands for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, FromQueryResult)]
pub(super) struct Called {
    pub name: Option<String>,
    pub is_named: bool,
}

/// What a rename changed.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct RenameUndo {
    pub identity: i64,
    pub before: Called,
    pub after: Called,
}

impl RenameUndo {
    pub(super) fn to_json(&self) -> Result<Json, Failure> {
        serde_json::to_value(self).map_err(|error| Failure::Corrupt(format!("undo to be written: {error}")))
    }
}

/// Undoes a rename.
pub(super) async fn undo(
    transaction: &DatabaseTransaction,
    undo: RenameUndo,
) -> Result<Result<UndoneMoves, UndoRefused>, Failure> {
    let RenameUndo { identity, before, after } = undo;
    let select = "SELECT name, is_named FROM identities WHERE id = $1 FOR UPDATE";
    let now: Option<Called> = sql::one(transaction, select, [identity.into()]).await?;
    match now {
        None => return Ok(Err(UndoRefused::IdentityGone(sql::id(identity, "identity")?))),
        Some(now) if now != after => return Ok(Err(UndoRefused::RenamedSince(sql::id(identity, "identity")?))),
        Some(_) => {}
    }
    let update = "UPDATE identities SET name = $2, is_named = $3 WHERE id = $1";
    sql::execute(transaction, update, [identity.into(), before.name.into(), before.is_named.into()]).await?;
    changes::identities(transaction, &[identity]).await?;
    Ok(Ok(UndoneMoves { target: identity, restored: Vec::new(), moved: 0, left: 0 }))
}
