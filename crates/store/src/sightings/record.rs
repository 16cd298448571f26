//! Recording a sighting: one transaction, however much of it changed, and the same again when it is told twice.

use iris_domain::identity::{Evidence, MatchKind};
use iris_domain::{IdentityId, SightingId, TrackKey};
use sea_orm::prelude::TimeDateTimeWithTimeZone as DateTime;
use sea_orm::{DatabaseTransaction, FromQueryResult};

use super::row::track_number;
use super::{Belongs, RecordSighting, Recorded, Sightings, WrittenSighting, events, record_details};
use crate::error::{Failure, StoreError};
use crate::gallery::changes;
use crate::identities::upkeep;
use crate::{sql, time};

/// A sighting that an earlier attempt or an earlier observation wrote.
#[derive(FromQueryResult)]
struct Existing {
    identity_id: i64,
    match_kind: String,
    ts: DateTime,
    end_ts: DateTime,
}

/// An identity whose row is locked.
#[derive(FromQueryResult)]
struct Locked {
    id: i64,
    name: Option<String>,
    object_class: String,
}

#[derive(FromQueryResult)]
struct WrittenRow {
    id: i64,
    match_kind: String,
    person_id: Option<i64>,
    person_name: Option<String>,
}

/// Where a sighting goes, and why when that is new.
struct Way<'a> {
    /// The identity that has it.
    from: Option<i64>,
    /// The identity that gets it; `None` is to be founded.
    to: Option<i64>,
    evidence: Option<&'a Evidence>,
}

impl Sightings<'_> {
    /// Writes a track as a sighting. Fails with [`StoreError::NoSuchCamera`] when its camera was deleted.
    pub async fn record(self, wanted: &RecordSighting) -> Result<Recorded, StoreError> {
        let work = async {
            let transaction = self.store.begin_changing().await?;
            let recorded = record(&transaction, wanted).await?;
            if matches!(recorded, Recorded::Written(_)) {
                transaction.commit().await?;
            }
            Ok(recorded)
        };
        self.store.run("record a sighting", work).await
    }
}

async fn record(transaction: &DatabaseTransaction, wanted: &RecordSighting) -> Result<Recorded, Failure> {
    let existing = existing(transaction, wanted.track).await?;
    if is_stale(transaction, wanted, existing.is_some()).await? {
        return Ok(Recorded::Stale);
    }
    let Some(way) = way(existing.as_ref(), &wanted.belongs) else { return Ok(Recorded::Gone) };
    let locked = lock(transaction, &way).await?;
    if !way.leads_somewhere(&locked, wanted) {
        return Ok(Recorded::Gone);
    }
    let moves = way.from.is_some() && way.from != way.to;
    let person_changes = record_details::recognises_anew(transaction, wanted).await?;
    let stretch = stretch(existing.as_ref(), wanted);
    let events = events::lock_of_record(transaction, wanted, stretch, moves || person_changes).await?;
    let identity = match way.to {
        Some(identity) => identity,
        None => found(transaction, wanted).await?,
    };
    let row = write(transaction, wanted, identity, way.evidence).await?;
    let exemplars = record_details::write(transaction, wanted, row.id, identity).await?;
    let moved_from = way.from.filter(|_| moves);
    if let Some(from) = moved_from {
        upkeep::carry_along(transaction, &[row.id], identity).await?;
        upkeep::settle(transaction, &[from, identity]).await?;
    }
    events::link(transaction, row.id, &events.met).await?;
    events::refresh(transaction, &events.locked).await?;
    let created = way.to.is_none();
    if created || !wanted.exemplars_added.is_empty() || !wanted.exemplars_removed.is_empty() {
        changes::identities(transaction, &[identity]).await?;
    }
    let name = locked.into_iter().find(|row| row.id == identity).and_then(|row| row.name);
    let id = |id: i64| sql::id::<IdentityId>(id, "identity");
    Ok(Recorded::Written(WrittenSighting {
        sighting: SightingId::new(row.id).map_err(|_| Failure::Corrupt("sighting: id".to_owned()))?,
        identity: id(identity)?,
        identity_name: name,
        created,
        moved_from: moved_from.map(id).transpose()?,
        match_kind: row.match_kind.parse().map_err(|_| Failure::Corrupt(format!("sighting {}: match_kind", row.id)))?,
        person_id: row.person_id.map(|id| sql::id(id, "sighting: person_id")).transpose()?,
        person_name: row.person_name,
        exemplars,
        events: events::of_sighting(transaction, row.id).await?,
    }))
}

