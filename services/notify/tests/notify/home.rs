//! A home at a real MQTT broker: what it keeps, what Home Assistant is told, and that all of it is right again after anything was
//! started again.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use iris_bus::message::EventChange as Change;
use iris_testkit::deployment::Deployment;
use iris_testkit::mosquitto::Broker;
use iris_testkit::wait;
use serde_json::{Value, json};

use crate::stage::{PATIENCE, Stage};

const SETTINGS: &str = "visit_gap_seconds = 10\nrecognition_wait_seconds = 0\n";
const SECOND: Duration = Duration::from_secs(1);

type Retained = BTreeMap<String, String>;

/// Waits until what the broker keeps is as wanted.
async fn keeps(broker: &Broker, what: &str, wanted: impl Fn(&Retained) -> bool) -> Retained {
    wait::until(PATIENCE, what, || async {
        let retained = broker.retained()?;
        ensure!(wanted(&retained), "{retained:#?}");
        Ok(retained)
    })
    .await
    .unwrap()
}

fn state(retained: &Retained, topic: &str) -> Value {
    retained.get(topic).and_then(|payload| serde_json::from_str(payload).ok()).unwrap_or_default()
}

/// What Home Assistant shows of an entity: its template, by the engine that it uses, over what the broker keeps.
fn shown(retained: &Retained, device: &str, entity: &str) -> String {
    let config = state(retained, &format!("homeassistant/device/iris/{device}/config"));
    let entity = &config["components"][entity];
    let payload = retained[entity["state_topic"].as_str().unwrap()].clone();
    rendered(
        entity["value_template"].as_str().unwrap(),
        &json!({ "value_json": serde_json::from_str::<Value>(&payload).unwrap() }),
    )
}

/// A template with its variables, by Jinja as Home Assistant sets it up.
fn rendered(template: &str, variables: &Value) -> String {
    let script = "import json, sys\nfrom jinja2 import StrictUndefined\nfrom jinja2.sandbox import ImmutableSandboxedEnvironment\n\
                  given = json.load(sys.stdin)\nenvironment = ImmutableSandboxedEnvironment(undefined=StrictUndefined)\n\
                  environment.filters['to_json'] = json.dumps\n\
                  print(environment.from_string(given['template']).render(given['variables']), end='')\n";
    let mut python = Command::new("/usr/bin/python3");
    let mut python = python.args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let given = json!({ "template": template, "variables": variables });
    python.stdin.take().unwrap().write_all(given.to_string().as_bytes()).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success(), "{template}");
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn a_home_sees_who_is_where_and_hears_of_each_visit_once() {
    let (stage, broker) = (Stage::set().await, Broker::start().await.unwrap());
    let (door, garden) = (stage.camera("Front door").await, stage.camera("Garden").await);
    let lin = stage.person("Lin").await;
    let visits = broker.listen("iris/visits").await.unwrap();
    let mut service = stage.service(&format!("{SETTINGS}{}", broker.settings())).await;
    let camera = |camera| format!("iris/cameras/{camera}");
    let empty = keeps(&broker, "an empty house", |kept| kept.contains_key(&camera(garden))).await;
    assert_eq!(empty["iris/status"], "online");
    assert_eq!(shown(&empty, &format!("camera_{door}"), "person"), "OFF");
    assert_eq!(shown(&empty, &format!("camera_{door}"), "person_count"), "0");
    assert_eq!(shown(&empty, &format!("camera_{door}"), "last_known"), "none");
    assert_eq!(shown(&empty, &format!("person_{lin}"), "place"), "away");

    let at_door = stage.somebody_comes(door, SECOND).await;
    stage.is_the_person(&at_door, lin).await;
    let kept = keeps(&broker, "Lin at the door", |kept| state(kept, &camera(door))["last_known"] == "Lin").await;
    assert_eq!(shown(&kept, &format!("camera_{door}"), "person"), "ON");
    assert_eq!(shown(&kept, &format!("camera_{door}"), "person_count"), "1");
    assert_eq!(shown(&kept, &format!("person_{lin}"), "place"), "Front door");
    assert_eq!(shown(&kept, &format!("camera_{garden}"), "person"), "OFF");

    stage.leaves(&at_door, Duration::ZERO).await;
    let kept =
        keeps(&broker, "an empty house", |kept| state(kept, &format!("iris/people/{lin}"))["state"] == "away").await;
    assert_eq!(shown(&kept, &format!("camera_{door}"), "person"), "OFF");
    assert_eq!(shown(&kept, &format!("camera_{door}"), "last_known"), "Lin");
    let heard = wait::until(PATIENCE, "the end of the visit", || async {
        let heard =
            visits.heard().iter().map(|heard| serde_json::from_str(heard)).collect::<Result<Vec<Value>, _>>()?;
        ensure!(heard.last().is_some_and(|last| last["type"] == "visit.ended"), "{heard:#?}");
        Ok(heard)
    })
    .await
    .unwrap();
    let kinds: Vec<_> = heard.iter().map(|message| message["type"].as_str().unwrap()).collect();
    assert_eq!(kinds[0], "visit.started", "{kinds:?}");
    assert!(kinds[1..kinds.len() - 1].iter().all(|kind| *kind == "visit.updated"), "{kinds:?}");
    assert!(heard.iter().all(|message| message["data"]["visit_id"] == heard[0]["data"]["visit_id"]));
    let event = state(&kept, "homeassistant/device/iris/iris/config")["components"]["visits"].clone();
    let payload = rendered(event["value_template"].as_str().unwrap(), &json!({ "value_json": heard[0] }));
    let payload: Value = serde_json::from_str(&payload).unwrap();
    assert!(event["event_types"].as_array().unwrap().contains(&payload["event_type"]), "{payload}");
    assert_eq!(payload["visit_id"], heard[0]["data"]["visit_id"]);
    documented_automation_speaks_of(heard.last().unwrap());

    assert!(service.terminate().await.unwrap().success());
    assert_eq!(broker.retained().unwrap()["iris/status"], "offline");
}

