//! Stands between a camera and its client and notes when each picture passed: the only clock of a picture that the measured
//! path has no part in. Understands of RTSP over TCP just enough to find the end of a picture (RFC 2326 section 10.12, RFC 6184
//! section 5.1); passes every byte on unchanged. Passing does not wait for the note.

use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use anyhow::Context as _;
use iris_domain::Timestamp;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// The channel that carries video, which the client sets up first.
const VIDEO_CHANNEL: u8 = 0;
/// Of the second byte of RTP's header: the last packet of a picture.
const MARKER: u8 = 0x80;
const END_OF_HEAD: &[u8] = b"\r\n\r\n";

/// A tap on one camera. Dropping it cuts the connections.
pub struct Tap {
    port: u16,
    passed: Arc<Mutex<Vec<Timestamp>>>,
    _connections: JoinSet<()>,
}

impl Tap {
    /// Listens on a port of its own for clients of the camera at `camera`.
    pub async fn on(camera: u16) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.context("listen for a client")?;
        let port = listener.local_addr()?.port();
        let passed = Arc::<Mutex<Vec<Timestamp>>>::default();
        let notes = Arc::clone(&passed);
        let mut connections = JoinSet::new();
        connections.spawn(async move {
            let mut open = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                let notes = Arc::clone(&notes);
                open.spawn(async move {
                    if let Err(error) = pass(client, camera, &notes).await {
                        eprintln!("bench: a connection to the camera ended: {error}");
                    }
                });
            }
        });
        Ok(Self { port, passed, _connections: connections })
    }

    /// The address of a stream through the tap.
    pub fn url(&self, stream: &str) -> String {
        format!("rtsp://127.0.0.1:{}/{stream}", self.port)
    }

    /// When the picture passed that passed nearest to `moment`.
    pub fn nearest(&self, moment: Timestamp) -> Option<Timestamp> {
        let passed = self.passed.lock().expect("nobody panics with the notes in hand");
        passed.iter().copied().min_by_key(|passed| passed.as_micros().abs_diff(moment.as_micros()))
    }
}

async fn pass(client: TcpStream, camera: u16, notes: &Mutex<Vec<Timestamp>>) -> std::io::Result<()> {
    let camera = TcpStream::connect(("127.0.0.1", camera)).await?;
    camera.set_nodelay(true)?;
    client.set_nodelay(true)?;
    let ((mut from_client, mut to_client), (mut from_camera, mut to_camera)) =
        (client.into_split(), camera.into_split());
    let back = async {
        let (mut chunk, mut waiting) = (vec![0; 64 * 1024], Vec::new());
        loop {
            let count = from_camera.read(&mut chunk).await?;
            if count == 0 {
                return Ok(());
            }
            let now = Timestamp::from_system(SystemTime::now());
            to_client.write_all(&chunk[..count]).await?;
            waiting.extend_from_slice(&chunk[..count]);
            let ended = take_whole(&mut waiting);
            notes.lock().expect("nobody panics with the notes in hand").extend(std::iter::repeat_n(now, ended));
        }
    };
    tokio::select! {
        result = back => result,
        result = tokio::io::copy(&mut from_client, &mut to_camera) => result.map(drop),
    }
}

/// Removes every whole message from the front and counts those that end a picture.
fn take_whole(waiting: &mut Vec<u8>) -> usize {
    let (mut ended, mut at) = (0, 0);
    while let Some(length) = length(&waiting[at..]).filter(|length| at + length <= waiting.len()) {
        if let [b'$', VIDEO_CHANNEL, _, _, _, second, ..] = waiting[at..at + length] {
            ended += usize::from(second & MARKER != 0);
        }
        at += length;
    }
    waiting.drain(..at);
    ended
}

/// Length of the message at the front, as soon as it can be told.
fn length(bytes: &[u8]) -> Option<usize> {
    if let [b'$', _, high, low, ..] = *bytes {
        return Some(4 + usize::from(u16::from_be_bytes([high, low])));
    }
    if bytes.first()? == &b'$' {
        return None;
    }
    let head = bytes.windows(END_OF_HEAD.len()).position(|window| window == END_OF_HEAD)? + END_OF_HEAD.len();
    let text = String::from_utf8_lossy(&bytes[..head]).to_ascii_lowercase();
    let body = text.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
    Some(head + body.unwrap_or(0))
}
