//! nginx as it is deployed, before a real gateway: who may say who they are, what comes through and what does not, and what waits.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use iris_testkit::deployment::Deployment;
use iris_testkit::nats::NatsServer;
use iris_testkit::nginx::{Nginx, curl};
use iris_testkit::port::free_port;
use iris_testkit::postgres::TestDatabase;
use iris_testkit::service::ServiceProcess;
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// Everything here is answered in milliseconds, on a machine that does other things too in seconds.
const SOON: Duration = Duration::from_secs(20);

struct Edge {
    nginx: Nginx,
    gateway: ServiceProcess,
    gateway_address: SocketAddr,
    deployment: Deployment,
    key: String,
    sign_in: Option<SignIn>,
    _database: TestDatabase,
    _nats: NatsServer,
    folder: TempDir,
}

struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Edge {
    async fn start(with_sign_in: bool) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let (nats, database) = tokio::try_join!(NatsServer::start(), TestDatabase::create())?;
        let deployment = Deployment::prepare(4222, 5432)?;
        let gateway_address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?));
        let secret = |name: &str| deployment.secret(name).display().to_string();
        let env = [
            ("IRIS_DATA_DIR", folder.path().join("data").display().to_string()),
            ("IRIS_LISTEN", gateway_address.to_string()),
            ("IRIS_NATS_URL", nats.url()),
            ("IRIS_DATABASE_URL", database.url()),
            ("IRIS_API_KEY_FILE", secret("api_key")),
            ("IRIS_SSO_PROXY_SECRET_FILE", secret("proxy_secret")),
        ];
        let env = env.map(|(name, value)| (name.to_owned(), value)).into();
        let mut gateway = ServiceProcess::start("iris-gateway", "gateway", env, folder.path())?;
        gateway.ready().await?;
        let sign_in = if with_sign_in { Some(SignIn::start().await?) } else { None };
        let nginx = Nginx::start(&deployment, gateway_address, sign_in.as_ref().map(|there| there.address)).await?;
        let key = deployment.read("api_key")?;
        Ok(Self { nginx, gateway, gateway_address, deployment, key, sign_in, _database: database, _nats: nats, folder })
    }

    /// Asks for a path through nginx, with further arguments for `curl`.
    fn ask(&self, path: &str, arguments: &[&str]) -> anyhow::Result<Answer> {
        self.ask_at(&self.nginx.url(path), arguments)
    }

    fn ask_at(&self, url: &str, arguments: &[&str]) -> anyhow::Result<Answer> {
        let mut curl = curl(&self.deployment);
        let output = curl.args(["--include", "--http1.1", "--max-time", "30"]).args(arguments).arg(url).output()?;
        let text = String::from_utf8_lossy(&output.stdout).replace("HTTP/1.1 100 Continue\r\n\r\n", "");
        let failed = || format!("{url}: {}", String::from_utf8_lossy(&output.stderr));
        let (head, body) = text.split_once("\r\n\r\n").with_context(failed)?;
        let status = head.split(' ').nth(1).with_context(failed)?.parse()?;
        Ok(Answer { status, head: head.to_lowercase(), body: body.to_owned() })
    }

    fn bearer(&self) -> String {
        format!("Authorization: Bearer {}", self.key)
    }

    /// Connections that the gateway has now, with the one that asks nowhere among them.
    async fn gateway_connections(&self) -> anyhow::Result<f64> {
        let metrics = self.gateway.metrics().await?;
        let line = metrics.lines().find_map(|line| line.strip_prefix("iris_http_connections ")).unwrap_or("0");
        Ok(line.parse()?)
    }
}

impl Answer {
    fn json(&self) -> anyhow::Result<Value> {
        serde_json::from_str(&self.body).with_context(|| format!("{} {}", self.status, self.body))
    }

    fn has(&self, status: u16) -> anyhow::Result<&Self> {
        ensure!(self.status == status, "{} instead of {status}: {}", self.status, self.body);
        Ok(self)
    }
}

/// What oauth2-proxy is to nginx: says at `/oauth2/auth` whether a cookie is somebody's. The program itself is in no registry that
/// the tests may use.
struct SignIn {
    address: SocketAddr,
    heads: Arc<Mutex<String>>,
    /// Ends with this value.
    _serving: JoinSet<()>,
}

