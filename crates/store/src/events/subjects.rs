//! Who is in events: read beside them, once for a page.

use std::collections::HashMap;

use iris_domain::{Event, EventSubjects, IdentityId, NamedIdentity, Page};
use sea_orm::{
    AccessMode, ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, IsolationLevel, QueryFilter,
    TransactionTrait,
};

use super::entity::{Column, Entity};
use super::row::{self, NamedRow};
use super::{Events, Listed, list};
use crate::error::{Failure, StoreError};
use crate::sql;

#[derive(FromQueryResult)]
struct SubjectRow {
    event_id: i64,
    identity_id: i64,
    name: Option<String>,
}

impl Events<'_> {
    /// The events an identity is in, as the main subject or beside it, newest first, and how many there are without the page.
    pub async fn list_of_identity(self, identity: IdentityId, page: Page) -> Result<Listed, StoreError> {
        let work = async {
            let moment = (Some(IsolationLevel::RepeatableRead), Some(AccessMode::ReadOnly));
            let transaction = self.store.database.begin_with_config(moment.0, moment.1).await?;
            let of_identity = "SELECT DISTINCT event_ts, event_id FROM event_sightings WHERE identity_id = $1";
            let counting = format!("SELECT count(*) FROM ({of_identity}) AS found");
            let total = sql::count(&transaction, &counting, [identity.get().into()]).await?;
            let listing = format!(
                "SELECT event_id FROM ({of_identity} ORDER BY event_ts DESC, event_id DESC LIMIT $2 OFFSET $3) AS page \
                 ORDER BY event_ts DESC, event_id DESC"
            );
            let values = [identity.get().into(), sql::bound(page.limit).into(), sql::bound(page.offset).into()];
            let ids: Vec<i64> = sql::column(&transaction, &listing, values).await?;
            let events = load(&transaction, &ids).await?;
            transaction.commit().await?;
            Ok(Listed { total, events })
        };
        self.store.run("list an identity's events", work).await
    }
}

/// These events, in the order of their ids' list; who is gone is missing.
pub(crate) async fn load(database: &impl ConnectionTrait, ids: &[i64]) -> Result<Vec<Event>, Failure> {
    let these = list::named(Entity::find()).filter(Column::Id.is_in(ids.iter().copied()));
    let rows = these.into_model::<NamedRow>().all(database).await?;
    let mut events = events(database, rows).await?;
    events.sort_by_key(|event| ids.iter().position(|id| *id == event.id.get()));
    Ok(events)
}

/// The events in rows, in their order, each with its subjects.
pub(super) async fn events(database: &impl ConnectionTrait, rows: Vec<NamedRow>) -> Result<Vec<Event>, Failure> {
    let mut identities = identities(database, rows.iter().map(|row| row.event.id).collect()).await?;
    let with_subjects = |row: NamedRow| {
        let subjects = subjects(&row, identities.remove(&row.event.id).unwrap_or_default())?;
        row::event(row, subjects)
    };
    rows.into_iter().map(with_subjects).collect()
}

fn subjects(row: &NamedRow, identities: Vec<NamedIdentity>) -> Result<EventSubjects, Failure> {
    let event = &row.event;
    let main = event.identity_id.map(|id| sql::id(id, "event: identity_id")).transpose()?;
    let name = |id: IdentityId| identities.iter().find(|one| one.id == id).and_then(|one| one.name.clone());
    Ok(EventSubjects {
        identity: main.map(|id| NamedIdentity { id, name: name(id) }),
        person_id: event.person_id.map(|id| sql::id(id, "event: person_id")).transpose()?,
        person_name: event.person_name.clone(),
        identities,
    })
}

async fn identities(
    database: &impl ConnectionTrait,
    events: Vec<i64>,
) -> Result<HashMap<i64, Vec<NamedIdentity>>, Failure> {
    let mut identities: HashMap<i64, Vec<NamedIdentity>> = HashMap::new();
    if events.is_empty() {
        return Ok(identities);
    }
    let rows: Vec<SubjectRow> = sql::all(
        database,
        "SELECT DISTINCT es.event_id, i.id AS identity_id, i.name FROM event_sightings AS es \
         JOIN identities AS i ON i.id = es.identity_id \
         WHERE es.event_id = ANY($1) ORDER BY es.event_id, i.id",
        [events.into()],
    )
    .await?;
    for SubjectRow { event_id, identity_id, name } in rows {
        let identity = NamedIdentity { id: sql::id(identity_id, "sighting: identity_id")?, name };
        identities.entry(event_id).or_default().push(identity);
    }
    Ok(identities)
}
