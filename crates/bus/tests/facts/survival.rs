//! Nothing is lost while nobody listens, while the server restarts, or when an older Iris' streams are found.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use async_nats::jetstream::{self, stream};
use futures::StreamExt as _;
use futures::future::join_all;
use iris_bus::message::{Crop, EventChange, EventFact, SightingFact};
use iris_bus::{Work, topic, work};
use iris_domain::identity::MatchKind;
use iris_domain::{EventId, EventKey, IdentityId, SightingId, TrackKey};
use iris_testkit::nats::NatsServer;
use iris_testkit::wait;
use uuid::Uuid;

use crate::bus::{SOON, connect, connected, do_next, nothing_comes, publish};

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_crops_wait_for_a_group_that_is_away_also_through_a_restart_of_the_server() -> anyhow::Result<()> {
    const CROPS: u64 = 10_000;
    let mut nats = NatsServer::start().await?;
    let bus = connect(&nats).await?;
    bus.prepare_facts().await?;
    publish(&bus, 0..CROPS, 2000).await?;
    nats.stop().await?;
    nats.start_again().await?;
    connected(&bus).await?;
    ensure!(bus.unfinished(work::EMBEDDING).await? == CROPS);
    let started = Instant::now();
    // A member stops when both together have done all; a crop given out twice would be counted twice and seen below.
    let left = Arc::new(AtomicU64::new(CROPS));
    let members = [connect(&nats).await?, bus.clone()].map(|bus| {
        let left = left.clone();
        async move {
            let (mut work, mut done) = (bus.work(work::EMBEDDING), Vec::new());
            while left.load(Ordering::SeqCst) > 0 {
                let Ok(job) = tokio::time::timeout(Duration::from_millis(200), work.next()).await else { continue };
                done.push(job.fact.track.number);
                job.done().await;
                left.fetch_sub(1, Ordering::SeqCst);
            }
            // A connection that is dropped takes along what it has not sent yet, and this may be the end of its last job.
            (done, bus)
        }
    });
    let within = Duration::from_secs(60);
    let shares = tokio::time::timeout(within, join_all(members)).await.context("wait for all crops to be worked on")?;
    let mut done = Vec::new();
    let (shares, connections): (Vec<_>, Vec<_>) = shares.into_iter().unzip();
    for share in shares {
        ensure!(!share.is_empty(), "one member did it all");
        done.extend(share);
    }
    println!("drained {} crops in {:.1} s", done.len(), started.elapsed().as_secs_f64());
    ensure!(done.len() as u64 == CROPS && done.into_iter().collect::<BTreeSet<_>>() == (0..CROPS).collect());
    wait::until(SOON, "the last ends to reach the server", || async {
        ensure!(bus.unfinished(work::EMBEDDING).await? == 0);
        Ok(())
    })
    .await?;
    drop(connections);
    Ok(())
}

/// Works until a certain crop was done. A server that was killed may have forgotten which ones were done before.
async fn until_done(work: &mut Work<Crop>, number: u64) -> anyhow::Result<()> {
    while do_next(work).await? != number {}
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn work_goes_on_when_the_server_restarts_and_when_it_has_lost_its_streams() -> anyhow::Result<()> {
    let mut nats = NatsServer::start().await?;
    let bus = connect(&nats).await?;
    let mut work = bus.work(work::EMBEDDING);
    bus.prepare_facts().await?;
    publish(&bus, 0..2, 1000).await?;
    until_done(&mut work, 0).await?;
    nats.kill();
    nats.start_again().await?;
    connected(&bus).await?;
    until_done(&mut work, 1).await?;
    publish(&bus, 2..3, 1000).await?;
    until_done(&mut work, 2).await?;

    // As after the loss of the server's disk, also while somebody waits for work.
    let jetstream = jetstream::new(async_nats::connect(nats.url()).await?);
    for number in [3, 4] {
        jetstream.delete_stream("CROPS").await?;
        ensure!(publish(&bus, number..number + 1, 1000).await.is_err(), "nobody keeps crops");
        bus.prepare_facts().await?;
        publish(&bus, number..number + 1, 1000).await?;
        let started = Instant::now();
        until_done(&mut work, number).await?;
        ensure!(started.elapsed() < Duration::from_secs(10), "it was thrown away and came again later");
        nothing_comes(&mut work).await?;
    }
    Ok(())
}

#[tokio::test]
async fn an_older_stream_of_facts_is_changed_in_place_and_keeps_what_it_holds() -> anyhow::Result<()> {
    let nats = NatsServer::start().await?;
    let jetstream = jetstream::new(async_nats::connect(nats.url()).await?);
    let older = stream::Config {
        name: "FACTS".to_owned(),
        subjects: vec!["iris.fact.>".to_owned()],
        max_age: Duration::from_secs(24 * 60 * 60),
        max_bytes: 100 << 20,
        ..stream::Config::default()
    };
    jetstream.create_stream(older).await?;
    jetstream.publish("iris.fact.event.1", "x".into()).await?.await?;
    let bus = connect(&nats).await?;
    bus.prepare_facts().await?;
    bus.prepare_facts().await?;
    let facts = jetstream.get_stream("FACTS").await?.cached_info().clone();
    ensure!(facts.config.subjects == ["iris.fact.event.>", "iris.fact.sighting.>"], "{:?}", facts.config.subjects);
    ensure!(facts.config.max_bytes == 100 << 20 && facts.state.messages == 1, "{facts:?}");
    let mut sightings = bus.new_facts(topic::SIGHTING).await?;
    publish(&bus, 0..1, 1000).await?;
    bus.publish_fact(topic::SIGHTING, 1, "a", &sighting()).await?;
    let (camera, told) = tokio::time::timeout(SOON, sightings.next()).await?.context("the facts ended")?;
    ensure!(camera == "1" && told == sighting());
    let facts = jetstream.get_stream("FACTS").await?.cached_info().state.messages;
    ensure!(facts == 2, "a crop was kept among the facts");
    Ok(())
}

fn sighting() -> SightingFact {
    SightingFact {
        sighting: SightingId::new(1).expect("positive"),
        track: TrackKey { run: Uuid::nil(), number: 1 },
        identity: IdentityId::new(2).expect("positive"),
        identity_name: None,
        person: None,
        person_name: None,
        match_kind: MatchKind::New,
        score: None,
        ended: false,
    }
}

#[tokio::test]
async fn who_follows_events_goes_on_after_a_restart_and_does_not_begin_with_the_past() -> anyhow::Result<()> {
    let nats = NatsServer::start().await?;
    let bus = connect(&nats).await?;
    bus.prepare_facts().await?;
    let say = async |number: i64| {
        let event = EventId::new(number).expect("positive");
        let fact = EventFact { event, key: EventKey(Uuid::nil()), change: EventChange::Opened };
        bus.publish_fact(topic::EVENT, 1, &number.to_string(), &fact).await
    };
    say(1).await?;
    let mut work = bus.work(work::EVENT_SUBJECTS);
    let past = tokio::time::timeout(Duration::from_millis(500), work.next()).await;
    ensure!(past.is_err(), "the past came");
    drop(work);
    say(2).await?;
    let mut work = connect(&nats).await?.work(work::EVENT_SUBJECTS);
    let job = tokio::time::timeout(SOON, work.next()).await.context("no event")?;
    ensure!(job.fact.event.get() == 2);
    job.done().await;
    Ok(())
}
