//! Measures what the gateway asks of identities, as the store answers it, over a million sightings: the list for every kind of filter, an
//! identity's page, analytics, and recording a sighting.
//!
//! `DATABASE_URL=postgres://... cargo run --release -p iris-store --example bench_identities`, on an empty database (it is migrated
//! and filled; a filled one is used as it is). Prints p50 and p99 and exits with 1 when a p99 misses its bound.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context;
use iris_domain::identity::{Evidence, MatchKind};
use iris_domain::{
    CameraId, CameraTuning, Class, EventFilter, IdentityId, NewCamera, Page, PersonId, RtspTransport, SourceUrl,
    Timestamp, TrackKey,
};
use iris_store::{Belongs, IdentityFilter, RecordSighting, Store, StoreOptions, Traits};
use secrecy::SecretString;

/// The bounds on p99, from the issue that asked for these lists.
const LIST_MAX: Duration = Duration::from_millis(30);
const ANALYTICS_MAX: Duration = Duration::from_millis(200);
const EVENTS_MAX: Duration = Duration::from_millis(20);
/// What is not bounded there is only printed.
const UNBOUNDED: Duration = Duration::MAX;
/// The p99 of so many is the third slowest: a single hiccup of the machine does not decide.
const ROUNDS: usize = 300;
const CAMERAS: usize = 16;
const FIRST_PAGE: Page = Page { limit: 100, offset: 0 };

