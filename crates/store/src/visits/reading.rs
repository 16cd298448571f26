//! What the service notify asks the database. It reads the columns named here and no others: its role has no right to more
//! (`grants.sql`).

use std::collections::BTreeMap;

use iris_domain::visit::{Known, SeenEvent, Stay, Visit, VisitId, Visitor, visitors};
use iris_domain::{CameraId, EventId, IdentityId, PersonId, SightingId, Timestamp};
use sea_orm::prelude::{Json, TimeDateTimeWithTimeZone as DateTime};
use sea_orm::{ConnectionTrait, FromQueryResult};

use super::Visits;
use crate::error::{Failure, StoreError};
use crate::{sql, time};

/// What those are called today of whom visits speak.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VisitNames {
    /// The visitors, by their visits; who has no name is missing.
    pub visitors: BTreeMap<VisitId, String>,
    /// The cameras; who was deleted is missing.
    pub cameras: BTreeMap<CameraId, String>,
}

/// A camera, as far as visits concern it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchedCamera {
    /// The camera.
    pub id: CameraId,
    /// Its name.
    pub name: String,
    /// The classes that open an event.
    pub labels: Vec<String>,
}

#[derive(FromQueryResult)]
struct EventRow {
    camera_id: i64,
    label: String,
    ts: DateTime,
    end_ts: Option<DateTime>,
    has_clip: bool,
    has_thumbnail: bool,
}

#[derive(FromQueryResult)]
struct KnownRow {
    identity_id: i64,
    object_class: String,
    is_named: bool,
    person_id: Option<i64>,
}

#[derive(FromQueryResult)]
struct CameraRow {
    id: i64,
    name: String,
    trigger_classes: String,
}

#[derive(FromQueryResult)]
struct NameRow {
    id: i64,
    name: String,
}

impl Visits<'_> {
    /// The events that a sighting is in.
    pub async fn events_of(self, sighting: SightingId) -> Result<Vec<EventId>, StoreError> {
        let work = async {
            let select = "SELECT event_id FROM event_sightings WHERE sighting_id = $1 ORDER BY event_id";
            let ids: Vec<i64> = sql::column(&self.store.database, select, [sighting.get().into()]).await?;
            ids.into_iter().map(|id| sql::id(id, "event_sightings: event_id")).collect()
        };
        self.store.run("list a sighting's events", work).await
    }

    /// The visits that go on.
    pub async fn open(self) -> Result<Vec<Visit>, StoreError> {
        let work = visits(&self.store.database, "SELECT state FROM visits WHERE ended_at IS NULL ORDER BY id", []);
        self.store.run("list the open visits", work).await
    }

    /// The visits that ended last, newest first.
    pub async fn last_ended(self, limit: u64) -> Result<Vec<Visit>, StoreError> {
        let select = "SELECT state FROM visits WHERE ended_at IS NOT NULL ORDER BY ended_at DESC, id LIMIT $1";
        let work = visits(&self.store.database, select, [sql::bound(limit).into()]);
        self.store.run("list the last visits", work).await
    }

    /// What those are called of whom visits speak; the visitors only where `by_identity` says that anybody's identity may be looked at.
    pub async fn names(self, visits: &[Visit], by_identity: bool) -> Result<VisitNames, StoreError> {
        let database = &self.store.database;
        let work = async {
            let cameras: Vec<CameraId> = visits.iter().flat_map(Visit::cameras).collect();
            let select = "SELECT id, name FROM cameras WHERE id = ANY($1)";
            let cameras = names(database, select, &cameras).await?;
            let visitors = if by_identity { visitors_names(database, visits).await? } else { BTreeMap::new() };
            Ok(VisitNames { visitors, cameras })
        };
        self.store.run("read the names in visits", work).await
    }

    /// The cameras, by their ids.
    pub async fn cameras(self) -> Result<Vec<WatchedCamera>, StoreError> {
        let work = async {
            let select = "SELECT id, name, trigger_classes FROM cameras ORDER BY id";
            let rows: Vec<CameraRow> = sql::all(&self.store.database, select, []).await?;
            let camera = |CameraRow { id, name, trigger_classes }: CameraRow| {
                let labels = trigger_classes.split(',').map(|label| label.trim().to_owned()).collect();
                Ok(WatchedCamera { id: sql::id(id, "camera: id")?, name, labels })
            };
            rows.into_iter().map(camera).collect()
        };
        self.store.run("list the cameras' names", work).await
    }

    /// The enrolled people's names.
    pub async fn people(self) -> Result<BTreeMap<PersonId, String>, StoreError> {
        let work = async {
            let rows: Vec<NameRow> = sql::all(&self.store.database, "SELECT id, name FROM people", []).await?;
            rows.into_iter().map(|row| Ok((sql::id(row.id, "person: id")?, row.name))).collect()
        };
        self.store.run("list the people's names", work).await
    }
}

