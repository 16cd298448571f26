//! Enrolled people and their faces as clients see them.

use iris_store::{Person, PersonFace};
use serde::Serialize;
use utoipa::ToSchema;

use crate::time::Time;

/// A named human whom Iris is to recognise.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Person)]
pub struct PersonView {
    /// Their number.
    #[schema(example = 3)]
    id: i64,
    #[schema(example = "Ada")]
    name: String,
    notes: Option<String>,
    /// Faces they are recognised by; without one they never are.
    num_faces: u64,
    created_at: Time,
}

/// One enrolled face.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PersonFace)]
pub struct FaceView {
    /// Its number.
    #[schema(example = 5)]
    id: i64,
    #[schema(example = 3)]
    person_id: i64,
    /// The photo it was taken from; null when it came without one.
    #[schema(example = "/api/people/3/faces/5/image")]
    image_url: Option<String>,
    /// How far the photo can be trusted, 0 to 1.
    #[schema(example = 0.8)]
    quality: f32,
    created_at: Time,
}

/// The answer to an enrolment.
#[derive(Debug, Serialize, ToSchema)]
pub struct Enrolled {
    /// The face's number, as in the list of faces.
    #[schema(example = 5)]
    pub embedding_id: i64,
    /// Faces in the photo, of which the largest was taken.
    #[schema(example = 1)]
    pub faces_detected: u32,
    /// Where the photo is kept, below the media library.
    #[schema(example = "photos/3/0192f1a0-7c3e-7b4c-8f00-0123456789ab.jpg")]
    pub image_path: String,
}

impl PersonView {
    /// A person of the store.
    pub fn new(person: Person) -> Self {
        Self {
            id: person.id.get(),
            name: person.name,
            notes: person.notes,
            num_faces: person.num_faces,
            created_at: Time(person.created_at),
        }
    }
}

impl FaceView {
    /// A face of the store.
    pub fn new(face: PersonFace) -> Self {
        let (id, person) = (face.id, face.person_id);
        Self {
            id: id.get(),
            person_id: person.get(),
            image_url: face.image_path.map(|_| format!("/api/people/{person}/faces/{id}/image")),
            quality: face.quality,
            created_at: Time(face.created_at),
        }
    }
}
