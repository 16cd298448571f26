//! Making several identities one.

use std::collections::{BTreeMap, BTreeSet};

use iris_domain::{IdentityId, OperationId};
use sea_orm::{DatabaseTransaction, FromQueryResult};
use serde_json::json;

use super::apart::{self, Pair};
use super::ledger::{self, Entry, OperationKind};
use super::undo_merge::{self, MergeUndo, Naming};
use super::{Identities, upkeep};
use crate::error::{Failure, StoreError};
use crate::gallery::changes;
use crate::sightings::events;
use crate::sql;

/// Who the ledger says merged by itself.
const MAINTENANCE: &str = "maintenance";

/// Identities that became one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// The entry in the ledger.
    pub operation: OperationId,
    /// The identity that all are now.
    pub target: IdentityId,
    /// Its name now.
    pub name: Option<String>,
    /// Those that are gone, by id.
    pub sources: Vec<IdentityId>,
    /// Sightings that changed hands.
    pub moved_sightings: u64,
}

/// Why identities were not merged; nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MergeRefused {
    /// Nobody has this id.
    #[error("identity {0} does not exist")]
    UnknownIdentity(IdentityId),
    /// There is no source but the target itself.
    #[error("nothing is left to merge")]
    NothingToMerge,
    /// This one is of another class than the target.
    #[error("identity {0} is of another class")]
    DifferentClass(IdentityId),
    /// Only an operator may merge this one, which is named.
    #[error("identity {0} is named")]
    Named(IdentityId),
    /// Only an operator may merge these two, which an operator keeps apart.
    #[error("identities {0} and {1} are kept apart")]
    KeptApart(IdentityId, IdentityId),
}

/// An identity that takes part, locked.
#[derive(FromQueryResult)]
struct Part {
    id: i64,
    name: Option<String>,
    is_named: bool,
    notes: Option<String>,
    object_class: String,
}

/// Who decided.
#[derive(Clone, Copy)]
enum Decided<'a> {
    By(&'a str),
    Automatically,
}

impl Identities<'_> {
    /// Makes `sources` part of `target`, by an operator's word: their sightings are linked manually from now on, pairs kept apart among
    /// them are no longer, and the target takes over a name if it has none. The target among the sources is passed over.
    pub async fn merge(
        self,
        target: IdentityId,
        sources: &[IdentityId],
        by: &str,
    ) -> Result<Result<Merged, MergeRefused>, StoreError> {
        self.run_merge(target, sources, Decided::By(by)).await
    }

    /// Makes `source` part of `target` because they are alike. Named identities, and those kept apart, are refused.
    pub async fn merge_alike(
        self,
        target: IdentityId,
        source: IdentityId,
    ) -> Result<Result<Merged, MergeRefused>, StoreError> {
        self.run_merge(target, &[source], Decided::Automatically).await
    }

    async fn run_merge(
        self,
        target: IdentityId,
        sources: &[IdentityId],
        decided: Decided<'_>,
    ) -> Result<Result<Merged, MergeRefused>, StoreError> {
        let mut order: Vec<i64> = Vec::with_capacity(sources.len());
        let mut seen = BTreeSet::from([target.get()]);
        order.extend(sources.iter().map(|source| source.get()).filter(|source| seen.insert(*source)));
        let work = async {
            let transaction = self.store.begin_correcting().await?;
            let merged = merge(&transaction, target, &order, decided).await?;
            if merged.is_ok() {
                transaction.commit().await?;
            }
            Ok(merged)
        };
        self.store.correct("merge identities", work).await
    }
}