/// A million events on the cameras, and who is in them.
const SEED: [&str; 2] = [include_str!("million_events.sql"), include_str!("million_sightings.sql")];

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let url = std::env::var("DATABASE_URL").context("set DATABASE_URL to the database to fill and measure")?;
    let store = Store::open(&SecretString::from(url.as_str()), &StoreOptions::new("iris-bench")).await?;
    store.migrate().await?;
    if store.cameras().list().await?.is_empty() {
        seed(&store, &url).await?;
    }
    let camera = store.cameras().list().await?.first().context("find a camera: the database has none")?.id;
    println!("{:<52} {:>9} {:>9} {:>9}", "what", "total", "p50 ms", "p99 ms");
    let mut bench = Bench { store, missed: false };
    bench.lists().await?;
    bench.identity().await?;
    bench.analytics().await?;
    bench.events().await?;
    bench.record(camera).await?;
    Ok(if bench.missed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

struct Bench {
    store: Store,
    missed: bool,
}

impl Bench {
    /// Times an answer again and again; the answer is what is printed as its total.
    async fn measure(
        &mut self,
        name: &str,
        p99_max: Duration,
        mut ask: impl AsyncFnMut(&Store) -> anyhow::Result<u64>,
    ) -> anyhow::Result<()> {
        let mut total = 0;
        let mut times = Vec::with_capacity(ROUNDS);
        for _ in 0..ROUNDS {
            let started = Instant::now();
            total = ask(&self.store).await?;
            times.push(started.elapsed());
        }
        times.sort();
        let (p50, p99) = (times[ROUNDS / 2], times[ROUNDS * 99 / 100]);
        println!("{name:<52} {total:>9} {:>9.2} {:>9.2}", p50.as_secs_f64() * 1e3, p99.as_secs_f64() * 1e3);
        self.missed |= p99 > p99_max;
        Ok(())
    }

    async fn lists(&mut self) -> anyhow::Result<()> {
        for named_only in [false, true] {
            for min_sightings in [0, 2, 50] {
                for class in [None, Some("person"), Some("car"), Some("unicorn")] {
                    let object_class = class.map(str::to_owned);
                    let filter = IdentityFilter { named_only, min_sightings, object_class };
                    let name = format!(
                        "identities: {} {}, {min_sightings} sightings or more",
                        if named_only { "named" } else { "any" },
                        class.unwrap_or("class")
                    );
                    let ask = async |store: &Store| Ok(store.identities().list(&filter, FIRST_PAGE).await?.total);
                    self.measure(&name, LIST_MAX, ask).await?;
                }
            }
        }
        let (filter, last) = (IdentityFilter::default(), Page { limit: 500, offset: 40_000 });
        let ask = async |store: &Store| Ok(store.identities().list(&filter, last).await?.total);
        self.measure("identities: a late page of 500", UNBOUNDED, ask).await
    }

    async fn identity(&mut self) -> anyhow::Result<()> {
        // The first one is the one seen most often.
        let busiest = IdentityId::new(1)?;
        let ask = async |store: &Store| {
            Ok(store.identities().get(busiest).await?.map_or(0, |one| one.identity.num_sightings))
        };
        self.measure("the identity seen most often", UNBOUNDED, ask).await?;
        let ask = async |store: &Store| Ok(store.sightings().list_of(busiest, FIRST_PAGE).await?.total);
        self.measure("its sightings", UNBOUNDED, ask).await?;
        let ask = async |store: &Store| Ok(store.events().list_of_identity(busiest, FIRST_PAGE).await?.total);
        self.measure("its events", UNBOUNDED, ask).await
    }

    async fn analytics(&mut self) -> anyhow::Result<()> {
        let now = Timestamp::parse("2026-11-22T12:00:00Z")?;
        for class in ["person", "car"] {
            let ask = async |store: &Store| {
                Ok(store.identities().analytics(class, "Europe/Zurich", now).await?.summary.total_sightings)
            };
            self.measure(&format!("analytics: {class}"), ANALYTICS_MAX, ask).await?;
        }
        Ok(())
    }

    async fn events(&mut self) -> anyhow::Result<()> {
        let year = (Some(Timestamp::parse("2025-03-03T10:10:10Z")?), Some(Timestamp::parse("2026-03-03T10:10:10Z")?));
        let of_person = EventFilter { person_id: Some(PersonId::new(21)?), ..Default::default() };
        let in_a_year = EventFilter { from: year.0, to: year.1, ..of_person.clone() };
        for (name, filter) in [("all", EventFilter::default()), ("of a person", of_person), ("in a year", in_a_year)] {
            let page = Page { limit: 50, offset: 0 };
            let ask = async |store: &Store| Ok(store.events().list(&filter, page).await?.total);
            self.measure(&format!("events with their subjects: {name}"), EVENTS_MAX, ask).await?;
        }
        Ok(())
    }

    async fn record(&mut self, camera: CameraId) -> anyhow::Result<()> {
        let ts = Timestamp::parse("2026-11-23T10:10:10Z")?;
        let evidence = Evidence {
            kind: MatchKind::New,
            score: None,
            margin: None,
            face: None,
            body: None,
            exemplars: Vec::new(),
            reason: "bench".to_owned(),
        };
        let sighting = RecordSighting {
            track: TrackKey { run: uuid::Uuid::nil(), number: 0 },
            camera_id: camera,
            source_generation: 1,
            object_class: Class::person(),
            ts,
            end_ts: ts,
            ended: false,
            confidence: 0.5,
            belongs: Belongs::ToNew(evidence),
            person: None,
            thumb_path: None,
            face: None,
            body: None,
            traits: Traits::default(),
            exemplars_added: Vec::new(),
            exemplars_removed: Vec::new(),
            face_samples: Vec::new(),
        };
        let mut founded = Vec::with_capacity(ROUNDS);
        let ask = async |store: &Store| {
            let run = uuid::Uuid::new_v4();
            let wanted = RecordSighting { track: TrackKey { run, number: 1 }, ..sighting.clone() };
            if let iris_store::Recorded::Written(written) = store.sightings().record(&wanted).await? {
                founded.push(written.identity);
            }
            Ok(founded.len() as u64)
        };
        self.measure("(record a sighting that founds an identity)", UNBOUNDED, ask).await?;
        self.store.identities().delete(&founded, "bench").await?;
        Ok(())
    }
}

async fn seed(store: &Store, url: &str) -> anyhow::Result<()> {
    for number in 1..=CAMERAS {
        let source = SourceUrl::parse(&format!("rtsp://camera-{number}.example/stream"), false)?;
        let (name, tuning) = (format!("camera {number}"), CameraTuning::default());
        let camera = NewCamera { name, source, enabled: false, rtsp_transport: RtspTransport::Tcp, tuning };
        store.cameras().create(&camera).await?;
    }
    for statements in SEED.into_iter().chain(["VACUUM ANALYZE"]) {
        // Longer than the store gives any of its operations.
        let mut psql = std::process::Command::new("psql");
        psql.args(["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--command", statements, url]);
        let status = psql.status().context("run psql")?;
        anyhow::ensure!(status.success(), "fill the database: psql ended ({status})");
    }
    Ok(())
}
