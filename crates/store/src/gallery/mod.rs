//! What the vector index is made of: the exemplars of identities and the enrolled faces of people, and which of them changed since an
//! epoch. The leader of re-ID reads it to build its gallery and to keep it up; nothing is written here by its readers.

pub(crate) mod changes;

use std::collections::HashMap;

use iris_domain::identity::ExemplarKind;
use iris_domain::{CameraId, Class, Feature, IdentityId, PersonFaceId, PersonId, SightingId, Timestamp};
use sea_orm::prelude::TimeDateTimeWithTimeZone as DateTime;
use sea_orm::{ConnectionTrait, FromQueryResult};

use crate::Store;
use crate::error::{Failure, StoreError};
use crate::{sql, time};

/// The gallery's source in a [`Store`].
#[derive(Debug, Clone, Copy)]
pub struct GallerySource<'a> {
    pub(crate) store: &'a Store,
}

/// An exemplar's row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExemplarId(i64);

impl ExemplarId {
    /// The number behind the id.
    pub const fn get(self) -> i64 {
        self.0
    }
}

impl From<ExemplarId> for i64 {
    fn from(id: ExemplarId) -> i64 {
        id.0
    }
}

impl From<i64> for ExemplarId {
    fn from(id: i64) -> Self {
        Self(id)
    }
}

/// What a change is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GallerySubject {
    /// An identity: its exemplars, its name, or that it is gone.
    Identity(IdentityId),
    /// A person: their faces, their name, or that they are gone.
    Person(PersonId),
}

/// The newest change of a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GalleryChange {
    /// Counts all changes; later ones are greater.
    pub epoch: u64,
    /// What is to be read again.
    pub subject: GallerySubject,
}

/// A view that an identity is known by.
#[derive(Debug, Clone, PartialEq)]
pub struct Exemplar {
    /// Its row.
    pub id: ExemplarId,
    /// The sighting it was taken of.
    pub sighting: SightingId,
    /// Where.
    pub camera: CameraId,
    /// What it shows.
    pub kind: ExemplarKind,
    /// Its vector.
    pub feature: Feature,
    /// When it was filmed.
    pub captured: Timestamp,
}

/// An identity as the gallery knows it.
#[derive(Debug, Clone, PartialEq)]
pub struct GalleryIdentity {
    /// The identity.
    pub id: IdentityId,
    /// Its name.
    pub name: Option<String>,
    /// Whether an operator stands for it.
    pub is_named: bool,
    /// What it is.
    pub object_class: Class,
    /// When it was seen last.
    pub last_seen: Timestamp,
    /// What it is known by, by id.
    pub exemplars: Vec<Exemplar>,
}

/// A person as the gallery knows them.
#[derive(Debug, Clone, PartialEq)]
pub struct GalleryPerson {
    /// The person.
    pub id: PersonId,
    /// Their name.
    pub name: String,
    /// Their enrolled faces, by id.
    pub faces: Vec<(PersonFaceId, Feature)>,
}

#[derive(FromQueryResult)]
struct ChangeRow {
    epoch: i64,
    subject: String,
    subject_id: i64,
}

#[derive(FromQueryResult)]
struct IdentityRow {
    id: i64,
    name: Option<String>,
    is_named: bool,
    object_class: String,
    last_seen: DateTime,
}

#[derive(FromQueryResult)]
struct ExemplarRow {
    id: i64,
    identity_id: i64,
    sighting_id: i64,
    camera_id: i64,
    kind: String,
    model: String,
    vector: Vec<u8>,
    quality: f32,
    captured: DateTime,
}

#[derive(FromQueryResult)]
struct FaceRow {
    id: i64,
    person_id: i64,
    model: String,
    vector: Vec<u8>,
    quality: f32,
}

#[derive(FromQueryResult)]
struct PersonRow {
    id: i64,
    name: String,
}

impl GallerySource<'_> {
    /// The newest epoch; 0 before the first change. Whoever reads all must ask for it first: what changes meanwhile is then read
    /// once more.
    pub async fn epoch(self) -> Result<u64, StoreError> {
        let newest = sql::count(&self.store.database, "SELECT coalesce(max(epoch), 0) FROM gallery_changes", []);
        self.store.run("ask for the gallery's epoch", newest).await
    }

    /// What changed after an epoch, oldest first, at most `limit` subjects: ask again from the last one's epoch.
    pub async fn changes_since(self, epoch: u64, limit: u64) -> Result<Vec<GalleryChange>, StoreError> {
        let work = async {
            let rows: Vec<ChangeRow> = sql::all(
                &self.store.database,
                "SELECT epoch, subject, subject_id FROM gallery_changes WHERE epoch > $1 ORDER BY epoch LIMIT $2",
                [sql::bound(epoch).into(), sql::bound(limit).into()],
            )
            .await?;
            rows.iter().map(change).collect()
        };
        self.store.run("list the gallery's changes", work).await
    }

    /// The identities after `after`, by id, at most `limit`, each with all its exemplars. Empty when there are no more.
    pub async fn identities(self, after: Option<IdentityId>, limit: u64) -> Result<Vec<GalleryIdentity>, StoreError> {
        let work = async {
            let page = "SELECT id FROM identities WHERE id > $1 ORDER BY id LIMIT $2";
            let values = [after.map_or(0, IdentityId::get).into(), sql::bound(limit).into()];
            let ids: Vec<i64> = sql::column(&self.store.database, page, values).await?;
            load_identities(&self.store.database, ids).await
        };
        self.store.run("load identities", work).await
    }

    /// These identities, by id; who is gone is missing.
    pub async fn identities_of(self, ids: &[IdentityId]) -> Result<Vec<GalleryIdentity>, StoreError> {
        self.store.run("load identities", load_identities(&self.store.database, sql::array(ids))).await
    }

    /// One identity, `None` when it is gone.
    pub async fn identity(self, id: IdentityId) -> Result<Option<GalleryIdentity>, StoreError> {
        Ok(self.identities_of(&[id]).await?.pop())
    }

    /// The people after `after`, by id, at most `limit`, each with all their faces. Empty when there are no more.
    pub async fn people(self, after: Option<PersonId>, limit: u64) -> Result<Vec<GalleryPerson>, StoreError> {
        let work = async {
            let page = "SELECT id FROM people WHERE id > $1 ORDER BY id LIMIT $2";
            let values = [after.map_or(0, PersonId::get).into(), sql::bound(limit).into()];
            let ids: Vec<i64> = sql::column(&self.store.database, page, values).await?;
            load_people(&self.store.database, ids).await
        };
        self.store.run("load people", work).await
    }

    /// One person, `None` when they are gone.
    pub async fn person(self, id: PersonId) -> Result<Option<GalleryPerson>, StoreError> {
        let people = self.store.run("load a person", load_people(&self.store.database, vec![id.get()])).await?;
        Ok(people.into_iter().next())
    }
}

