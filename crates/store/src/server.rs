//! What the database server is, and what state the schema is in: for the operator's tools, which look before they act. And emptying a
//! schema, which only a restore does.

use std::collections::BTreeSet;

use iris_domain::Timestamp;
use sea_orm::{ConnectionTrait, FromQueryResult, TransactionTrait};
use sea_orm_migration::MigratorTrait;

use crate::error::StoreError;
use crate::migrations::Migrator;
use crate::{Store, sql, time};

/// A server, as seen from this connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Such as `15.18 (Debian 15.18-0+deb12u1)`.
    pub version: String,
    /// Its major version: programs such as `pg_dump` must be of this one or newer.
    pub major: u32,
    /// Its clock.
    pub now: Timestamp,
    /// A standby, which takes no writes.
    pub is_standby: bool,
    /// Connections that it admits.
    pub max_connections: u32,
    /// Connections there are, this one included.
    pub connections: u32,
    /// The role of this connection.
    pub role: String,
}

/// How far the schema is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SchemaState {
    /// There is nothing of Iris.
    Missing,
    /// These steps are not done yet.
    Behind(Vec<String>),
    /// As this program knows it.
    Current,
    /// These steps are a newer program's.
    Newer(Vec<String>),
}

/// What a role may do with the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rights {
    /// Read and write the rows of every table.
    pub rows: bool,
    /// Change the tables: they belong to it.
    pub tables: bool,
}

#[derive(FromQueryResult)]
struct ServerRow {
    version: String,
    version_num: i32,
    now: sea_orm::prelude::TimeDateTimeWithTimeZone,
    is_standby: bool,
    max_connections: i32,
    connections: i64,
    role: String,
}

impl Store {
    /// The server.
    pub async fn server(&self) -> Result<Server, StoreError> {
        let select = "SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int AS version_num, \
             clock_timestamp() AS now, pg_is_in_recovery() AS is_standby, \
             current_setting('max_connections')::int AS max_connections, \
             (SELECT count(*) FROM pg_stat_activity WHERE datid IS NOT NULL) AS connections, current_user::text AS role";
        let work = async {
            let row: Option<ServerRow> = sql::one(&self.database, select, []).await?;
            let row = row.ok_or_else(|| crate::error::Failure::Corrupt("no answer".to_owned()))?;
            let small = |value: i64| u32::try_from(value).unwrap_or(u32::MAX);
            Ok(Server {
                version: row.version,
                major: small((row.version_num / 10_000).into()),
                now: time::from_column(row.now, "clock_timestamp")?,
                is_standby: row.is_standby,
                max_connections: small(row.max_connections.into()),
                connections: small(row.connections),
                role: row.role,
            })
        };
        self.run("ask the server what it is", work).await
    }

    /// How far the schema is.
    pub async fn schema(&self) -> Result<SchemaState, StoreError> {
        let work = async {
            let there = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tablename = 'seaql_migrations'";
            if sql::count(&self.database, there, []).await? == 0 {
                return Ok(SchemaState::Missing);
            }
            let done: Vec<String> = sql::column(&self.database, "SELECT version FROM seaql_migrations", []).await?;
            let known: Vec<String> = Migrator::migrations().iter().map(|step| step.name().to_owned()).collect();
            let missing = |of: &[String], from: &[String]| -> Vec<String> {
                let from: BTreeSet<&String> = from.iter().collect();
                of.iter().filter(|step| !from.contains(step)).cloned().collect()
            };
            let (behind, newer) = (missing(&known, &done), missing(&done, &known));
            Ok(match (newer.is_empty(), behind.is_empty()) {
                (false, _) => SchemaState::Newer(newer),
                (true, false) => SchemaState::Behind(behind),
                (true, true) => SchemaState::Current,
            })
        };
        self.run("look at the schema", work).await
    }

    /// What this connection's role may do with the tables; the one that says how far the schema is belongs to its owner alone.
    pub async fn rights(&self) -> Result<Rights, StoreError> {
        let every = |right: &str| {
            format!(
                "SELECT coalesce(bool_and({right}), false) FROM pg_class \
                 WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'seaql_migrations'"
            )
        };
        let work = async {
            let rows = "has_table_privilege(oid, 'SELECT') AND has_table_privilege(oid, 'INSERT') \
                        AND has_table_privilege(oid, 'UPDATE') AND has_table_privilege(oid, 'DELETE')";
            let rows = sql::value(&self.database, &every(rows), []).await?.unwrap_or(false);
            let owns = "pg_has_role(relowner, 'MEMBER')";
            let tables = sql::value(&self.database, &every(owns), []).await?.unwrap_or(false);
            Ok(Rights { rows, tables })
        };
        self.run("look at the role's rights", work).await
    }

    /// Who else is connected to this database, by the names that programs give themselves.
    pub async fn others(&self) -> Result<Vec<String>, StoreError> {
        let select = "SELECT DISTINCT coalesce(nullif(application_name, ''), 'without a name') FROM pg_stat_activity \
                      WHERE datname = current_database() AND usesysid IS NOT NULL \
                      AND application_name <> current_setting('application_name') ORDER BY 1";
        self.run("look who is connected", async { sql::column(&self.database, select, []).await }).await
    }

    /// Whether nobody has recorded anything here: there may be tables, but there is no camera, event, identity or person.
    pub async fn is_empty(&self) -> Result<bool, StoreError> {
        if self.schema().await? == SchemaState::Missing {
            return Ok(true);
        }
        let select = "SELECT EXISTS (SELECT FROM cameras) OR EXISTS (SELECT FROM events) OR EXISTS (SELECT FROM identities) \
                      OR EXISTS (SELECT FROM people)";
        let work = async { Ok(!sql::value::<bool>(&self.database, select, []).await?.unwrap_or(true)) };
        self.run("look whether the database is empty", work).await
    }

    /// Drops every table, function and type in the schema, with all that is in them. What does not belong to this role is refused, and
    /// then nothing is dropped.
    pub async fn drop_everything(&self) -> Result<(), StoreError> {
        let drop = "DO $$ DECLARE statement text; BEGIN \
            FOR statement IN SELECT format('DROP TABLE %I.%I CASCADE', schemaname, tablename) FROM pg_tables WHERE schemaname = 'public' \
            LOOP EXECUTE statement; END LOOP; \
            FOR statement IN SELECT format('DROP FUNCTION %s CASCADE', p.oid::regprocedure) FROM pg_proc AS p \
                WHERE p.pronamespace = 'public'::regnamespace \
                AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = p.oid AND d.deptype = 'e') \
            LOOP EXECUTE statement; END LOOP; \
            FOR statement IN SELECT format('DROP TYPE %s CASCADE', t.oid::regtype) FROM pg_type AS t JOIN pg_class AS c ON c.oid = t.typrelid \
                WHERE t.typnamespace = 'public'::regnamespace AND c.relkind = 'c' \
            LOOP EXECUTE statement; END LOOP; \
            END $$";
        let work = async {
            let transaction = self.database.begin().await?;
            transaction.execute_unprepared(drop).await?;
            Ok(transaction.commit().await?)
        };
        self.run("empty the database", work).await
    }
}
