//! A group shares its work.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use futures::StreamExt as _;
use iris_bus::message::CROP_BYTES_MAX;
use iris_bus::{topic, work};
use iris_testkit::nats::NatsServer;

use crate::bus::{HASTY, SOON, connect, crop, do_next, next, nothing_comes, publish};

#[tokio::test]
async fn two_members_share_the_work_and_everyone_may_watch() -> anyhow::Result<()> {
    let nats = NatsServer::start().await?;
    let bus = connect(&nats).await?;
    let mut watching = bus.new_facts(topic::CROP).await?;
    let (mut one, mut other) = (bus.work(work::EMBEDDING), connect(&nats).await?.work(work::EMBEDDING));
    publish(&bus, 0..40, 1000).await?;
    let mut done = BTreeSet::new();
    for _ in 0..20 {
        ensure!(done.insert(do_next(&mut one).await?) && done.insert(do_next(&mut other).await?), "done twice");
    }
    ensure!(done == (0..40).collect(), "{done:?}");
    nothing_comes(&mut one).await?;
    ensure!(bus.unfinished(work::EMBEDDING).await? == 0);
    let watched = tokio::time::timeout(SOON, watching.by_ref().take(40).count()).await.context("watch crops")?;
    ensure!(watched == 40);
    Ok(())
}

#[tokio::test]
async fn what_a_member_that_died_had_in_hand_goes_to_another_and_what_it_did_does_not() -> anyhow::Result<()> {
    let nats = NatsServer::start().await?;
    let bus = connect(&nats).await?;
    bus.prepare_facts().await?;
    let mut dying = connect(&nats).await?.work(HASTY);
    let mut living = bus.work(HASTY);
    // The group's place is made by its first member.
    let waiting = tokio::time::timeout(Duration::from_millis(200), living.next()).await;
    ensure!(waiting.is_err());
    publish(&bus, 0..1, 1000).await?;
    do_next(&mut living).await?;
    publish(&bus, 1..3, 1000).await?;
    let done = do_next(&mut dying).await?;
    let in_hand = next(&mut dying).await?;
    let number = in_hand.fact.track.number;
    drop((in_hand, dying));
    let again = next(&mut living).await?;
    ensure!(again.fact.track.number == number && number != done && again.attempt == 2, "attempt {}", again.attempt);
    again.done().await;
    nothing_comes(&mut living).await
}

#[tokio::test]
async fn a_member_that_takes_long_keeps_its_job_by_saying_so() -> anyhow::Result<()> {
    let nats = NatsServer::start().await?;
    let bus = connect(&nats).await?;
    let (mut slow, mut idle) = (bus.work(HASTY), bus.work(HASTY));
    nothing_comes(&mut slow).await?;
    publish(&bus, 0..1, 1000).await?;
    let mut job = next(&mut slow).await?;
    // Three times as long as the server waits for a member that says nothing.
    let long = async {
        for _ in 0..4 {
            nothing_comes(&mut idle).await?;
        }
        anyhow::Ok(())
    };
    job.during(long).await?;
    job.done().await;
    nothing_comes(&mut idle).await
}

#[tokio::test]
async fn no_more_is_given_out_than_may_be_unfinished() -> anyhow::Result<()> {
    let nats = NatsServer::start().await?;
    let bus = connect(&nats).await?;
    let patient = HASTY.given_again_after(Duration::from_secs(60));
    let mut work = bus.work(patient);
    nothing_comes(&mut work).await?;
    publish(&bus, 0..20, 1000).await?;
    let mut in_hand = Vec::new();
    for _ in 0..8 {
        in_hand.push(next(&mut work).await?);
    }
    nothing_comes(&mut work).await?;
    ensure!(bus.unfinished(patient).await? == 20);
    in_hand.swap_remove(3).done().await;
    in_hand.push(next(&mut work).await?);
    nothing_comes(&mut work).await
}

#[tokio::test]
async fn a_job_comes_again_when_its_member_says_when() -> anyhow::Result<()> {
    let nats = NatsServer::start().await?;
    let bus = connect(&nats).await?;
    let mut work = bus.work(work::EMBEDDING);
    bus.prepare_facts().await?;
    publish(&bus, 0..1, 1000).await?;
    next(&mut work).await?.retry_later(Duration::from_millis(100)).await;
    let again = next(&mut work).await?;
    ensure!(again.attempt == 2);
    again.done().await;
    Ok(())
}

#[tokio::test]
async fn the_largest_crop_passes() -> anyhow::Result<()> {
    let nats = NatsServer::start().await?;
    let bus = connect(&nats).await?;
    bus.prepare_facts().await?;
    let largest = crop(5, CROP_BYTES_MAX);
    bus.publish_fact(topic::CROP, 1, &largest.id(), &largest).await?;
    let job = next(&mut bus.work(work::EMBEDDING)).await?;
    ensure!(job.fact == largest && job.camera.get() == 1);
    Ok(())
}
