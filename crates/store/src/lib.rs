//! Postgres, the truth of Iris, behind domain types: cameras, events, identities, sightings and people. The gateway, the recorder and
//! re-ID drive it; rows, SQL and sea-orm's types never leave. Every operation ends within [`StoreOptions::answer_within`], large
//! corrections within 20 s, also when the database hangs, and each is one transaction or less. It notifies nobody: changes travel by
//! the bus, told by whoever made them, or are tailed by the gallery's epoch.

mod cameras;
mod changing;
mod downtimes;
mod error;
mod events;
mod face_samples;
mod files;
mod gallery;
mod identities;
mod migrations;
mod people;
mod server;
mod sightings;
mod sql;
mod time;
mod tracklets;
mod visits;

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use sea_orm::sqlx::postgres::{PgConnectOptions, PgConnection};
use sea_orm::sqlx::{self, ConnectOptions as _};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, SqlxError, TransactionTrait};
use sea_orm_migration::MigratorTrait;
use secrecy::{ExposeSecret, SecretString};

use error::Failure;

pub use cameras::{CameraChanged, CameraDeleted, Cameras};
pub use downtimes::{DowntimeFilter, Downtimes, ListedDowntimes};
pub use error::StoreError;
pub use events::{DELETE_BATCH, DeletedEvent, Events, Listed, Opening, StoredClip, Written};
pub use face_samples::{
    DELETE_SAMPLES_BATCH, DeletedFaceSamples, FaceSample, FaceSamples, ListedFaceSamples, SampleVectors, UnknownSamples,
};
pub use files::{Files, NamedFile};
pub use gallery::{Exemplar, ExemplarId, GalleryChange, GalleryIdentity, GalleryPerson, GallerySource, GallerySubject};
pub use identities::{
    Analytics, AnalyticsSummary, CameraAnalytics, DELETE_IDENTITIES_BATCH, DeletedIdentities, HourAnalytics,
    Identities, Identity, IdentityChange, IdentityDetail, IdentityFilter, KindAnalytics, KnownIdentityRow,
    ListedIdentities, ListedOperations, MergeRefused, Merged, NamedCamera, Operation, OperationKind, SightingVectors,
    SplitOff, SplitRefused, Traits, UndoRefused, Undone,
};
pub use people::{
    DELETE_PEOPLE_BATCH, DeletedPeople, ENROLLED_FACES_MAX, EnrolAs, EnrolRefused, Enrolled, EnrolledFace,
    NewPersonFace, People, Person, PersonChange, PersonFace,
};
pub use server::{Rights, SchemaState, Server};
pub use sightings::{
    Belongs, DELETE_SIGHTINGS_BATCH, DeletedSightings, FaceSighting, ListedSightings, NewExemplar, NewFaceSample,
    RecognisedPerson, RecordSighting, Recorded, Sighting, Sightings, TrackIdentity, WrittenSighting,
};
pub use tracklets::{StoredTracklet, Tracklets};
pub use visits::{Delivery, VisitNames, Visits, WatchedCamera};

/// Names the migration lock among the advisory locks of a database: "iris" in ASCII.
const MIGRATION_LOCK: i64 = 0x6972_6973;

/// How long `migrate` may take, waiting for another process's migration included: building an index over millions of rows
/// takes minutes on a slow disk.
const MIGRATE_WITHIN: Duration = Duration::from_secs(600);

/// How a process uses the database.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// Connections at most; operations beyond it wait for one.
    pub max_connections: u32,
    /// The longest an operation may take, waiting for a connection included; then it fails as [`StoreError::Unavailable`].
    pub answer_within: Duration,
    /// The process's name as the database's own views show it.
    pub application_name: &'static str,
}

impl StoreOptions {
    /// Sixteen connections, since a service runs a few operations at once and Postgres allows a hundred for all of them;
    /// four seconds, since the API owes an answer within five.
    pub fn new(application_name: &'static str) -> Self {
        Self { max_connections: 16, answer_within: Duration::from_secs(4), application_name }
    }
}

/// A database. Cheap to clone; all clones share the connections.
#[derive(Clone)]
pub struct Store {
    database: DatabaseConnection,
    answer_within: Duration,
}

