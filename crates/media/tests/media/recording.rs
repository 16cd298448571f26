//! Reading sources and writing segments.

use std::time::Duration;

use iris_media::{PacketKind, VideoCodec, salvage};
use tempfile::tempdir;

use crate::footage::{
    self, AAC, H264, H264_B, H265, ffprobe, open, pattern, picture_hashes, read_all, record, seconds,
};

#[test]
fn segments_hold_every_picture_bit_for_bit_and_tile_the_time() {
    for (codec, video, extension) in
        [("h264", H264, "mp4"), ("h264", H264_B, "mp4"), ("hevc", H265, "mkv"), ("h264", H264_B, "flv")]
    {
        let dir = tempdir().unwrap();
        let film = pattern(9, video, AAC, &dir.path().join("film").with_extension(extension));
        let segments = record(&film, dir.path(), 7, 3);
        assert_eq!(segments.len(), 5, "{video}: {segments:?}");
        let mut hashes = Vec::new();
        for (n, segment) in segments.iter().enumerate() {
            assert_eq!(
                (segment.name.sequence, segment.name.run, segment.name.starts_with_key),
                (7 + n as u64, 3, true)
            );
            let expected_ms = if n == 4 { 1_000 } else { 2_000 };
            assert!(segment.name.duration_ms.abs_diff(expected_ms) <= 41, "{:?}", segment.name);
            assert_eq!(segment.path.metadata().unwrap().len(), segment.bytes);
            let probed = ffprobe("-show_streams", &segment.path);
            let names: Vec<_> =
                probed["streams"].as_array().unwrap().iter().map(|s| s["codec_name"].as_str().unwrap()).collect();
            assert_eq!(names, [codec, "aac"]);
            hashes.extend(picture_hashes(&segment.path));
        }
        assert!(segments.windows(2).all(|pair| pair[0].name.end() == pair[1].name.start), "{segments:?}");
        assert_eq!(hashes, picture_hashes(&film), "{video}");
    }
}

#[test]
fn times_are_continuous_from_segment_to_segment() {
    let dir = tempdir().unwrap();
    let film = pattern(6, H264_B, AAC, &dir.path().join("film.mp4"));
    let mut times: Vec<(f64, f64)> = Vec::new();
    for segment in record(&film, dir.path(), 0, 1) {
        let probed = ffprobe("-select_streams v -show_packets", &segment.path);
        let packets = probed["packets"].as_array().unwrap();
        times.extend(packets.iter().map(|packet| (seconds(&packet["dts_time"]), seconds(&packet["pts_time"]))));
    }
    assert_eq!(times.len(), 150);
    assert!(times.windows(2).all(|pair| (pair[1].0 - pair[0].0 - 0.04).abs() < 0.001), "{times:?}");
    assert!(times.iter().all(|(dts, pts)| dts <= pts));
}

#[test]
fn sound_that_segments_cannot_hold_becomes_aac() {
    for (name, audio, rate, channels) in [
        ("a-law.mkv", "-c:a pcm_alaw -ar 8000 -ac 1", 16_000, 1),
        ("mu-law.mkv", "-c:a pcm_mulaw -ar 8000 -ac 1", 16_000, 1),
        ("opus.mkv", "-c:a libopus -ac 2", 48_000, 2),
        ("g726.mkv", "-c:a g726 -ar 8000 -ac 1", 16_000, 1),
        ("mp3.mkv", "-c:a libmp3lame -ar 44100 -ac 2", 44_100, 2),
        ("ac3.mkv", "-c:a ac3 -ac 6", 48_000, 2),
    ] {
        let dir = tempdir().unwrap();
        let film = pattern(5, H264, audio, &dir.path().join(name));
        let mut heard = 0.0;
        for segment in record(&film, dir.path(), 0, 1) {
            let probed = ffprobe("-select_streams a -show_streams -show_packets", &segment.path);
            let sound = &probed["streams"][0];
            assert_eq!(sound["codec_name"], "aac", "{name}");
            assert_eq!(
                (sound["sample_rate"].as_str(), sound["channels"].as_u64()),
                (Some(rate.to_string().as_str()), Some(channels)),
                "{name}"
            );
            heard += probed["packets"].as_array().unwrap().len() as f64 * 1024.0 / f64::from(rate);
        }
        assert!((4.6..5.2).contains(&heard), "{name}: {heard} s of sound");
    }
}

#[test]
fn a_camera_without_sound_records() {
    let dir = tempdir().unwrap();
    let film = pattern(3, H264, "", &dir.path().join("film.mp4"));
    let source = open(&film);
    let info = source.streams();
    assert_eq!((info.codec, info.width, info.height, info.fps_estimate), (VideoCodec::H264, 320, 240, Some(25.0)));
    assert!(info.audio.is_none());
    assert_eq!(record(&film, dir.path(), 0, 1).len(), 2);
}