async fn existing(transaction: &DatabaseTransaction, track: TrackKey) -> Result<Option<Existing>, Failure> {
    let select = "SELECT identity_id, match_kind, ts, end_ts FROM sightings WHERE (track_run, track_number) = ($1, $2)";
    sql::one(transaction, select, [track.run.into(), track_number(track)?.into()]).await
}

/// When the sighting will be.
fn stretch(existing: Option<&Existing>, wanted: &RecordSighting) -> events::Stretch {
    let (ts, end_ts) = (time::to_column(wanted.ts), time::to_column(wanted.end_ts));
    match existing {
        None => events::Stretch { ts, linked_to: ts, end_ts },
        Some(now) => events::Stretch { ts: now.ts, linked_to: now.end_ts, end_ts: now.end_ts.max(end_ts) },
    }
}

/// Whether the camera was repointed or the track's sighting deleted since. Holds on to the camera.
async fn is_stale(transaction: &DatabaseTransaction, wanted: &RecordSighting, exists: bool) -> Result<bool, Failure> {
    let select = "SELECT source_generation FROM cameras WHERE id = $1 FOR KEY SHARE";
    let generation: Option<i64> = sql::value(transaction, select, [wanted.camera_id.get().into()]).await?;
    let generation = generation.ok_or(Failure::NoSuchCamera(wanted.camera_id))?;
    if generation > wanted.source_generation {
        return Ok(true);
    }
    if exists {
        return Ok(false);
    }
    let select = "SELECT count(*) FROM forgotten_tracks WHERE (track_run, track_number) = ($1, $2)";
    let values = [wanted.track.run.into(), track_number(wanted.track)?.into()];
    Ok(sql::count(transaction, select, values).await? > 0)
}

fn way<'a>(existing: Option<&Existing>, belongs: &'a Belongs) -> Option<Way<'a>> {
    let Some(existing) = existing else {
        return match belongs {
            Belongs::ToNew(why) => Some(Way { from: None, to: None, evidence: Some(why) }),
            Belongs::To(identity, why) => Some(Way { from: None, to: Some(identity.get()), evidence: Some(why) }),
            Belongs::AwayFrom(..) | Belongs::AsBefore => None,
        };
    };
    let from = Some(existing.identity_id);
    let settled_by_hand = existing.match_kind == MatchKind::Manual.as_str();
    Some(match belongs {
        Belongs::To(identity, why) if !settled_by_hand => Way { from, to: Some(identity.get()), evidence: Some(why) },
        Belongs::AwayFrom(identity, why) if !settled_by_hand && from == Some(identity.get()) => {
            Way { from, to: None, evidence: Some(why) }
        }
        _ => Way { from, to: from, evidence: None },
    })
}

impl Way<'_> {
    /// Whether the identity it goes to exists and is of its class.
    fn leads_somewhere(&self, locked: &[Locked], wanted: &RecordSighting) -> bool {
        self.to.is_none_or(|to| {
            let fits = |row: &Locked| row.object_class == wanted.object_class.as_str();
            locked.iter().any(|row| row.id == to && (self.from == self.to || fits(row)))
        })
    }
}

async fn lock(transaction: &DatabaseTransaction, way: &Way<'_>) -> Result<Vec<Locked>, Failure> {
    let ids: Vec<i64> = [way.from, way.to].into_iter().flatten().collect();
    let select = "SELECT id, name, object_class FROM identities WHERE id = ANY($1) ORDER BY id FOR UPDATE";
    sql::all(transaction, select, [ids.into()]).await
}

