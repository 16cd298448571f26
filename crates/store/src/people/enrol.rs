//! Making a person of captured faces.

use iris_domain::{FaceSampleId, PersonId};
use sea_orm::{DatabaseTransaction, FromQueryResult};

use super::{Enrolled, EnrolledFace, People, Person};
use crate::error::{Failure, StoreError};
use crate::face_samples::{UnknownSamples, lock_all};
use crate::gallery::changes;
use crate::sql;

/// Whose faces they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnrolAs<'a> {
    /// A person who is entered by this name. A name that exists makes a second person.
    New(&'a str),
    /// This one.
    Known(PersonId),
}

/// Why captured faces were not enrolled; nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnrolRefused {
    /// Some of the faces do not exist.
    #[error(transparent)]
    UnknownSamples(#[from] UnknownSamples),
    /// Nobody has this id.
    #[error("person {0} does not exist")]
    UnknownPerson(PersonId),
}

/// Faces copied at most, the best ones.
pub const ENROLLED_FACES_MAX: usize = 12;

#[derive(FromQueryResult)]
struct CopiedRow {
    sample: i64,
    face: i64,
    thumb_path: String,
}

impl People<'_> {
    /// Copies the best of these captured faces to a person, and labels all of these with the person's name. Unless all of the faces and
    /// the person exist nothing is done.
    pub async fn enrol(
        self,
        whose: EnrolAs<'_>,
        samples: &[FaceSampleId],
    ) -> Result<Result<Enrolled, EnrolRefused>, StoreError> {
        let work = async {
            let transaction = self.store.begin_changing().await?;
            if let Err(unknown) = lock_all(&transaction, samples).await? {
                return Ok(Err(unknown.into()));
            }
            let person = match whose {
                EnrolAs::New(name) => super::insert(&transaction, name, None).await?,
                EnrolAs::Known(id) => match known(&transaction, id).await? {
                    Some(person) => person,
                    None => return Ok(Err(EnrolRefused::UnknownPerson(id))),
                },
            };
            let faces = copy_best(&transaction, person.id.get(), samples).await?;
            let label = "UPDATE face_samples SET label = $2 WHERE id = ANY($1)";
            sql::execute(&transaction, label, [sql::array(samples).into(), person.name.as_str().into()]).await?;
            let person = super::find(&transaction, person.id.get()).await?.unwrap_or(person);
            transaction.commit().await?;
            Ok(Ok(Enrolled { person, faces }))
        };
        self.store.run("enrol captured faces", work).await
    }
}

/// A person who gets more faces, and stays until they have them.
async fn known(transaction: &DatabaseTransaction, id: PersonId) -> Result<Option<Person>, Failure> {
    let lock = "SELECT id FROM people WHERE id = $1 FOR UPDATE";
    if sql::value::<i64>(transaction, lock, [id.get().into()]).await?.is_none() {
        return Ok(None);
    }
    changes::people(transaction, &[id.get()]).await?;
    super::find(transaction, id.get()).await
}

async fn copy_best(
    transaction: &DatabaseTransaction,
    person: i64,
    samples: &[FaceSampleId],
) -> Result<Vec<EnrolledFace>, Failure> {
    // Inserted one after the other, so that ids go with quality.
    let best = "SELECT id FROM face_samples WHERE id = ANY($1) ORDER BY quality DESC, id LIMIT $2";
    let values = [sql::array(samples).into(), (ENROLLED_FACES_MAX as i64).into()];
    let mut copied = Vec::with_capacity(ENROLLED_FACES_MAX);
    for sample in sql::column::<i64>(transaction, best, values).await? {
        let row: Option<CopiedRow> = sql::one(
            transaction,
            "WITH sample AS (SELECT id, model, vector, quality, thumb_path FROM face_samples WHERE id = $2), \
                  copy AS (INSERT INTO person_faces (person_id, model, vector, quality) \
                           SELECT $1, model, vector, quality FROM sample RETURNING id) \
             SELECT sample.id AS sample, copy.id AS face, sample.thumb_path FROM sample, copy",
            [person.into(), sample.into()],
        )
        .await?;
        copied.extend(row);
    }
    copied.into_iter().map(enrolled_face).collect()
}

fn enrolled_face(row: CopiedRow) -> Result<EnrolledFace, Failure> {
    Ok(EnrolledFace {
        face: sql::id(row.face, "person_face")?,
        sample: sql::id(row.sample, "face_sample")?,
        sample_thumb_path: row.thumb_path,
    })
}
