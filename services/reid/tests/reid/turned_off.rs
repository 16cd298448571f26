//! Where an operator wants nobody to be known again, nobody is.

use std::time::Duration;

use bytes::Bytes;
use iris_bus::message::{Crop, EmbedReply, EmbedRequest};
use iris_bus::{topic, work};
use iris_domain::{Class, TrackKey};
use iris_testkit::wait;
use uuid::Uuid;

use crate::stage::{ANNA, PATIENCE, Stage, Walk, now};

#[tokio::test(flavor = "multi_thread")]
async fn crops_and_observations_are_thrown_away_unseen_and_photos_refused() {
    let stage = Stage::set().await;
    let mut node = stage.node("off", &[("IRIS_BIOMETRICS_ENABLED", "false"), ("IRIS_EMBEDDER", "/none/such.onnx")]);
    node.ready().await.unwrap();
    let yard = stage.camera("yard").await;
    let crop = Crop {
        track: TrackKey { run: Uuid::new_v4(), number: 1 },
        sequence: 1,
        class: Class::person(),
        first_seen: now(),
        last_seen: now(),
        companions: Vec::new(),
        ended: true,
        source_generation: 1,
        faces_wanted: true,
        reid_wanted: true,
        view: None,
    };
    stage.bus.publish_fact(topic::CROP, yard, &crop.id(), &crop).await.unwrap();
    let anna = Walk::begin(yard);
    stage.observed(&anna.sees(ANNA, 0)).await;
    stage.observed(&anna.sees(ANNA, 1)).await;
    wait::until(PATIENCE, "everything to be thrown away", || async {
        let (crops, observations) =
            (stage.bus.unfinished(work::EMBEDDING).await?, stage.bus.unfinished(work::ASSOCIATION).await?);
        anyhow::ensure!(crops + observations == 0, "{crops} and {observations}");
        let metrics = node.metrics().await?;
        anyhow::ensure!(metrics.contains("iris_reid_crops_dropped_total{reason=\"biometrics_off\"} 1"), "{metrics}");
        Ok(())
    })
    .await
    .unwrap();
    assert_eq!(stage.count("SELECT count(*) FROM sightings"), 0);
    assert_eq!(stage.count("SELECT count(*) FROM tracklets"), 0);

    let photo = EmbedRequest { jpeg: Bytes::from_static(&[0xff, 0xd8]) };
    let answer = stage.bus.ask(topic::ASK_REID_EMBED, topic::ANY, &photo, Duration::from_secs(5)).await.unwrap();
    let EmbedReply::Unavailable(reason) = answer else { panic!("{answer:?}") };
    assert!(reason.contains("turned off"), "{reason}");
    assert!(!stage.state("off").await.leader);
}
