//! What operators said is not the same: pairs of identities that nothing but an operator brings together again.

use iris_domain::IdentityId;
use iris_domain::identity::ApartPairs;
use sea_orm::{ConnectionTrait, FromQueryResult};

use super::Identities;
use crate::error::{Failure, StoreError};
use crate::sql;

/// A pair, the smaller id first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, FromQueryResult)]
pub(crate) struct Pair {
    pub a: i64,
    pub b: i64,
}

impl Pair {
    /// The pair of two; `None` of one with itself.
    pub(crate) fn of(one: i64, other: i64) -> Option<Self> {
        (one != other).then_some(Self { a: one.min(other), b: one.max(other) })
    }
}

impl Identities<'_> {
    /// Every pair.
    pub async fn apart_pairs(self) -> Result<ApartPairs, StoreError> {
        let work = async {
            let pairs: Vec<Pair> = sql::all(&self.store.database, "SELECT a, b FROM identity_apart", []).await?;
            pairs.iter().map(ids).collect()
        };
        self.store.run("list identities kept apart", work).await
    }

    /// The pairs that these identities are in.
    pub async fn apart_of(self, identities: &[IdentityId]) -> Result<ApartPairs, StoreError> {
        let work = async {
            let pairs = of(&self.store.database, &sql::array(identities)).await?;
            pairs.iter().map(ids).collect()
        };
        self.store.run("list identities kept apart", work).await
    }
}

fn ids(pair: &Pair) -> Result<(IdentityId, IdentityId), Failure> {
    Ok((sql::id(pair.a, "identity_apart: a")?, sql::id(pair.b, "identity_apart: b")?))
}

/// The pairs that these identities are in.
pub(crate) async fn of(database: &impl ConnectionTrait, identities: &[i64]) -> Result<Vec<Pair>, Failure> {
    let select = "SELECT a, b FROM identity_apart WHERE a = ANY($1) OR b = ANY($1) ORDER BY a, b";
    sql::all(database, select, [identities.to_vec().into()]).await
}

/// Keeps pairs apart whose identities exist; answers with those that were not kept apart before.
pub(crate) async fn keep(database: &impl ConnectionTrait, pairs: &[Pair]) -> Result<Vec<Pair>, Failure> {
    let (a, b) = columns(pairs);
    sql::all(
        database,
        "INSERT INTO identity_apart (a, b) SELECT pair.a, pair.b FROM unnest($1::bigint[], $2::bigint[]) AS pair (a, b) \
         WHERE EXISTS (SELECT FROM identities WHERE id = pair.a) AND EXISTS (SELECT FROM identities WHERE id = pair.b) \
         ON CONFLICT DO NOTHING RETURNING a, b",
        [a.into(), b.into()],
    )
    .await
}

/// No longer keeps pairs apart.
pub(crate) async fn release(database: &impl ConnectionTrait, pairs: &[Pair]) -> Result<(), Failure> {
    let (a, b) = columns(pairs);
    let delete = "DELETE FROM identity_apart WHERE (a, b) IN (SELECT * FROM unnest($1::bigint[], $2::bigint[]))";
    sql::execute(database, delete, [a.into(), b.into()]).await?;
    Ok(())
}

fn columns(pairs: &[Pair]) -> (Vec<i64>, Vec<i64>) {
    pairs.iter().map(|pair| (pair.a, pair.b)).unzip()
}
