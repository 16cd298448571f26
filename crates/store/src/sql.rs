//! Statements written out in SQL, for what a query builder would only obscure: their values in, their rows out. Every statement is
//! a constant or put together from constants; values travel beside it, never in it.

use iris_domain::{Embedding, Feature, ModelFingerprint};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement, TryGetable, Value};

use crate::error::Failure;

fn statement(sql: &str, values: impl IntoIterator<Item = Value>) -> Statement {
    Statement::from_sql_and_values(DbBackend::Postgres, sql, values)
}

/// Every row.
pub(crate) async fn all<T: FromQueryResult>(
    database: &impl ConnectionTrait,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Vec<T>, Failure> {
    let rows = database.query_all_raw(statement(sql, values)).await?;
    Ok(rows.iter().map(|row| T::from_query_result(row, "")).collect::<Result<_, _>>()?)
}

/// The first row, if there is one.
pub(crate) async fn one<T: FromQueryResult>(
    database: &impl ConnectionTrait,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Option<T>, Failure> {
    let row = database.query_one_raw(statement(sql, values)).await?;
    Ok(row.map(|row| T::from_query_result(&row, "")).transpose()?)
}

/// The first column of every row.
pub(crate) async fn column<T: TryGetable>(
    database: &impl ConnectionTrait,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Vec<T>, Failure> {
    let rows = database.query_all_raw(statement(sql, values)).await?;
    Ok(rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?)
}

/// The first column of the first row, if there is one.
pub(crate) async fn value<T: TryGetable>(
    database: &impl ConnectionTrait,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Option<T>, Failure> {
    let row = database.query_one_raw(statement(sql, values)).await?;
    Ok(row.map(|row| row.try_get_by_index(0)).transpose()?)
}

/// A count that a statement makes.
pub(crate) async fn count(
    database: &impl ConnectionTrait,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<u64, Failure> {
    natural(value::<i64>(database, sql, values).await?.unwrap_or(0), "a count")
}

/// Runs a statement and says how many rows it wrote.
pub(crate) async fn execute(
    database: &impl ConnectionTrait,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<u64, Failure> {
    Ok(database.execute_raw(statement(sql, values)).await?.rows_affected())
}

/// Conditions that a filter asks for, each with its value; what is not asked for is not in the statement, so that the database
/// plans for what is.
#[derive(Default)]
pub(crate) struct Conditions {
    text: String,
    values: Vec<Value>,
}

impl Conditions {
    /// Adds a condition; `?` stands for its value.
    pub(crate) fn add(&mut self, condition: &str, value: impl Into<Value>) {
        self.values.push(value.into());
        let place = format!("${}", self.values.len());
        self.add_plain(&condition.replace('?', &place));
    }

    /// Adds a condition without a value.
    pub(crate) fn add_plain(&mut self, condition: &str) {
        self.text += if self.text.is_empty() { " WHERE " } else { " AND " };
        self.text += condition;
    }

    /// The clause: empty, or ` WHERE ...`.
    pub(crate) fn clause(&self) -> &str {
        &self.text
    }

    /// The values, in the order of their places.
    pub(crate) fn values(&self) -> Vec<Value> {
        self.values.clone()
    }

    /// A value beside the conditions': its place.
    pub(crate) fn place(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }
}

/// An id from its column; `field` names it in the error.
pub(crate) fn id<T: TryFrom<i64>>(value: i64, field: &str) -> Result<T, Failure> {
    T::try_from(value).map_err(|_| Failure::Corrupt(format!("{field} {value} is no id")))
}

/// Ids as an array's values, in their order and each once: the order in which rows are locked.
pub(crate) fn array<T: Copy + Into<i64>>(ids: &[T]) -> Vec<i64> {
    let mut ids: Vec<i64> = ids.iter().map(|id| (*id).into()).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// A number that is never negative; `field` names it in the error.
pub(crate) fn natural(value: i64, field: &str) -> Result<u64, Failure> {
    u64::try_from(value).map_err(|_| Failure::Corrupt(format!("{field} is {value}")))
}

/// A page's bound as the database takes it; what is larger than any table stands for all of it.
pub(crate) fn bound(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A vector from its columns; `row` names it in the error.
pub(crate) fn feature(vector: &[u8], model: &str, quality: f32, row: &str) -> Result<Feature, Failure> {
    let broken = |field: &str| Failure::Corrupt(format!("{row}: {field}"));
    Ok(Feature {
        embedding: Embedding::from_bytes(vector).map_err(|_| broken("vector"))?,
        model: ModelFingerprint::new(model).map_err(|_| broken("model"))?,
        quality,
    })
}

/// A vector from columns that are null together; `row` names it in the error.
pub(crate) fn optional_feature(
    vector: Option<Vec<u8>>,
    model: Option<String>,
    quality: Option<f32>,
    row: &str,
) -> Result<Option<Feature>, Failure> {
    let (Some(vector), Some(model), Some(quality)) = (vector, model, quality) else { return Ok(None) };
    feature(&vector, &model, quality, row).map(Some)
}
