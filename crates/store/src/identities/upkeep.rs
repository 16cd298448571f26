//! What every move of sightings between identities brings with it, inside the transaction that moves them.

use iris_domain::identity::MatchKind;
use sea_orm::DatabaseTransaction;

use super::exemplars;
use crate::error::Failure;
use crate::gallery::changes;
use crate::sql;

/// Gives sightings to an identity, with what hangs on them. By an operator's word, they are linked by it from now on.
pub(crate) async fn give(
    transaction: &DatabaseTransaction,
    sightings: &[i64],
    identity: i64,
    by_hand: bool,
) -> Result<(), Failure> {
    let kind = by_hand.then_some(MatchKind::Manual.as_str());
    let update = "UPDATE sightings SET identity_id = $2, match_kind = coalesce($3, match_kind) WHERE id = ANY($1)";
    sql::execute(transaction, update, [sightings.to_vec().into(), identity.into(), kind.into()]).await?;
    carry_along(transaction, sightings, identity).await
}

/// Lets exemplars, captured faces and links with events follow their sightings.
pub(crate) async fn carry_along(
    transaction: &DatabaseTransaction,
    sightings: &[i64],
    identity: i64,
) -> Result<(), Failure> {
    for table in ["exemplars", "face_samples", "event_sightings"] {
        let update = format!("UPDATE {table} SET identity_id = $2 WHERE sighting_id = ANY($1) AND identity_id <> $2");
        sql::execute(transaction, &update, [sightings.to_vec().into(), identity.into()]).await?;
    }
    Ok(())
}

/// Brings identities that gained or lost sightings in order: those without any and without a name go, the others are shown by the best
/// of what they have now and known by a bounded choice of it; the vector index is told.
pub(crate) async fn settle(transaction: &DatabaseTransaction, identities: &[i64]) -> Result<(), Failure> {
    let delete = "DELETE FROM identities WHERE id = ANY($1) AND num_sightings = 0 AND NOT is_named";
    sql::execute(transaction, delete, [identities.to_vec().into()]).await?;
    settle_kept(transaction, identities).await
}

/// As [`settle`], but an identity without sightings goes whatever its name.
pub(crate) async fn settle_or_drop(transaction: &DatabaseTransaction, identities: &[i64]) -> Result<Vec<i64>, Failure> {
    let delete = "DELETE FROM identities WHERE id = ANY($1) AND num_sightings = 0 RETURNING id";
    let dropped: Vec<i64> = sql::column(transaction, delete, [identities.to_vec().into()]).await?;
    super::ledger::forget(transaction, &dropped).await?;
    settle_kept(transaction, identities).await?;
    Ok(dropped)
}

async fn settle_kept(transaction: &DatabaseTransaction, identities: &[i64]) -> Result<(), Failure> {
    show_best(transaction, identities).await?;
    exemplars::choose(transaction, identities).await?;
    changes::identities(transaction, identities).await
}

/// Finds the crops that identities are shown by anew.
pub(crate) async fn show_best(transaction: &DatabaseTransaction, identities: &[i64]) -> Result<(), Failure> {
    sql::execute(
        transaction,
        "UPDATE identities AS i SET \
             (rep_thumb_path, rep_confidence) = (SELECT thumb_path, confidence FROM sightings \
                 WHERE identity_id = i.id AND thumb_path IS NOT NULL ORDER BY confidence DESC, id LIMIT 1), \
             (face_thumb_path, face_quality) = (SELECT thumb_path, quality FROM face_samples \
                 WHERE identity_id = i.id ORDER BY quality DESC, id LIMIT 1) \
         WHERE i.id = ANY($1)",
        [identities.to_vec().into()],
    )
    .await?;
    Ok(())
}
