//! Identities, their sightings and what was corrected, as clients see them.

use iris_domain::identity::ExemplarRef;
use iris_store::{Identity, IdentityDetail, NamedCamera, Operation, Sighting};
use serde::Serialize;
use utoipa::ToSchema;

use crate::time::Time;

/// Somebody, or something, that is known again on any camera.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Identity)]
pub struct IdentityView {
    /// Its number.
    #[schema(example = 7)]
    id: i64,
    /// As an operator named it.
    #[schema(example = "Postman")]
    name: Option<String>,
    /// Whether an operator stands for it: it is never merged by itself.
    is_named: bool,
    #[schema(example = "person")]
    object_class: String,
    /// Name of its colour, where that was measured.
    #[schema(example = "red")]
    color: Option<String>,
    #[schema(example = "#b3261e")]
    color_hex: Option<String>,
    /// Of a vehicle.
    make: Option<String>,
    /// Of a vehicle.
    vehicle_type: Option<String>,
    /// Seconds in view, all sightings together.
    #[schema(example = 93.5)]
    total_seconds: f64,
    num_sightings: u64,
    first_seen: Time,
    last_seen: Time,
    /// Where it was seen, by id.
    cameras: Vec<CameraName>,
    #[schema(example = "/api/identities/7/thumbnail")]
    rep_thumb_url: Option<String>,
    #[schema(example = "/api/identities/7/thumbnail?view=face")]
    face_thumb_url: Option<String>,
    created_at: Time,
}

/// A camera by its name today.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CameraName {
    #[schema(example = 1)]
    pub id: i64,
    #[schema(example = "Front door")]
    pub name: String,
}

/// A page of identities.
#[derive(Debug, Serialize, ToSchema)]
pub struct IdentityList {
    /// All that match the filter.
    pub total: u64,
    /// Those of the page, most recently seen first.
    pub items: Vec<IdentityView>,
}

/// An identity with what only its own page shows.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = IdentityDetail)]
pub struct IdentityDetailView {
    #[serde(flatten)]
    identity: IdentityView,
    notes: Option<String>,
    /// Faces it is known by.
    num_face_exemplars: u64,
    /// Appearances it is known by.
    num_appearance_exemplars: u64,
    /// The newest ones, newest first.
    sightings: Vec<SightingView>,
}

/// One track's stay on one camera, as one identity.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Sighting)]
pub struct SightingView {
    /// Its number.
    #[schema(example = 31)]
    id: i64,
    #[schema(example = 7)]
    identity_id: i64,
    /// That identity's name today.
    identity_name: Option<String>,
    #[schema(example = 1)]
    camera_id: i64,
    /// The camera's name today.
    #[schema(example = "Front door")]
    camera_name: String,
    /// The first picture with it.
    ts: Time,
    /// The latest one.
    end_ts: Time,
    #[schema(example = "person")]
    object_class: String,
    /// The best detection's score.
    #[schema(example = 0.87)]
    confidence: f32,
    /// What it is linked by: `face`, `appearance`, `new` or `manual`.
    #[schema(example = "face")]
    match_kind: &'static str,
    /// The cosine that decided.
    #[schema(example = 0.61)]
    match_score: Option<f32>,
    /// How far that stood above the next identity's.
    match_margin: Option<f32>,
    /// Why, in words.
    #[schema(example = "the face is the same")]
    match_reason: String,
    /// What it was compared with when it was linked, most similar first.
    match_exemplars: Vec<MatchExemplar>,
    /// The enrolled person who was recognised.
    person_id: Option<i64>,
    /// That person's name as it was recognised.
    person_name: Option<String>,
    /// The first event it is in.
    event_id: Option<i64>,
    #[schema(example = "/api/identities/sightings/31/thumbnail")]
    thumb_url: Option<String>,
}

/// A view of an earlier sighting that spoke for a link.
#[derive(Debug, Serialize, ToSchema)]
pub struct MatchExemplar {
    /// The sighting it was taken of; it may be gone by now, and its picture with it.
    #[schema(example = 12)]
    sighting_id: i64,
    /// What was compared: `face` or `appearance`.
    #[schema(example = "face")]
    kind: &'static str,
    /// The cosine.
    #[schema(example = 0.61)]
    score: f32,
    #[schema(example = "/api/identities/sightings/12/thumbnail")]
    thumb_url: String,
}

/// A page of sightings.
#[derive(Debug, Serialize, ToSchema)]
pub struct SightingList {
    /// All of the identity's.
    pub total: u64,
    /// Those of the page, newest first.
    pub items: Vec<SightingView>,
}

