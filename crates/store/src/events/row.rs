//! Events between their row and the domain. A row that breaks the domain's bounds is refused whole, naming the field.

use iris_domain::{
    CameraId, ClipChange, ClipRecord, ClipStatus, Event, EventChange, EventId, EventKey, EventSubjects, NewEvent, Span,
    Timestamp,
};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::FromQueryResult;
use sea_orm::prelude::TimeDateTimeWithTimeZone as DateTime;

use super::entity::{ActiveModel, Model};
use crate::error::Failure;
use crate::time;

/// An event with its camera's name of today.
#[derive(Debug, FromQueryResult)]
pub(crate) struct NamedRow {
    #[sea_orm(nested)]
    pub(super) event: Model,
    camera_name: String,
}

/// The columns of an event that is written first.
pub(crate) fn columns(event: &NewEvent) -> Result<ActiveModel, Failure> {
    Ok(ActiveModel {
        key: Set(event.key.0),
        kind: Set(event.kind.as_str().to_owned()),
        camera_id: Set(event.camera_id.get()),
        source_generation: Set(event.source_generation),
        label: Set(event.label.clone()),
        ts: Set(time::to_column(event.ts)),
        end_ts: Set(event.end_ts.map(time::to_column)),
        confidence: Set(event.confidence),
        num_tracks: Set(tracks(event.num_tracks)?),
        clip_status: Set(event.clip_status.as_str().to_owned()),
        ..Default::default()
    })
}

/// The columns a change sets. [`ClipChange::Pending`] sets none here: it depends on the row.
pub(crate) fn changed_columns(change: &EventChange) -> Result<ActiveModel, Failure> {
    let EventChange { end_ts, confidence, num_tracks, thumbnail_path, clip } = change;
    let columns = ActiveModel {
        end_ts: end_ts.map_or(NotSet, |end_ts| Set(Some(time::to_column(end_ts)))),
        confidence: confidence.map_or(NotSet, Set),
        num_tracks: num_tracks.map(tracks).transpose()?.map_or(NotSet, Set),
        thumbnail_path: thumbnail_path.clone().map_or(NotSet, |path| Set(Some(path))),
        ..Default::default()
    };
    match clip {
        None | Some(ClipChange::Pending) => Ok(columns),
        Some(ClipChange::Ready(clip)) => with_clip(columns, clip),
        Some(ClipChange::Failed(why)) => Ok(without_clip(columns, why)),
    }
}

fn with_clip(columns: ActiveModel, clip: &ClipRecord) -> Result<ActiveModel, Failure> {
    let unfit = |what: &str| Failure::Corrupt(format!("clip `{}`: {what} does not fit its column", clip.path));
    Ok(ActiveModel {
        clip_status: Set(ClipStatus::Ready.as_str().to_owned()),
        clip_failure: Set(None),
        clip_path: Set(Some(clip.path.clone())),
        clip_start: Set(Some(time::to_column(clip.span.start))),
        clip_end: Set(Some(time::to_column(clip.span.end))),
        clip_gaps: Set(Some(serde_json::to_value(&clip.gaps).map_err(|_| unfit("gaps"))?)),
        clip_bytes: Set(Some(i64::try_from(clip.size_bytes).map_err(|_| unfit("size"))?)),
        ..columns
    })
}

fn without_clip(columns: ActiveModel, why: &str) -> ActiveModel {
    ActiveModel {
        clip_status: Set(ClipStatus::Failed.as_str().to_owned()),
        clip_failure: Set(Some(why.to_owned())),
        clip_path: Set(None),
        clip_start: Set(None),
        clip_end: Set(None),
        clip_gaps: Set(None),
        clip_bytes: Set(None),
        ..columns
    }
}

/// The event in a row, with whom the links say is in it.
pub(crate) fn event(NamedRow { event: row, camera_name }: NamedRow, subjects: EventSubjects) -> Result<Event, Failure> {
    let id = row.id;
    let broken = |field: &str| Failure::Corrupt(format!("event {id}: {field}"));
    Ok(Event {
        id: EventId::new(id).map_err(|_| broken("id"))?,
        key: EventKey(row.key),
        kind: row.kind.parse().map_err(|_| broken("kind"))?,
        camera_id: CameraId::new(row.camera_id).map_err(|_| broken("camera_id"))?,
        camera_name,
        source_generation: row.source_generation,
        ts: time::from_column(row.ts, "ts")?,
        end_ts: row.end_ts.map(|end_ts| time::from_column(end_ts, "end_ts")).transpose()?,
        num_tracks: row.num_tracks.try_into().map_err(|_| broken("num_tracks"))?,
        clip_status: row.clip_status.parse().map_err(|_| broken("clip_status"))?,
        clip: clip(&row)?,
        created_at: time::from_column(row.created_at, "created_at")?,
        label: row.label,
        confidence: row.confidence,
        clip_failure: row.clip_failure,
        thumbnail_path: row.thumbnail_path,
        subjects,
    })
}

fn clip(row: &Model) -> Result<Option<ClipRecord>, Failure> {
    let broken = |field: &str| Failure::Corrupt(format!("event {}: {field}", row.id));
    let Some(path) = row.clip_path.clone() else { return Ok(None) };
    let moment = |value: Option<DateTime>, field: &str| -> Result<Timestamp, Failure> {
        time::from_column(value.ok_or_else(|| broken(field))?, field)
    };
    let start = moment(row.clip_start, "clip_start")?;
    let end = moment(row.clip_end, "clip_end")?;
    let gaps = row.clip_gaps.clone().ok_or_else(|| broken("clip_gaps"))?;
    Ok(Some(ClipRecord {
        path,
        span: Span::new(start, end).ok_or_else(|| broken("clip_end"))?,
        gaps: serde_json::from_value(gaps).map_err(|_| broken("clip_gaps"))?,
        size_bytes: row.clip_bytes.and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| broken("clip_bytes"))?,
    }))
}

fn tracks(count: u32) -> Result<i32, Failure> {
    i32::try_from(count).map_err(|_| Failure::Corrupt(format!("num_tracks {count} exceeds its column")))
}
