//! Reading and recording from a real RTSP server.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use iris_domain::{RtspTransport, SourceUrl, Timestamp};
use iris_media::{
    ClosedSegment, OpenError, OpenOptions, Packet, PacketKind, ReadError, Segmenter, SegmenterOptions, Source,
    StopFlag, VideoCodec,
};
use tempfile::tempdir;

use crate::footage::{AAC, H264, H264_B, H265, ffprobe, pattern, picture_hashes};

/// The camera script of the test kit, running.
struct Camera {
    process: Child,
    port: u16,
}

impl Camera {
    fn start(arguments: &[&str]) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../testkit/camera/rtsp_camera.py");
        let mut process = Command::new("/usr/bin/python3")
            .arg(script)
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 is installed");
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line.trim().strip_prefix("port ").expect("the camera says its port").parse().unwrap();
        Self { process, port }
    }

    fn open(&self, credentials: &str, path: &str, transport: RtspTransport) -> Result<Source, OpenError> {
        let url = SourceUrl::parse(&format!("rtsp://{credentials}127.0.0.1:{}/{path}", self.port), false).unwrap();
        let options = OpenOptions { transport, read_timeout: Duration::from_secs(3), ..OpenOptions::default() };
        Source::open(&url, &options, StopFlag::new())
    }

    fn stop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Camera {
    fn drop(&mut self) {
        self.stop();
    }
}

fn record(source: &mut Source, dir: &Path, pictures: usize) -> (Vec<Packet>, Vec<ClosedSegment>) {
    let mut segmenter = Segmenter::new(dir.to_owned(), source.streams(), 0, 1, SegmenterOptions::default());
    let (mut packets, mut segments) = (Vec::new(), Vec::new());
    while packets.len() < pictures {
        let packet = source.read().unwrap();
        segments.extend(segmenter.write(&packet).unwrap());
        packets.extend(Some(packet).filter(|packet| packet.kind == PacketKind::Video));
    }
    segments.extend(segmenter.finish().unwrap());
    (packets, segments)
}

#[test]
fn films_are_recorded_through_the_loop_by_tcp_and_udp() {
    let dir = tempdir().unwrap();
    let films = [("plain", H264), ("reordered", H264_B), ("hevc", H265)];
    let streams: Vec<String> = films
        .iter()
        .map(|(name, video)| {
            format!("{name}={}", pattern(3, video, AAC, &dir.path().join(format!("{name}.mkv"))).display())
        })
        .collect();
    let arguments: Vec<&str> = streams.iter().flat_map(|stream| ["--stream", stream]).collect();
    let camera = Camera::start(&arguments);
    for transport in [RtspTransport::Tcp, RtspTransport::Udp] {
        for (name, video) in films {
            let folder = dir.path().join(format!("{name}-{transport:?}"));
            std::fs::create_dir(&folder).unwrap();
            let mut source = camera.open("", name, transport).unwrap();
            let codec = if video == H265 { VideoCodec::H265 } else { VideoCodec::H264 };
            assert_eq!((source.streams().codec, source.streams().width, source.streams().height), (codec, 320, 240));
            assert_eq!(source.streams().audio.as_ref().unwrap().codec, "aac");
            let (packets, segments) = record(&mut source, &folder, 130);
            assert!(packets.windows(2).all(|pair| pair[0].dts < pair[1].dts), "{name} {transport:?}");
            let mut shown: Vec<_> = packets.iter().map(|packet| packet.pts.as_micros()).collect();
            shown.sort_unstable();
            let steady = shown.windows(2).filter(|pair| (pair[1] - pair[0] - 40_000).abs() < 5_000).count();
            assert!(steady >= 125, "{name} {transport:?}: {shown:?}");
            assert!(segments.len() >= 3 && segments.iter().all(|segment| segment.name.starts_with_key), "{segments:?}");
            for segment in &segments {
                assert!(!picture_hashes(&segment.path).is_empty());
            }
        }
    }
}

#[test]
fn pictures_are_dated_when_they_come() {
    let camera = Camera::start(&["--pattern", "testsrc", "--audio", "pcmu"]);
    let mut source = camera.open("", "stream", RtspTransport::Tcp).unwrap();
    assert_eq!(source.streams().audio.as_ref().unwrap().codec, "pcm_mulaw");
    let mut late = Vec::new();
    for _ in 0..150 {
        let packet = source.read().unwrap();
        late.push(Timestamp::from_system(SystemTime::now()).seconds_since(packet.wall));
    }
    late.sort_by(f64::total_cmp);
    assert!((-0.2..0.5).contains(&late[75]), "pictures are dated {} s before they come", late[75]);
}

#[test]
fn telephone_sound_is_recorded_as_aac() {
    let dir = tempdir().unwrap();
    let camera = Camera::start(&["--pattern", "ball", "--audio", "pcmu", "--codec", "h265"]);
    let mut source = camera.open("", "stream", RtspTransport::Tcp).unwrap();
    let (packets, segments) = record(&mut source, dir.path(), 80);
    assert!(packets.iter().all(|packet| !packet.params_changed), "the same parameters again are no change");
    let probed = ffprobe("-show_streams", &segments[0].path);
    let names: Vec<_> =
        probed["streams"].as_array().unwrap().iter().map(|s| s["codec_name"].as_str().unwrap()).collect();
    assert_eq!(names, ["hevc", "aac"]);
}

#[test]
fn credentials_are_asked_for_and_taken() {
    let camera = Camera::start(&["--pattern", "testsrc", "--audio", "none", "--user", "admin", "--password", "s3cret"]);
    for credentials in ["", "admin:wrong@"] {
        let error = camera.open(credentials, "stream", RtspTransport::Tcp).unwrap_err();
        assert_eq!(error, OpenError::Unauthorized { status: 401 }, "{credentials}");
    }
    assert!(camera.open("admin:s3cret@", "stream", RtspTransport::Tcp).is_ok());
    assert_eq!(camera.open("admin:s3cret@", "other", RtspTransport::Tcp).unwrap_err(), OpenError::NotFound);
}

#[test]
fn a_camera_that_dies_or_hangs_is_noticed() {
    let mut camera = Camera::start(&["--pattern", "testsrc", "--audio", "none"]);
    let mut source = camera.open("", "stream", RtspTransport::Tcp).unwrap();
    source.read().unwrap();
    let paused = Command::new("kill").args(["-STOP", &camera.process.id().to_string()]).status().unwrap();
    assert!(paused.success());
    let begun = Instant::now();
    let error = loop {
        if let Err(error) = source.read() {
            break error;
        }
    };
    assert_eq!(error, ReadError::Stalled(Duration::from_secs(3)));
    assert!(begun.elapsed() < Duration::from_secs(8));
    assert!(Command::new("kill").args(["-CONT", &camera.process.id().to_string()]).status().unwrap().success());

    let mut source = camera.open("", "stream", RtspTransport::Tcp).unwrap();
    source.read().unwrap();
    camera.stop();
    let error = loop {
        if let Err(error) = source.read() {
            break error;
        }
    };
    assert!(matches!(error, ReadError::Ended | ReadError::Broken(_)), "{error:?}");
}
