//! `/api/identities/analytics`: numbers over all identities of a class, with "today" where the operator is.

use std::time::Duration;

use iris_domain::Timestamp;
use iris_domain::identity::MatchKind;
use serde_json::{Value, json};

use crate::owner::now;
use crate::sightings::Seen;
use crate::support::{World, faults_of, json_of};

const HOUR_MS: i64 = 3_600_000;

/// The start of an hour, so many hours ago, as the API writes it.
fn hour_ago(hours: i64) -> String {
    let start = now().as_millis().div_euclid(HOUR_MS) - hours;
    Timestamp::from_millis(start * HOUR_MS).unwrap().to_string()
}

#[tokio::test]
async fn numbers_add_up_and_hours_without_anybody_are_zeros() {
    let world = World::start().await;
    let gateway = &world.gateway;
    let (door, yard) = (gateway.camera("Door").await, gateway.camera("Yard").await);
    let empty = json_of(gateway.get("/api/identities/analytics"), 200).await;
    assert_eq!((&empty["object_class"], &empty["summary"]["total_identities"]), (&json!("person"), &json!(0)));
    assert_eq!((empty["by_hour"].as_array().unwrap().len(), &empty["by_camera"]), (24, &json!([])));

    let ada = world.seen(Seen { seconds: 30, ..Seen::by(&door, &hour_ago(3)) }).await.identity;
    world.seen(Seen { of: Some(ada), kind: MatchKind::Face, seconds: 10, ..Seen::by(&yard, &hour_ago(1)) }).await;
    world.seen(Seen { of: Some(ada), kind: MatchKind::Appearance, seconds: 20, ..Seen::by(&door, &hour_ago(1)) }).await;
    world.seen(Seen { seconds: 10, ..Seen::by(&door, &hour_ago(24 * 30)) }).await;
    world.seen(Seen { class: "car", ..Seen::by(&door, &hour_ago(2)) }).await;
    json_of(gateway.put(&format!("/api/identities/{ada}"), &json!({ "name": "Ada" })), 200).await;

    let numbers = json_of(gateway.get("/api/identities/analytics"), 200).await;
    let of = |field: &str| numbers["summary"][field].as_u64().unwrap();
    assert_eq!(["total_identities", "named", "unnamed", "seen_7d", "total_sightings"].map(of), [2, 1, 1, 1, 4]);
    assert_eq!(of("created_today"), 2);
    let wanted = json!([
        { "camera_id": door["id"], "camera_name": "Door", "sightings": 3, "distinct_people": 2, "avg_dwell_seconds": 20.0 },
        { "camera_id": yard["id"], "camera_name": "Yard", "sightings": 1, "distinct_people": 1, "avg_dwell_seconds": 10.0 }
    ]);
    assert_eq!(numbers["by_camera"], wanted);
    assert_eq!(numbers["by_match_kind"], json!({ "face": 1, "appearance": 1, "new": 2, "manual": 0 }));
    let hours = numbers["by_hour"].as_array().unwrap();
    let seen: Vec<Value> = hours.iter().filter(|row| row["sightings"] != 0).cloned().collect();
    assert_eq!(hours.len(), 24);
    assert!(hours.windows(2).all(|pair| pair[0]["hour"].as_str() < pair[1]["hour"].as_str()));
    assert_eq!(seen.iter().map(|row| row["sightings"].as_u64().unwrap()).collect::<Vec<_>>(), [1, 2]);
    let cars = json_of(gateway.get("/api/identities/analytics?object_class=car"), 200).await;
    assert_eq!((&cars["object_class"], &cars["summary"]["total_sightings"]), (&json!("car"), &json!(1)));
    assert_eq!(faults_of(gateway.get("/api/identities/analytics?object_class=%00")).await, ["query.object_class"]);
    gateway.stop().await;
}

#[tokio::test]
async fn today_begins_at_the_operators_midnight() {
    // Where it is between twelve and one now, whatever time that is here. The names' signs are those of POSIX: west is positive.
    let hour_here = now().as_millis().div_euclid(HOUR_MS).rem_euclid(24);
    let timezone = match 12 - hour_here {
        east @ 0.. => format!("Etc/GMT-{east}"),
        west => format!("Etc/GMT+{}", -west),
    };
    let world = World::start_with(|settings| settings.timezone = timezone).await;
    let door = world.gateway.camera("Door").await;
    for (hours, today) in [(14, 0), (11, 1)] {
        let ts = now().minus(Duration::from_secs(hours * 3600)).to_string();
        world.seen(Seen { seconds: 1, ..Seen::by(&door, &ts) }).await;
        let numbers = json_of(world.gateway.get("/api/identities/analytics"), 200).await;
        assert_eq!(numbers["summary"]["seen_today"], today, "seen {hours} hours ago");
    }
    world.gateway.stop().await;
}