impl Store {
    /// Prepares the connections to a `postgres://` URL without making one, so that a service can start while the database is
    /// away. Fails only for a URL that is none.
    pub async fn open(url: &SecretString, options: &StoreOptions) -> Result<Self, StoreError> {
        let StoreOptions { max_connections, answer_within, application_name } = *options;
        // The errors' own words may repeat the password.
        let not_a_url = || StoreError::Refused {
            attempt: "open the database",
            why: "its URL is not of the form postgres://user:password@host:port/database".to_owned(),
        };
        let url = url.expose_secret();
        if !["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme)) {
            return Err(not_a_url());
        }
        let server = PgConnectOptions::from_str(url)
            .map_err(|_| not_a_url())?
            .application_name(application_name)
            // Each limit strikes before the next one outside it, so that the innermost names the cause.
            .options([("statement_timeout", millis(answer_within * 3 / 4))])
            // A process that stalls inside a transaction must not hold the counters' row locks against everyone else.
            .options([("idle_in_transaction_session_timeout", millis(answer_within * 2))])
            .disable_statement_logging();
        // sea-orm prints the URL it is given into its trace spans, so it is given one that says nothing.
        let mut connect = ConnectOptions::new("postgres://");
        connect
            .map_sqlx_postgres_opts(move |_| server.clone())
            .connect_lazy(true)
            .max_connections(max_connections)
            .acquire_timeout(answer_within / 2)
            // Also tells whether the connection lives.
            .test_before_acquire(false)
            .map_sqlx_postgres_before_acquire(|connection, _| Box::pin(is_outside_a_transaction(connection)))
            .record_stmt_in_spans(false);
        let database = Database::connect(connect).await.map_err(|_| not_a_url())?;
        Ok(Self { database, answer_within })
    }

    /// Brings the schema up to date. Any number of processes may do so at once: one works, the others wait for it. A role that
    /// may not change the schema succeeds once another has done so, and is refused before.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        let work = async {
            // Postgres refuses even to make a table that is there to those who may make none.
            if migrations::Migrator::get_pending_migrations_read_only(&self.database).await?.is_empty() {
                return Ok(());
            }
            let transaction = self.database.begin().await?;
            // Postgres drops the lock with the transaction, however that ends.
            let lock = format!("SET LOCAL statement_timeout = 0; SELECT pg_advisory_xact_lock({MIGRATION_LOCK})");
            transaction.execute_unprepared(&lock).await?;
            migrations::Migrator::up(&transaction, None).await?;
            Ok(transaction.commit().await?)
        };
        within(MIGRATE_WITHIN, "migrate the database", work).await
    }

    /// Gives the roles of a deployment the rights that its tables do not give by themselves; to be run after [`Self::migrate`] by the
    /// role that owns them.
    pub async fn grant(&self) -> Result<(), StoreError> {
        let work = async { Ok(self.database.execute_unprepared(include_str!("grants.sql")).await.map(drop)?) };
        self.run("give the roles their rights", work).await
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.run("ping the database", async { Ok(self.database.ping().await?) }).await
    }

    /// The cameras.
    pub fn cameras(&self) -> Cameras<'_> {
        Cameras { store: self }
    }

    /// When cameras gave no pictures.
    pub fn downtimes(&self) -> Downtimes<'_> {
        Downtimes { store: self }
    }

    /// The events.
    pub fn events(&self) -> Events<'_> {
        Events { store: self }
    }

    /// Who is known again: the identities.
    pub fn identities(&self) -> Identities<'_> {
        Identities { store: self }
    }

    /// The sightings of identities.
    pub fn sightings(&self) -> Sightings<'_> {
        Sightings { store: self }
    }

    /// Tracks that are not sightings yet.
    pub fn tracklets(&self) -> Tracklets<'_> {
        Tracklets { store: self }
    }

    /// The enrolled people.
    pub fn people(&self) -> People<'_> {
        People { store: self }
    }

    /// The captured faces.
    pub fn face_samples(&self) -> FaceSamples<'_> {
        FaceSamples { store: self }
    }

    /// The rows that name files of the media library.
    pub fn files(&self) -> Files<'_> {
        Files { store: self }
    }

    /// What the vector index is made of.
    pub fn gallery(&self) -> GallerySource<'_> {
        GallerySource { store: self }
    }

    /// What people are notified of.
    pub fn visits(&self) -> Visits<'_> {
        Visits { store: self }
    }

    /// Closes every connection, for all clones.
    pub async fn close(self) -> Result<(), StoreError> {
        let Self { database, answer_within } = self;
        within(answer_within, "close the database", async { Ok(database.close().await?) }).await
    }

    /// Runs one operation within its time. What it leaves unfinished is rolled back.
    async fn run<T>(
        &self,
        attempt: &'static str,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, StoreError> {
        within(self.answer_within, attempt, work).await
    }
}

/// Whether a connection from the pool begins afresh. One whose user was broken off while it began a transaction does not: the driver then
/// forgets that it began one (sqlx 0.9.0), and what the next user writes would neither be committed nor be alone. Asked by the simple
/// protocol, in which both times are the same unless a transaction began earlier.
async fn is_outside_a_transaction(connection: &mut PgConnection) -> Result<bool, SqlxError> {
    let row = sqlx::Executor::fetch_one(connection, "SELECT now() = statement_timestamp()").await?;
    sqlx::Row::try_get(&row, 0)
}

fn millis(duration: Duration) -> String {
    duration.as_millis().to_string()
}

async fn within<T>(
    limit: Duration,
    attempt: &'static str,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, StoreError> {
    match tokio::time::timeout(limit, work).await {
        Ok(outcome) => outcome.map_err(|failure| failure.during(attempt)),
        Err(_) => Err(Failure::NotInTime(limit).during(attempt)),
    }
}

/// Says nothing of the connection: its parts would print the password.
impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}
