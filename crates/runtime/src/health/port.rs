//! The health port: `/live`, `/ready` and `/metrics` over HTTP/1, for the process's supervisor and for Prometheus.
//! It reads nothing but the request's first line and changes nothing. It is not meant for the open network.

use super::Health;
use anyhow::Context as _;
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use metrics_exporter_prometheus::PrometheusHandle;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Requests here are a line and a few headers; hyper's smallest buffer holds them.
const REQUEST_BYTES_MAX: usize = 8 * 1024;
/// One request per connection, whole within this time: scrapers give up after 10 s themselves.
const CONNECTION_TIME_MAX: Duration = Duration::from_secs(10);
/// Probes and scrapers are few; more callers than this are made to wait.
const CONNECTIONS_MAX: usize = 16;
/// After a failed accept; out of file descriptors, which is the usual reason, does not pass at once.
const ACCEPT_PAUSE: Duration = Duration::from_secs(1);

/// What the port shows.
#[derive(Clone)]
pub(crate) struct HealthPort {
    health: Health,
    metrics: PrometheusHandle,
    process: metrics_process::Collector,
}

/// Opens the port.
pub(crate) async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    let listener =
        TcpListener::bind(address).await.with_context(|| format!("listen for health checks at {address}"))?;
    let address = listener.local_addr().context("read the health port's own address")?;
    tracing::info!(%address, "health port listens at http://{address}");
    Ok(listener)
}

impl HealthPort {
    /// A port that shows `health`, what `metrics` renders, and the process's own figures among it.
    pub(crate) fn new(health: Health, metrics: PrometheusHandle) -> Self {
        let process = metrics_process::Collector::default();
        process.describe();
        Self { health, metrics, process }
    }

    /// Answers until `stop`.
    pub(crate) async fn serve(self, listener: TcpListener, stop: CancellationToken) {
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                Some(_) = connections.join_next() => {}
                accepted = listener.accept(), if connections.len() < CONNECTIONS_MAX => match accepted {
                    Ok((stream, _)) => drop(connections.spawn(self.clone().converse(stream))),
                    Err(error) => {
                        tracing::warn!(%error, "accept a health check: {error}");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                }
            }
        }
    }

    /// One connection. Its errors are the caller's affair: it went away, or spoke no HTTP.
    async fn converse(self, stream: TcpStream) {
        let answer = service_fn(move |request| std::future::ready(Ok::<_, Infallible>(self.answer(&request))));
        let mut http = hyper::server::conn::http1::Builder::new();
        http.keep_alive(false).max_buf_size(REQUEST_BYTES_MAX);
        let _gone =
            tokio::time::timeout(CONNECTION_TIME_MAX, http.serve_connection(TokioIo::new(stream), answer)).await;
    }

    fn answer(&self, request: &Request<Incoming>) -> Response<Full<Bytes>> {
        match (request.method(), request.uri().path()) {
            (&Method::GET | &Method::HEAD, "/live") => respond(StatusCode::OK, "text/plain", "live\n"),
            (&Method::GET | &Method::HEAD, "/ready") => self.readiness(),
            (&Method::GET | &Method::HEAD, "/metrics") => {
                self.process.collect();
                respond(StatusCode::OK, "text/plain; version=0.0.4", self.metrics.render())
            }
            (&Method::GET | &Method::HEAD, _) => respond(StatusCode::NOT_FOUND, "text/plain", "not found\n"),
            _ => respond(StatusCode::METHOD_NOT_ALLOWED, "text/plain", "only GET\n"),
        }
    }

    fn readiness(&self) -> Response<Full<Bytes>> {
        let not_ready = self.health.not_ready();
        let status = if not_ready.is_empty() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        let body = serde_json::json!({ "ready": not_ready.is_empty(), "not_ready": not_ready });
        respond(status, "application/json", format!("{body}\n"))
    }
}

fn respond(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
