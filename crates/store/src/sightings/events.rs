//! Which events a sighting is in, and who is in an event: links between sightings and the presences of their camera that they overlap,
//! and each event's main subject. Events are always locked before anything of their sightings is written.

use iris_domain::EventId;
use iris_domain::presence::LENGTH_MAX;
use sea_orm::prelude::TimeDateTimeWithTimeZone as DateTime;
use sea_orm::{ConnectionTrait, DatabaseTransaction, FromQueryResult};

use super::row::track_number;
use super::{RecordSighting, Sightings};
use crate::error::{Failure, StoreError};
use crate::sql;

/// How far apart a sighting and an event may lie and still be linked: the recorder and re-ID see the same pictures, but a track's first
/// and last are not exactly the trigger's.
const SLACK: &str = "interval '2 s'";

/// An event that goes on at a moment began at most so long before it, with room for what is not split in time: a presence is split at
/// [`LENGTH_MAX`].
const LOOK_BACK_SECONDS: i64 = 6 * LENGTH_MAX.as_secs() as i64;

/// Events whose rows are locked for a sighting that is recorded.
pub(super) struct LockedEvents {
    /// Those it overlaps.
    pub met: Vec<i64>,
    /// Those whose subjects may change by it.
    pub locked: Vec<i64>,
}

/// When a sighting is, and up to when it was linked before.
pub(super) struct Stretch {
    pub ts: DateTime,
    pub linked_to: DateTime,
    pub end_ts: DateTime,
}

#[derive(FromQueryResult)]
struct EventRow {
    camera_id: i64,
    ts: DateTime,
    end_ts: Option<DateTime>,
    kind: String,
}

impl Sightings<'_> {
    /// Links an event with the sightings of its camera that it overlaps, and finds its main subject. To be told when an event was opened
    /// or has ended; the events' repository does so itself. Deleted events are passed over.
    pub async fn link_event(self, event: EventId) -> Result<(), StoreError> {
        let work = async {
            if !is_met(&self.store.database, event).await? {
                return Ok(());
            }
            let transaction = self.store.begin_changing().await?;
            link_event(&transaction, event.get()).await?;
            Ok(transaction.commit().await?)
        };
        self.store.run("link an event", work).await
    }
}

/// Whether there is anything to link or to unlink; costs two looks at indexes.
async fn is_met(database: &impl ConnectionTrait, event: EventId) -> Result<bool, Failure> {
    let select = format!(
        "SELECT EXISTS (SELECT FROM event_sightings WHERE event_id = e.id) OR EXISTS ( \
             SELECT FROM sightings AS s WHERE s.camera_id = e.camera_id AND s.end_ts >= e.ts - {SLACK} \
             AND s.ts <= coalesce(e.end_ts, 'infinity') + {SLACK}) \
         FROM events AS e WHERE e.id = $1 AND e.kind = 'track'"
    );
    Ok(sql::value(database, &select, [event.get().into()]).await?.unwrap_or(false))
}

async fn link_event(transaction: &DatabaseTransaction, event: i64) -> Result<(), Failure> {
    let select = "SELECT camera_id, ts, end_ts, kind FROM events WHERE id = $1 FOR NO KEY UPDATE";
    let Some(row) = sql::one::<EventRow>(transaction, select, [event.into()]).await? else { return Ok(()) };
    if row.kind != "track" {
        return Ok(());
    }
    let met = format!(
        "FROM sightings AS s WHERE s.camera_id = $2 AND s.end_ts >= $3 - {SLACK} \
         AND s.ts <= coalesce($4, 'infinity'::timestamptz) + {SLACK}"
    );
    let values = || [event.into(), row.camera_id.into(), row.ts.into(), row.end_ts.into()];
    let unlink = format!("DELETE FROM event_sightings WHERE event_id = $1 AND sighting_id NOT IN (SELECT s.id {met})");
    sql::execute(transaction, &unlink, values()).await?;
    let link = format!(
        "INSERT INTO event_sightings (event_id, sighting_id, identity_id, event_ts) SELECT $1, s.id, s.identity_id, $3 {met} \
         ON CONFLICT DO NOTHING"
    );
    sql::execute(transaction, &link, values()).await?;
    refresh(transaction, &[event]).await
}

/// Locks the events that a sighting overlaps, and with `all` every event it is in.
pub(super) async fn lock_of_record(
    transaction: &DatabaseTransaction,
    wanted: &RecordSighting,
    stretch: Stretch,
    all: bool,
) -> Result<LockedEvents, Failure> {
    let met = met(transaction, wanted.camera_id.get(), &stretch).await?;
    let mut ids = met.clone();
    if all {
        let select = "SELECT es.event_id FROM sightings AS s JOIN event_sightings AS es ON es.sighting_id = s.id \
                      WHERE (s.track_run, s.track_number) = ($1, $2)";
        let values = [wanted.track.run.into(), track_number(wanted.track)?.into()];
        ids.extend(sql::column::<i64>(transaction, select, values).await?);
    }
    let locked = lock(transaction, &ids).await?;
    Ok(LockedEvents { met: met.into_iter().filter(|id| locked.contains(id)).collect(), locked })
}

