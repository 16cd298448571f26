//! Deleting captured faces. Each function deletes rows and names the pictures that are now nobody's, for the caller to remove.

use iris_domain::FaceSampleId;
use sea_orm::{DatabaseTransaction, FromQueryResult};

use super::FaceSamples;
use crate::error::{Failure, StoreError};
use crate::identities::upkeep;
use crate::sql;

/// Captured faces deleted by one transaction at most.
pub const DELETE_SAMPLES_BATCH: u64 = 1_000;

/// Captured faces that are gone, and what they leave in the library.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeletedFaceSamples {
    /// Which.
    pub ids: Vec<FaceSampleId>,
    /// Paths of their pictures.
    pub paths: Vec<String>,
}

#[derive(FromQueryResult)]
struct DeletedRow {
    id: i64,
    identity_id: i64,
    thumb_path: String,
}

impl FaceSamples<'_> {
    /// Deletes captured faces. Ids that nobody has are passed over: compare with what comes back.
    pub async fn delete(self, ids: &[FaceSampleId]) -> Result<DeletedFaceSamples, StoreError> {
        let work = async {
            let transaction = self.store.begin_changing().await?;
            let deleted = delete(&transaction, sql::array(ids)).await?;
            transaction.commit().await?;
            Ok(deleted)
        };
        self.store.run("delete captured faces", work).await
    }

    /// Deletes up to [`DELETE_SAMPLES_BATCH`] captured faces, with `label` only those that have it. Fewer coming back means that none
    /// is left.
    pub async fn delete_batch(self, label: Option<&str>) -> Result<DeletedFaceSamples, StoreError> {
        if label.is_some_and(|label| label.contains('\0')) {
            return Ok(DeletedFaceSamples::default());
        }
        let work = async {
            let transaction = self.store.begin_changing().await?;
            let mut wanted = sql::Conditions::default();
            if let Some(label) = label {
                wanted.add("label = ?", label);
            }
            let limit = wanted.place(sql::bound(DELETE_SAMPLES_BATCH));
            let select = format!("SELECT id FROM face_samples{} ORDER BY id LIMIT {limit}", wanted.clause());
            let ids: Vec<i64> = sql::column(&transaction, &select, wanted.values()).await?;
            let deleted = delete(&transaction, ids).await?;
            transaction.commit().await?;
            Ok(deleted)
        };
        self.store.run("delete a batch of captured faces", work).await
    }
}

async fn delete(transaction: &DatabaseTransaction, ids: Vec<i64>) -> Result<DeletedFaceSamples, Failure> {
    let delete = "DELETE FROM face_samples WHERE id = ANY($1) RETURNING id, identity_id, thumb_path";
    let rows: Vec<DeletedRow> = sql::all(transaction, delete, [ids.into()]).await?;
    let identities: Vec<i64> = rows.iter().map(|row| row.identity_id).collect();
    upkeep::show_best(transaction, &identities).await?;
    let mut deleted = DeletedFaceSamples::default();
    for row in rows {
        deleted.ids.push(sql::id(row.id, "face_sample")?);
        deleted.paths.push(row.thumb_path);
    }
    deleted.ids.sort();
    Ok(deleted)
}
