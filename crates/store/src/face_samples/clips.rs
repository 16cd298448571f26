//! The clips that captured faces are in. Whether a sighting was linked does not count: what counts is that a face, or a sighting of whom
//! it was taken for, falls into a clip's time on its camera.

use iris_domain::{FaceSampleId, Page, Timestamp};
use sea_orm::TransactionTrait;
use sea_orm::{AccessMode, IsolationLevel};

use super::{FaceSamples, UnknownSamples, missing};
use crate::error::StoreError;
use crate::events::{Listed, load};
use crate::{sql, time};

/// Clips whose time, with the seconds that the reference gives it before and after the event, meets one of the moments. An event began at
/// most an hour before its end: presences are split sooner, and no buffer is longer.
const CLIPS: &str = "
WITH moments AS (
    SELECT camera_id, ts AS first, ts AS last FROM face_samples WHERE id = ANY($1)
    UNION
    SELECT camera_id, ts, end_ts FROM sightings
    WHERE identity_id IN (SELECT identity_id FROM face_samples WHERE id = ANY($1))
), found AS (
    SELECT DISTINCT e.id, e.ts FROM moments AS m JOIN events AS e ON e.camera_id = m.camera_id
        AND e.ts <= m.last + interval '90 s' AND e.ts >= m.first - interval '1 hour'
        AND coalesce(e.end_ts, $2) + interval '20 s' >= m.first
    WHERE e.clip_status = 'ready'
)
SELECT id FROM found ORDER BY ts DESC, id DESC";

impl FaceSamples<'_> {
    /// The events with a clip that these captured faces, or those they were taken for, appear in, newest first. An event that goes on is
    /// taken to end now.
    pub async fn clips(
        self,
        ids: &[FaceSampleId],
        now: Timestamp,
        page: Page,
    ) -> Result<Result<Listed, UnknownSamples>, StoreError> {
        let work = async {
            let moment = (Some(IsolationLevel::RepeatableRead), Some(AccessMode::ReadOnly));
            let transaction = self.store.database.begin_with_config(moment.0, moment.1).await?;
            let select = "SELECT id FROM face_samples WHERE id = ANY($1)";
            if let Err(unknown) = missing(&transaction, select, ids).await? {
                return Ok(Err(unknown));
            }
            let values = [sql::array(ids).into(), time::to_column(now).into()];
            let found: Vec<i64> = sql::column(&transaction, CLIPS, values).await?;
            let skipped = usize::try_from(page.offset).unwrap_or(usize::MAX);
            let taken = usize::try_from(page.limit).unwrap_or(usize::MAX);
            let wanted: Vec<i64> = found.iter().skip(skipped).take(taken).copied().collect();
            let events = load(&transaction, &wanted).await?;
            transaction.commit().await?;
            Ok(Ok(Listed { total: found.len() as u64, events }))
        };
        self.store.run("list the clips of captured faces", work).await
    }
}
