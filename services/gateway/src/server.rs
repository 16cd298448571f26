//! The listening socket: accepts connections, serves each in a task of its own, and drains them when the process stops.
//! Knows no route; `lib.rs` gives it the finished service.

use std::convert::Infallible;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::body::Body;
use axum::http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use iris_runtime::{CancellationToken, Tasks};
use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower::{Service, ServiceExt};

/// Connections at once. A process may usually have 1024 open files; a connection that streams a clip has two, and the database
/// and the bus need some. Beyond it new connections wait in the kernel's queue until one ends.
const CONNECTIONS_MAX: usize = 480;
/// A request's head must be there within this time, and an idle connection is closed after it: longer than the 60 s that nginx
/// keeps idle connections to a server, so that nginx is never the one to find it closed.
const HEAD_WITHIN: Duration = Duration::from_secs(65);
/// A head with the largest cookies that single sign-on services set fits twice.
const HEAD_BYTES_MAX: usize = 64 << 10;
/// What requests have to finish in after the stop: the process has 8 s in all, and its tasks need some of them.
const DRAIN_WITHIN: Duration = Duration::from_secs(6);
/// What the system holds back of a connection that is not even on its way. It would hold megabytes: seconds of live pictures,
/// which a viewer on a slow line would see late. This much keeps a fast line busy until more is written.
const UNSENT_BYTES_MAX: u32 = 128 << 10;
/// A client that takes none of the bytes sent to it for this long is gone, or holds a connection for nothing. A player that was
/// paused for longer asks anew, from where it was.
const TAKES_NOTHING_MAX: Duration = Duration::from_secs(300);
/// After a failed `accept` (no file descriptor left, most likely) ends of other connections are waited for.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The address of whoever opened the connection, for handlers and layers to find in a request's extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub SocketAddr);

/// A socket that listens, before it is served.
pub struct Server {
    listener: TcpListener,
}

impl Server {
    /// Starts to listen.
    ///
    /// # Errors
    /// The address is taken, or not this machine's.
    pub async fn bind(listen: SocketAddr) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(listen).await.with_context(|| format!("listen on {listen}"))?;
        Ok(Self { listener })
    }

    /// Where it listens; says the port when it was asked for any.
    ///
    /// # Errors
    /// The system does not tell.
    pub fn address(&self) -> anyhow::Result<SocketAddr> {
        self.listener.local_addr().context("read the listening address")
    }

    /// Serves until `stop` is cancelled, then lets the requests under way finish.
    pub async fn serve<S>(self, service: S, tasks: &Tasks, stop: &CancellationToken)
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Clone + Send + Sync + 'static,
        S::Future: Send,
    {
        let connections = tasks.child();
        let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        while let Some(Some((stream, peer, permit))) = stop.run_until_cancelled(self.accept(&room)).await {
            let stop = connections.token().clone();
            connections.spawn("connection", serve_connection(stream, Peer(peer), permit, service.clone(), stop));
        }
        drop(self.listener);
        if let Err(late) = connections.drain(DRAIN_WITHIN).await {
            tracing::warn!(connections = late.0.len(), "cut off {} connections that did not end in time", late.0.len());
        }
    }

    /// The next connection, once there is room for it; `None` never comes while the process lives.
    async fn accept(&self, room: &Arc<Semaphore>) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
        let permit = room.clone().acquire_owned().await.ok()?;
        loop {
            match self.listener.accept().await {
                Ok((stream, peer)) => return Some((stream, peer, permit)),
                // The client gave up between its knock and our answer.
                Err(error) if matches!(error.kind(), ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset) => {}
                Err(error) => {
                    tracing::error!("accept a connection: {error}");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }
}

/// A connection in the gauge of those in use.
struct InUse;

impl InUse {
    fn new() -> Self {
        metrics::gauge!("iris_http_connections").increment(1.0);
        Self
    }
}

impl Drop for InUse {
    fn drop(&mut self) {
        metrics::gauge!("iris_http_connections").decrement(1.0);
    }
}

/// Pictures are sent whole: waiting to fill a packet would only delay them. And whoever takes nothing for long is let go.
fn prepare(stream: &TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let socket = SockRef::from(stream);
    socket.set_tcp_notsent_lowat(UNSENT_BYTES_MAX)?;
    socket.set_tcp_user_timeout(Some(TAKES_NOTHING_MAX))
}

async fn serve_connection<S>(
    stream: TcpStream,
    peer: Peer,
    permit: OwnedSemaphorePermit,
    service: S,
    stop: CancellationToken,
) where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Clone + Send + Sync + 'static,
    S::Future: Send,
{
    let _permit = permit;
    let _in_use = InUse::new();
    if let Err(error) = prepare(&stream) {
        tracing::debug!(peer = %peer.0, "set up a connection: {error}");
        return;
    }
    let handle = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(peer);
        service.clone().oneshot(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_WITHIN)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), handle);
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(peer = %peer.0, "a connection ended early: {error}");
    }
}
