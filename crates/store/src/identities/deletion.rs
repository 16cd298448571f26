//! Deleting identities for good: no vector, no captured face, no path stays, and what the ledger knew of them goes. Events in which they
//! were alone go too; where somebody else was the subject as well, only the link goes.

use iris_domain::{IdentityId, OperationId};
use sea_orm::DatabaseTransaction;
use serde_json::json;

use super::Identities;
use super::ledger::{self, Entry, OperationKind};
use crate::error::{Failure, StoreError};
use crate::events::{DeletedEvent, delete_locked};
use crate::gallery::changes;
use crate::sightings::{self, events};
use crate::sql::{self, Conditions};

/// Identities deleted by one transaction at most when all are.
pub const DELETE_IDENTITIES_BATCH: u64 = 200;

/// Identities that are gone, and what they leave in the library.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeletedIdentities {
    /// Which, by id.
    pub ids: Vec<IdentityId>,
    /// Paths of their crops and faces.
    pub paths: Vec<String>,
    /// The events in which they were alone.
    pub events: Vec<DeletedEvent>,
    /// The entry in the ledger; `None` when nothing was deleted.
    pub operation: Option<OperationId>,
}

impl Identities<'_> {
    /// Deletes identities. Ids that nobody has are passed over: compare with what comes back.
    pub async fn delete(self, ids: &[IdentityId], by: &str) -> Result<DeletedIdentities, StoreError> {
        let work = async {
            let transaction = self.store.begin_correcting().await?;
            let mut deleted = delete(&transaction, sql::array(ids)).await?;
            if !deleted.ids.is_empty() {
                let summary = json!({"deleted": deleted.ids.len(), "events": deleted.events.len()});
                let about = sql::array(&deleted.ids);
                let entry = Entry { summary, ..Entry::new(OperationKind::Delete, by, &about) };
                deleted.operation = Some(ledger::write(&transaction, entry).await?);
            }
            transaction.commit().await?;
            Ok(deleted)
        };
        self.store.correct("delete identities", work).await
    }

    /// Deletes up to [`DELETE_IDENTITIES_BATCH`] identities, with a class only those of it. Fewer coming back means that none is left.
    /// Given the operation of the batch before, its entry goes on: clearing is one entry.
    pub async fn delete_batch(
        self,
        object_class: Option<&str>,
        by: &str,
        operation: Option<OperationId>,
    ) -> Result<DeletedIdentities, StoreError> {
        if object_class.is_some_and(|class| class.contains('\0')) {
            return Ok(DeletedIdentities { operation, ..Default::default() });
        }
        let work = async {
            let transaction = self.store.begin_correcting().await?;
            let ids = batch(&transaction, object_class).await?;
            let mut deleted = delete(&transaction, ids).await?;
            deleted.operation = clearing(&transaction, &deleted, object_class, by, operation).await?;
            transaction.commit().await?;
            Ok(deleted)
        };
        self.store.correct("delete a batch of identities", work).await
    }
}

async fn batch(transaction: &DatabaseTransaction, object_class: Option<&str>) -> Result<Vec<i64>, Failure> {
    let mut wanted = Conditions::default();
    if let Some(class) = object_class {
        wanted.add("object_class = ?", class);
    }
    let limit = wanted.place(sql::bound(DELETE_IDENTITIES_BATCH));
    let select = format!("SELECT id FROM identities{} ORDER BY id LIMIT {limit}", wanted.clause());
    sql::column(transaction, &select, wanted.values()).await
}

/// The entry of a clearance, begun or gone on with.
async fn clearing(
    transaction: &DatabaseTransaction,
    deleted: &DeletedIdentities,
    object_class: Option<&str>,
    by: &str,
    operation: Option<OperationId>,
) -> Result<Option<OperationId>, Failure> {
    let (count, events) = (deleted.ids.len() as i64, deleted.events.len() as i64);
    match operation {
        _ if count == 0 => Ok(operation),
        None => {
            let summary = json!({"deleted": count, "events": events, "object_class": object_class});
            let entry = Entry { summary, ..Entry::new(OperationKind::Clear, by, &[]) };
            ledger::write(transaction, entry).await.map(Some)
        }
        Some(id) => {
            let update = "UPDATE identity_operations SET summary = summary || jsonb_build_object( \
                              'deleted', (summary->>'deleted')::bigint + $2, 'events', (summary->>'events')::bigint + $3) \
                          WHERE id = $1";
            sql::execute(transaction, update, [id.get().into(), count.into(), events.into()]).await?;
            Ok(operation)
        }
    }
}

/// Events in which all subjects that count are among these identities: those of the class that the event is about or, when there is none,
/// all. A parked car does not keep the clip of somebody who is to be forgotten.
const SOLO: &str = "
SELECT e.id FROM events AS e JOIN event_sightings AS es ON es.event_id = e.id JOIN sightings AS s ON s.id = es.sighting_id
WHERE e.id = ANY($1) GROUP BY e.id
HAVING coalesce(bool_and(s.identity_id = ANY($2)) FILTER (WHERE s.object_class = e.label), bool_and(s.identity_id = ANY($2)))";

async fn delete(transaction: &DatabaseTransaction, ids: Vec<i64>) -> Result<DeletedIdentities, Failure> {
    let select = "SELECT id FROM identities WHERE id = ANY($1) ORDER BY id FOR UPDATE";
    let ids: Vec<i64> = sql::column(transaction, select, [ids.into()]).await?;
    if ids.is_empty() {
        return Ok(DeletedIdentities::default());
    }
    let select = "SELECT id FROM sightings WHERE identity_id = ANY($1)";
    let sightings: Vec<i64> = sql::column(transaction, select, [ids.clone().into()]).await?;
    let shared_or_solo = events::lock_of_sightings(transaction, &sightings).await?;
    let solo: Vec<i64> = sql::column(transaction, SOLO, [shared_or_solo.clone().into(), ids.clone().into()]).await?;
    let events = delete_locked(transaction, solo).await?;
    let paths = sightings::remove(transaction, &sightings).await?;
    events::refresh(transaction, &shared_or_solo).await?;
    sql::execute(transaction, "DELETE FROM identities WHERE id = ANY($1)", [ids.clone().into()]).await?;
    ledger::forget(transaction, &ids).await?;
    changes::identities(transaction, &ids).await?;
    Ok(DeletedIdentities {
        ids: ids.into_iter().map(|id| sql::id(id, "identity")).collect::<Result<_, _>>()?,
        paths,
        events,
        operation: None,
    })
}