/// The automation of docs/notifications.md, as far as it can be tried without Home Assistant: it is YAML, listens to what is said, and
/// its templates say something of a real message.
fn documented_automation_speaks_of(message: &Value) {
    let documented = include_str!("../../../../docs/notifications.md");
    let (_, rest) = documented.split_once("```yaml\n").unwrap();
    let (example, _) = rest.split_once("```").unwrap();
    let script = "import json, sys, yaml; print(json.dumps(yaml.safe_load(sys.stdin)))";
    let mut python = Command::new("/usr/bin/python3");
    let mut python = python.args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    python.stdin.take().unwrap().write_all(example.as_bytes()).unwrap();
    let output = python.wait_with_output().unwrap();
    let automation: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(automation["triggers"][0]["topic"], "iris/visits");
    let variables = json!({ "trigger": { "payload_json": message } });
    let action = &automation["actions"][0];
    assert_eq!(rendered(action["data"]["message"].as_str().unwrap(), &variables), message["data"]["text"]);
    assert_eq!(rendered(action["data"]["data"]["tag"].as_str().unwrap(), &variables), message["data"]["visit_id"]);
    let condition = automation["conditions"][0]["value_template"].as_str().unwrap();
    assert_eq!(rendered(condition, &variables), "True");
}

#[tokio::test]
async fn the_brokers_state_is_right_again_after_it_lost_everything() {
    let (stage, mut broker) = (Stage::set().await, Broker::start().await.unwrap());
    let door = stage.camera("Front door").await;
    let visits = broker.listen("iris/visits").await.unwrap();
    let settings = format!("visit_gap_seconds = 3600\nrecognition_wait_seconds = 0\n{}", broker.settings());
    let _service = stage.service(&settings).await;
    let topic = format!("iris/cameras/{door}");
    keeps(&broker, "the camera", |kept| kept.contains_key(&topic)).await;
    broker.kill();
    let presence = stage.somebody_comes(door, SECOND).await;
    stage.worked_through().await;
    broker.start_again().await.unwrap();
    let kept = keeps(&broker, "somebody", |kept| state(kept, &topic)["present"]["person"] == 1).await;
    assert_eq!(kept["iris/status"], "online");
    assert!(kept.contains_key(&format!("homeassistant/device/iris/camera_{door}/config")));
    // Home Assistant has begun anew, and somebody has taken away what was kept.
    broker.publish(&topic, "", true).unwrap();
    keeps(&broker, "nothing", |kept| !kept.contains_key(&topic)).await;
    broker.publish("homeassistant/status", "online", false).unwrap();
    keeps(&broker, "somebody again", |kept| state(kept, &topic)["present"]["person"] == 1).await;
    // What was to be told while it was away is told once.
    stage.clip_is_ready(&presence).await;
    wait::until(PATIENCE, "the visit to be told of", || async {
        let heard = visits.heard();
        let last: Value = heard.last().map(|last| serde_json::from_str(last)).transpose()?.unwrap_or_default();
        ensure!(!last["data"]["clip_url"].is_null(), "{heard:#?}");
        Ok(())
    })
    .await
    .unwrap();
    let revisions: Vec<_> = visits.heard().iter().map(|heard| serde_json::from_str::<Value>(heard).unwrap()).collect();
    let revisions: Vec<_> = revisions.iter().map(|message| message["data"]["revision"].as_u64()).collect();
    assert!(revisions.windows(2).all(|pair| pair[0] < pair[1]), "{revisions:?}");
}