/// What a correction did.
#[derive(Debug, Serialize, ToSchema)]
pub struct IdentityOpResult {
    pub ok: bool,
    /// Of a merge the identity that all are now, of a split or a rejection the new one; of an undo the one that the operation was
    /// about.
    #[schema(example = 7)]
    pub target_id: i64,
    /// Of a merge the deleted sources; of a split or a rejection the old identity, then the new; of an undo those that are back.
    pub affected_ids: Vec<i64>,
    pub moved_sightings: u64,
    /// In words.
    #[schema(example = "2 identities were merged into 7")]
    pub detail: String,
    /// Its entry in the ledger, by which it can be undone.
    #[schema(example = 4)]
    pub operation_id: i64,
}

/// A correction in the ledger.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Operation)]
pub struct OperationView {
    /// Its number.
    id: i64,
    /// `merge`, `split`, `reject`, `rename`, `delete`, `clear` or `undo`.
    #[schema(example = "merge")]
    kind: &'static str,
    at: Time,
    /// Who did it.
    #[schema(example = "ada@example.org")]
    by: String,
    /// What it was about; some of them may be gone.
    identity_ids: Vec<i64>,
    /// Its numbers and names.
    #[schema(value_type = Object)]
    summary: serde_json::Value,
    /// Whether it can be undone.
    undoable: bool,
    undone_at: Option<Time>,
}

/// A page of the ledger.
#[derive(Debug, Serialize, ToSchema)]
pub struct OperationList {
    /// All corrections.
    pub total: u64,
    /// Those of the page, newest first.
    pub items: Vec<OperationView>,
}

impl From<NamedCamera> for CameraName {
    fn from(camera: NamedCamera) -> Self {
        Self { id: camera.id.get(), name: camera.name }
    }
}

impl IdentityView {
    /// An identity of the store.
    pub fn new(identity: Identity) -> Self {
        let url = format!("/api/identities/{}/thumbnail", identity.id);
        Self {
            id: identity.id.get(),
            name: identity.name,
            is_named: identity.is_named,
            object_class: identity.object_class.into(),
            color: identity.traits.color,
            color_hex: identity.traits.color_hex,
            make: identity.traits.make,
            vehicle_type: identity.traits.vehicle_type,
            total_seconds: identity.total_seconds,
            num_sightings: identity.num_sightings,
            first_seen: Time(identity.first_seen),
            last_seen: Time(identity.last_seen),
            cameras: identity.cameras.into_iter().map(CameraName::from).collect(),
            face_thumb_url: identity.face_thumb_path.map(|_| format!("{url}?view=face")),
            rep_thumb_url: identity.rep_thumb_path.map(|_| url),
            created_at: Time(identity.created_at),
        }
    }
}

impl IdentityDetailView {
    /// An identity of the store with its newest sightings.
    pub fn new(detail: IdentityDetail, sightings: Vec<Sighting>) -> Self {
        Self {
            notes: detail.identity.notes.clone(),
            identity: IdentityView::new(detail.identity),
            num_face_exemplars: detail.num_face_exemplars,
            num_appearance_exemplars: detail.num_appearance_exemplars,
            sightings: sightings.into_iter().map(SightingView::new).collect(),
        }
    }
}

impl SightingView {
    /// A sighting of the store.
    pub fn new(sighting: Sighting) -> Self {
        let id = sighting.id.get();
        Self {
            id,
            identity_id: sighting.identity_id.get(),
            identity_name: sighting.identity_name,
            camera_id: sighting.camera_id.get(),
            camera_name: sighting.camera_name,
            ts: Time(sighting.ts),
            end_ts: Time(sighting.end_ts),
            object_class: sighting.object_class.into(),
            confidence: sighting.confidence,
            match_kind: sighting.match_kind.as_str(),
            match_score: sighting.match_score,
            match_margin: sighting.match_margin,
            match_reason: sighting.evidence.reason,
            match_exemplars: sighting.evidence.exemplars.into_iter().map(MatchExemplar::new).collect(),
            person_id: sighting.person_id.map(Into::into),
            person_name: sighting.person_name,
            event_id: sighting.event_id.map(Into::into),
            thumb_url: sighting.thumb_path.map(|_| thumbnail_of(id)),
        }
    }
}

impl MatchExemplar {
    fn new(exemplar: ExemplarRef) -> Self {
        let sighting_id = exemplar.sighting.get();
        Self { sighting_id, kind: exemplar.kind.as_str(), score: exemplar.score, thumb_url: thumbnail_of(sighting_id) }
    }
}

fn thumbnail_of(sighting: i64) -> String {
    format!("/api/identities/sightings/{sighting}/thumbnail")
}

impl OperationView {
    /// An entry of the ledger.
    pub fn new(operation: Operation) -> Self {
        Self {
            id: operation.id.get(),
            kind: operation.kind.as_str(),
            at: Time(operation.at),
            by: operation.by,
            identity_ids: operation.identities.into_iter().map(Into::into).collect(),
            summary: operation.summary,
            undoable: operation.undoable,
            undone_at: operation.undone_at.map(Time),
        }
    }
}
