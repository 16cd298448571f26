//! An HTTP server that is told of visits: it keeps what it was told and answers as the test wants. Signatures are checked by the Python
//! that docs/notifications.md shows.

use std::collections::VecDeque;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context, ensure};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::oneshot;

use crate::wait;

/// Longer than anything takes that is told, on a machine that runs other tests.
const PATIENCE: Duration = Duration::from_secs(90);

/// The secret of every test's targets.
pub const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwEXAMPLE=";

/// How a request is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// With a status.
    Status(u16),
    /// With a redirect to the server's own `/elsewhere`.
    Redirect,
    /// Never.
    Silence,
}

/// What was received, in order.
#[derive(Debug, Clone)]
pub struct Received {
    path: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it came.
    pub body: Bytes,
}

impl Received {
    /// What names the message.
    #[must_use]
    pub fn id(&self) -> &str {
        self.headers.get("webhook-id").and_then(|id| id.to_str().ok()).unwrap_or_default()
    }

    /// The message; null when it is no JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The message's `type`.
    #[must_use]
    pub fn kind(&self) -> String {
        self.json()["type"].as_str().unwrap_or_default().to_owned()
    }
}

#[derive(Default)]
struct Book {
    received: Vec<Received>,
    /// For the next requests; then 204.
    answers: VecDeque<Answer>,
}

/// The server; it ends with this value.
pub struct Receiver {
    port: u16,
    book: Arc<Mutex<Book>>,
    folder: TempDir,
    _stop: oneshot::Sender<()>,
}

impl Receiver {
    /// Starts it on a free port.
    ///
    /// # Errors
    /// There is no port, thread or folder to be had.
    pub fn start() -> anyhow::Result<Self> {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").context("listen")?;
        listener.set_nonblocking(true)?;
        let port = listener.local_addr()?.port();
        let folder = TempDir::with_prefix("iris-receiver-").context("make a folder")?;
        std::fs::write(folder.path().join("secret"), format!("{SECRET}\n")).context("write the secret")?;
        let book = Arc::new(Mutex::new(Book::default()));
        let router = Router::new().fallback(receive).with_state(book.clone());
        let (stop, stopped) = oneshot::channel::<()>();
        // A thread of its own: it answers also while a test blocks.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("make a runtime")?;
        std::thread::Builder::new().name("receiver".to_owned()).spawn(move || {
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).expect("it was just made");
                tokio::select! {
                    _ = axum::serve(listener, router) => {}
                    _ = stopped => {}
                }
            });
        })?;
        Ok(Self { port, book, folder, _stop: stop })
    }

    /// A target of the settings, `path` telling it apart from others at this server.
    #[must_use]
    pub fn target(&self, path: &str, filter: &str) -> String {
        let secret = self.folder.path().join("secret");
        let url = format!("http://127.0.0.1:{}/{path}", self.port);
        format!(
            "[notify.webhooks.{path}]\nurl = \"{url}\"\nallow_insecure = true\nsecret_file = \"{}\"\nfilter = {{ {filter} }}\n",
            secret.display()
        )
    }

    /// How the next requests are answered.
    pub fn answers(&self, answers: &[Answer]) {
        self.book().answers.extend(answers);
    }

    /// What came at a path so far.
    #[must_use]
    pub fn received(&self, path: &str) -> Vec<Received> {
        let path = format!("/{path}");
        self.book().received.iter().filter(|received| received.path == path).cloned().collect()
    }

    /// Waits for so many requests at a path.
    ///
    /// # Errors
    /// They do not come; the text has those that did.
    pub async fn wait_for(&self, path: &str, count: usize) -> anyhow::Result<Vec<Received>> {
        wait::until(PATIENCE, &format!("{count} messages at {path}"), || async {
            let received = self.received(path);
            let told: Vec<_> = received.iter().map(|one| String::from_utf8_lossy(&one.body).into_owned()).collect();
            ensure!(received.len() >= count, "{told:#?}");
            Ok(received)
        })
        .await
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn receive(State(book): State<Arc<Mutex<Book>>>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let answer = {
        let mut book = book.lock().unwrap_or_else(PoisonError::into_inner);
        book.received.push(Received { path: uri.path().to_owned(), headers, body });
        book.answers.pop_front().unwrap_or(Answer::Status(204))
    };
    match answer {
        Answer::Status(status) => {
            StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR).into_response()
        }
        Answer::Redirect => (StatusCode::TEMPORARY_REDIRECT, [("location", "/elsewhere")]).into_response(),
        Answer::Silence => {
            tokio::time::sleep(Duration::from_secs(3600)).await;
            StatusCode::NO_CONTENT.into_response()
        }
    }
}

/// Whether the Python of docs/notifications.md takes a message for genuine.
///
/// # Errors
/// The example fails otherwise than by saying that it is not.
pub fn is_genuine(secret: &str, received: &Received, body: &[u8]) -> anyhow::Result<bool> {
    let documented = include_str!("../../../docs/notifications.md");
    let (_, rest) = documented.split_once("```python\n").context("find the example")?;
    let (example, _) = rest.split_once("```").context("find the example's end")?;
    let text = |value: &HeaderValue| Value::from(String::from_utf8_lossy(value.as_bytes()));
    let headers: serde_json::Map<String, Value> =
        received.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
    let arguments = json!({ "secret": secret, "headers": headers, "body": String::from_utf8_lossy(body) });
    let script = format!(
        "{example}\nimport json, sys\ngiven = json.load(sys.stdin)\n\
         verify(given['secret'], given['headers'], given['body'].encode())\n"
    );
    let mut python = Command::new("/usr/bin/python3");
    let mut python = python.args(["-c", &script]).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    python.stdin.take().context("its input")?.write_all(arguments.to_string().as_bytes())?;
    let done = python.wait_with_output()?;
    let words = String::from_utf8_lossy(&done.stderr);
    ensure!(done.status.success() || words.contains("ValueError"), "the example fails: {words}");
    Ok(done.status.success())
}
