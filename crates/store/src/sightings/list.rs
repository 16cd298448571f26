//! Finding sightings.

use iris_domain::{EventId, IdentityId, Page, PersonId, SightingId, TrackKey};
use sea_orm::prelude::Uuid;
use sea_orm::{AccessMode, FromQueryResult, IsolationLevel, TransactionTrait};

use super::row::{self, SELECT, SightingRow};
use super::{ListedSightings, Sighting, Sightings, TrackIdentity};
use crate::error::{Failure, StoreError};
use crate::sql;

#[derive(FromQueryResult)]
struct TrackRow {
    id: i64,
    track_run: Uuid,
    track_number: i64,
    identity_id: i64,
    identity_name: Option<String>,
    match_kind: String,
    person_id: Option<i64>,
    person_name: Option<String>,
}

impl Sightings<'_> {
    /// The sightings of an identity, newest first, and how many there are without the page; both as of one moment.
    pub async fn list_of(self, identity: IdentityId, page: Page) -> Result<ListedSightings, StoreError> {
        let work = async {
            let moment = (Some(IsolationLevel::RepeatableRead), Some(AccessMode::ReadOnly));
            let transaction = self.store.database.begin_with_config(moment.0, moment.1).await?;
            let counted = "SELECT num_sightings FROM identities WHERE id = $1";
            let total = sql::count(&transaction, counted, [identity.get().into()]).await?;
            let listing = format!("{SELECT} WHERE s.identity_id = $1 ORDER BY s.ts DESC, s.id DESC LIMIT $2 OFFSET $3");
            let values = [identity.get().into(), sql::bound(page.limit).into(), sql::bound(page.offset).into()];
            let rows: Vec<SightingRow> = sql::all(&transaction, &listing, values).await?;
            transaction.commit().await?;
            let sightings = rows.into_iter().map(row::sighting).collect::<Result<_, Failure>>()?;
            Ok(ListedSightings { total, sightings })
        };
        self.store.run("list sightings", work).await
    }

    /// Who is in an event, oldest first.
    pub async fn of_event(self, event: EventId) -> Result<Vec<Sighting>, StoreError> {
        let work = async {
            let listing = format!(
                "{SELECT} WHERE s.id IN (SELECT sighting_id FROM event_sightings WHERE event_id = $1) ORDER BY s.ts, s.id"
            );
            let rows: Vec<SightingRow> = sql::all(&self.store.database, &listing, [event.get().into()]).await?;
            rows.into_iter().map(row::sighting).collect()
        };
        self.store.run("list an event's sightings", work).await
    }

    /// One of them, `None` when nobody has that id.
    pub async fn get(self, id: SightingId) -> Result<Option<Sighting>, StoreError> {
        let work = async {
            let select = format!("{SELECT} WHERE s.id = $1");
            let row: Option<SightingRow> = sql::one(&self.store.database, &select, [id.get().into()]).await?;
            row.map(row::sighting).transpose()
        };
        self.store.run("get a sighting", work).await
    }

    /// Those that have these ids, newest first.
    pub async fn these(self, ids: &[SightingId]) -> Result<Vec<Sighting>, StoreError> {
        let work = async {
            let listing = format!("{SELECT} WHERE s.id = ANY($1) ORDER BY s.ts DESC, s.id DESC");
            let rows: Vec<SightingRow> = sql::all(&self.store.database, &listing, [sql::array(ids).into()]).await?;
            rows.into_iter().map(row::sighting).collect()
        };
        self.store.run("list these sightings", work).await
    }

    /// Which of these tracks are sightings, and whose.
    pub async fn by_tracks(self, tracks: &[TrackKey]) -> Result<Vec<TrackIdentity>, StoreError> {
        let work = async {
            let runs: Vec<Uuid> = tracks.iter().map(|track| track.run).collect();
            let numbers = tracks.iter().map(|track| row::track_number(*track)).collect::<Result<Vec<i64>, _>>()?;
            let rows: Vec<TrackRow> = sql::all(
                &self.store.database,
                "SELECT s.id, s.track_run, s.track_number, s.identity_id, i.name AS identity_name, s.match_kind, s.person_id, \
                        s.person_name \
                 FROM unnest($1::uuid[], $2::bigint[]) AS wanted (run, number) \
                 JOIN sightings AS s ON (s.track_run, s.track_number) = (wanted.run, wanted.number) \
                 JOIN identities AS i ON i.id = s.identity_id ORDER BY s.id",
                [runs.into(), numbers.into()],
            )
            .await?;
            rows.into_iter().map(track_identity).collect()
        };
        self.store.run("look for tracks", work).await
    }
}

fn track_identity(row: TrackRow) -> Result<TrackIdentity, Failure> {
    Ok(TrackIdentity {
        track: row::track(row.track_run, row.track_number)?,
        sighting: sql::id(row.id, "sighting")?,
        identity: sql::id(row.identity_id, "sighting: identity_id")?,
        identity_name: row.identity_name,
        match_kind: row.match_kind.parse().map_err(|_| Failure::Corrupt(format!("sighting {}: match_kind", row.id)))?,
        person_id: row
            .person_id
            .map(PersonId::new)
            .transpose()
            .map_err(|_| Failure::Corrupt(format!("sighting {}: person_id", row.id)))?,
        person_name: row.person_name,
    })
}
