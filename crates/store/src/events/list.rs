//! A page of events and the number of all that match, as of one moment.

use iris_domain::{EventFilter, Page, Span};
use sea_orm::sea_query::{Condition, Expr, ExprTrait};
use sea_orm::{
    AccessMode, ColumnTrait, ConnectionTrait, EntityTrait, IsolationLevel, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, RelationTrait, Select, TransactionTrait,
};

use super::entity::{Column, Entity, Relation, totals};
use super::row::NamedRow;
use super::totals::cover;
use super::{Events, Listed, subjects};
use crate::cameras::entity as camera;
use crate::error::{Failure, StoreError};
use crate::time;

/// A counter's camera when it counts the events of any.
const ANY_CAMERA: i64 = 0;
/// A counter's label when it counts the events of any.
const ANY_LABEL: &str = "";

impl Events<'_> {
    /// The events that match, newest first (by `ts`, then `id`), and how many there are without the page. Both are of one
    /// moment, however much is written meanwhile.
    pub async fn list(self, filter: &EventFilter, page: Page) -> Result<Listed, StoreError> {
        if matches_nothing(filter) {
            return Ok(Listed { total: 0, events: Vec::new() });
        }
        let work = async {
            let moment = (Some(IsolationLevel::RepeatableRead), Some(AccessMode::ReadOnly));
            let transaction = self.store.database.begin_with_config(moment.0, moment.1).await?;
            let total = total(&transaction, filter).await?;
            let rows = named(Entity::find().filter(condition(filter)))
                .order_by_desc(Column::Ts)
                .order_by_desc(Column::Id)
                .limit(page.limit)
                .offset(page.offset)
                .into_model::<NamedRow>()
                .all(&transaction)
                .await?;
            let events = subjects::events(&transaction, rows).await?;
            transaction.commit().await?;
            Ok(Listed { total, events })
        };
        self.store.run("list events", work).await
    }
}

/// Adds the camera's name of today.
pub(crate) fn named(select: Select<Entity>) -> Select<Entity> {
    select.join(sea_orm::JoinType::InnerJoin, Relation::Camera.def()).column_as(camera::Column::Name, "camera_name")
}

/// The filter as a condition on events.
pub(crate) fn condition(filter: &EventFilter) -> Condition {
    Condition::all()
        .add_option(filter.camera_id.map(|camera_id| Column::CameraId.eq(camera_id.get())))
        .add_option(filter.label.as_deref().map(|label| Column::Label.eq(label)))
        .add_option(filter.person_id.map(|person_id| Column::PersonId.eq(person_id.get())))
        .add_option(filter.identity_id.map(|identity_id| {
            let shown = "events.id IN (SELECT event_id FROM event_sightings WHERE identity_id = $1)";
            Expr::cust_with_values(shown, [identity_id.get()])
        }))
        .add_option(filter.from.map(|from| Column::Ts.gte(time::to_column(from))))
        .add_option(filter.to.map(|to| Column::Ts.lt(time::to_column(to))))
}

/// No event has an empty label, and Postgres cannot even be asked for one with a NUL.
pub(crate) fn matches_nothing(filter: &EventFilter) -> bool {
    filter.label.as_ref().is_some_and(|label| label.is_empty() || label.contains('\0'))
}

async fn total(database: &impl ConnectionTrait, filter: &EventFilter) -> Result<u64, Failure> {
    if filter.person_id.is_some() || filter.identity_id.is_some() {
        // Of a person or an identity there are few enough to be counted from their index.
        return Ok(Entity::find().filter(condition(filter)).count(database).await?);
    }
    let cover = cover(filter.from, filter.to);
    let mut total = counted(database, filter, "day", cover.days.as_slice()).await?;
    if !cover.hours.is_empty() {
        total += counted(database, filter, "hour", &cover.hours).await?;
    }
    for edge in cover.edges {
        let filter = EventFilter { from: Some(edge.start), to: Some(edge.end), ..filter.clone() };
        total += Entity::find().filter(condition(&filter)).count(database).await?;
    }
    Ok(total)
}

/// The sum of one grain's counters over `spans`.
async fn counted(
    database: &impl ConnectionTrait,
    filter: &EventFilter,
    grain: &str,
    spans: &[Span],
) -> Result<u64, Failure> {
    let within = spans.iter().fold(Condition::any(), |any, span| {
        let start = totals::Column::Bucket.gte(time::to_column(span.start));
        any.add(start.and(totals::Column::Bucket.lt(time::to_column(span.end))))
    });
    let sum = totals::Entity::find()
        .select_only()
        // A sum of bigints is a numeric.
        .column_as(Expr::col(totals::Column::Count).sum().cast_as("bigint"), "sum")
        .filter(totals::Column::Grain.eq(grain))
        .filter(totals::Column::CameraId.eq(filter.camera_id.map_or(ANY_CAMERA, |camera_id| camera_id.get())))
        .filter(totals::Column::Label.eq(filter.label.as_deref().unwrap_or(ANY_LABEL)))
        .filter(within)
        .into_tuple::<Option<i64>>()
        .one(database)
        .await?
        .flatten()
        .unwrap_or(0);
    u64::try_from(sum).map_err(|_| Failure::Corrupt(format!("event_totals: a {grain} sum is {sum}")))
}
