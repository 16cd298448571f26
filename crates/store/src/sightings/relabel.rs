//! Recognising people in what was seen before: the faces of sightings since a time, and who they turned out to be.

use iris_domain::{CameraId, EventId, Feature, IdentityId, PersonId, SightingId, Timestamp};
use sea_orm::prelude::TimeDateTimeWithTimeZone as DateTime;
use sea_orm::{DatabaseTransaction, FromQueryResult};

use super::{RecognisedPerson, Sightings, events};
use crate::error::{Failure, StoreError};
use crate::{sql, time};

/// The face of a sighting.
#[derive(Debug, Clone, PartialEq)]
pub struct FaceSighting {
    /// The sighting.
    pub sighting: SightingId,
    /// Whose it is.
    pub identity: IdentityId,
    /// Where.
    pub camera: CameraId,
    /// When it began.
    pub ts: Timestamp,
    /// The person it is recognised as.
    pub person_id: Option<PersonId>,
    /// The track's faces on the whole.
    pub face: Feature,
}

#[derive(FromQueryResult)]
struct Row {
    id: i64,
    identity_id: i64,
    camera_id: i64,
    ts: DateTime,
    person_id: Option<i64>,
    face_vector: Vec<u8>,
    face_model: String,
    face_quality: f32,
}

impl Sightings<'_> {
    /// Sightings with a face that began at `since` or later, oldest first, at most `limit`; after the first page beyond the last one's
    /// time and id.
    pub async fn faces_since(
        self,
        since: Timestamp,
        after: Option<(Timestamp, SightingId)>,
        limit: u64,
    ) -> Result<Vec<FaceSighting>, StoreError> {
        let work = async {
            let (ts, id) = after.map_or((since, 0), |(ts, id)| (ts, id.get()));
            let rows: Vec<Row> = sql::all(
                &self.store.database,
                "SELECT s.id, s.identity_id, s.camera_id, s.ts, s.person_id, v.face_vector, v.face_model, v.face_quality \
                 FROM sightings AS s JOIN sighting_vectors AS v ON v.sighting_id = s.id \
                 WHERE (s.ts, s.id) > ($1, $2) AND v.face_vector IS NOT NULL ORDER BY s.ts, s.id LIMIT $3",
                [time::to_column(ts).into(), id.into(), sql::bound(limit).into()],
            )
            .await?;
            rows.into_iter().map(face_sighting).collect()
        };
        self.store.run("list faces of sightings", work).await
    }

    /// The identity under which a person was recognised most often; of several the one that was seen last.
    pub async fn identity_of_person(self, person: PersonId) -> Result<Option<IdentityId>, StoreError> {
        let work = async {
            let most: Vec<i64> = sql::column(
                &self.store.database,
                "SELECT identity_id FROM sightings WHERE person_id = $1 GROUP BY identity_id \
                 ORDER BY count(*) DESC, max(ts) DESC, identity_id LIMIT 1",
                [person.get().into()],
            )
            .await?;
            most.first().map(|id| sql::id(*id, "identity")).transpose()
        };
        self.store.run("find a person's identity", work).await
    }

    /// Says as whom sightings are recognised, or with `None` that they are nobody enrolled. Sightings and people that are gone are passed
    /// over. Answers with the events whose subjects were looked at again.
    pub async fn set_person(
        self,
        recognised: &[(SightingId, Option<RecognisedPerson>)],
    ) -> Result<Vec<EventId>, StoreError> {
        let work = async {
            let transaction = self.store.begin_changing().await?;
            let ids: Vec<i64> = recognised.iter().map(|(sighting, _)| sighting.get()).collect();
            let events = events::lock_of_sightings(&transaction, &ids).await?;
            write(&transaction, ids, recognised).await?;
            events::refresh(&transaction, &events).await?;
            transaction.commit().await?;
            events.into_iter().map(|id| sql::id(id, "event")).collect()
        };
        self.store.run("recognise sightings", work).await
    }
}

async fn write(
    transaction: &DatabaseTransaction,
    ids: Vec<i64>,
    recognised: &[(SightingId, Option<RecognisedPerson>)],
) -> Result<(), Failure> {
    // No person has the id 0.
    let people: Vec<i64> = recognised.iter().map(|(_, person)| person.map_or(0, |one| one.person_id.get())).collect();
    let scores: Vec<f32> = recognised.iter().map(|(_, person)| person.map_or(0.0, |one| one.score)).collect();
    sql::execute(
        transaction,
        "UPDATE sightings AS s SET person_id = p.id, person_name = p.name, \
             person_score = CASE WHEN p.id IS NOT NULL THEN wanted.score END \
         FROM unnest($1::bigint[], $2::bigint[], $3::real[]) AS wanted (id, person_id, score) \
         LEFT JOIN people AS p ON p.id = wanted.person_id \
         WHERE s.id = wanted.id AND (wanted.person_id = 0) = (p.id IS NULL)",
        [ids.into(), people.into(), scores.into()],
    )
    .await?;
    Ok(())
}

fn face_sighting(row: Row) -> Result<FaceSighting, Failure> {
    let name = format!("sighting {}", row.id);
    Ok(FaceSighting {
        sighting: sql::id(row.id, &name)?,
        identity: sql::id(row.identity_id, &name)?,
        camera: sql::id(row.camera_id, &name)?,
        ts: time::from_column(row.ts, "ts")?,
        person_id: row.person_id.map(|id| sql::id(id, &name)).transpose()?,
        face: sql::feature(&row.face_vector, &row.face_model, row.face_quality, &name)?,
    })
}
