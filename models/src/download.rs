//! One file by HTTP into a [`Part`]: goes on where an earlier try stopped, tries again where that may help, waits for
//! nobody for ever and takes no more bytes than were announced. What the bytes are worth is judged by the caller.

use std::error::Error;
use std::io;
use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBuilder};
use indicatif::ProgressBar;
use reqwest::header::{ACCEPT_ENCODING, CONTENT_RANGE, ETAG, HeaderMap, IF_RANGE, LAST_MODIFIED, RANGE};
use reqwest::{Client, Response, StatusCode};
use tokio::fs::File;
use tokio::io::AsyncWriteExt as _;
use url::Url;

use crate::download_error::DownloadError;
use crate::part::{Part, ResumePoint, Version};

/// How long to wait for what.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For a connection.
    pub connect: Duration,
    /// For the next bytes.
    pub stall: Duration,
    /// Before the first try after a failure; twice as long before each further one.
    pub pause_min: Duration,
    /// At most.
    pub pause_max: Duration,
    /// Failures in a row, without a byte in between, after which it gives up.
    pub failures_max: usize,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            stall: Duration::from_secs(30),
            pause_min: Duration::from_secs(1),
            pause_max: Duration::from_secs(8),
            failures_max: 4,
        }
    }
}

/// The size beyond which a file is not taken where the manifest knows none: several times the largest model there is use
/// for here, and far from filling a disk.
const SIZE_BYTES_MAX: u64 = 1 << 30;

/// What is wanted.
pub(crate) struct Order<'a> {
    pub(crate) url: &'a Url,
    pub(crate) part: &'a Part,
    pub(crate) size_bytes: Option<u64>,
}

/// Fetches files.
#[derive(Debug, Clone)]
pub struct Downloader {
    client: Client,
    patience: Patience,
}

impl Downloader {
    /// Takes a proxy from the environment (`HTTPS_PROXY`, `NO_PROXY`), as every program does.
    pub fn new(patience: Patience) -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            .user_agent(concat!("iris-models/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(patience.connect)
            .read_timeout(patience.stall)
            .build()?;
        Ok(Self { client, patience })
    }

    /// Fetches all of the file, with as many tries as bring bytes, and a few more.
    pub(crate) async fn run(&self, order: &Order<'_>, bar: &ProgressBar) -> Result<(), DownloadError> {
        let pauses = ExponentialBuilder::new()
            .with_min_delay(self.patience.pause_min)
            .with_max_delay(self.patience.pause_max)
            .with_max_times(self.patience.failures_max)
            .with_jitter();
        let mut pause = pauses.build();
        loop {
            let before = order.part.length();
            let Err(error) = self.run_once(order, bar).await else { return Ok(()) };
            let came = order.part.length() > before;
            if error.spoils() {
                order.part.discard().map_err(|source| unwritable(order, source))?;
            }
            if !error.may_pass() {
                return Err(error);
            }
            if came {
                pause = pauses.build();
            }
            let Some(wait) = pause.next() else { return Err(error) };
            bar.suspend(|| eprintln!("`{}` failed; trying again in {:.0} s", order.url, wait.as_secs_f32()));
            tokio::time::sleep(wait).await;
        }
    }

    async fn run_once(&self, order: &Order<'_>, bar: &ProgressBar) -> Result<(), DownloadError> {
        let resume = order.part.resume_point(order.url);
        let mut request = self.client.get(order.url.clone()).header(ACCEPT_ENCODING, "identity");
        if let Some(resume) = &resume {
            request = request.header(RANGE, format!("bytes={}-", resume.offset));
            request = request.header(IF_RANGE, &resume.version.validator);
        }
        let response = request.send().await.map_err(|error| failed(order.url, &error))?;
        let transfer = Transfer::new(order, resume.as_ref(), &response)?;
        let file = if transfer.offset == 0 {
            order.part.start_over(version(order.url, response.headers()).as_ref()).await
        } else {
            order.part.go_on().await
        };
        let mut file = file.map_err(|source| unwritable(order, source))?;
        if let Some(total) = transfer.total {
            bar.set_length(total);
        }
        bar.set_position(transfer.offset);
        let received = receive(order, &transfer, response, &mut file, bar).await;
        // Also what came before the connection broke is wanted on the disk.
        let stored = async {
            file.flush().await?;
            file.sync_all().await
        }
        .await;
        received?;
        stored.map_err(|source| unwritable(order, source))
    }
}

/// What a server is about to send.
struct Transfer {
    /// The first byte's place in the file.
    offset: u64,
    /// The size of the whole file, where the server says it.
    total: Option<u64>,
}

impl Transfer {
    /// Judges the head of an answer.
    fn new(order: &Order<'_>, resume: Option<&ResumePoint>, response: &Response) -> Result<Self, DownloadError> {
        let (url, status) = (order.url.clone(), response.status());
        let transfer = match status {
            StatusCode::OK => Self { offset: 0, total: response.content_length() },
            StatusCode::PARTIAL_CONTENT => resume
                .and_then(|resume| Self::partial(resume, response.headers()))
                .ok_or(DownloadError::Changed { url })?,
            StatusCode::RANGE_NOT_SATISFIABLE => return Err(DownloadError::Changed { url }),
            StatusCode::NOT_FOUND | StatusCode::GONE => return Err(DownloadError::Gone { url, status }),
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => {
                return Err(DownloadError::Busy { url, status });
            }
            _ if status.is_server_error() => return Err(DownloadError::Busy { url, status }),
            _ => return Err(DownloadError::Refused { url, status }),
        };
        match transfer.total {
            Some(total) if !order.allows(total) => Err(order.wrong_size(total)),
            _ => Ok(transfer),
        }
    }

