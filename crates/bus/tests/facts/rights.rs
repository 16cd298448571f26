//! Who may say and hear what on the bus of a deployment: `deploy/nats/accounts.conf`, in a real server with TLS. That it allows what
//! the services need is what `deployed.rs` shows.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use async_nats::{Client, ConnectOptions, Event, Subscriber};
use futures::StreamExt as _;
use iris_testkit::deployment::Deployment;
use iris_testkit::nats::NatsServer;
use iris_testkit::port::free_port;
use iris_testkit::wait;

/// A refusal comes within milliseconds.
const SOON: Duration = Duration::from_secs(10);
/// Servers wait up to 10 s for one that leads, and may have to vote twice.
const AGREED_WITHIN: Duration = Duration::from_secs(60);

/// A connection of a service's user, and what the server said to it.
struct User {
    client: Client,
    refusals: Arc<Mutex<Vec<String>>>,
}

async fn start() -> anyhow::Result<(NatsServer, Deployment)> {
    let port = free_port()?;
    let deployment = Deployment::prepare(port, 5432)?;
    let nats = NatsServer::start_deployed(&deployment, port).await?;
    Ok((nats, deployment))
}

fn tls(deployment: &Deployment) -> ConnectOptions {
    ConnectOptions::new().add_root_certificates(deployment.secret("tls_ca.crt")).require_tls(true)
}

async fn connect(nats: &NatsServer, options: ConnectOptions) -> anyhow::Result<Client> {
    options.connect(format!("127.0.0.1:{}", nats.port())).await.context("connect")
}

fn password(deployment: &Deployment, user: &str) -> anyhow::Result<String> {
    let url = deployment.read(&format!("nats_url_{user}"))?;
    let password = url.strip_prefix(&format!("tls://{user}:")).and_then(|rest| rest.split('@').next());
    Ok(password.context("find the password")?.to_owned())
}

async fn user(nats: &NatsServer, deployment: &Deployment, name: &str) -> anyhow::Result<User> {
    let refusals = Arc::new(Mutex::new(Vec::new()));
    let heard = refusals.clone();
    let options = tls(deployment)
        .user_and_password(name.to_owned(), password(deployment, name)?)
        .custom_inbox_prefix(format!("_INBOX.{name}"))
        .event_callback(move |event| {
            if let Event::ServerError(error) = &event {
                locked(&heard).push(error.to_string());
            }
            async {}
        });
    Ok(User { client: connect(nats, options).await?, refusals })
}

fn locked(refusals: &Mutex<Vec<String>>) -> MutexGuard<'_, Vec<String>> {
    refusals.lock().unwrap_or_else(PoisonError::into_inner)
}

impl User {
    /// Waits until the server has refused something that names the subject.
    async fn is_refused(&self, what: &str, subject: &str) -> anyhow::Result<()> {
        wait::until(SOON, &format!("the refusal of {what} {subject}"), || async {
            let refusals = locked(&self.refusals);
            let wanted = format!("permissions violation for {what} to \"{}\"", subject.to_lowercase());
            ensure!(refusals.iter().any(|refusal| refusal.to_lowercase().contains(&wanted)), "{refusals:?}");
            Ok(())
        })
        .await
    }

    async fn publish_is_refused(&self, subject: &str) -> anyhow::Result<()> {
        self.client.publish(subject.to_owned(), "x".into()).await?;
        self.is_refused("publish", subject).await
    }

