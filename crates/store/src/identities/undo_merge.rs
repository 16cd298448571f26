//! What it takes to undo a merge, and undoing it: the sources come back under their ids with those of their sightings that the target
//! still has.

use std::collections::BTreeMap;

use sea_orm::prelude::Json;
use sea_orm::{DatabaseTransaction, FromQueryResult};
use serde::{Deserialize, Serialize};

use super::apart::{self, Pair};
use super::undo::{UndoRefused, UndoneMoves};
use super::upkeep;
use crate::error::Failure;
use crate::gallery::changes;
use crate::sightings::events;
use crate::sql;

/// Sightings by what they were linked by.
pub(super) type ByKind = BTreeMap<String, Vec<i64>>;

/// What an operator says of an identity.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, FromQueryResult)]
pub(super) struct Naming {
    pub name: Option<String>,
    pub is_named: bool,
    pub notes: Option<String>,
}

/// The state before a merge, as far as the merge destroys it. Holds no vector and no path.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct MergeUndo {
    target: i64,
    before: Naming,
    after: Naming,
    sources: Vec<Source>,
    apart_removed: Vec<(i64, i64)>,
    apart_added: Vec<(i64, i64)>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Source {
    id: i64,
    /// The columns that its sightings do not give back.
    row: Json,
    sightings: ByKind,
}

#[derive(FromQueryResult)]
struct RememberedRow {
    id: i64,
    row: Json,
}

#[derive(FromQueryResult)]
pub(super) struct SightingRow {
    pub id: i64,
    pub identity_id: i64,
    pub match_kind: String,
}

/// Writes down what sources are before they are merged.
pub(super) async fn remember(
    transaction: &DatabaseTransaction,
    target: i64,
    sources: &[i64],
) -> Result<MergeUndo, Failure> {
    let rows: Vec<RememberedRow> = sql::all(
        transaction,
        "SELECT id, to_jsonb(i) - ARRAY['num_sightings', 'total_micros', 'rep_thumb_path', 'rep_confidence', 'face_thumb_path', \
             'face_quality'] AS row FROM identities AS i WHERE id = ANY($1) ORDER BY id",
        [sources.to_vec().into()],
    )
    .await?;
    let select = "SELECT id, identity_id, match_kind FROM sightings WHERE identity_id = ANY($1) ORDER BY id";
    let sightings: Vec<SightingRow> = sql::all(transaction, select, [sources.to_vec().into()]).await?;
    let mut of_source: BTreeMap<i64, ByKind> = BTreeMap::new();
    for SightingRow { id, identity_id, match_kind } in sightings {
        of_source.entry(identity_id).or_default().entry(match_kind).or_default().push(id);
    }
    let source = |RememberedRow { id, row }| Source { id, row, sightings: of_source.remove(&id).unwrap_or_default() };
    Ok(MergeUndo {
        target,
        before: Naming::default(),
        after: Naming::default(),
        sources: rows.into_iter().map(source).collect(),
        apart_removed: Vec::new(),
        apart_added: Vec::new(),
    })
}

impl MergeUndo {
    /// The sightings that change hands, by id.
    pub(super) fn sightings(&self) -> Vec<i64> {
        let all = self.sources.iter().flat_map(|source| source.sightings.values().flatten());
        let mut ids: Vec<i64> = all.copied().collect();
        ids.sort_unstable();
        ids
    }

    pub(super) fn named(&mut self, before: Naming, after: Naming) {
        (self.before, self.after) = (before, after);
    }

    pub(super) fn moved_pairs(&mut self, removed: &[Pair], added: &[Pair]) {
        let plain = |pairs: &[Pair]| pairs.iter().map(|pair| (pair.a, pair.b)).collect();
        (self.apart_removed, self.apart_added) = (plain(removed), plain(added));
    }

    pub(super) fn to_json(&self) -> Result<Json, Failure> {
        serde_json::to_value(self).map_err(|error| Failure::Corrupt(format!("undo to be written: {error}")))
    }
}

/// Writes what an operator says of an identity.
pub(super) async fn write_naming(
    transaction: &DatabaseTransaction,
    identity: i64,
    naming: &Naming,
) -> Result<(), Failure> {
    let Naming { name, is_named, notes } = naming.clone();
    let update = "UPDATE identities SET name = $2, is_named = $3, notes = $4 WHERE id = $1";
    sql::execute(transaction, update, [identity.into(), name.into(), is_named.into(), notes.into()]).await?;
    Ok(())
}