#[tokio::test]
async fn what_is_gone_is_taken_away_also_when_it_went_while_the_service_was_down() {
    let (stage, broker) = (Stage::set().await, Broker::start().await.unwrap());
    let (door, garden) = (stage.camera("Front door").await, stage.camera("Garden").await);
    let lin = stage.person("Lin").await;
    let mut service = stage.service(&format!("{SETTINGS}{}", broker.settings())).await;
    let topics = |what: &str, id: String| {
        [
            format!("iris/{what}/{id}"),
            format!("homeassistant/device/iris/{}_{id}/config", if what == "people" { "person" } else { "camera" }),
        ]
    };
    let has = |kept: &Retained, topics: &[String; 2]| topics.iter().all(|topic| kept.contains_key(topic));
    let has_none = |kept: &Retained, topics: &[String; 2]| topics.iter().all(|topic| !kept.contains_key(topic));
    let (door, garden, lin) = (
        (door, topics("cameras", door.to_string())),
        (garden, topics("cameras", garden.to_string())),
        (lin, topics("people", lin.to_string())),
    );
    keeps(&broker, "all of it", |kept| has(kept, &door.1) && has(kept, &garden.1) && has(kept, &lin.1)).await;
    stage.store.cameras().delete(garden.0).await.unwrap();
    keeps(&broker, "one camera less", |kept| has(kept, &door.1) && has_none(kept, &garden.1)).await;
    service.kill9().unwrap();
    keeps(&broker, "the last will", |kept| kept["iris/status"] == "offline").await;
    stage.store.people().delete(&[lin.0]).await.unwrap();
    // Somebody else's is left alone.
    broker.publish("homeassistant/device/other/camera_1/config", "{}", true).unwrap();
    service.start_again().unwrap();
    let kept = keeps(&broker, "nobody", |kept| has_none(kept, &lin.1) && kept["iris/status"] == "online").await;
    assert!(has(&kept, &door.1) && kept.contains_key("homeassistant/device/other/camera_1/config"));
}

#[tokio::test]
async fn a_broker_is_spoken_to_by_tls_and_only_the_right_one() -> anyhow::Result<()> {
    let deployment = Deployment::prepare(4222, 5432)?;
    let (stage, broker) = (Stage::set().await, Broker::start_with_tls(&deployment).await?);
    let door = stage.camera("Front door").await;
    let settings = format!("{SETTINGS}biometrics_enabled = false\n{}discovery_prefix = \"\"\n", broker.settings());
    let mut service = stage.service(&settings).await;
    let kept = keeps(&broker, "the camera", |kept| kept.contains_key(&format!("iris/cameras/{door}"))).await;
    assert!(kept.keys().all(|topic| topic.starts_with("iris/") && !topic.starts_with("iris/people")), "{kept:?}");
    service.terminate().await?;
    // Without the authority's word nobody is told anything.
    let trusting_nobody: String =
        settings.lines().filter(|line| !line.starts_with("ca_file")).map(|line| format!("{line}\n")).collect();
    let mut service = stage.service(&trusting_nobody).await;
    let process = service.process();
    let log = || process.log();
    wait::until(PATIENCE, "the refusal", || async {
        let log = log();
        let (_, newest) = log.rsplit_once("started").context("not started")?;
        ensure!(newest.contains("cannot be reached") && newest.contains("certificate"), "{newest}");
        Ok(())
    })
    .await?;
    ensure!(broker.retained()?["iris/status"] == "offline");
    Ok(())
}

#[tokio::test]
async fn a_dead_broker_holds_up_no_webhook() {
    let (stage, receiver) = (Stage::set().await, iris_testkit::webhooks::Receiver::start().unwrap());
    let mut broker = Broker::start().await.unwrap();
    let door = stage.camera("Front door").await;
    let settings = format!("{SETTINGS}{}{}", broker.settings(), receiver.target("phone", ""));
    broker.kill();
    let _service = stage.service(&settings).await;
    let presence = stage.somebody_comes(door, SECOND).await;
    assert_eq!(receiver.wait_for("phone", 1).await.unwrap()[0].kind(), "visit.started");
    stage.tells(&presence, Change::Updated).await;
    broker.start_again().await.unwrap();
    keeps(&broker, "somebody", |kept| state(kept, &format!("iris/cameras/{door}"))["present"]["person"] == 1).await;
}
