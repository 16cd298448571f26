//! Who may do what in the database of a deployment: `deploy/postgres/roles.sql`, in a real server.

use anyhow::{Context as _, ensure};
use iris_store::{Store, StoreOptions};
use iris_testkit::deployment::Deployment;
use iris_testkit::postgres::{PostgresServer, psql};
use secrecy::SecretString;

use crate::support::camera_named;

struct Database {
    server: PostgresServer,
    deployment: Deployment,
}

impl Database {
    /// With roles and no tables.
    async fn start() -> anyhow::Result<Self> {
        let server = PostgresServer::start().await?;
        let deployment = Deployment::prepare(4222, server.port())?;
        psql(&server.url("postgres"), "CREATE DATABASE iris")?;
        server.make_roles("iris", &deployment)?;
        Ok(Self { server, deployment })
    }

    async fn store(&self, role: &str) -> anyhow::Result<Store> {
        let url = SecretString::from(self.url(role)?);
        Ok(Store::open(&url, &StoreOptions::new("iris-test")).await?)
    }

    fn url(&self, role: &str) -> anyhow::Result<String> {
        self.deployment.read(&format!("database_url_{role}"))
    }
}

#[tokio::test]
async fn the_services_wait_for_the_owners_migration() -> anyhow::Result<()> {
    let database = Database::start().await?;
    let (owner, service) = (database.store("owner").await?, database.store("service").await?);
    let refused = service.migrate().await.err().context("the services made tables")?;
    ensure!(refused.to_string().contains("permission denied"), "{refused}");
    owner.migrate().await?;
    service.migrate().await?;
    ensure!(service.cameras().list().await?.is_empty());
    // The script again, as for a new password, and the job again, as at the next start.
    database.server.make_roles("iris", &database.deployment)?;
    owner.migrate().await?;
    Ok(())
}

#[tokio::test]
async fn an_older_iris_leaves_a_newer_database_alone() -> anyhow::Result<()> {
    let database = Database::start().await?;
    let owner = database.store("owner").await?;
    owner.migrate().await?;
    psql(&database.url("owner")?, "INSERT INTO seaql_migrations VALUES ('9999_of_a_later_version', 0)")?;
    ensure!(owner.migrate().await.is_err() && database.store("service").await?.migrate().await.is_err());
    Ok(())
}

#[tokio::test]
async fn the_services_write_rows_and_change_no_tables() -> anyhow::Result<()> {
    let database = Database::start().await?;
    let store = database.store("owner").await?;
    store.migrate().await?;
    store.grant().await?;
    let (owner, service) = (database.url("owner")?, database.url("service")?);
    psql(&service, "SELECT * FROM events; UPDATE cameras SET name = 'yard'; DELETE FROM events")?;
    for statement in [
        "CREATE TABLE mine (id int)",
        "CREATE TEMPORARY TABLE mine (id int)",
        "CREATE SCHEMA mine",
        "ALTER TABLE cameras ADD COLUMN mine int",
        "DROP TABLE cameras",
        "TRUNCATE cameras",
        "CREATE ROLE mine",
        "SET ROLE iris_owner",
        "COPY (SELECT 1) TO PROGRAM 'cat'",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT rolpassword FROM pg_authid",
        "DELETE FROM seaql_migrations",
        "UPDATE seaql_migrations SET version = 'mine'",
    ] {
        ensure!(psql(&service, statement).is_err(), "allowed: {statement}");
    }
    // The script again, as for a new password, gives no more.
    database.server.make_roles("iris", &database.deployment)?;
    ensure!(psql(&service, "INSERT INTO seaql_migrations VALUES ('mine', 0)").is_err(), "allowed after another run");
    ensure!(database.store("service").await?.rights().await?.rows, "rows of all other tables");
    for statement in ["CREATE ROLE mine", "CREATE DATABASE mine", "COPY (SELECT 1) TO PROGRAM 'cat'"] {
        ensure!(psql(&owner, statement).is_err(), "allowed to the owner: {statement}");
    }
    Ok(())
}

#[tokio::test]
async fn notify_reads_what_visits_are_made_of_and_no_more() -> anyhow::Result<()> {
    let database = Database::start().await?;
    let (owner, notify) = (database.store("owner").await?, database.store("notify").await?);
    owner.migrate().await?;
    ensure!(notify.migrate().await.is_err(), "before it was given any right");
    owner.grant().await?;
    owner.grant().await?;
    notify.migrate().await?;
    let camera = database.store("service").await?.cameras().create(&camera_named("yard")).await?;
    ensure!(notify.visits().cameras().await?[0].id == camera.id);
    ensure!(notify.visits().people().await?.is_empty() && notify.visits().open().await?.is_empty());
    let url = database.url("notify")?;
    psql(&url, "INSERT INTO visit_deliveries SELECT 'phone', id FROM visits; DELETE FROM visits")?;
    for statement in [
        "SELECT source_url FROM cameras",
        "SELECT * FROM events",
        "SELECT face_vector FROM sighting_vectors",
        "SELECT vector FROM exemplars",
        "SELECT vector FROM person_faces",
        "SELECT notes FROM people",
        "UPDATE cameras SET name = 'mine'",
        "DELETE FROM events",
        "UPDATE people SET name = 'mine'",
        "CREATE TABLE mine (id int)",
        "DROP TABLE visits",
    ] {
        ensure!(psql(&url, statement).is_err(), "allowed: {statement}");
    }
    Ok(())
}