#[test]
fn without_key_frames_segments_are_cut_all_the_same() {
    let dir = tempdir().unwrap();
    let video = "-c:v libx264 -preset ultrafast -g 1000 -keyint_min 1000 -sc_threshold 0 -bf 0";
    let film = pattern(25, video, "", &dir.path().join("film.mp4"));
    let names: Vec<_> = record(&film, dir.path(), 0, 1)
        .iter()
        .map(|segment| (segment.name.duration_ms, segment.name.starts_with_key))
        .collect();
    assert_eq!(names, [(10_000, true), (10_000, false), (5_000, false)]);
}

#[test]
fn streams_without_times_are_given_them() {
    for (video, extension) in [(H264, "h264"), (H264_B, "h264"), (H265, "hevc")] {
        let dir = tempdir().unwrap();
        let film = pattern(4, video, "", &dir.path().join("film").with_extension(extension));
        let pictures = footage::pictures(&film);
        assert_eq!(pictures.len(), 100, "{video}");
        let mut shown: Vec<i64> = pictures.iter().map(|picture| picture.pts.as_micros()).collect();
        assert!(pictures.windows(2).all(|pair| pair[0].dts < pair[1].dts), "{video}");
        assert!(pictures.iter().all(|picture| picture.dts <= picture.pts), "{video}");
        shown.sort_unstable();
        assert!(shown.windows(2).all(|pair| (pair[1] - pair[0] - 40_000).abs() <= 1_000), "{video}: {shown:?}");
        let segments = record(&film, dir.path(), 0, 1);
        let hashes: Vec<_> = segments.iter().flat_map(|segment| picture_hashes(&segment.path)).collect();
        assert_eq!(hashes, picture_hashes(&film), "{video}");
    }
}

#[test]
fn a_change_of_size_begins_a_new_segment() {
    let dir = tempdir().unwrap();
    let small = pattern(3, H264, "", &dir.path().join("small.h264"));
    let big = footage::ffmpeg(
        &format!("-f lavfi -i testsrc2=s=640x480:r=25:d=3 -pix_fmt yuv420p {H264}"),
        &dir.path().join("big.h264"),
    );
    let both = dir.path().join("both.h264");
    std::fs::write(&both, [std::fs::read(small).unwrap(), std::fs::read(big).unwrap()].concat()).unwrap();
    let (source, packets) = read_all(&both);
    let changes: Vec<_> =
        packets.iter().enumerate().filter(|(_, packet)| packet.params_changed).map(|(n, _)| n).collect();
    assert_eq!(changes, [75]);
    assert_eq!((source.streams().width, source.streams().height), (640, 480));
    let widths: Vec<_> = record(&both, dir.path(), 0, 1)
        .iter()
        .map(|segment| {
            (ffprobe("-show_streams", &segment.path)["streams"][0]["width"].as_u64().unwrap(), segment.name.duration_ms)
        })
        .collect();
    assert_eq!(widths, [(320, 2_000), (320, 1_000), (640, 2_000), (640, 1_000)]);
}

#[test]
fn an_open_segment_is_saved_after_a_crash() {
    let dir = tempdir().unwrap();
    let film = pattern(3, H264, AAC, &dir.path().join("film.mp4"));
    let segment = record(&film, dir.path(), 4, 2).remove(0);
    let whole = std::fs::read(&segment.path).unwrap();
    // As a killed process leaves it: cut in the middle of a TS packet, under the name it had.
    let open_name = segment.name.to_string().replace("_0002000_", "_0000000_");
    std::fs::write(dir.path().join(format!(".open-{open_name}")), &whole[..whole.len() / 2 + 77]).unwrap();
    std::fs::write(dir.path().join(".open-garbage"), b"x").unwrap();
    std::fs::remove_file(&segment.path).unwrap();
    let saved = salvage(dir.path()).unwrap();
    assert_eq!(saved.len(), 1);
    let name = saved[0].name;
    assert_eq!((name.start, name.sequence, name.run), (segment.name.start, 4, 2));
    assert!((500..1_900).contains(&name.duration_ms), "{name:?}");
    assert!(saved[0].path.exists());
    let hidden = std::fs::read_dir(dir.path())
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with('.'));
    assert_eq!(hidden.count(), 0);
}

#[test]
fn disposable_pictures_are_told() {
    let dir = tempdir().unwrap();
    let disposable = |video: &str| {
        let pictures = footage::pictures(&pattern(2, video, "", &dir.path().join("film.mp4")));
        pictures.iter().filter(|picture| picture.disposable).count()
    };
    assert_eq!(disposable(H264), 0);
    assert!(disposable(H264_B) >= 20);
}

#[test]
fn the_wall_clock_runs_with_the_media_clock() {
    let dir = tempdir().unwrap();
    let pictures = footage::pictures(&pattern(3, H264_B, AAC, &dir.path().join("film.mp4")));
    let zero = pictures[0].wall.minus(Duration::from_micros(pictures[0].pts.as_micros() as u64));
    for picture in &pictures {
        assert_eq!(picture.kind, PacketKind::Video);
        assert_eq!(picture.wall, zero.plus(Duration::from_micros(picture.pts.as_micros() as u64)));
    }
}
