//! The ledger of corrections: what was done, when and by whom, and what it takes to undo them.

use std::fmt;
use std::str::FromStr;

use iris_domain::{IdentityId, OperationId, Page, Timestamp};
use sea_orm::prelude::{Json, TimeDateTimeWithTimeZone as DateTime};
use sea_orm::{ConnectionTrait, FromQueryResult};

use super::Identities;
use crate::error::{Failure, StoreError};
use crate::{sql, time};

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OperationKind {
    /// Identities became one.
    Merge,
    /// Sightings became an identity of their own.
    Split,
    /// Sightings were said not to be of the identity.
    Reject,
    /// A name was given, changed or taken.
    Rename,
    /// Identities were deleted by their ids.
    Delete,
    /// Identities were deleted all together.
    Clear,
    /// An earlier operation was undone.
    Undo,
}

const KINDS: [OperationKind; 7] = [
    OperationKind::Merge,
    OperationKind::Split,
    OperationKind::Reject,
    OperationKind::Rename,
    OperationKind::Delete,
    OperationKind::Clear,
    OperationKind::Undo,
];

impl OperationKind {
    /// The word of the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Merge => "merge",
            Self::Split => "split",
            Self::Reject => "reject",
            Self::Rename => "rename",
            Self::Delete => "delete",
            Self::Clear => "clear",
            Self::Undo => "undo",
        }
    }
}

impl fmt::Display for OperationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text is none of the words of an [`OperationKind`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a kind of operation")]
pub struct UnknownOperationKind;

impl FromStr for OperationKind {
    type Err = UnknownOperationKind;

    fn from_str(word: &str) -> Result<Self, UnknownOperationKind> {
        KINDS.into_iter().find(|kind| kind.as_str() == word).ok_or(UnknownOperationKind)
    }
}

/// An entry of the ledger.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// Its row.
    pub id: OperationId,
    /// What was done.
    pub kind: OperationKind,
    /// When.
    pub at: Timestamp,
    /// By whom, as the caller named them.
    pub by: String,
    /// What it was about; some of them may be gone.
    pub identities: Vec<IdentityId>,
    /// What a reader wants to know: numbers and, unless what it was about was forgotten since, names.
    pub summary: serde_json::Value,
    /// Whether it can be undone, as far as the ledger knows.
    pub undoable: bool,
    /// When it was undone.
    pub undone_at: Option<Timestamp>,
}

/// A page of the ledger.
#[derive(Debug, Clone, PartialEq)]
pub struct ListedOperations {
    /// All entries, on whatever page.
    pub total: u64,
    /// Those of the page, newest first.
    pub operations: Vec<Operation>,
}

#[derive(FromQueryResult)]
struct OperationRow {
    id: i64,
    kind: String,
    at: DateTime,
    by: String,
    identities: Vec<i64>,
    summary: Json,
    undoable: bool,
    undone_at: Option<DateTime>,
}

impl Identities<'_> {
    /// The ledger, newest first.
    pub async fn operations(self, page: Page) -> Result<ListedOperations, StoreError> {
        let work = async {
            let total = sql::count(&self.store.database, "SELECT count(*) FROM identity_operations", []).await?;
            let rows: Vec<OperationRow> = sql::all(
                &self.store.database,
                "SELECT id, kind, at, by, identities, summary, undo IS NOT NULL AND undone_at IS NULL AS undoable, undone_at \
                 FROM identity_operations ORDER BY id DESC LIMIT $1 OFFSET $2",
                [sql::bound(page.limit).into(), sql::bound(page.offset).into()],
            )
            .await?;
            Ok(ListedOperations { total, operations: rows.into_iter().map(operation).collect::<Result<_, _>>()? })
        };
        self.store.run("list operations", work).await
    }
}

fn operation(row: OperationRow) -> Result<Operation, Failure> {
    let broken = |field: &str| Failure::Corrupt(format!("operation {}: {field}", row.id));
    Ok(Operation {
        id: OperationId::new(row.id).map_err(|_| broken("id"))?,
        kind: row.kind.parse().map_err(|_| broken("kind"))?,
        at: time::from_column(row.at, "at")?,
        identities: row
            .identities
            .iter()
            .map(|id| IdentityId::new(*id).map_err(|_| broken("identities")))
            .collect::<Result<_, _>>()?,
        undone_at: row.undone_at.map(|at| time::from_column(at, "undone_at")).transpose()?,
        by: row.by,
        summary: row.summary,
        undoable: row.undoable,
    })
}

/// An entry to be written.
pub(crate) struct Entry<'a> {
    pub kind: OperationKind,
    pub by: &'a str,
    pub identities: Vec<i64>,
    pub summary: Json,
    pub undo: Option<Json>,
}

impl<'a> Entry<'a> {
    pub(crate) fn new(kind: OperationKind, by: &'a str, identities: &[i64]) -> Self {
        Self { kind, by, identities: identities.to_vec(), summary: Json::Object(Default::default()), undo: None }
    }
}

/// Writes an entry.
pub(crate) async fn write(database: &impl ConnectionTrait, entry: Entry<'_>) -> Result<OperationId, Failure> {
    let Entry { kind, by, identities, summary, undo } = entry;
    let id: Option<i64> = sql::value(
        database,
        "INSERT INTO identity_operations (kind, by, identities, summary, undo) VALUES ($1, $2, $3, $4, $5) RETURNING id",
        [kind.as_str().into(), by.into(), identities.into(), summary.into(), undo.into()],
    )
    .await?;
    sql::id(id.unwrap_or_default(), "operation")
}

/// Takes out of the ledger what it knows of identities that were deleted for good, and of those that had become part of them: names, and
/// what would bring them back.
pub(crate) async fn forget(database: &impl ConnectionTrait, identities: &[i64]) -> Result<(), Failure> {
    sql::execute(
        database,
        "WITH RECURSIVE forgotten (id) AS ( \
             SELECT unnest($1::bigint[]) \
             UNION \
             SELECT source.id FROM forgotten \
             JOIN identity_operations AS merge ON merge.kind = 'merge' AND merge.undone_at IS NULL \
                 AND merge.identities @> ARRAY[forgotten.id] AND (merge.summary->>'target')::bigint = forgotten.id \
             CROSS JOIN LATERAL unnest(merge.identities) AS source (id) \
             WHERE NOT EXISTS (SELECT FROM identities WHERE id = source.id)) \
         UPDATE identity_operations SET undo = NULL, summary = summary - 'name' - 'names' \
         WHERE identities && (SELECT array_agg(id) FROM forgotten)",
        [identities.to_vec().into()],
    )
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_reads_back_and_no_other_does() {
        for kind in KINDS {
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
        assert_eq!("join".parse::<OperationKind>(), Err(UnknownOperationKind));
    }
}