/// A visitor's own name, else that of the person they were recognised as.
async fn visitors_names(
    database: &impl ConnectionTrait,
    visits: &[Visit],
) -> Result<BTreeMap<VisitId, String>, Failure> {
    let identity = |visit: &Visit| match visit.visitor {
        Visitor::Identity(identity) => Some(identity),
        Visitor::Unidentified { .. } => None,
    };
    let identities: Vec<IdentityId> = visits.iter().filter_map(identity).collect();
    let people: Vec<PersonId> = visits.iter().filter_map(|visit| visit.person).collect();
    let select = "SELECT id, name FROM identities WHERE is_named AND name IS NOT NULL AND id = ANY($1)";
    let identities: BTreeMap<IdentityId, String> = names(database, select, &identities).await?;
    let people: BTreeMap<PersonId, String> =
        names(database, "SELECT id, name FROM people WHERE id = ANY($1)", &people).await?;
    let name = |visit: &Visit| {
        let own = identity(visit).and_then(|identity| identities.get(&identity));
        let name = own.or_else(|| people.get(visit.person.as_ref()?))?;
        Some((visit.id, name.clone()))
    };
    Ok(visits.iter().filter_map(name).collect())
}

async fn names<Id: TryFrom<i64> + Into<i64> + Copy + Ord>(
    database: &impl ConnectionTrait,
    select: &str,
    ids: &[Id],
) -> Result<BTreeMap<Id, String>, Failure> {
    let rows: Vec<NameRow> = sql::all(database, select, [sql::array(ids).into()]).await?;
    rows.into_iter().map(|row| Ok((sql::id(row.id, "a name's id")?, row.name))).collect()
}

/// An event as it is now; `None` when it is gone, or no presence.
pub(super) async fn seen_event(
    database: &impl ConnectionTrait,
    event: EventId,
    by_identity: bool,
) -> Result<Option<SeenEvent>, Failure> {
    let select = "SELECT camera_id, label, ts, end_ts, clip_status = 'ready' AS has_clip, \
                  thumbnail_path IS NOT NULL AS has_thumbnail FROM events WHERE id = $1 AND kind = 'track'";
    let Some(row) = sql::one::<EventRow>(database, select, [event.get().into()]).await? else { return Ok(None) };
    let stay = Stay {
        event,
        camera: sql::id(row.camera_id, "event: camera_id")?,
        label: row.label,
        start: time::from_column(row.ts, "ts")?,
        end: row.end_ts.map(|end| time::from_column(end, "end_ts")).transpose()?,
        has_clip: row.has_clip,
        has_thumbnail: row.has_thumbnail,
    };
    let known = if by_identity { known(database, &stay).await? } else { Vec::new() };
    Ok(Some(SeenEvent { stay, known }))
}

/// Who is in an event: people, and what it is an event of. A car that stands there all day is not visiting with everybody who passes.
async fn known(database: &impl ConnectionTrait, stay: &Stay) -> Result<Vec<Known>, Failure> {
    let select = "SELECT i.id AS identity_id, i.object_class, i.is_named, \
                  (array_agg(s.person_id ORDER BY s.person_score DESC NULLS LAST) FILTER (WHERE s.person_id IS NOT NULL))[1] \
                  AS person_id \
                  FROM event_sightings AS es JOIN sightings AS s ON s.id = es.sighting_id \
                  JOIN identities AS i ON i.id = es.identity_id \
                  WHERE es.event_id = $1 AND i.object_class IN ('person', $2) \
                  GROUP BY i.id, i.object_class, i.is_named ORDER BY min(s.ts), i.id";
    let rows: Vec<KnownRow> = sql::all(database, select, [stay.event.get().into(), stay.label.as_str().into()]).await?;
    let known = |row: KnownRow| {
        Ok(Known {
            identity: sql::id(row.identity_id, "identity: id")?,
            label: row.object_class,
            named: row.is_named,
            person: row.person_id.map(|id| sql::id(id, "sighting: person_id")).transpose()?,
        })
    };
    rows.into_iter().map(known).collect()
}

/// The visits that an event may change.
pub(super) async fn visits_about(database: &impl ConnectionTrait, seen: &SeenEvent) -> Result<Vec<Visit>, Failure> {
    let visitors: Vec<String> = visitors(seen).iter().map(Visitor::to_string).collect();
    let select = "SELECT state FROM visits WHERE events @> ARRAY[$1]::bigint[] \
                  OR visitor = ANY($2) AND (ended_at IS NULL OR due_at >= $3) ORDER BY id";
    let values = [seen.stay.event.get().into(), visitors.into(), time::to_column(seen.stay.start).into()];
    visits(database, select, values).await
}

/// Open visits that are due.
pub(super) async fn due(database: &impl ConnectionTrait, now: Timestamp, limit: i64) -> Result<Vec<Visit>, Failure> {
    let select = "SELECT state FROM visits WHERE ended_at IS NULL AND due_at <= $1 ORDER BY due_at LIMIT $2";
    visits(database, select, [time::to_column(now).into(), limit.into()]).await
}

async fn visits(
    database: &impl ConnectionTrait,
    select: &str,
    values: impl IntoIterator<Item = sea_orm::Value>,
) -> Result<Vec<Visit>, Failure> {
    sql::column::<Json>(database, select, values).await?.into_iter().map(visit).collect()
}

/// A visit from its column.
pub(super) fn visit(state: Json) -> Result<Visit, Failure> {
    serde_json::from_value(state).map_err(|error| Failure::Corrupt(format!("a visit's state: {error}")))
}
