//! The faces a person is recognised by.

use iris_domain::{PersonFaceId, PersonId};
use sea_orm::FromQueryResult;
use sea_orm::prelude::TimeDateTimeWithTimeZone as DateTime;

use super::{NewPersonFace, People, PersonFace};
use crate::error::{Failure, StoreError};
use crate::gallery::changes;
use crate::{sql, time};

#[derive(FromQueryResult)]
struct FaceRow {
    id: i64,
    person_id: i64,
    image_path: Option<String>,
    quality: f32,
    created_at: DateTime,
}

const COLUMNS: &str = "id, person_id, image_path, quality, created_at";

impl People<'_> {
    /// A person's faces, oldest first; `None` when nobody has that id.
    pub async fn faces(self, person: PersonId) -> Result<Option<Vec<PersonFace>>, StoreError> {
        let work = async {
            let select = format!("SELECT {COLUMNS} FROM person_faces WHERE person_id = $1 ORDER BY id");
            let rows: Vec<FaceRow> = sql::all(&self.store.database, &select, [person.get().into()]).await?;
            if rows.is_empty() && super::find(&self.store.database, person.get()).await?.is_none() {
                return Ok(None);
            }
            rows.into_iter().map(face).collect::<Result<_, _>>().map(Some)
        };
        self.store.run("list a person's faces", work).await
    }

    /// One face of a person, `None` when the person has none of that id.
    pub async fn face(self, person: PersonId, id: PersonFaceId) -> Result<Option<PersonFace>, StoreError> {
        let work = async {
            let select = format!("SELECT {COLUMNS} FROM person_faces WHERE person_id = $1 AND id = $2");
            let values = [person.get().into(), id.get().into()];
            let row: Option<FaceRow> = sql::one(&self.store.database, &select, values).await?;
            row.map(face).transpose()
        };
        self.store.run("get a person's face", work).await
    }

    /// Enrols a face; `None` when nobody has the person's id (any more).
    pub async fn add_face(self, person: PersonId, new: &NewPersonFace) -> Result<Option<PersonFace>, StoreError> {
        let work = async {
            let transaction = self.store.begin_changing().await?;
            let insert = format!(
                "INSERT INTO person_faces (person_id, model, vector, quality, image_path) \
                 SELECT id, $2, $3, $4, $5 FROM people WHERE id = $1 RETURNING {COLUMNS}"
            );
            let NewPersonFace { feature, image_path } = new;
            let values = [
                person.get().into(),
                feature.model.as_str().into(),
                feature.embedding.to_bytes().into(),
                feature.quality.into(),
                image_path.clone().into(),
            ];
            let row: Option<FaceRow> = sql::one(&transaction, &insert, values).await?;
            let Some(row) = row else { return Ok(None) };
            changes::people(&transaction, &[person.get()]).await?;
            transaction.commit().await?;
            face(row).map(Some)
        };
        self.store.run("enrol a face", work).await
    }

    /// Says where the photo of an enrolled face lies; `false` when the face is gone, and the file nobody's.
    pub async fn set_image(self, id: PersonFaceId, image_path: &str) -> Result<bool, StoreError> {
        let work = async {
            let update = "UPDATE person_faces SET image_path = $2 WHERE id = $1";
            let values = [id.get().into(), image_path.into()];
            Ok(sql::execute(&self.store.database, update, values).await? > 0)
        };
        self.store.run("set a face's photo", work).await
    }

    /// Removes a face, whose photo is then to be removed; `None` when the person has none of that id.
    pub async fn delete_face(self, person: PersonId, id: PersonFaceId) -> Result<Option<PersonFace>, StoreError> {
        let work = async {
            let transaction = self.store.begin_changing().await?;
            let delete = format!("DELETE FROM person_faces WHERE person_id = $1 AND id = $2 RETURNING {COLUMNS}");
            let values = [person.get().into(), id.get().into()];
            let row: Option<FaceRow> = sql::one(&transaction, &delete, values).await?;
            let Some(row) = row else { return Ok(None) };
            changes::people(&transaction, &[person.get()]).await?;
            transaction.commit().await?;
            face(row).map(Some)
        };
        self.store.run("delete a face", work).await
    }
}

fn face(row: FaceRow) -> Result<PersonFace, Failure> {
    Ok(PersonFace {
        id: sql::id(row.id, "person_face")?,
        person_id: sql::id(row.person_id, "person_face: person_id")?,
        created_at: time::from_column(row.created_at, "created_at")?,
        image_path: row.image_path,
        quality: row.quality,
    })
}
