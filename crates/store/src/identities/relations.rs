//! What tidying up needs to know of identities: what they are known by, and when they were seen where.

use std::collections::HashMap;

use iris_domain::{CameraId, IdentityId, Span, Timestamp};
use sea_orm::FromQueryResult;
use sea_orm::prelude::TimeDateTimeWithTimeZone as DateTime;

use super::Identities;
use crate::error::{Failure, StoreError};
use crate::gallery::{GalleryIdentity, load_identities};
use crate::{sql, time};

/// An identity as tidying up sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownIdentityRow {
    /// The identity with its exemplars.
    pub identity: GalleryIdentity,
    /// How many sightings it has.
    pub num_sightings: u64,
    /// When it was seen on which camera since the time asked for, oldest first.
    pub presences: Vec<(CameraId, Span)>,
}

#[derive(FromQueryResult)]
struct Counted {
    id: i64,
    num_sightings: i64,
}

#[derive(FromQueryResult)]
struct Presence {
    identity_id: i64,
    camera_id: i64,
    ts: DateTime,
    end_ts: DateTime,
}

impl Identities<'_> {
    /// The unnamed identities that were seen since `since`, most recently seen first, at most `limit`.
    pub async fn maintenance_view(self, since: Timestamp, limit: u64) -> Result<Vec<KnownIdentityRow>, StoreError> {
        let work = async {
            let database = &self.store.database;
            let counted: Vec<Counted> = sql::all(
                database,
                "SELECT id, num_sightings FROM identities WHERE NOT is_named AND last_seen >= $1 \
                 ORDER BY last_seen DESC, id DESC LIMIT $2",
                [time::to_column(since).into(), sql::bound(limit).into()],
            )
            .await?;
            let ids: Vec<i64> = counted.iter().map(|row| row.id).collect();
            let presences: Vec<Presence> = sql::all(
                database,
                "SELECT identity_id, camera_id, ts, end_ts FROM sightings WHERE identity_id = ANY($1) AND end_ts >= $2 \
                 ORDER BY ts, id",
                [ids.clone().into(), time::to_column(since).into()],
            )
            .await?;
            let identities = load_identities(database, ids).await?;
            known(counted, identities, presences)
        };
        self.store.run("look for identities to tidy up", work).await
    }
}

fn known(
    counted: Vec<Counted>,
    identities: Vec<GalleryIdentity>,
    presences: Vec<Presence>,
) -> Result<Vec<KnownIdentityRow>, Failure> {
    let mut of_identity: HashMap<i64, Vec<(CameraId, Span)>> = HashMap::new();
    for Presence { identity_id, camera_id, ts, end_ts } in presences {
        let span = Span::new(time::from_column(ts, "ts")?, time::from_column(end_ts, "end_ts")?);
        let span = span.ok_or_else(|| Failure::Corrupt(format!("a sighting of identity {identity_id}: end_ts")))?;
        of_identity.entry(identity_id).or_default().push((sql::id(camera_id, "sighting: camera_id")?, span));
    }
    let mut identities: HashMap<IdentityId, GalleryIdentity> =
        identities.into_iter().map(|identity| (identity.id, identity)).collect();
    let mut known = Vec::with_capacity(counted.len());
    for Counted { id, num_sightings } in counted {
        // Merged or deleted between the statements.
        let Some(identity) = identities.remove(&sql::id(id, "identity")?) else { continue };
        let presences = of_identity.remove(&id).unwrap_or_default();
        let num_sightings = sql::natural(num_sightings, "num_sightings")?;
        known.push(KnownIdentityRow { identity, num_sightings, presences });
    }
    Ok(known)
}
