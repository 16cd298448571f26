//! Numbers over all identities of a class, from counters that triggers keep and from indexes: none of it reads sightings.

use iris_domain::identity::MatchKind;
use iris_domain::{CameraId, Timestamp};
use sea_orm::prelude::TimeDateTimeWithTimeZone as DateTime;
use sea_orm::{AccessMode, ConnectionTrait, FromQueryResult, IsolationLevel, TransactionTrait};

use super::Identities;
use crate::error::{Failure, StoreError};
use crate::{sql, time};

/// Numbers over all identities of a class.
#[derive(Debug, Clone, PartialEq)]
pub struct Analytics {
    /// How many there are.
    pub summary: AnalyticsSummary,
    /// Per camera that saw any, by id.
    pub by_camera: Vec<CameraAnalytics>,
    /// The last 24 hours, oldest first, the running one included.
    pub by_hour: Vec<HourAnalytics>,
    /// What sightings are linked by.
    pub by_match_kind: KindAnalytics,
}

/// How many identities there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnalyticsSummary {
    /// All.
    pub total_identities: u64,
    /// Those an operator stands for.
    pub named: u64,
    /// The others.
    pub unnamed: u64,
    /// Founded since midnight.
    pub created_today: u64,
    /// Seen since midnight.
    pub seen_today: u64,
    /// Seen within the last seven days.
    pub seen_7d: u64,
    /// Sightings of all of them.
    pub total_sightings: u64,
}

/// A camera's share.
#[derive(Debug, Clone, PartialEq)]
pub struct CameraAnalytics {
    /// The camera.
    pub camera_id: CameraId,
    /// Its name of today.
    pub camera_name: String,
    /// Sightings on it.
    pub sightings: u64,
    /// Identities seen on it.
    pub distinct_people: u64,
    /// How long a sighting on it lasts, on average.
    pub avg_dwell_seconds: f64,
}

/// An hour's share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HourAnalytics {
    /// Its start.
    pub hour: Timestamp,
    /// Sightings that began in it.
    pub sightings: u64,
}

/// Sightings by what they are linked by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct KindAnalytics {
    /// By the face.
    pub face: u64,
    /// By the appearance.
    pub appearance: u64,
    /// By nothing: they founded their identity.
    pub new: u64,
    /// By an operator's word.
    pub manual: u64,
}

#[derive(FromQueryResult)]
struct SummaryRow {
    total: i64,
    named: i64,
    created_today: i64,
    seen_today: i64,
    seen_7d: i64,
    sightings: i64,
}

#[derive(FromQueryResult)]
struct CameraRow {
    camera_id: i64,
    name: String,
    sightings: i64,
    micros: i64,
    people: i64,
}

#[derive(FromQueryResult)]
struct HourRow {
    hour: DateTime,
    sightings: i64,
}

#[derive(FromQueryResult)]
struct KindRow {
    match_kind: String,
    sightings: i64,
}

impl Identities<'_> {
    /// The numbers of a class as of `now`. Days begin at midnight in `timezone`, an IANA name; one that the database does not know is
    /// refused.
    pub async fn analytics(self, object_class: &str, timezone: &str, now: Timestamp) -> Result<Analytics, StoreError> {
        // No class has a NUL, and Postgres cannot even be asked for one.
        let object_class = if object_class.contains('\0') { "" } else { object_class };
        let work = async {
            let moment = (Some(IsolationLevel::RepeatableRead), Some(AccessMode::ReadOnly));
            let transaction = self.store.database.begin_with_config(moment.0, moment.1).await?;
            let analytics = Analytics {
                summary: summary(&transaction, object_class, timezone, now).await?,
                by_camera: by_camera(&transaction, object_class).await?,
                by_hour: by_hour(&transaction, object_class, now).await?,
                by_match_kind: by_match_kind(&transaction, object_class).await?,
            };
            transaction.commit().await?;
            Ok(analytics)
        };
        self.store.run("sum up identities", work).await
    }
}

