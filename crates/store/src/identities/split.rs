//! Taking sightings out of an identity: because they are somebody else, or because they are at least not this one.

use iris_domain::{IdentityId, OperationId, SightingId};
use sea_orm::DatabaseTransaction;
use serde_json::json;

use super::apart::{self, Pair};
use super::ledger::{self, Entry, OperationKind};
use super::undo_merge::SightingRow;
use super::undo_split::SplitUndo;
use super::{Identities, upkeep};
use crate::error::{Failure, StoreError};
use crate::sightings::events;
use crate::sql;

/// Sightings that became an identity of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SplitOff {
    /// The entry in the ledger.
    pub operation: OperationId,
    /// The identity they were taken from.
    pub from: IdentityId,
    /// The new one.
    pub identity: IdentityId,
    /// How many they were.
    pub moved_sightings: u64,
}

/// Why sightings were not taken out; nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SplitRefused {
    /// Nobody has this id.
    #[error("identity {0} does not exist")]
    UnknownIdentity(IdentityId),
    /// No sighting was named.
    #[error("no sighting is named")]
    NothingToSplit,
    /// These sightings are not the identity's.
    #[error("{} of the sightings are not this identity's", .0.len())]
    NotItsSightings(Vec<SightingId>),
    /// These are all the sightings it has.
    #[error("these are all its sightings: nothing would be left")]
    NothingLeft,
}

/// What is to become of the sightings.
#[derive(Clone, Copy)]
enum Wanted<'a> {
    /// Somebody else, by this name if any.
    Split(Option<&'a str>),
    /// At least not this one.
    Reject,
}

impl Identities<'_> {
    /// Makes sightings an identity of their own, named `new_name` if that is not empty. Both are kept apart from now on. Can be undone.
    pub async fn split(
        self,
        id: IdentityId,
        sightings: &[SightingId],
        new_name: Option<&str>,
        by: &str,
    ) -> Result<Result<SplitOff, SplitRefused>, StoreError> {
        let wanted = Wanted::Split(new_name.filter(|name| !name.is_empty()));
        self.run_split("split an identity", id, sightings, wanted, by).await
    }

    /// Says that sightings are not this identity's: they become an unnamed one, which is kept apart from it from now on. Can be undone.
    pub async fn reject(
        self,
        id: IdentityId,
        sightings: &[SightingId],
        by: &str,
    ) -> Result<Result<SplitOff, SplitRefused>, StoreError> {
        self.run_split("reject sightings", id, sightings, Wanted::Reject, by).await
    }

    async fn run_split(
        self,
        attempt: &'static str,
        id: IdentityId,
        sightings: &[SightingId],
        wanted: Wanted<'_>,
        by: &str,
    ) -> Result<Result<SplitOff, SplitRefused>, StoreError> {
        let work = async {
            let transaction = self.store.begin_correcting().await?;
            let split = split(&transaction, id, sightings, wanted, by).await?;
            if split.is_ok() {
                transaction.commit().await?;
            }
            Ok(split)
        };
        self.store.correct(attempt, work).await
    }
}

async fn split(
    transaction: &DatabaseTransaction,
    from: IdentityId,
    sightings: &[SightingId],
    wanted: Wanted<'_>,
    by: &str,
) -> Result<Result<SplitOff, SplitRefused>, Failure> {
    let moved = match check(transaction, from, sightings).await? {
        Ok(moved) => moved,
        Err(refused) => return Ok(Err(refused)),
    };
    let ids: Vec<i64> = moved.iter().map(|row| row.id).collect();
    let events = events::lock_of_sightings(transaction, &ids).await?;
    let new = found(transaction, from, wanted).await?;
    upkeep::give(transaction, &ids, new, true).await?;
    let pair: Vec<Pair> = Pair::of(from.get(), new).into_iter().collect();
    apart::keep(transaction, &pair).await?;
    upkeep::settle(transaction, &[from.get(), new]).await?;
    events::refresh(transaction, &events).await?;
    let both = [from.get(), new];
    let kind = match wanted {
        Wanted::Reject => OperationKind::Reject,
        Wanted::Split(_) => OperationKind::Split,
    };
    let undo = Some(SplitUndo::new(from.get(), new, moved).to_json()?);
    let mut entry = Entry { undo, ..Entry::new(kind, by, &both) };
    entry.summary = json!({"from": from, "identity": new, "moved_sightings": ids.len()});
    if let Wanted::Split(Some(name)) = wanted {
        entry.summary["name"] = json!(name);
    }
    Ok(Ok(SplitOff {
        operation: ledger::write(transaction, entry).await?,
        from,
        identity: sql::id(new, "identity")?,
        moved_sightings: ids.len() as u64,
    }))
}

/// Locks the identity and says which sightings move.
async fn check(
    transaction: &DatabaseTransaction,
    from: IdentityId,
    wanted: &[SightingId],
) -> Result<Result<Vec<SightingRow>, SplitRefused>, Failure> {
    let select = "SELECT num_sightings FROM identities WHERE id = $1 FOR UPDATE";
    let Some(all) = sql::value::<i64>(transaction, select, [from.get().into()]).await? else {
        return Ok(Err(SplitRefused::UnknownIdentity(from)));
    };
    if wanted.is_empty() {
        return Ok(Err(SplitRefused::NothingToSplit));
    }
    let select =
        "SELECT id, identity_id, match_kind FROM sightings WHERE id = ANY($1) AND identity_id = $2 ORDER BY id";
    let values = [sql::array(wanted).into(), from.get().into()];
    let found: Vec<SightingRow> = sql::all(transaction, select, values).await?;
    let foreign: Vec<SightingId> =
        wanted.iter().copied().filter(|id| found.binary_search_by_key(&id.get(), |row| row.id).is_err()).collect();
    Ok(if !foreign.is_empty() {
        Err(SplitRefused::NotItsSightings(foreign))
    } else if found.len() as i64 == all {
        Err(SplitRefused::NothingLeft)
    } else {
        Ok(found)
    })
}

async fn found(transaction: &DatabaseTransaction, from: IdentityId, wanted: Wanted<'_>) -> Result<i64, Failure> {
    let name = match wanted {
        Wanted::Split(name) => name,
        Wanted::Reject => None,
    };
    let insert = "INSERT INTO identities (object_class, name, is_named, first_seen, last_seen) \
                  SELECT object_class, $2::text, $2 IS NOT NULL, first_seen, last_seen FROM identities WHERE id = $1 RETURNING id";
    let id: Option<i64> = sql::value(transaction, insert, [from.get().into(), name.into()]).await?;
    id.ok_or_else(|| Failure::Corrupt("identity: not founded".to_owned()))
}