/// The events that a sighting overlaps, but for those that it was linked with before and that are over since.
async fn met(transaction: &DatabaseTransaction, camera: i64, stretch: &Stretch) -> Result<Vec<i64>, Failure> {
    let select = format!(
        "SELECT id FROM events WHERE camera_id = $1 AND kind = 'track' AND ts >= $3 - $5 * interval '1 s' AND ts <= $4 + {SLACK} \
         AND (end_ts IS NULL OR end_ts >= $2 - {SLACK})"
    );
    let Stretch { ts, linked_to, end_ts } = *stretch;
    let values = [camera.into(), ts.into(), linked_to.into(), end_ts.into(), LOOK_BACK_SECONDS.into()];
    sql::column(transaction, &select, values).await
}

/// Locks events in the order of all deletions, oldest first, and says which still exist.
pub(crate) async fn lock(transaction: &DatabaseTransaction, ids: &[i64]) -> Result<Vec<i64>, Failure> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let select = "SELECT id FROM events WHERE id = ANY($1) ORDER BY ts, id FOR NO KEY UPDATE";
    sql::column(transaction, select, [ids.to_vec().into()]).await
}

/// Locks every event that these sightings are in.
pub(crate) async fn lock_of_sightings(
    transaction: &DatabaseTransaction,
    sightings: &[i64],
) -> Result<Vec<i64>, Failure> {
    let select = "SELECT DISTINCT event_id FROM event_sightings WHERE sighting_id = ANY($1)";
    let ids: Vec<i64> = sql::column(transaction, select, [sightings.to_vec().into()]).await?;
    lock(transaction, &ids).await
}

/// Links a sighting with locked events.
pub(super) async fn link(transaction: &DatabaseTransaction, sighting: i64, events: &[i64]) -> Result<(), Failure> {
    if events.is_empty() {
        return Ok(());
    }
    let insert = "INSERT INTO event_sightings (event_id, sighting_id, identity_id, event_ts) \
                  SELECT e.id, s.id, s.identity_id, e.ts FROM events AS e, sightings AS s WHERE e.id = ANY($2) AND s.id = $1 \
                  ON CONFLICT DO NOTHING";
    sql::execute(transaction, insert, [sighting.into(), events.to_vec().into()]).await?;
    Ok(())
}

/// The events a sighting is in, oldest first.
pub(super) async fn of_sighting(transaction: &DatabaseTransaction, sighting: i64) -> Result<Vec<EventId>, Failure> {
    let select = "SELECT event_id FROM event_sightings WHERE sighting_id = $1 ORDER BY event_ts, event_id";
    let ids: Vec<i64> = sql::column(transaction, select, [sighting.into()]).await?;
    ids.into_iter().map(|id| sql::id(id, "event_sightings: event_id")).collect()
}

/// Finds the main subjects of locked events anew: of the subjects of the class that the event is about (of all, when none is) the one
/// longest in view during the event, and the person that this one was recognised as. Rows that are right are not written.
pub(crate) async fn refresh(transaction: &DatabaseTransaction, events: &[i64]) -> Result<(), Failure> {
    if events.is_empty() {
        return Ok(());
    }
    sql::execute(transaction, REFRESH, [events.to_vec().into()]).await?;
    Ok(())
}

const REFRESH: &str = "
WITH main AS (
    SELECT DISTINCT ON (es.event_id) es.event_id, s.identity_id
    FROM event_sightings AS es JOIN sightings AS s ON s.id = es.sighting_id JOIN events AS e ON e.id = es.event_id
    WHERE es.event_id = ANY($1)
    GROUP BY es.event_id, s.identity_id
    ORDER BY es.event_id, bool_or(s.object_class = e.label) DESC,
             sum(greatest(least(s.end_ts, coalesce(e.end_ts, s.end_ts)) - greatest(s.ts, e.ts), interval '0')) DESC, s.identity_id
), person AS (
    SELECT DISTINCT ON (main.event_id) main.event_id, s.person_id, s.person_name
    FROM main JOIN event_sightings AS es ON es.event_id = main.event_id
    JOIN sightings AS s ON s.id = es.sighting_id AND s.identity_id = main.identity_id
    WHERE s.person_name IS NOT NULL
    ORDER BY main.event_id, s.person_id IS NULL, s.person_score DESC NULLS LAST, s.id
)
UPDATE events AS e SET identity_id = found.identity_id, person_id = found.person_id, person_name = found.person_name
FROM (SELECT wanted.id, main.identity_id, person.person_id, person.person_name
      FROM unnest($1::bigint[]) AS wanted (id)
      LEFT JOIN main ON main.event_id = wanted.id LEFT JOIN person ON person.event_id = wanted.id) AS found
WHERE e.id = found.id
  AND (e.identity_id, e.person_id, e.person_name) IS DISTINCT FROM (found.identity_id, found.person_id, found.person_name)";
