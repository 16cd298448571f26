//! Deleting people. Their vectors and photos go; events and sightings keep the name and lose the link.

use iris_domain::PersonId;
use sea_orm::DatabaseTransaction;

use super::People;
use crate::error::{Failure, StoreError};
use crate::gallery::changes;
use crate::sql;

/// People deleted by one transaction at most.
pub const DELETE_PEOPLE_BATCH: u64 = 200;

/// Events or sightings detached by one transaction at most: somebody who is seen every day is in tens of thousands.
const DETACH_BATCH: u64 = 1_000;

/// People that are gone, and what they leave in the library.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeletedPeople {
    /// Who.
    pub ids: Vec<PersonId>,
    /// Paths of their photos.
    pub image_paths: Vec<String>,
}

impl People<'_> {
    /// Deletes people. Ids that nobody has are passed over: compare with what comes back.
    pub async fn delete(self, ids: &[PersonId]) -> Result<DeletedPeople, StoreError> {
        let ids = sql::array(ids);
        while self.store.run("detach a person", self.detach_batch(&ids)).await? {}
        let work = async {
            let transaction = self.store.begin_changing().await?;
            let deleted = delete(&transaction, &ids).await?;
            transaction.commit().await?;
            Ok(deleted)
        };
        self.store.run("delete people", work).await
    }

    /// Deletes up to [`DELETE_PEOPLE_BATCH`] people, whoever they are. Fewer coming back means that none is left.
    pub async fn delete_batch(self) -> Result<DeletedPeople, StoreError> {
        let work = async {
            let select = "SELECT id FROM people ORDER BY id LIMIT $1";
            let ids: Vec<i64> =
                sql::column(&self.store.database, select, [sql::bound(DELETE_PEOPLE_BATCH).into()]).await?;
            ids.into_iter().map(|id| sql::id(id, "person")).collect::<Result<Vec<PersonId>, Failure>>()
        };
        let ids = self.store.run("list people to delete", work).await?;
        self.delete(&ids).await
    }

    /// Takes the link from some of what was recognised as these people; says whether more is left.
    async fn detach_batch(self, ids: &[i64]) -> Result<bool, Failure> {
        let transaction = self.store.begin_changing().await?;
        let detached = detach(&transaction, ids, DETACH_BATCH).await?;
        transaction.commit().await?;
        Ok(detached >= DETACH_BATCH)
    }
}

async fn detach(transaction: &DatabaseTransaction, people: &[i64], limit: u64) -> Result<u64, Failure> {
    let mut detached = 0;
    for (table, order) in [("events", "ts, id"), ("sightings", "id")] {
        let update = format!(
            "WITH these AS MATERIALIZED (SELECT id FROM {table} WHERE person_id = ANY($1) ORDER BY {order} LIMIT $2 FOR NO KEY UPDATE) \
             UPDATE {table} SET person_id = NULL FROM these WHERE {table}.id = these.id"
        );
        let values = [people.to_vec().into(), sql::bound(limit).into()];
        detached = detached.max(sql::execute(transaction, &update, values).await?);
    }
    Ok(detached)
}

async fn delete(transaction: &DatabaseTransaction, people: &[i64]) -> Result<DeletedPeople, Failure> {
    let select = "SELECT id FROM people WHERE id = ANY($1) ORDER BY id FOR UPDATE";
    let found: Vec<i64> = sql::column(transaction, select, [people.to_vec().into()]).await?;
    detach(transaction, &found, u64::MAX).await?;
    let faces = "DELETE FROM person_faces WHERE person_id = ANY($1) RETURNING image_path";
    let paths: Vec<Option<String>> = sql::column(transaction, faces, [found.clone().into()]).await?;
    sql::execute(transaction, "DELETE FROM people WHERE id = ANY($1)", [found.clone().into()]).await?;
    changes::people(transaction, &found).await?;
    Ok(DeletedPeople {
        ids: found.into_iter().map(|id| sql::id(id, "person")).collect::<Result<_, _>>()?,
        image_paths: paths.into_iter().flatten().collect(),
    })
}