async fn merge(
    transaction: &DatabaseTransaction,
    target: IdentityId,
    sources: &[i64],
    decided: Decided<'_>,
) -> Result<Result<Merged, MergeRefused>, Failure> {
    let all: Vec<i64> = std::iter::once(target.get()).chain(sources.iter().copied()).collect();
    let select =
        "SELECT id, name, is_named, notes, object_class FROM identities WHERE id = ANY($1) ORDER BY id FOR UPDATE";
    let parts: Vec<Part> = sql::all(transaction, select, [all.clone().into()]).await?;
    let pairs = apart::of(transaction, &all).await?;
    if let Err(refused) = check(&all, &parts, &pairs, decided)? {
        return Ok(Err(refused));
    }
    let (by, by_hand) = match decided {
        Decided::By(by) => (by, true),
        Decided::Automatically => (MAINTENANCE, false),
    };
    let mut undo = undo_merge::remember(transaction, target.get(), sources).await?;
    let moved = undo.sightings();
    let events = events::lock_of_sightings(transaction, &moved).await?;
    upkeep::give(transaction, &moved, target.get(), by_hand).await?;
    events::refresh(transaction, &events).await?;
    let naming = name_target(transaction, target.get(), sources, &parts, &mut undo).await?;
    move_pairs(transaction, target.get(), sources, &pairs, &mut undo).await?;
    sql::execute(transaction, "DELETE FROM identities WHERE id = ANY($1)", [sources.to_vec().into()]).await?;
    upkeep::settle(transaction, &[target.get()]).await?;
    changes::identities(transaction, sources).await?;
    let gone = {
        let mut gone = sources.to_vec();
        gone.sort_unstable();
        gone
    };
    let summary = json!({
        "target": target, "sources": gone, "moved_sightings": moved.len(),
        "names": parts.iter().filter_map(|part| Some((part.id.to_string(), part.name.clone()?))).collect::<BTreeMap<_, _>>(),
    });
    let entry = Entry { summary, undo: Some(undo.to_json()?), ..Entry::new(OperationKind::Merge, by, &all) };
    Ok(Ok(Merged {
        operation: ledger::write(transaction, entry).await?,
        target,
        name: naming.name,
        sources: gone.into_iter().map(|id| sql::id(id, "identity")).collect::<Result<_, _>>()?,
        moved_sightings: moved.len() as u64,
    }))
}

fn check(
    all: &[i64],
    parts: &[Part],
    pairs: &[Pair],
    decided: Decided<'_>,
) -> Result<Result<(), MergeRefused>, Failure> {
    let id = |id: i64| sql::id::<IdentityId>(id, "identity");
    let part = |id: &i64| parts.iter().find(|part| part.id == *id);
    if let Some(unknown) = all.iter().find(|id| part(id).is_none()) {
        return Ok(Err(MergeRefused::UnknownIdentity(id(*unknown)?)));
    }
    if all.len() < 2 {
        return Ok(Err(MergeRefused::NothingToMerge));
    }
    let class = part(&all[0]).map(|target| &target.object_class);
    if let Some(other) = parts.iter().find(|part| Some(&part.object_class) != class) {
        return Ok(Err(MergeRefused::DifferentClass(id(other.id)?)));
    }
    if matches!(decided, Decided::By(_)) {
        return Ok(Ok(()));
    }
    if let Some(named) = parts.iter().find(|part| part.is_named) {
        return Ok(Err(MergeRefused::Named(id(named.id)?)));
    }
    match pairs.iter().find(|pair| all.contains(&pair.a) && all.contains(&pair.b)) {
        Some(pair) => Ok(Err(MergeRefused::KeptApart(id(pair.a)?, id(pair.b)?))),
        None => Ok(Ok(())),
    }
}

/// Names the target as the first source that has a name, unless it has one itself.
async fn name_target(
    transaction: &DatabaseTransaction,
    target: i64,
    sources: &[i64],
    parts: &[Part],
    undo: &mut MergeUndo,
) -> Result<Naming, Failure> {
    let find = |id: i64| parts.iter().find(|part| part.id == id);
    let naming = |part: &Part| Naming { name: part.name.clone(), is_named: part.is_named, notes: part.notes.clone() };
    let before = find(target).map(naming).unwrap_or_default();
    let mut after = before.clone();
    for source in sources.iter().filter_map(|id| find(*id)) {
        after.name = after.name.or_else(|| source.name.clone());
        after.notes = after.notes.or_else(|| source.notes.clone());
        after.is_named |= source.is_named;
    }
    undo_merge::write_naming(transaction, target, &after).await?;
    undo.named(before, after.clone());
    Ok(after)
}

/// What was kept apart from a source is kept apart from the target from now on.
async fn move_pairs(
    transaction: &DatabaseTransaction,
    target: i64,
    sources: &[i64],
    pairs: &[Pair],
    undo: &mut MergeUndo,
) -> Result<(), Failure> {
    let is_source = |id: i64| sources.contains(&id);
    let (removed, kept): (Vec<Pair>, Vec<Pair>) = pairs.iter().partition(|pair| is_source(pair.a) || is_source(pair.b));
    let heir = |id: i64| if is_source(id) { target } else { id };
    let inherited: Vec<Pair> = removed
        .iter()
        .filter_map(|pair| Pair::of(heir(pair.a), heir(pair.b)))
        .filter(|pair| !kept.contains(pair))
        .collect();
    apart::release(transaction, &removed).await?;
    let added = apart::keep(transaction, &inherited).await?;
    undo.moved_pairs(&removed, &added);
    Ok(())
}
