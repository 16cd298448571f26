//! What nobody can finish ends, and what is no fact at all does too.

use std::time::Duration;

use anyhow::ensure;
use iris_bus::{topic, work};
use iris_testkit::nats::NatsServer;

use crate::bus::{HASTY, connect, crop, do_next, next, nothing_comes, publish};

#[tokio::test]
async fn a_job_that_nobody_finishes_ends_after_its_last_attempt_and_the_others_are_done() -> anyhow::Result<()> {
    let nats = NatsServer::start().await?;
    let bus = connect(&nats).await?;
    let mut work = bus.work(HASTY);
    nothing_comes(&mut work).await?;
    publish(&bus, 7..8, 1000).await?;
    for attempt in 1..=work::ATTEMPTS_MAX {
        let job = next(&mut work).await?;
        ensure!(job.attempt == attempt && job.fact.track.number == 7, "attempt {}", job.attempt);
        job.retry_later(Duration::ZERO).await;
    }
    publish(&bus, 8..9, 1000).await?;
    ensure!(do_next(&mut work).await? == 8);
    nothing_comes(&mut work).await?;
    ensure!(bus.unfinished(HASTY).await? == 0, "it is not kept for anybody");
    Ok(())
}

#[tokio::test]
async fn a_job_is_given_up_at_once_when_its_member_knows_that_it_is_hopeless() -> anyhow::Result<()> {
    let nats = NatsServer::start().await?;
    let bus = connect(&nats).await?;
    let mut work = bus.work(HASTY);
    nothing_comes(&mut work).await?;
    publish(&bus, 0..1, 1000).await?;
    next(&mut work).await?.give_up("the crop is no picture").await;
    nothing_comes(&mut work).await?;
    ensure!(bus.unfinished(HASTY).await? == 0);
    Ok(())
}

#[tokio::test]
async fn bytes_that_are_no_fact_and_keys_that_are_no_camera_hold_nobody_up() -> anyhow::Result<()> {
    let nats = NatsServer::start().await?;
    let bus = connect(&nats).await?;
    bus.prepare_facts().await?;
    let mut refused = crop(1, 1000);
    refused.view.as_mut().expect("a view").overlap = 7.0;
    bus.publish_fact(topic::CROP, 1, "malformed", &refused).await?;
    bus.publish_fact(topic::CROP, "everywhere", "keyless", &crop(2, 1000)).await?;
    publish(&bus, 3..4, 1000).await?;
    let mut work = bus.work(work::EMBEDDING);
    ensure!(do_next(&mut work).await? == 3);
    nothing_comes(&mut work).await?;
    ensure!(bus.unfinished(work::EMBEDDING).await? == 0);
    Ok(())
}
