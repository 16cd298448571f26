//! The people's repository: humans that an operator enrolled, with the faces they are recognised by. The gateway writes it; the leader of
//! re-ID takes changes over by the gallery's epoch. What was recognised keeps a person's name when the person is deleted.

mod deletion;
mod enrol;
mod faces;

use iris_domain::{FaceSampleId, Feature, PersonFaceId, PersonId, Timestamp};
use sea_orm::prelude::TimeDateTimeWithTimeZone as DateTime;
use sea_orm::{ConnectionTrait, FromQueryResult};

use crate::Store;
use crate::error::{Failure, StoreError};
use crate::gallery::changes;
use crate::{sql, time};

pub use deletion::{DELETE_PEOPLE_BATCH, DeletedPeople};
pub use enrol::{ENROLLED_FACES_MAX, EnrolAs, EnrolRefused};

/// The people of a [`Store`].
#[derive(Debug, Clone, Copy)]
pub struct People<'a> {
    pub(crate) store: &'a Store,
}

/// An enrolled human.
#[derive(Debug, Clone, PartialEq)]
pub struct Person {
    /// Their row.
    pub id: PersonId,
    /// 1-128 characters.
    pub name: String,
    /// An operator's notes.
    pub notes: Option<String>,
    /// Faces they are recognised by.
    pub num_faces: u64,
    /// When they were entered.
    pub created_at: Timestamp,
}

/// What an operator changes about a person; `None` leaves it as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PersonChange {
    /// A name, not empty.
    pub name: Option<String>,
    /// Notes; empty takes them away.
    pub notes: Option<String>,
}

/// A face a person is recognised by.
#[derive(Debug, Clone, PartialEq)]
pub struct PersonFace {
    /// Its row.
    pub id: PersonFaceId,
    /// Whose.
    pub person_id: PersonId,
    /// Path of the photo in the library.
    pub image_path: Option<String>,
    /// How good the view was, 0..1.
    pub quality: f32,
    /// When it was enrolled.
    pub created_at: Timestamp,
}

/// A face to be enrolled.
#[derive(Debug, Clone, PartialEq)]
pub struct NewPersonFace {
    /// Its vector.
    pub feature: Feature,
    /// Path of the photo in the library.
    pub image_path: Option<String>,
}

/// A person made of captured faces.
#[derive(Debug, Clone, PartialEq)]
pub struct Enrolled {
    /// The person.
    pub person: Person,
    /// The faces that were copied, best first.
    pub faces: Vec<EnrolledFace>,
}

/// A face that was copied from a captured one. Its picture is not copied: files are the caller's, who tells by
/// [`People::set_image`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnrolledFace {
    /// The enrolled face.
    pub face: PersonFaceId,
    /// The captured face.
    pub sample: FaceSampleId,
    /// Path of the captured face's picture.
    pub sample_thumb_path: String,
}

#[derive(FromQueryResult)]
struct PersonRow {
    id: i64,
    name: String,
    notes: Option<String>,
    num_faces: i64,
    created_at: DateTime,
}

const SELECT: &str = "SELECT p.id, p.name, p.notes, p.created_at, \
    (SELECT count(*) FROM person_faces WHERE person_id = p.id) AS num_faces FROM people AS p";

impl People<'_> {
    /// All of them by name, without regard to case, then by id.
    pub async fn list(self) -> Result<Vec<Person>, StoreError> {
        let work = async {
            let select = format!("{SELECT} ORDER BY lower(p.name), p.id");
            let rows: Vec<PersonRow> = sql::all(&self.store.database, &select, []).await?;
            rows.into_iter().map(person).collect()
        };
        self.store.run("list people", work).await
    }

    /// One of them, `None` when nobody has that id.
    pub async fn get(self, id: PersonId) -> Result<Option<Person>, StoreError> {
        self.store.run("get a person", find(&self.store.database, id.get())).await
    }

    /// Enters a person without a face.
    pub async fn create(self, name: &str, notes: Option<&str>) -> Result<Person, StoreError> {
        let work = async {
            let transaction = self.store.begin_changing().await?;
            let person = insert(&transaction, name, notes).await?;
            transaction.commit().await?;
            Ok(person)
        };
        self.store.run("create a person", work).await
    }

    /// Changes a person; `None` when nobody has that id. What was recognised before keeps the name it was recognised by.
    pub async fn update(self, id: PersonId, change: &PersonChange) -> Result<Option<Person>, StoreError> {
        let work = async {
            let transaction = self.store.begin_changing().await?;
            sql::execute(
                &transaction,
                "UPDATE people SET name = coalesce($2, name), notes = nullif(coalesce($3, notes), '') WHERE id = $1",
                [id.get().into(), change.name.clone().into(), change.notes.clone().into()],
            )
            .await?;
            let person = find(&transaction, id.get()).await?;
            if person.is_some() {
                changes::people(&transaction, &[id.get()]).await?;
            }
            transaction.commit().await?;
            Ok(person)
        };
        self.store.run("update a person", work).await
    }
}

async fn insert(database: &impl ConnectionTrait, name: &str, notes: Option<&str>) -> Result<Person, Failure> {
    let insert = "INSERT INTO people (name, notes) VALUES ($1, nullif($2, '')) RETURNING id";
    let id: Option<i64> = sql::value(database, insert, [name.into(), notes.into()]).await?;
    let id = id.unwrap_or_default();
    changes::people(database, &[id]).await?;
    find(database, id).await?.ok_or_else(|| Failure::Corrupt(format!("person {id}: not written")))
}

async fn find(database: &impl ConnectionTrait, id: i64) -> Result<Option<Person>, Failure> {
    let select = format!("{SELECT} WHERE p.id = $1");
    let row: Option<PersonRow> = sql::one(database, &select, [id.into()]).await?;
    row.map(person).transpose()
}

fn person(row: PersonRow) -> Result<Person, Failure> {
    Ok(Person {
        id: sql::id(row.id, "person")?,
        num_faces: sql::natural(row.num_faces, "a count")?,
        created_at: time::from_column(row.created_at, "created_at")?,
        name: row.name,
        notes: row.notes,
    })
}