/// Undoes a merge. Sources that would come back without the sightings they had do not come back. Sources and target are kept apart from now on: whoever undoes a
/// merge says that they are not the same.
pub(super) async fn undo(
    transaction: &DatabaseTransaction,
    undo: MergeUndo,
) -> Result<Result<UndoneMoves, UndoRefused>, Failure> {
    let target = undo.target;
    if !lock_target(transaction, target).await? {
        return Ok(Err(UndoRefused::IdentityGone(sql::id(target, "identity")?)));
    }
    let remembered = undo.sightings();
    let returning = still_of(transaction, target, &remembered).await?;
    let events = events::lock_of_sightings(transaction, &returning).await?;
    let mut restored = Vec::new();
    for source in &undo.sources {
        if bring_back(transaction, source, &returning).await? {
            restored.push(source.id);
        }
    }
    restore_naming(transaction, &undo).await?;
    restore_pairs(transaction, &undo, &restored).await?;
    upkeep::settle(transaction, &[&restored[..], &[target]].concat()).await?;
    changes::identities(transaction, &restored).await?;
    events::refresh(transaction, &events).await?;
    Ok(Ok(UndoneMoves { target, restored, moved: returning.len(), left: remembered.len() - returning.len() }))
}

async fn lock_target(transaction: &DatabaseTransaction, target: i64) -> Result<bool, Failure> {
    let select = "SELECT id FROM identities WHERE id = $1 FOR UPDATE";
    Ok(sql::value::<i64>(transaction, select, [target.into()]).await?.is_some())
}

/// Which of these sightings an identity has.
pub(super) async fn still_of(
    transaction: &DatabaseTransaction,
    identity: i64,
    sightings: &[i64],
) -> Result<Vec<i64>, Failure> {
    let select = "SELECT id FROM sightings WHERE identity_id = $1 AND id = ANY($2) ORDER BY id";
    sql::column(transaction, select, [identity.into(), sightings.to_vec().into()]).await
}

async fn bring_back(transaction: &DatabaseTransaction, source: &Source, returning: &[i64]) -> Result<bool, Failure> {
    let still =
        |ids: &[i64]| -> Vec<i64> { ids.iter().copied().filter(|id| returning.binary_search(id).is_ok()).collect() };
    let by_kind: Vec<(&String, Vec<i64>)> = source.sightings.iter().map(|(kind, ids)| (kind, still(ids))).collect();
    if !source.sightings.is_empty() && by_kind.iter().all(|(_, ids)| ids.is_empty()) {
        return Ok(false);
    }
    sql::execute(
        transaction,
        "INSERT INTO identities (id, name, is_named, notes, object_class, color, color_hex, make, vehicle_type, first_seen, last_seen, \
             created_at) OVERRIDING SYSTEM VALUE \
         SELECT * FROM jsonb_to_record($1) AS row (id bigint, name text, is_named boolean, notes text, object_class text, color text, \
             color_hex text, make text, vehicle_type text, first_seen timestamptz, last_seen timestamptz, created_at timestamptz)",
        [source.row.clone().into()],
    )
    .await?;
    for (kind, ids) in by_kind {
        give_back(transaction, &ids, source.id, kind).await?;
    }
    Ok(true)
}

/// Gives sightings back to an identity, linked by what they were linked by.
pub(super) async fn give_back(
    transaction: &DatabaseTransaction,
    sightings: &[i64],
    identity: i64,
    kind: &str,
) -> Result<(), Failure> {
    let update = "UPDATE sightings SET identity_id = $2, match_kind = $3 WHERE id = ANY($1)";
    sql::execute(transaction, update, [sightings.to_vec().into(), identity.into(), kind.into()]).await?;
    upkeep::carry_along(transaction, sightings, identity).await
}

/// What the merge named is named as before, unless it was named otherwise since.
async fn restore_naming(transaction: &DatabaseTransaction, undo: &MergeUndo) -> Result<(), Failure> {
    let select = "SELECT name, is_named, notes FROM identities WHERE id = $1";
    let now: Option<Naming> = sql::one(transaction, select, [undo.target.into()]).await?;
    match now {
        Some(now) if now == undo.after => write_naming(transaction, undo.target, &undo.before).await,
        _ => Ok(()),
    }
}

async fn restore_pairs(transaction: &DatabaseTransaction, undo: &MergeUndo, restored: &[i64]) -> Result<(), Failure> {
    let pairs = |plain: &[(i64, i64)]| -> Vec<Pair> { plain.iter().filter_map(|(a, b)| Pair::of(*a, *b)).collect() };
    apart::release(transaction, &pairs(&undo.apart_added)).await?;
    apart::keep(transaction, &pairs(&undo.apart_removed)).await?;
    let from_target: Vec<Pair> = restored.iter().filter_map(|source| Pair::of(*source, undo.target)).collect();
    apart::keep(transaction, &from_target).await?;
    Ok(())
}
