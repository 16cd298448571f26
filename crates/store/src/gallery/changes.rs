//! Notes for the vector index that an identity or a person changed. Written inside the transaction that changes it, which holds the
//! identities' lock, so that epochs become visible in their order.

use sea_orm::ConnectionTrait;

use crate::error::Failure;
use crate::sql;

/// Notes that these identities changed, came or went.
pub(crate) async fn identities(database: &impl ConnectionTrait, ids: &[i64]) -> Result<(), Failure> {
    note(database, "identity", ids).await
}

/// Notes that these people changed, came or went.
pub(crate) async fn people(database: &impl ConnectionTrait, ids: &[i64]) -> Result<(), Failure> {
    note(database, "person", ids).await
}

/// A subject has one row, its newest change: a reader takes over what it finds then, so older ones say nothing.
async fn note(database: &impl ConnectionTrait, subject: &str, ids: &[i64]) -> Result<(), Failure> {
    if ids.is_empty() {
        return Ok(());
    }
    sql::execute(
        database,
        "INSERT INTO gallery_changes (subject, subject_id) SELECT $1, id FROM (SELECT DISTINCT unnest($2::bigint[]) AS id) AS ids \
         ORDER BY id ON CONFLICT (subject, subject_id) DO UPDATE SET epoch = DEFAULT",
        [subject.into(), ids.to_vec().into()],
    )
    .await?;
    Ok(())
}