    /// The rest of the file that a part of is here; `None` when it is the rest of another one. Servers there are that
    /// know ranges and ignore `If-Range`, so the version is compared once more.
    fn partial(resume: &ResumePoint, headers: &HeaderMap) -> Option<Self> {
        let range = headers.get(CONTENT_RANGE)?.to_str().ok()?.strip_prefix("bytes ")?;
        let (bytes, total) = range.split_once('/')?;
        let offset: u64 = bytes.split_once('-')?.0.parse().ok()?;
        let sent = version(&resume.version.url, headers);
        let same = sent.is_none_or(|sent| sent == resume.version);
        (offset == resume.offset && same).then_some(Self { offset, total: total.parse().ok() })
    }
}

impl Order<'_> {
    /// Whether the whole file may have this many bytes.
    fn allows(&self, total: u64) -> bool {
        self.size_bytes.map_or(total <= SIZE_BYTES_MAX, |size| total == size)
    }

    fn wrong_size(&self, offered: u64) -> DownloadError {
        let expected = match self.size_bytes {
            Some(size) => format!("exactly {size}"),
            None => format!("at most {SIZE_BYTES_MAX}"),
        };
        DownloadError::WrongSize { url: self.url.clone(), offered, expected }
    }
}

async fn receive(
    order: &Order<'_>,
    transfer: &Transfer,
    mut response: Response,
    file: &mut File,
    bar: &ProgressBar,
) -> Result<(), DownloadError> {
    let limit = transfer.total.or(order.size_bytes).unwrap_or(SIZE_BYTES_MAX);
    let mut received = transfer.offset;
    while let Some(bytes) = response.chunk().await.map_err(|error| failed(order.url, &error))? {
        received += bytes.len() as u64;
        if received > limit {
            return Err(order.wrong_size(received));
        }
        file.write_all(&bytes).await.map_err(|source| unwritable(order, source))?;
        bar.set_position(received);
    }
    match transfer.total {
        Some(total) if received < total => {
            Err(DownloadError::BrokenOff { url: order.url.clone(), reason: format!("{received} of {total} bytes") })
        }
        None if !order.allows(received) => Err(order.wrong_size(received)),
        _ => Ok(()),
    }
}

/// What the server calls the version that it sends. A weak ETag promises no equal bytes.
fn version(url: &Url, headers: &HeaderMap) -> Option<Version> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let strong = text(ETAG).filter(|etag| !etag.starts_with("W/"));
    strong.or_else(|| text(LAST_MODIFIED)).map(|validator| Version { url: url.clone(), validator })
}

fn failed(url: &Url, error: &reqwest::Error) -> DownloadError {
    let (url, reason) = (url.clone(), innermost(error));
    match error.is_connect() {
        // The TLS library tells it only in words.
        true if reason.contains("certificate") => DownloadError::Untrusted { url, reason },
        true => DownloadError::Unreachable { url, reason },
        false if error.is_timeout() => DownloadError::BrokenOff { url, reason: "it fell silent".into() },
        false => DownloadError::BrokenOff { url, reason },
    }
}

/// The layers above it only repeat that a request failed.
fn innermost(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

fn unwritable(order: &Order<'_>, source: io::Error) -> DownloadError {
    let path = order.part.path.clone();
    match source.kind() {
        io::ErrorKind::StorageFull => DownloadError::DiskFull { path },
        _ => DownloadError::Unwritable { path, source },
    }
}
