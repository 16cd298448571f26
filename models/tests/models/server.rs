//! An HTTP server with one file, which knows ranges, forgets them, breaks off or falls silent, as a test wants it.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::{CONTENT_LENGTH, CONTENT_RANGE, ETAG, IF_RANGE, RANGE};
use axum::http::{HeaderMap, Response, StatusCode};
use axum::routing::get;
use futures::stream::{self, StreamExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// What is served, and how.
#[derive(Clone)]
pub struct Shelf {
    pub content: Vec<u8>,
    pub etag: Option<&'static str>,
    pub ranges: Ranges,
    /// What goes wrong with the coming answers, one after the other; then nothing does.
    pub faults: VecDeque<Fault>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Ranges {
    Known,
    /// A range is answered, whatever `If-Range` says.
    WithoutIfRange,
    Unknown,
}

#[derive(Clone, Copy)]
pub enum Fault {
    /// The connection ends after this many bytes.
    BreaksAfter(usize),
    /// Nothing more comes after this many bytes, and the connection stays.
    SilentAfter(usize),
    /// Another answer than the file.
    Answers(StatusCode),
}

/// Stops when it is dropped.
pub struct Server {
    pub url: String,
    shelf: Arc<Mutex<Shelf>>,
    ranges_asked: Arc<Mutex<Vec<Option<String>>>>,
    _task: JoinSet<()>,
}

type Shared = (Arc<Mutex<Shelf>>, Arc<Mutex<Vec<Option<String>>>>);

impl Server {
    pub async fn start(content: &[u8]) -> Self {
        let shelf =
            Shelf { content: content.to_vec(), etag: Some("\"one\""), ranges: Ranges::Known, faults: VecDeque::new() };
        let shared: Shared = (Arc::new(Mutex::new(shelf)), Arc::default());
        let router = Router::new().route("/model.onnx", get(serve)).with_state(shared.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/model.onnx", listener.local_addr().unwrap());
        let mut task = JoinSet::new();
        task.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, shelf: shared.0, ranges_asked: shared.1, _task: task }
    }

    pub fn set(&self, change: impl FnOnce(&mut Shelf)) {
        change(&mut self.shelf.lock().unwrap());
    }

    /// The `Range` of each request so far.
    pub fn ranges_asked(&self) -> Vec<Option<String>> {
        self.ranges_asked.lock().unwrap().clone()
    }
}

async fn serve(State((shelf, asked)): State<Shared>, headers: HeaderMap) -> Response<Body> {
    let header = |name| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    asked.lock().unwrap().push(header(RANGE));
    let mut shelf = shelf.lock().unwrap();
    let fault = shelf.faults.pop_front();
    if let Some(Fault::Answers(status)) = fault {
        return Response::builder().status(status).body(Body::empty()).unwrap();
    }

    let total = shelf.content.len();
    let same = shelf.ranges == Ranges::WithoutIfRange || header(IF_RANGE).as_deref() == shelf.etag;
    let offset = header(RANGE)
        .filter(|_| shelf.ranges != Ranges::Unknown && same)
        .map(|range| range.strip_prefix("bytes=").unwrap().trim_end_matches('-').parse::<usize>().unwrap());
    let mut answer = Response::builder().header(CONTENT_LENGTH, total - offset.unwrap_or(0));
    if let Some(etag) = shelf.etag {
        answer = answer.header(ETAG, etag);
    }
    if let Some(offset) = offset {
        let range = format!("bytes {offset}-{}/{total}", total - 1);
        answer = answer.status(StatusCode::PARTIAL_CONTENT).header(CONTENT_RANGE, range);
    }
    answer.body(body(&shelf.content[offset.unwrap_or(0)..], fault)).unwrap()
}

fn body(rest: &[u8], fault: Option<Fault>) -> Body {
    let first = |sent: usize| stream::iter([Ok(Bytes::copy_from_slice(&rest[..sent]))]);
    match fault {
        Some(Fault::BreaksAfter(sent)) => Body::from_stream(first(sent).chain(stream::once(cut()))),
        Some(Fault::SilentAfter(sent)) => Body::from_stream(first(sent).chain(stream::pending::<io::Result<Bytes>>())),
        _ => Body::from(rest.to_vec()),
    }
}

/// The pause lets the bytes out before the connection ends: the server drops what it has not sent by then.
async fn cut() -> io::Result<Bytes> {
    tokio::time::sleep(Duration::from_millis(50)).await;
    Err(io::Error::other("cut"))
}
