//! Operation under load: every service is stopped and started again while people walk past, and one of two detection nodes is killed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use futures::StreamExt as _;
use iris_bus::message::{EventChange, Tracks};
use iris_bus::{Bus, BusOptions, Facts, Samples, topic};
use iris_domain::{EventKey, SegmentName, Timestamp};
use iris_testkit::api::Api;
use iris_testkit::realdata::Realdata;
use iris_testkit::service::ServiceProcess;
use iris_testkit::system::{System, SystemBuilder};
use iris_testkit::wait;
use iris_testkit::webhooks::Receiver;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::footage;
use crate::walks::Story;

/// The machine may have other things to do.
const SOON: Duration = Duration::from_secs(60);
/// Errors of the API may last so long while the gateway starts again.
const ERRORS_MAX: Duration = Duration::from_secs(5);
/// A camera goes unjudged for so long at most when a node dies.
const UNJUDGED_MAX: Duration = Duration::from_secs(2);
/// How often the API is asked.
const ASKED_EVERY: Duration = Duration::from_millis(50);
/// Pictures with somebody in them that are surely a presence, and how far apart they may lie. Three in a row make one; at the edge of
/// the picture, or when a node is restarted, there may be fewer.
const SURELY: usize = 10;
const APART_MAX: Duration = Duration::from_secs(1);