fn change(row: &ChangeRow) -> Result<GalleryChange, Failure> {
    let subject = match row.subject.as_str() {
        "identity" => GallerySubject::Identity(sql::id(row.subject_id, "gallery_changes: subject_id")?),
        "person" => GallerySubject::Person(sql::id(row.subject_id, "gallery_changes: subject_id")?),
        other => return Err(Failure::Corrupt(format!("gallery_changes {}: subject `{other}`", row.epoch))),
    };
    Ok(GalleryChange { epoch: sql::natural(row.epoch, "gallery_changes: epoch")?, subject })
}

/// These identities with their exemplars, by id.
pub(crate) async fn load_identities(
    database: &impl ConnectionTrait,
    ids: Vec<i64>,
) -> Result<Vec<GalleryIdentity>, Failure> {
    let rows: Vec<IdentityRow> = sql::all(
        database,
        "SELECT id, name, is_named, object_class, last_seen FROM identities WHERE id = ANY($1) ORDER BY id",
        [ids.clone().into()],
    )
    .await?;
    let exemplars: Vec<ExemplarRow> = sql::all(
        database,
        "SELECT e.id, e.identity_id, e.sighting_id, s.camera_id, e.kind, e.model, e.vector, e.quality, e.captured \
         FROM exemplars AS e JOIN sightings AS s ON s.id = e.sighting_id WHERE e.identity_id = ANY($1) ORDER BY e.id",
        [ids.into()],
    )
    .await?;
    let mut of_identity: HashMap<i64, Vec<Exemplar>> = HashMap::new();
    for row in exemplars {
        of_identity.entry(row.identity_id).or_default().push(exemplar(row)?);
    }
    rows.into_iter().map(|row| identity(of_identity.remove(&row.id).unwrap_or_default(), row)).collect()
}

fn identity(exemplars: Vec<Exemplar>, row: IdentityRow) -> Result<GalleryIdentity, Failure> {
    let broken = |field: &str| Failure::Corrupt(format!("identity {}: {field}", row.id));
    Ok(GalleryIdentity {
        id: IdentityId::new(row.id).map_err(|_| broken("id"))?,
        object_class: Class::new(&row.object_class).map_err(|_| broken("object_class"))?,
        last_seen: time::from_column(row.last_seen, "last_seen")?,
        name: row.name,
        is_named: row.is_named,
        exemplars,
    })
}

fn exemplar(row: ExemplarRow) -> Result<Exemplar, Failure> {
    let name = format!("exemplar {}", row.id);
    Ok(Exemplar {
        id: ExemplarId(row.id),
        sighting: sql::id(row.sighting_id, &name)?,
        camera: sql::id(row.camera_id, &name)?,
        kind: row.kind.parse().map_err(|_| Failure::Corrupt(format!("{name}: kind")))?,
        feature: sql::feature(&row.vector, &row.model, row.quality, &name)?,
        captured: time::from_column(row.captured, "captured")?,
    })
}

async fn load_people(database: &impl ConnectionTrait, ids: Vec<i64>) -> Result<Vec<GalleryPerson>, Failure> {
    let select = "SELECT id, name FROM people WHERE id = ANY($1) ORDER BY id";
    let rows: Vec<PersonRow> = sql::all(database, select, [ids.clone().into()]).await?;
    let select = "SELECT id, person_id, model, vector, quality FROM person_faces WHERE person_id = ANY($1) ORDER BY id";
    let faces: Vec<FaceRow> = sql::all(database, select, [ids.into()]).await?;
    let mut of_person: HashMap<i64, Vec<(PersonFaceId, Feature)>> = HashMap::new();
    for FaceRow { id, person_id, model, vector, quality } in faces {
        let feature = sql::feature(&vector, &model, quality, &format!("person_face {id}"))?;
        of_person.entry(person_id).or_default().push((sql::id(id, "person_face")?, feature));
    }
    let person = |PersonRow { id, name }| {
        Ok(GalleryPerson { id: sql::id(id, "person")?, name, faces: of_person.remove(&id).unwrap_or_default() })
    };
    rows.into_iter().map(person).collect()
}