impl SignIn {
    async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let (address, heads) = (listener.local_addr()?, Arc::new(Mutex::new(String::new())));
        let heard = heads.clone();
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // A client that went away is no concern of the next one.
                let _ = answer_one(stream, &heard).await;
            }
        });
        Ok(Self { address, heads, _serving: serving })
    }

    /// The heads of all requests so far.
    fn heard(&self) -> String {
        self.heads.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn answer_one(mut stream: TcpStream, heard: &Mutex<String>) -> std::io::Result<()> {
    let (mut lines, mut head) = (BufReader::new(&mut stream).lines(), String::new());
    while let Some(line) = lines.next_line().await?.filter(|line| !line.is_empty()) {
        let _ = writeln!(head, "{line}");
    }
    heard.lock().unwrap_or_else(PoisonError::into_inner).push_str(&head);
    let answer = match (head.starts_with("GET /oauth2/auth "), head.contains("_oauth2_proxy=ada")) {
        (true, true) => {
            "202 Accepted\r\nX-Auth-Request-Email: ada@example.org\r\nX-Auth-Request-Preferred-Username: Ada"
        }
        (true, false) => "401 Unauthorized",
        (false, _) => "200 OK\r\nX-Page: sign-in",
    };
    let answer = format!("HTTP/1.1 {answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    stream.write_all(answer.as_bytes()).await
}

const COOKIE: &str = "Cookie: _oauth2_proxy=ada";

/// What somebody sends who would like to be somebody else.
const SPOOFED: [&str; 10] = [
    "-H",
    "X-Email: eve@example.org",
    "-H",
    "X-User: Eve",
    "-H",
    "X-Iris-Proxy-Secret: guess",
    "-H",
    "X_Email: eve@example.org",
    "-H",
    "X-Forwarded-Host: evil.example",
];

#[tokio::test(flavor = "multi_thread")]
async fn nobody_can_say_who_they_are_but_by_signing_in() -> anyhow::Result<()> {
    let edge = Edge::start(true).await?;
    let user = |answer: &Answer| anyhow::Ok(answer.has(200)?.json()?["user"].clone());
    let ada = serde_json::json!({ "email": "ada@example.org", "name": "Ada", "via": "sso" });

    ensure!(user(&edge.ask("/api/system", &["-H", COOKIE])?)? == ada, "signed in");
    ensure!(user(&edge.ask("/api/system", &[&["-H", COOKIE][..], &SPOOFED].concat())?)? == ada, "and pretending");
    let pretending = edge.ask("/api/system", &SPOOFED)?;
    ensure!(pretending.has(401)?.json()?["detail"] == "Authentication required.", "{}", pretending.body);
    let with_key = edge.ask("/api/system", &[&["-H", &edge.bearer()][..], &SPOOFED].concat())?;
    ensure!(user(&with_key)?["via"] == "api_key", "{}", with_key.body);
    edge.ask("/api/system", &["-H", "Authorization: Bearer guess"])?.has(401)?;
    let both = edge.ask("/api/system", &["-H", COOKIE, "-H", "Authorization: Bearer guess"])?;
    ensure!(user(&both)? == ada, "who is signed in is, whatever key comes along: {}", both.body);
    let expired = edge.ask("/api/system", &["-H", "Cookie: _oauth2_proxy=gone", "-H", &edge.bearer()])?;
    ensure!(user(&expired)?["via"] == "api_key", "{}", expired.body);

    // Past nginx, from an address that is trusted, and without the secret or with another one.
    let direct = format!("http://{}/api/system", edge.gateway_address);
    edge.ask_at(&direct, &["-H", "X-Email: eve@example.org"])?.has(401)?;
    edge.ask_at(&direct, &SPOOFED)?.has(401)?;

    let sign_in = edge.sign_in.as_ref().context("somebody signs people in")?;
    let secret = edge.deployment.read("proxy_secret")?;
    ensure!(!sign_in.heard().contains(&secret), "the secret is for the gateway alone");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_another_site_cannot_use_the_cookie() -> anyhow::Result<()> {
    let edge = Edge::start(true).await?;
    let own = format!("Origin: https://localhost:{}", edge.nginx.port());
    let camera = r#"{"name": "Yard", "rtsp_url": "rtsp://camera.example/stream"}"#;
    let create = |origin: &str, more: &[&str]| {
        let usual = ["-H", COOKIE, "-H", "Content-Type: application/json", "-d", camera, "-H", origin];
        edge.ask("/api/cameras", &[&usual[..], more].concat())
    };
    create(&own, &[])?.has(201)?;
    create("Origin: https://evil.example", &[])?.has(403)?;
    create("Origin: https://evil.example", &["-H", "X-Forwarded-Host: evil.example"])?.has(403)?;

    let page = edge.ask("/cameras?x=1", &[])?;
    ensure!(page.has(302)?.head.contains("/oauth2/start?rd=/cameras?x=1"), "{}", page.head);
    ensure!(edge.ask("/oauth2/start", &[])?.has(200)?.head.contains("x-page: sign-in"));
    let answer = edge.ask("/api/cameras", &["-H", COOKIE])?;
    for header in ["strict-transport-security: ", "x-frame-options: deny", "cross-origin-resource-policy: same-origin"]
    {
        ensure!(answer.head.contains(header), "{header} is missing: {}", answer.head);
    }
    for once in ["x-content-type-options", "cache-control"] {
        ensure!(answer.head.matches(once).count() == 1, "{once}: {}", answer.head);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_sign_in_the_key_is_what_counts_and_the_page_keeps_it_as_a_session() -> anyhow::Result<()> {
    let edge = Edge::start(false).await?;
    edge.ask("/api/system", &SPOOFED)?.has(401)?;
    edge.ask("/api/system", &["-H", &edge.bearer()])?.has(200)?;
    edge.ask("/health", &[])?.has(200)?;
    // The gateway knows that the browser speaks HTTPS.
    let session = edge.ask("/api/session", &["-X", "POST", "-H", &edge.bearer()])?;
    ensure!(session.status < 300 && session.head.contains("secure"), "{} {}", session.status, session.head);
    let to_https = edge.ask_at(&edge.nginx.plain_url("/cameras"), &[])?;
    ensure!(to_https.has(308)?.head.contains("location: https://localhost/cameras"), "{}", to_https.head);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_have_bounds_and_refusals_are_the_apis_own() -> anyhow::Result<()> {
    let mut edge = Edge::start(false).await?;
    let bearer = edge.bearer();
    let file = |name: &str, bytes: usize| {
        let path = edge.folder.path().join(name);
        std::fs::write(&path, vec![b'x'; bytes])?;
        anyhow::Ok(path.display().to_string())
    };
    let (long, photo, too_long) = (file("long", 1_100_000)?, file("photo", 8 << 20)?, file("too-long", 9_000_000)?);
    let usual = ["-H", &bearer, "-H", "Content-Type: application/json", "-H", "Expect:", "--data-binary"];
    for further in [&[][..], &["-H", "Transfer-Encoding: chunked"]] {
        let refused = edge.ask("/api/cameras", &[&usual[..], &[&format!("@{long}")], further].concat())?;
        ensure!(refused.has(413)?.json()?["detail"].is_string(), "{}", refused.body);
    }
    // As long as a photo may be; it is none, and the gateway says so.
    let form = |path: &str| format!("file=@{path}");
    edge.ask("/api/search", &["-H", &bearer, "-H", "Expect:", "-F", &form(&photo)])?.has(415)?;
    edge.ask("/api/search", &["-H", &bearer, "-H", "Expect:", "-F", &form(&too_long)])?.has(413)?;

    edge.gateway.kill9()?;
    let away = edge.ask("/api/cameras", &["-H", &bearer])?;
    ensure!(away.has(503)?.json()?["detail"] == "Iris is not available.", "{}", away.body);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_sends_slowly_is_waited_for_by_nginx_alone() -> anyhow::Result<()> {
    let edge = Edge::start(false).await?;
    let silent = TcpStream::connect(("127.0.0.1", edge.nginx.port())).await?;
    let mut slow = Vec::new();
    for _ in 0..20 {
        slow.push(SlowUpload::begin(&edge).await?);
    }
    ensure!(edge.gateway_connections().await? == 0.0, "a request that is not whole has reached the gateway");
    edge.ask("/api/system", &["-H", &edge.bearer()])?.has(200)?;
    for upload in slow {
        let answer = upload.finish().await?;
        ensure!(answer.starts_with("HTTP/1.1 422"), "{answer}");
    }
    // Who says nothing at all is hung up on.
    let mut silent = silent;
    tokio::time::timeout(SOON, silent.read_to_end(&mut Vec::new())).await.context("held for ever")?.ok();
    Ok(())
}

/// Half a request, by TLS.
struct SlowUpload {
    client: tokio::process::Child,
}

impl SlowUpload {
    /// Sends the head and half of the body, and returns when nginx has begun to read the body.
    async fn begin(edge: &Edge) -> anyhow::Result<Self> {
        let mut client = Command::new("openssl");
        client.args(["s_client", "-quiet", "-verify_quiet", "-no_ign_eof", "-connect"]);
        client.arg(format!("127.0.0.1:{}", edge.nginx.port()));
        client.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut client = tokio::process::Command::from(client).kill_on_drop(true).spawn()?;
        let head = format!(
            "POST /api/cameras HTTP/1.1\r\nHost: localhost\r\n{}\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n\
             Connection: close\r\nContent-Length: 2\r\n\r\n{{",
            edge.bearer()
        );
        let (input, output) = (client.stdin.as_mut(), client.stdout.as_mut());
        input.context("openssl's input")?.write_all(head.as_bytes()).await?;
        let mut go_on = [0; 25];
        let read = output.context("openssl's output")?.read_exact(&mut go_on);
        tokio::time::timeout(SOON, read).await.context("nginx does not begin to read")??;
        ensure!(&go_on == b"HTTP/1.1 100 Continue\r\n\r\n", "{}", String::from_utf8_lossy(&go_on));
        Ok(Self { client })
    }

    /// Sends the rest and returns the answer.
    async fn finish(mut self) -> anyhow::Result<String> {
        let (input, output) = (self.client.stdin.as_mut(), self.client.stdout.as_mut());
        input.context("openssl's input")?.write_all(b"}").await?;
        let mut answer = String::new();
        let read = output.context("openssl's output")?.read_to_string(&mut answer);
        tokio::time::timeout(SOON, read).await.context("no answer")??;
        Ok(answer)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn live_pictures_and_the_feed_pass_at_once() -> anyhow::Result<()> {
    let edge = Edge::start(false).await?;
    let bearer = edge.bearer();
    let mut feed = stream(&edge, "/api/feed")?;
    let created = edge.ask(
        "/api/cameras",
        &[
            "-H",
            &bearer,
            "-H",
            "Content-Type: application/json",
            "-d",
            r#"{"name": "Yard", "rtsp_url": "rtsp://camera/"}"#,
        ],
    )?;
    let id = created.has(201)?.json()?["id"].as_i64().context("no id")?;
    // Nothing else happens, so whatever comes was not kept back until there is more.
    read_until(&mut feed, b"\n\n").await.context("the feed")?;

    // Nobody records the camera: one picture says so, and no further one comes that could push it through.
    let mut live = stream(&edge, &format!("/api/live/{id}/stream"))?;
    let head = read_until(&mut live, b"\r\n\r\n").await.context("a part's head")?.to_lowercase();
    let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()).context("no length")?;
    let mut picture = vec![0; length.trim().parse()?];
    let output = live.stdout.as_mut().context("curl's output")?;
    tokio::time::timeout(SOON, output.read_exact(&mut picture))
        .await
        .context("a part of the picture is kept back")??;
    ensure!(picture.starts_with(&[0xff, 0xd8]) && picture.ends_with(&[0xff, 0xd9]), "no JPEG");
    ensure!(live.try_wait()?.is_none(), "the stream has ended");
    Ok(())
}

fn stream(edge: &Edge, path: &str) -> anyhow::Result<tokio::process::Child> {
    let mut curl = curl(&edge.deployment);
    curl.args(["--no-buffer", "-H", &edge.bearer()]).arg(edge.nginx.url(path));
    curl.stdin(Stdio::null()).stdout(Stdio::piped());
    Ok(tokio::process::Command::from(curl).kill_on_drop(true).spawn()?)
}

/// Reads up to and with an end, byte by byte, so that nothing behind it is taken.
async fn read_until(child: &mut tokio::process::Child, end: &[u8]) -> anyhow::Result<String> {
    let output = child.stdout.as_mut().context("curl's output")?;
    let mut read = Vec::new();
    let all = async {
        while !read.ends_with(end) {
            read.push(output.read_u8().await?);
        }
        anyhow::Ok(())
    };
    tokio::time::timeout(SOON, all).await.context("nothing comes")??;
    Ok(String::from_utf8_lossy(&read).into_owned())
}
