//! Finding identities.

use iris_domain::{IdentityId, Page};
use sea_orm::{AccessMode, ConnectionTrait, FromQueryResult, IsolationLevel, TransactionTrait};

use super::row::{self, COLUMNS, IdentityRow};
use super::{Identities, Identity, IdentityDetail, IdentityFilter, ListedIdentities};
use crate::error::{Failure, StoreError};
use crate::sql::{self, Conditions};

#[derive(FromQueryResult)]
struct ExemplarCounts {
    faces: i64,
    appearances: i64,
}

impl Identities<'_> {
    /// The identities that match, most recently seen first, and how many there are without the page; both as of one moment.
    pub async fn list(self, filter: &IdentityFilter, page: Page) -> Result<ListedIdentities, StoreError> {
        if filter.object_class.as_ref().is_some_and(|class| class.contains('\0')) {
            return Ok(ListedIdentities { total: 0, identities: Vec::new() });
        }
        let work = async {
            let moment = (Some(IsolationLevel::RepeatableRead), Some(AccessMode::ReadOnly));
            let transaction = self.store.database.begin_with_config(moment.0, moment.1).await?;
            let total = total(&transaction, filter).await?;
            let mut wanted = conditions(filter);
            let select = format!("SELECT {COLUMNS} FROM identities AS i{}", wanted.clause());
            let (limit, offset) = (wanted.place(sql::bound(page.limit)), wanted.place(sql::bound(page.offset)));
            let listing = format!("{select} ORDER BY i.last_seen DESC, i.id DESC LIMIT {limit} OFFSET {offset}");
            let rows = sql::all(&transaction, &listing, wanted.values()).await?;
            let identities = row::identities(&transaction, rows).await?;
            transaction.commit().await?;
            Ok(ListedIdentities { total, identities })
        };
        self.store.run("list identities", work).await
    }

    /// One of them with its exemplars counted, `None` when nobody has that id.
    pub async fn get(self, id: IdentityId) -> Result<Option<IdentityDetail>, StoreError> {
        let work = async {
            let Some(identity) = find(&self.store.database, id).await? else { return Ok(None) };
            let counts: Option<ExemplarCounts> = sql::one(
                &self.store.database,
                "SELECT count(*) FILTER (WHERE kind = 'face') AS faces, \
                        count(*) FILTER (WHERE kind = 'appearance') AS appearances \
                 FROM exemplars WHERE identity_id = $1",
                [id.get().into()],
            )
            .await?;
            let counts = counts.unwrap_or(ExemplarCounts { faces: 0, appearances: 0 });
            Ok(Some(IdentityDetail {
                identity,
                num_face_exemplars: sql::natural(counts.faces, "a count")?,
                num_appearance_exemplars: sql::natural(counts.appearances, "a count")?,
            }))
        };
        self.store.run("get an identity", work).await
    }

    /// Which of these exist, with their names: for pictures and lists that name many at once.
    pub async fn named(self, ids: &[IdentityId]) -> Result<Vec<Identity>, StoreError> {
        let work = async {
            let sql = format!("SELECT {COLUMNS} FROM identities AS i WHERE i.id = ANY($1) ORDER BY i.id");
            let rows = sql::all(&self.store.database, &sql, [sql::array(ids).into()]).await?;
            row::identities(&self.store.database, rows).await
        };
        self.store.run("name identities", work).await
    }
}

/// One identity.
pub(crate) async fn find(database: &impl ConnectionTrait, id: IdentityId) -> Result<Option<Identity>, Failure> {
    let sql = format!("SELECT {COLUMNS} FROM identities AS i WHERE i.id = $1");
    let rows: Vec<IdentityRow> = sql::all(database, &sql, [id.get().into()]).await?;
    Ok(row::identities(database, rows).await?.into_iter().next())
}

/// How many match: by the counters, or where sightings are asked for by an index that has all it takes.
async fn total(database: &impl ConnectionTrait, filter: &IdentityFilter) -> Result<u64, Failure> {
    let wanted = conditions(filter);
    let counting = if filter.min_sightings == 0 {
        format!("SELECT coalesce(sum(i.identities), 0)::bigint FROM identity_totals AS i{}", wanted.clause())
    } else {
        format!("SELECT count(*) FROM identities AS i{}", wanted.clause())
    };
    sql::count(database, &counting, wanted.values()).await
}

fn conditions(filter: &IdentityFilter) -> Conditions {
    let mut wanted = Conditions::default();
    if filter.named_only {
        wanted.add_plain("i.is_named");
    }
    if filter.min_sightings > 0 {
        wanted.add("i.num_sightings >= ?", sql::bound(filter.min_sightings));
    }
    if let Some(class) = &filter.object_class {
        wanted.add("i.object_class = ?", class.as_str());
    }
    wanted
}