#[tokio::test(flavor = "multi_thread")]
async fn every_service_restarted_under_load_loses_neither_segments_nor_events() -> anyhow::Result<()> {
    let Some(realdata) = Realdata::find() else { return Ok(()) };
    let receiver = Receiver::start()?;
    let settings = receiver.target("phone", "");
    let more = |system: SystemBuilder| system.with_reid(&footage::reid(&realdata)).with_notify(settings);
    let mut story = Story::begin_with(&realdata, more).await?;
    let bus = connect(&story.system).await?;
    let (told, seen) =
        (Told::follow(bus.new_facts(topic::EVENT).await?), Seen::follow(bus.all_samples(topic::TRACKS).await?));
    let asked = Asked::begin(&story.system.api);

    let during = story.presence().await?;
    let before = story.segments()?;
    let system = &mut story.system;
    let others = [
        restarted(&mut system.recorder).await.context("the recorder")?,
        restarted(&mut system.detect).await.context("detect")?,
        restarted(&mut system.ingest).await.context("ingest")?,
        restarted(system.reid.as_mut().context("no reid")?).await.context("reid")?,
        restarted(system.notify.as_mut().context("no notify")?).await.context("notify")?,
    ];
    restarted(&mut system.gateway).await.context("the gateway")?;
    story.recording_goes_on().await?;
    story.clip(during).await.context("of the presence in which everything was restarted")?;
    let after = story.presence().await.context("after everything was restarted")?;
    for event in [during, after] {
        wait::until(SOON, "somebody to be recognised and told of", || is_known_and_told(&story, &receiver, event))
            .await?;
    }
    // Ends what goes on.
    let camera = format!("/api/cameras/{}", story.camera);
    story.system.api.put_json(&camera, &json!({ "enabled": false })).await?;

    let segments = story.segments()?;
    ensure!(segments.is_superset(&before), "a closed segment is gone");
    let recorded = in_order(&segments)?;
    let missing = recorded.windows(2).find(|pair| pair[1].sequence != pair[0].sequence + 1);
    ensure!(missing.is_none(), "a segment is missing: {missing:?}");

    // A machine that takes long to start anything takes longer for the gateway too.
    let slow = others.iter().max().copied().unwrap_or_default() * 2;
    asked.only_away_for(ERRORS_MAX.max(slow))?;
    let opened = told.all_are_finished().await?;
    let events = story.events().await?;
    let failed = events.iter().find(|event| event["clip_status"] == "failed");
    ensure!(
        failed.is_none() && events.len() >= opened,
        "{opened} events were opened, of {} rows {failed:?} failed",
        events.len()
    );
    seen.is_covered_by(&events)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_detection_node_killed_under_load_is_not_missed() -> anyhow::Result<()> {
    let Some(realdata) = Realdata::find() else { return Ok(()) };
    let mut story = Story::begin(&realdata).await?;
    let system = &story.system;
    let mut other = ServiceProcess::start("iris-detect", "detect-2", system.settings().to_vec(), system.log_dir())?;
    other.ready().await?;
    // Every picture of four cameras.
    system.api.put_json(&format!("/api/cameras/{}", story.camera), &json!({ "detect_interval": 0.1 })).await?;
    for number in 2..=4 {
        let camera =
            json!({ "name": format!("walk {number}"), "rtsp_url": story.source.url("walk"), "detect_interval": 0.1 });
        system.add_camera(&camera).await?;
    }
    let bus = connect(system).await?;
    let mut tracks = bus.all_samples(topic::TRACKS).await?;
    wait::until(SOON, "both nodes to judge, and all cameras to be judged", || async {
        for node in [&system.detect, &other] {
            ensure!(received(node).await? > 40.0, "a node has judged few pictures");
        }
        Ok(())
    })
    .await?;
    let usual = longest_gaps(&mut tracks, Duration::from_secs(10)).await?;
    ensure!(usual.len() == 4, "cameras that were judged: {usual:?}");
    story.system.detect.kill9()?;
    let gaps = longest_gaps(&mut tracks, Duration::from_secs(10)).await?;
    println!("longest gaps: {usual:?} before, {gaps:?} with the death of a node");
    for (camera, usual) in usual {
        let gap = gaps.get(&camera).with_context(|| format!("camera {camera} is judged no more"))?;
        ensure!(*gap <= UNJUDGED_MAX + usual, "camera {camera} was not judged for {gap:?}, before for {usual:?}");
    }
    let recorded = in_order(&story.segments()?)?;
    let broken =
        recorded.windows(2).find(|pair| pair[0].run != pair[1].run || pair[0].sequence + 1 != pair[1].sequence);
    ensure!(broken.is_none() && recorded.len() > 5, "recording was interrupted: {broken:?}");
    Ok(())
}

/// Whether an event has an identity, and a webhook has been told of it.
async fn is_known_and_told(story: &Story, receiver: &Receiver, event: i64) -> anyhow::Result<()> {
    let row = story.system.api.get_json(&format!("/api/events/{event}")).await?;
    ensure!(row["identity_id"].is_i64(), "{row}");
    let told: Vec<Value> =
        receiver.received("phone").iter().map(|message| message.json()["data"]["events"].clone()).collect();
    let is_told = |events: &Value| events.as_array().is_some_and(|events| events.iter().any(|one| one["id"] == event));
    ensure!(told.iter().any(is_told), "event {event} is not in {told:?}");
    Ok(())
}

/// Stops a service and starts it again, as an upgrade does; how long it was away.
async fn restarted(service: &mut ServiceProcess) -> anyhow::Result<Duration> {
    let stopped = service.terminate().await?;
    ensure!(stopped.success(), "it ended ({stopped})");
    let began = Instant::now();
    service.start_again()?;
    service.ready().await?;
    Ok(began.elapsed())
}

async fn connect(system: &System) -> anyhow::Result<Bus> {
    let bus = Bus::connect(&BusOptions { url: system.nats.url(), name: "test".to_owned() }).await?;
    wait::until(SOON, "the bus", || async {
        ensure!(bus.is_connected());
        Ok(())
    })
    .await?;
    Ok(bus)
}

fn in_order(segments: &BTreeSet<String>) -> anyhow::Result<Vec<SegmentName>> {
    let mut names = segments.iter().map(|name| Ok(name.parse()?)).collect::<anyhow::Result<Vec<SegmentName>>>()?;
    names.sort_by_key(|name| name.sequence);
    Ok(names)
}

async fn received(node: &ServiceProcess) -> anyhow::Result<f64> {
    let metrics = node.metrics().await?;
    let line = metrics.lines().find(|line| line.starts_with("iris_detect_pictures_received_total"));
    Ok(line.and_then(|line| line.rsplit(' ').next()).map_or(Ok(0.0), str::parse)?)
}

/// The longest time without a judged picture, for each camera that has any.
async fn longest_gaps(tracks: &mut Samples<Tracks>, within: Duration) -> anyhow::Result<BTreeMap<String, Duration>> {
    let (began, mut gaps, mut last) = (Instant::now(), BTreeMap::new(), BTreeMap::new());
    while began.elapsed() < within {
        let Ok(next) = tokio::time::timeout(within.saturating_sub(began.elapsed()), tracks.next()).await else { break };
        let (camera, _) = next.context("the bus was closed")?;
        let before = last.insert(camera.clone(), Instant::now()).unwrap_or(began);
        let gap: &mut Duration = gaps.entry(camera).or_default();
        *gap = before.elapsed().max(*gap);
    }
    for (camera, gap) in &mut gaps {
        *gap = last[camera].elapsed().max(*gap);
    }
    Ok(gaps)
}

/// What is told of events while it lives.
struct Told {
    changes: Arc<Mutex<BTreeMap<EventKey, EventChange>>>,
    _following: JoinSet<()>,
}

impl Told {
    fn follow(mut facts: Facts<iris_bus::message::EventFact>) -> Self {
        let (changes, mut following): (Arc<Mutex<BTreeMap<_, _>>>, _) = (Arc::default(), JoinSet::new());
        let heard = changes.clone();
        following.spawn(async move {
            while let Some((_, fact)) = facts.next().await {
                heard.lock().unwrap_or_else(PoisonError::into_inner).insert(fact.key, fact.change);
            }
        });
        Self { changes, _following: following }
    }

    /// Waits until every event that was told of has its clip; how many there are.
    async fn all_are_finished(&self) -> anyhow::Result<usize> {
        wait::until(SOON, "every event to have its clip", || async {
            let changes = self.changes.lock().unwrap_or_else(PoisonError::into_inner).clone();
            ensure!(changes.values().all(|change| *change == EventChange::ClipReady), "{changes:?}");
            Ok(changes.len())
        })
        .await
    }
}

/// When somebody was seen, by the pictures that ingest told of.
struct Seen {
    triggers: Arc<Mutex<Vec<Timestamp>>>,
    _following: JoinSet<()>,
}

impl Seen {
    fn follow(mut tracks: Samples<Tracks>) -> Self {
        let (triggers, mut following): (Arc<Mutex<Vec<_>>>, _) = (Arc::default(), JoinSet::new());
        let noted = triggers.clone();
        following.spawn(async move {
            while let Some((_, picture)) = tracks.next().await {
                let sure = picture.tracks.iter().any(|track| {
                    track.observed && track.class.as_str() == "person" && track.score >= picture.rules.min_score
                });
                if sure {
                    noted.lock().unwrap_or_else(PoisonError::into_inner).push(picture.captured);
                }
            }
        });
        Self { triggers, _following: following }
    }

    /// Whether each stretch in which somebody was seen has an event.
    fn is_covered_by(&self, events: &[Value]) -> anyhow::Result<()> {
        let triggers = self.triggers.lock().unwrap_or_else(PoisonError::into_inner);
        let spans = events.iter().map(span).collect::<anyhow::Result<Vec<_>>>()?;
        for stretch in triggers.chunk_by(|one, next| next.since(*one) <= APART_MAX) {
            let (Some(first), Some(last)) = (stretch.first(), stretch.last()) else { continue };
            let has_event = spans.iter().any(|(start, end)| start <= last && first <= end);
            ensure!(has_event || stretch.len() < SURELY, "no event of {first:?} to {last:?} in {spans:?}");
        }
        Ok(())
    }
}

fn span(event: &Value) -> anyhow::Result<(Timestamp, Timestamp)> {
    let time = |field: &str| anyhow::Ok(Timestamp::parse(event[field].as_str().with_context(|| format!("{event}"))?)?);
    let start = time("ts")?;
    Ok((start, if event["end_ts"].is_null() { start } else { time("end_ts")? }))
}

/// When a question was asked, and the status of its answer, if there was one.
type Answer = (Instant, Option<u16>);

/// A program that asks the API all the time.
struct Asked {
    /// When each answer came, and its status; none where nobody answered, of which nginx makes a 503 (proxy.rs).
    answers: Arc<Mutex<Vec<Answer>>>,
    _asking: JoinSet<()>,
}

impl Asked {
    fn begin(api: &Api) -> Self {
        let (answers, mut asking): (Arc<Mutex<Vec<_>>>, _) = (Arc::default(), JoinSet::new());
        let (noted, api) = (answers.clone(), api.clone());
        asking.spawn(async move {
            for path in ["/api/events?limit=50", "/api/cameras"].into_iter().cycle() {
                let status = api.get(path).await.ok().map(|answer| answer.status().as_u16());
                noted.lock().unwrap_or_else(PoisonError::into_inner).push((Instant::now(), status));
                tokio::time::sleep(ASKED_EVERY).await;
            }
        });
        Self { answers, _asking: asking }
    }

    /// Whether all was answered but for a time, and then with 503 or not at all.
    fn only_away_for(&self, longest: Duration) -> anyhow::Result<()> {
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        ensure!(answers.iter().any(|(_, status)| *status != Some(200)), "the gateway was never away");
        let mut last_good = answers.first().context("the API was never asked")?.0;
        for (at, status) in answers.iter() {
            ensure!(matches!(status, None | Some(200 | 503)), "the API answered {status:?}");
            if *status == Some(200) {
                last_good = *at;
            }
            let away = at.duration_since(last_good);
            ensure!(away <= longest, "the API was away for {away:?}");
        }
        Ok(())
    }
}
