//! Making a person of captured faces.

use iris_domain::FaceSampleId;
use sea_orm::{DatabaseTransaction, FromQueryResult};

use super::{Enrolled, EnrolledFace, People};
use crate::error::{Failure, StoreError};
use crate::face_samples::{UnknownSamples, lock_all};
use crate::sql;

/// Faces copied at most, the best ones.
pub const ENROLLED_FACES_MAX: usize = 12;

#[derive(FromQueryResult)]
struct CopiedRow {
    sample: i64,
    face: i64,
    thumb_path: String,
}

impl People<'_> {
    /// Enters a person, copies the best of these captured faces to them, and labels all of these with the name. A name that exists makes
    /// a second person. Unless all of the faces exist nothing is done.
    pub async fn enrol(
        self,
        name: &str,
        samples: &[FaceSampleId],
    ) -> Result<Result<Enrolled, UnknownSamples>, StoreError> {
        let work = async {
            let transaction = self.store.begin_changing().await?;
            if let Err(unknown) = lock_all(&transaction, samples).await? {
                return Ok(Err(unknown));
            }
            let person = super::insert(&transaction, name, None).await?;
            let faces = copy_best(&transaction, person.id.get(), samples).await?;
            let label = "UPDATE face_samples SET label = $2 WHERE id = ANY($1)";
            sql::execute(&transaction, label, [sql::array(samples).into(), name.into()]).await?;
            let person = super::find(&transaction, person.id.get()).await?.unwrap_or(person);
            transaction.commit().await?;
            Ok(Ok(Enrolled { person, faces }))
        };
        self.store.run("enrol captured faces", work).await
    }
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
