//! Tracks that wait for a better view before they become sightings. The leader of re-ID writes down what it knows of them, so that its
//! successor goes on where it stopped; what the state says is the leader's business.

use iris_domain::{CameraId, Timestamp, TrackKey};
use sea_orm::FromQueryResult;
use sea_orm::prelude::{TimeDateTimeWithTimeZone as DateTime, Uuid};

use crate::error::{Failure, StoreError};
use crate::sightings::row::{track, track_number};
use crate::{Store, sql, time};

/// The waiting tracks of a [`Store`].
#[derive(Debug, Clone, Copy)]
pub struct Tracklets<'a> {
    pub(crate) store: &'a Store,
}

/// A waiting track.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredTracklet {
    /// The track.
    pub track: TrackKey,
    /// Where.
    pub camera_id: CameraId,
    /// What the leader knows of it.
    pub state: Vec<u8>,
    /// When that was written.
    pub updated_at: Timestamp,
}

#[derive(FromQueryResult)]
struct Row {
    track_run: Uuid,
    track_number: i64,
    camera_id: i64,
    state: Vec<u8>,
    updated_at: DateTime,
}

const SELECT: &str = "SELECT track_run, track_number, camera_id, state, updated_at FROM tracklets";

impl Tracklets<'_> {
    /// Writes what is known of a track by now. A camera that was deleted meanwhile is no error: its tracks are nobody's.
    pub async fn save(self, track: TrackKey, camera: CameraId, state: &[u8]) -> Result<(), StoreError> {
        let work = async {
            sql::execute(
                &self.store.database,
                "INSERT INTO tracklets AS kept (track_run, track_number, camera_id, state) \
                 SELECT $1, $2, id, $4 FROM cameras WHERE id = $3 \
                 ON CONFLICT (track_run, track_number) DO UPDATE SET state = excluded.state, updated_at = now()",
                [track.run.into(), track_number(track)?.into(), camera.get().into(), state.to_vec().into()],
            )
            .await?;
            Ok(())
        };
        self.store.run("save a tracklet", work).await
    }

    /// What is known of a track, `None` when it does not wait.
    pub async fn load(self, track: TrackKey) -> Result<Option<StoredTracklet>, StoreError> {
        let work = async {
            let select = format!("{SELECT} WHERE (track_run, track_number) = ($1, $2)");
            let values = [track.run.into(), track_number(track)?.into()];
            let row: Option<Row> = sql::one(&self.store.database, &select, values).await?;
            row.map(tracklet).transpose()
        };
        self.store.run("load a tracklet", work).await
    }

    /// All that wait, longest untouched first.
    pub async fn all(self) -> Result<Vec<StoredTracklet>, StoreError> {
        let work = async {
            let select = format!("{SELECT} ORDER BY updated_at, track_run, track_number");
            let rows: Vec<Row> = sql::all(&self.store.database, &select, []).await?;
            rows.into_iter().map(tracklet).collect()
        };
        self.store.run("load the tracklets", work).await
    }

    /// Forgets tracks that no longer wait.
    pub async fn delete(self, tracks: &[TrackKey]) -> Result<(), StoreError> {
        let work = async {
            let runs: Vec<Uuid> = tracks.iter().map(|track| track.run).collect();
            let numbers = tracks.iter().map(|track| track_number(*track)).collect::<Result<Vec<i64>, _>>()?;
            let delete = "DELETE FROM tracklets WHERE (track_run, track_number) IN (SELECT * FROM unnest($1::uuid[], $2::bigint[]))";
            sql::execute(&self.store.database, delete, [runs.into(), numbers.into()]).await?;
            Ok(())
        };
        self.store.run("delete tracklets", work).await
    }
}

fn tracklet(row: Row) -> Result<StoredTracklet, Failure> {
    Ok(StoredTracklet {
        track: track(row.track_run, row.track_number)?,
        camera_id: sql::id(row.camera_id, "tracklet: camera_id")?,
        state: row.state,
        updated_at: time::from_column(row.updated_at, "updated_at")?,
    })
}