    async fn subscribe_is_refused(&self, subject: &str) -> anyhow::Result<()> {
        // Held until the server has answered: dropped, it would take the subscription back.
        let _subscriber = self.client.subscribe(subject.to_owned()).await?;
        self.is_refused("subscription", subject).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_comes_in_without_a_password_or_without_tls() -> anyhow::Result<()> {
    let (nats, deployment) = start().await?;
    ensure!(connect(&nats, tls(&deployment)).await.is_err(), "without a user");
    ensure!(
        connect(&nats, tls(&deployment).user_and_password("detect".into(), "guess".into())).await.is_err(),
        "by a guess"
    );
    let password = password(&deployment, "detect")?;
    let other = tls(&deployment).user_and_password("ingest".into(), password.clone());
    ensure!(connect(&nats, other).await.is_err(), "by another's password");
    let unknown_authority =
        ConnectOptions::new().require_tls(true).user_and_password("detect".into(), password.clone());
    ensure!(
        connect(&nats, unknown_authority).await.is_err(),
        "the certificate is believed although nobody vouches for it"
    );
    let in_clear = tokio::net::TcpStream::connect(("127.0.0.1", nats.port())).await?;
    let mut in_clear = tokio::io::BufReader::new(in_clear);
    let connect = format!("CONNECT {{\"verbose\":true,\"user\":\"detect\",\"pass\":\"{password}\"}}\r\nPING\r\n");
    tokio::io::AsyncWriteExt::write_all(&mut in_clear, connect.as_bytes()).await?;
    let mut answer = Vec::new();
    // The server says what it is, and hangs up on what is no handshake.
    let ended = tokio::io::AsyncReadExt::read_to_end(&mut in_clear, &mut answer);
    let _reset_or_closed = tokio::time::timeout(SOON, ended).await.context("it goes on in clear")?;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    ensure!(answer.contains("\"tls_required\":true") && !answer.contains("PONG"), "{answer}");
    ensure!(
        user(&nats, &deployment, "detect").await?.client.server_info().max_payload == 8 << 20,
        "the limit of a message"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn detect_answers_for_the_cameras_whose_pictures_it_was_given_and_no_others() -> anyhow::Result<()> {
    let (nats, deployment) = start().await?;
    let (ingest, detect) = (user(&nats, &deployment, "ingest").await?, user(&nats, &deployment, "detect").await?);
    let mut pictures = detect.client.queue_subscribe("iris.sample.frame.>", "detect".into()).await?;
    let mut detections = ingest.client.subscribe("iris.sample.detections.7").await?;
    // The server works off a connection in order: a refusal shows that it knows of the subscription before it.
    detect.publish_is_refused("iris.sample.detections.7").await?;
    ingest.publish_is_refused("iris.sample.detections.8").await?;

    ingest.client.publish_with_reply("iris.sample.frame.7", "iris.sample.detections.7", "picture".into()).await?;
    let picture = tokio::time::timeout(SOON, pictures.next()).await.context("no picture")?.context("no picture")?;
    let reply = picture.reply.context("a picture says where to answer")?;
    detect.client.publish(reply, "boxes".into()).await?;
    let answer = tokio::time::timeout(SOON, detections.next()).await.context("no answer")?.context("no answer")?;
    ensure!(answer.payload.as_ref() == b"boxes" && answer.status.is_none(), "{answer:?}");

    detect.publish_is_refused("iris.sample.detections.8").await
}

/// What nobody should be able to do whose service was taken over. The fields are a user, what it may not publish, and what it may
/// not subscribe to.
const FORBIDDEN: [(&str, &[&str], &[&str]); 6] = [
    (
        "detect",
        &[
            "iris.sample.frame.7",
            "iris.sample.tracks.7",
            "iris.sample.heartbeat.ingest.a",
            "iris.fact.event.7",
            "iris.ask.live.7",
            "$KV.cameras.1",
            "$JS.API.DIRECT.GET.KV_cameras.$KV.cameras.1",
            "$JS.API.CONSUMER.CREATE.KV_cameras",
            "$JS.API.STREAM.NAMES",
            "_INBOX.ingest.a",
        ],
        &["iris.sample.frame.>", "iris.sample.frame.7", "iris.>", ">", "$KV.cameras.>", "_INBOX.>", "_INBOX.ingest.>"],
    ),
    (
        "recorder",
        &[
            "iris.sample.tracks.7",
            "iris.sample.detections.7",
            "iris.fact.sighting.7",
            "iris.ask.media.7",
            "$KV.cameras.1",
            "$KV.leases.ingest.7",
            "$JS.API.STREAM.MSG.GET.KV_cameras",
            "$JS.API.DIRECT.GET.KV_cameras.$KV.cameras.1",
            "$JS.API.CONSUMER.CREATE.KV_cameras",
            "$JS.API.STREAM.DELETE.FACTS",
            "$JS.API.STREAM.PURGE.FACTS",
        ],
        &["iris.sample.frame.>", "iris.fact.crop.>", "$KV.cameras.>", "_INBOX.gateway.>", "iris.ask.clip.>"],
    ),
    (
        "reid",
        &[
            "iris.fact.event.7",
            "iris.fact.crop.7",
            "iris.sample.tracks.7",
            "$KV.cameras.1",
            "$KV.leases.ingest.7",
            "$JS.API.DIRECT.GET.KV_cameras.$KV.cameras.1",
            "$JS.API.STREAM.DELETE.CROPS",
        ],
        &["iris.sample.frame.>", "iris.sample.live.*", "_INBOX.ingest.>", "iris.ask.reid.embed.>"],
    ),
    (
        "ingest",
        &[
            "$KV.cameras.1",
            "$KV.leases.reid.leader",
            "iris.fact.event.7",
            "iris.fact.sighting.7",
            "iris.ask.clip.cell.7",
            "$JS.API.STREAM.DELETE.KV_cameras",
            "$JS.API.STREAM.PURGE.KV_cameras",
            "$JS.API.CONSUMER.MSG.NEXT.CROPS.embedding",
        ],
        &["iris.fact.crop.>", "iris.sample.frame.>", "_INBOX.gateway.>"],
    ),
    (
        "notify",
        &[
            "iris.fact.event.7",
            "iris.fact.sighting.7",
            "iris.sample.heartbeat.reid.a",
            "iris.ask.live.7",
            "$KV.cameras.1",
            "$JS.API.DIRECT.GET.KV_cameras.$KV.cameras.1",
            "$JS.API.CONSUMER.MSG.NEXT.FACTS.event-subjects",
            "$JS.API.CONSUMER.MSG.NEXT.CROPS.embedding",
            "$JS.API.CONSUMER.CREATE.FACTS",
            "$JS.API.STREAM.PURGE.FACTS",
        ],
        &["iris.fact.>", "iris.fact.crop.>", "iris.sample.>", "$KV.cameras.>", "_INBOX.gateway.>"],
    ),
    (
        "gateway",
        &[
            "iris.sample.frame.7",
            "iris.sample.tracks.7",
            "iris.sample.detections.7",
            "iris.fact.event.7",
            "$KV.leases.ingest.7",
            "$JS.API.STREAM.DELETE.KV_cameras",
            "$JS.API.CONSUMER.MSG.NEXT.CROPS.embedding",
        ],
        &["iris.sample.frame.>", "iris.sample.tracks.>", "iris.fact.crop.>", "_INBOX.ingest.>"],
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn what_a_service_does_not_need_it_may_not_do() -> anyhow::Result<()> {
    let (nats, deployment) = start().await?;
    for (name, publish, subscribe) in FORBIDDEN {
        let user = user(&nats, &deployment, name).await?;
        for subject in publish {
            user.publish_is_refused(subject).await.context(name)?;
        }
        for subject in subscribe {
            user.subscribe_is_refused(subject).await.context(name)?;
        }
    }
    ensure!(nats.log().contains("Publish Violation"), "the story of the whole system looks for these words in vain");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_three_servers_may_go() -> anyhow::Result<()> {
    let deployment = Deployment::prepare(4222, 5432)?;
    let [mut first, second, third] = NatsServer::start_three(&deployment).await?;
    let (ingest, detect) = (user(&first, &deployment, "ingest").await?, user(&second, &deployment, "detect").await?);
    let mut pictures = detect.client.queue_subscribe("iris.sample.frame.>", "detect".into()).await?;
    let mut sent = 0;
    pictures_arrive(&ingest, &mut pictures, &mut sent).await?;
    // Streams need two of the three to agree, and first on who of them leads.
    let mut jetstream = async_nats::jetstream::new(ingest.client.clone());
    jetstream.set_timeout(Duration::from_secs(1));
    wait::until(AGREED_WITHIN, "a stream", || async {
        let wanted = async_nats::jetstream::stream::Config {
            name: "CROPS".to_owned(),
            subjects: vec!["iris.fact.crop.>".to_owned()],
            // As large as Iris makes it: the example's limits must hold three of each.
            max_bytes: 2 << 30,
            num_replicas: 3,
            ..Default::default()
        };
        Ok(jetstream.get_or_create_stream(wanted).await?)
    })
    .await?;

    first.kill();
    pictures_arrive(&ingest, &mut pictures, &mut sent).await.context("with two of three")?;
    wait::until(AGREED_WITHIN, "a fact to be kept", || async {
        Ok(jetstream.publish("iris.fact.crop.7", "crop".into()).await?.await?)
    })
    .await?;
    drop((second, third));
    Ok(())
}

/// Sends pictures until one that was sent from now on arrives.
async fn pictures_arrive(ingest: &User, pictures: &mut Subscriber, sent: &mut u64) -> anyhow::Result<()> {
    let first = *sent;
    let deadline = tokio::time::Instant::now() + SOON;
    while tokio::time::Instant::now() < deadline {
        ingest.client.publish("iris.sample.frame.7", sent.to_string().into()).await?;
        *sent += 1;
        let arrived = tokio::time::timeout(Duration::from_millis(50), pictures.next()).await.ok().flatten();
        let number = arrived.and_then(|picture| String::from_utf8_lossy(&picture.payload).parse::<u64>().ok());
        if number.is_some_and(|number| number >= first) {
            return Ok(());
        }
    }
    anyhow::bail!("no picture arrives")
}