async fn summary(
    database: &impl ConnectionTrait,
    class: &str,
    timezone: &str,
    now: Timestamp,
) -> Result<AnalyticsSummary, Failure> {
    let row: Option<SummaryRow> = sql::one(
        database,
        "SELECT (SELECT coalesce(sum(identities), 0)::bigint FROM identity_totals WHERE object_class = $1) AS total, \
                (SELECT coalesce(sum(identities), 0)::bigint FROM identity_totals WHERE object_class = $1 AND is_named) AS named, \
                (SELECT count(*) FROM identities WHERE object_class = $1 AND created_at >= date_trunc('day', $2, $3)) \
                    AS created_today, \
                (SELECT count(*) FROM identities WHERE object_class = $1 AND last_seen >= date_trunc('day', $2, $3)) AS seen_today, \
                (SELECT count(*) FROM identities WHERE object_class = $1 AND last_seen >= $2 - interval '7 days') AS seen_7d, \
                (SELECT coalesce(sum(sightings), 0)::bigint FROM sighting_totals WHERE object_class = $1) AS sightings",
        [class.into(), time::to_column(now).into(), timezone.into()],
    )
    .await?;
    let row = row.ok_or_else(|| Failure::Corrupt("identities: no summary".to_owned()))?;
    let number = |value: i64| sql::natural(value, "a sum over identities");
    Ok(AnalyticsSummary {
        total_identities: number(row.total)?,
        named: number(row.named)?,
        unnamed: number(row.total - row.named)?,
        created_today: number(row.created_today)?,
        seen_today: number(row.seen_today)?,
        seen_7d: number(row.seen_7d)?,
        total_sightings: number(row.sightings)?,
    })
}

async fn by_camera(database: &impl ConnectionTrait, class: &str) -> Result<Vec<CameraAnalytics>, Failure> {
    let rows: Vec<CameraRow> = sql::all(
        database,
        "SELECT c.id AS camera_id, c.name, total.sightings, total.micros, coalesce(seen.identities, 0) AS people \
         FROM (SELECT camera_id, sum(sightings)::bigint AS sightings, sum(micros)::bigint AS micros \
               FROM sighting_totals WHERE object_class = $1 GROUP BY camera_id) AS total \
         JOIN cameras AS c ON c.id = total.camera_id \
         LEFT JOIN camera_totals AS seen ON seen.camera_id = total.camera_id AND seen.object_class = $1 \
         ORDER BY c.id",
        [class.into()],
    )
    .await?;
    let camera = |row: CameraRow| {
        let sightings = sql::natural(row.sightings, "sighting_totals: sightings")?;
        Ok(CameraAnalytics {
            camera_id: sql::id(row.camera_id, "camera")?,
            camera_name: row.name,
            sightings,
            distinct_people: sql::natural(row.people, "a count")?,
            avg_dwell_seconds: if sightings == 0 { 0.0 } else { row.micros as f64 / 1e6 / sightings as f64 },
        })
    };
    rows.into_iter().map(camera).collect()
}

async fn by_hour(database: &impl ConnectionTrait, class: &str, now: Timestamp) -> Result<Vec<HourAnalytics>, Failure> {
    let rows: Vec<HourRow> = sql::all(
        database,
        "SELECT hours.hour, coalesce(kept.sightings, 0) AS sightings \
         FROM generate_series(date_trunc('hour', $2, 'UTC') - interval '23 hours', date_trunc('hour', $2, 'UTC'), interval '1 hour') \
             AS hours (hour) \
         LEFT JOIN sighting_hours AS kept ON kept.object_class = $1 AND kept.hour = hours.hour ORDER BY hours.hour",
        [class.into(), time::to_column(now).into()],
    )
    .await?;
    let hour = |row: HourRow| {
        Ok(HourAnalytics {
            hour: time::from_column(row.hour, "hour")?,
            sightings: sql::natural(row.sightings, "sighting_hours: sightings")?,
        })
    };
    rows.into_iter().map(hour).collect()
}

async fn by_match_kind(database: &impl ConnectionTrait, class: &str) -> Result<KindAnalytics, Failure> {
    let select = "SELECT match_kind, sum(sightings)::bigint AS sightings FROM sighting_totals WHERE object_class = $1 GROUP BY match_kind";
    let rows: Vec<KindRow> = sql::all(database, select, [class.into()]).await?;
    let mut kinds = KindAnalytics::default();
    for row in rows {
        let sightings = sql::natural(row.sightings, "sighting_totals: sightings")?;
        match row.match_kind.parse() {
            Ok(MatchKind::Face) => kinds.face = sightings,
            Ok(MatchKind::Appearance) => kinds.appearance = sightings,
            Ok(MatchKind::New) => kinds.new = sightings,
            Ok(MatchKind::Manual) => kinds.manual = sightings,
            Err(_) => return Err(Failure::Corrupt(format!("sighting_totals: match_kind `{}`", row.match_kind))),
        }
    }
    Ok(kinds)
}
