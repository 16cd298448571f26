//! Identities between their row and what the repository hands out.

use std::collections::HashMap;

use iris_domain::{Class, IdentityId};
use sea_orm::prelude::TimeDateTimeWithTimeZone as DateTime;
use sea_orm::{ConnectionTrait, FromQueryResult};

use super::{Identity, NamedCamera, Traits};
use crate::error::Failure;
use crate::{sql, time};

/// The columns of [`IdentityRow`], of a table called `i`.
pub(crate) const COLUMNS: &str = "i.id, i.name, i.is_named, i.notes, i.object_class, i.color, i.color_hex, i.make, i.vehicle_type, \
    i.num_sightings, i.total_micros, i.first_seen, i.last_seen, i.rep_thumb_path, i.face_thumb_path, i.created_at";

#[derive(Debug, FromQueryResult)]
pub(crate) struct IdentityRow {
    pub id: i64,
    pub name: Option<String>,
    pub is_named: bool,
    pub notes: Option<String>,
    pub object_class: String,
    pub color: Option<String>,
    pub color_hex: Option<String>,
    pub make: Option<String>,
    pub vehicle_type: Option<String>,
    pub num_sightings: i64,
    pub total_micros: i64,
    pub first_seen: DateTime,
    pub last_seen: DateTime,
    pub rep_thumb_path: Option<String>,
    pub face_thumb_path: Option<String>,
    pub created_at: DateTime,
}

#[derive(FromQueryResult)]
struct CameraRow {
    identity_id: i64,
    camera_id: i64,
    name: String,
}

/// The identities in rows, in their order, each with its cameras.
pub(crate) async fn identities(
    database: &impl ConnectionTrait,
    rows: Vec<IdentityRow>,
) -> Result<Vec<Identity>, Failure> {
    let mut cameras = cameras(database, rows.iter().map(|row| row.id).collect()).await?;
    rows.into_iter().map(|row| identity(cameras.remove(&row.id).unwrap_or_default(), row)).collect()
}

async fn cameras(
    database: &impl ConnectionTrait,
    identities: Vec<i64>,
) -> Result<HashMap<i64, Vec<NamedCamera>>, Failure> {
    let rows: Vec<CameraRow> = sql::all(
        database,
        "SELECT seen.identity_id, seen.camera_id, cameras.name FROM identity_cameras AS seen \
         JOIN cameras ON cameras.id = seen.camera_id WHERE seen.identity_id = ANY($1) ORDER BY seen.camera_id",
        [identities.into()],
    )
    .await?;
    let mut cameras: HashMap<i64, Vec<NamedCamera>> = HashMap::new();
    for CameraRow { identity_id, camera_id, name } in rows {
        let camera = NamedCamera { id: sql::id(camera_id, "identity_cameras: camera_id")?, name };
        cameras.entry(identity_id).or_default().push(camera);
    }
    Ok(cameras)
}

fn identity(cameras: Vec<NamedCamera>, row: IdentityRow) -> Result<Identity, Failure> {
    let broken = |field: &str| Failure::Corrupt(format!("identity {}: {field}", row.id));
    Ok(Identity {
        id: IdentityId::new(row.id).map_err(|_| broken("id"))?,
        object_class: Class::new(&row.object_class).map_err(|_| broken("object_class"))?,
        total_seconds: row.total_micros as f64 / 1e6,
        num_sightings: row.num_sightings.try_into().map_err(|_| broken("num_sightings"))?,
        first_seen: time::from_column(row.first_seen, "first_seen")?,
        last_seen: time::from_column(row.last_seen, "last_seen")?,
        created_at: time::from_column(row.created_at, "created_at")?,
        name: row.name,
        is_named: row.is_named,
        notes: row.notes,
        traits: Traits { color: row.color, color_hex: row.color_hex, make: row.make, vehicle_type: row.vehicle_type },
        cameras,
        rep_thumb_path: row.rep_thumb_path,
        face_thumb_path: row.face_thumb_path,
    })
}
