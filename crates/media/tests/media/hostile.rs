//! Addresses and servers that mean harm, or are merely not there.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use iris_domain::SourceUrl;
use iris_media::{OpenError, OpenOptions, Source, StopFlag};
use tempfile::tempdir;

use crate::footage::{AAC, H264, pattern};

const TIMEOUT: Duration = Duration::from_secs(3);

fn open(address: &str, stop: StopFlag) -> Result<Source, OpenError> {
    let url = SourceUrl::parse(address, false).unwrap();
    Source::open(&url, &OpenOptions { open_timeout: TIMEOUT, read_timeout: TIMEOUT, ..OpenOptions::default() }, stop)
}

/// A web server that answers every request by its path, until the process ends.
fn serve(answer: impl Fn(&str) -> Vec<u8> + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let path = requested(&mut stream);
            let path = path.split('?').next().unwrap_or_default();
            // The client may be gone already; that is its right.
            let _ = stream.write_all(&answer(path));
        }
    });
    port
}

fn requested(stream: &mut TcpStream) -> String {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap_or(0) == 1 {
        request.push(byte[0]);
    }
    String::from_utf8_lossy(&request).split_whitespace().nth(1).unwrap_or_default().to_owned()
}

fn ok(kind: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

fn status(line: &str) -> Vec<u8> {
    format!("HTTP/1.1 {line}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").into_bytes()
}

#[test]
fn nothing_leads_to_this_machines_files() {
    let dir = tempdir().unwrap();
    let film = pattern(2, H264, AAC, &dir.path().join("film.ts"));
    let (at, bytes) = (film.display().to_string(), std::fs::read(&film).unwrap());
    let port = serve(move |path| {
        match path {
        "/redirect" => format!("HTTP/1.1 302 Found\r\nLocation: file://{at}\r\nContent-Length: 0\r\n\r\n").into_bytes(),
        "/list.m3u8" => ok("application/vnd.apple.mpegurl", format!("#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nfile://{at}\n#EXT-X-ENDLIST\n").as_bytes()),
        "/concat" => ok("text/plain", format!("ffconcat version 1.0\nfile 'file:{at}'\n").as_bytes()),
        "/subfile.m3u8" => ok("application/vnd.apple.mpegurl", format!("#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nsubfile,,start,0,end,0,,:{at}\n#EXT-X-ENDLIST\n").as_bytes()),
        "/session.sdp" => ok("application/sdp", b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 0 RTP/AVP 96\na=control:file:///etc/passwd\n"),
        "/film.ts" => ok("video/mp2t", &bytes),
        _ => status("404 Not Found"),
    }
    });
    for path in ["redirect", "list.m3u8", "concat", "subfile.m3u8", "session.sdp"] {
        let opened = open(&format!("http://127.0.0.1:{port}/{path}"), StopFlag::new());
        let error = opened.err().unwrap_or_else(|| panic!("{path} was opened")).to_string();
        assert!(!error.contains('/'), "{path}: {error}");
    }
    // The same film by the front door, so that the refusals above mean something.
    assert!(open(&format!("http://127.0.0.1:{port}/film.ts"), StopFlag::new()).is_ok());
}

#[test]
fn every_refusal_has_its_own_words_and_no_password() {
    let port = serve(|path| match path {
        "/closed" => status("401 Unauthorized"),
        "/forbidden" => status("403 Forbidden"),
        "/page" => ok("text/html", b"<html><body>This is a web page.</body></html>"),
        _ => status("404 Not Found"),
    });
    for (path, expected) in [
        ("closed", "401 from the camera"),
        ("forbidden", "403 from the camera"),
        ("nothing", "no such stream"),
        ("page", "what the camera sends is no stream that Iris reads"),
    ] {
        let error =
            open(&format!("http://admin:s3cret@127.0.0.1:{port}/{path}?token=t0ken"), StopFlag::new()).unwrap_err();
        assert_eq!(error.to_string(), expected);
        assert!(!format!("{error:?}").contains("s3cret") && !format!("{error:?}").contains("t0ken"));
    }
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for scheme in ["rtsp", "http", "rtmp"] {
        let error = open(&format!("{scheme}://127.0.0.1:{nobody}/s"), StopFlag::new()).unwrap_err();
        assert_eq!(error, OpenError::Refused, "{scheme}");
    }
}

#[test]
fn sound_alone_and_other_codecs_are_refused_by_name() {
    let dir = tempdir().unwrap();
    let sound = crate::footage::ffmpeg("-f lavfi -i sine=440:d=3 -c:a aac", &dir.path().join("sound.ts"));
    let film =
        crate::footage::ffmpeg("-f lavfi -i testsrc2=s=320x240:r=25:d=3 -c:v mpeg2video", &dir.path().join("film.ts"));
    let (sound, film) = (std::fs::read(sound).unwrap(), std::fs::read(film).unwrap());
    let port = serve(move |path| ok("video/mp2t", if path == "/sound" { &sound } else { &film }));
    let error = |path: &str| open(&format!("http://127.0.0.1:{port}/{path}"), StopFlag::new()).unwrap_err();
    assert_eq!(error("sound"), OpenError::NoVideo);
    assert_eq!(error("film").to_string(), "codec mpeg2video is not recorded");
}

#[test]
fn a_silent_camera_times_out_and_a_stop_ends_waiting_at_once() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    for scheme in ["rtsp", "http", "rtmp"] {
        let address = format!("{scheme}://127.0.0.1:{port}/s");
        let begun = Instant::now();
        assert_eq!(open(&address, StopFlag::new()).unwrap_err(), OpenError::Timeout(TIMEOUT), "{scheme}");
        assert!(
            (TIMEOUT..TIMEOUT + Duration::from_secs(2)).contains(&begun.elapsed()),
            "{scheme}: {:?}",
            begun.elapsed()
        );
    }
    let stop = StopFlag::new();
    let (opening, opened) = mpsc::channel();
    let (address, asked) = (format!("rtsp://127.0.0.1:{port}/s"), stop.clone());
    let thread = std::thread::spawn(move || opening.send(open(&address, asked).map(drop)).unwrap());
    assert!(opened.recv_timeout(Duration::from_millis(300)).is_err(), "still waiting for the camera");
    stop.stop();
    assert_eq!(opened.recv_timeout(Duration::from_secs(2)).unwrap(), Err(OpenError::Stopped));
    thread.join().unwrap();
}