async fn found(transaction: &DatabaseTransaction, wanted: &RecordSighting) -> Result<i64, Failure> {
    let insert = "INSERT INTO identities (object_class, first_seen, last_seen) VALUES ($1, $2, $3) RETURNING id";
    let times = [time::to_column(wanted.ts), time::to_column(wanted.end_ts)];
    let values = [wanted.object_class.as_str().into(), times[0].into(), times[1].into()];
    sql::value(transaction, insert, values).await?.ok_or_else(|| Failure::Corrupt("identity: not founded".to_owned()))
}

/// Writes the sighting's own row. Without `evidence` the reason stays what it was.
async fn write(
    transaction: &DatabaseTransaction,
    wanted: &RecordSighting,
    identity: i64,
    evidence: Option<&Evidence>,
) -> Result<WrittenRow, Failure> {
    let judged = |why: &Evidence| {
        serde_json::to_value(why).map_err(|error| Failure::Corrupt(format!("evidence to be written: {error}")))
    };
    let row: Option<WrittenRow> = sql::one(
        transaction,
        "INSERT INTO sightings AS s (track_run, track_number, camera_id, source_generation, identity_id, object_class, ts, end_ts, \
             ended, confidence, match_kind, match_score, match_margin, evidence, thumb_path, person_id, person_name, person_score) \
         SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, coalesce($11::text, 'new'), $12::real, $13::real, coalesce($14::jsonb, '{}'), $15, p.id, p.name, \
             CASE WHEN p.id IS NOT NULL THEN $17::real END \
         FROM (VALUES ($16::bigint)) AS recognised (id) LEFT JOIN people AS p ON p.id = recognised.id \
         ON CONFLICT (track_run, track_number) DO UPDATE SET \
             identity_id = excluded.identity_id, end_ts = greatest(s.end_ts, excluded.end_ts), ended = s.ended OR excluded.ended, \
             confidence = greatest(s.confidence, excluded.confidence), \
             match_kind = CASE WHEN $11::text IS NULL THEN s.match_kind ELSE excluded.match_kind END, \
             match_score = CASE WHEN $11::text IS NULL THEN s.match_score ELSE excluded.match_score END, \
             match_margin = CASE WHEN $11::text IS NULL THEN s.match_margin ELSE excluded.match_margin END, \
             evidence = CASE WHEN $11::text IS NULL THEN s.evidence ELSE excluded.evidence END, \
             thumb_path = coalesce(excluded.thumb_path, s.thumb_path), \
             person_id = coalesce(excluded.person_id, s.person_id), \
             person_score = coalesce(excluded.person_score, s.person_score), \
             person_name = CASE WHEN excluded.person_id IS DISTINCT FROM s.person_id \
                           THEN coalesce(excluded.person_name, s.person_name) ELSE s.person_name END \
         RETURNING id, match_kind, person_id, person_name",
        [
            wanted.track.run.into(),
            track_number(wanted.track)?.into(),
            wanted.camera_id.get().into(),
            wanted.source_generation.into(),
            identity.into(),
            wanted.object_class.as_str().into(),
            time::to_column(wanted.ts).into(),
            time::to_column(wanted.end_ts).into(),
            wanted.ended.into(),
            wanted.confidence.into(),
            evidence.map(|why| why.kind.as_str()).into(),
            evidence.and_then(|why| why.score).into(),
            evidence.and_then(|why| why.margin).into(),
            evidence.map(judged).transpose()?.into(),
            wanted.thumb_path.clone().into(),
            wanted.person.map(|person| person.person_id.get()).into(),
            wanted.person.map(|person| person.score).into(),
        ],
    )
    .await?;
    row.ok_or_else(|| Failure::Corrupt("sighting: not written".to_owned()))
}
