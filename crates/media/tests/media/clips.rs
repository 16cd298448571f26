//! Clips and thumbnails.

use std::path::{Path, PathBuf};
use std::time::Duration;

use iris_domain::Timestamp;
use iris_media::{
    BrokenClip, ClipError, ClipPart, ClipReport, ClosedSegment, GapReason, MediaTime, Segmenter, SegmenterOptions,
    check_clip, cut_clip, thumbnail,
};
use tempfile::tempdir;

use crate::footage::{self, AAC, H264, H264_B, H265, assert_close, ffprobe, pattern, picture_hashes, record, seconds};

fn parts(segments: &[ClosedSegment]) -> Vec<ClipPart> {
    segments.iter().map(|segment| ClipPart { path: segment.path.clone(), name: segment.name }).collect()
}

fn after(segments: &[ClosedSegment], ms: u64) -> Timestamp {
    segments[0].name.start.plus(Duration::from_millis(ms))
}

fn cut(segments: &[ClosedSegment], from_ms: u64, to_ms: u64, dir: &Path) -> (ClipReport, PathBuf) {
    let out = dir.join("clip.mp4");
    (cut_clip(&parts(segments), after(segments, from_ms), after(segments, to_ms), &out).unwrap(), out)
}

/// Whether the index lies in front of the media, as streaming over HTTP needs.
fn moov_first(path: &Path) -> bool {
    let bytes = std::fs::read(path).unwrap();
    let mut at = 0;
    while at + 8 <= bytes.len() {
        let size = u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
        match &bytes[at + 4..at + 8] {
            b"moov" => return true,
            b"mdat" => return false,
            _ => at += size,
        }
    }
    false
}

#[test]
fn a_clip_holds_the_pictures_bit_for_bit_from_the_key_frame_before() {
    for (video, tag) in [(H264, "avc1"), (H264_B, "avc1"), (H265, "hvc1")] {
        let dir = tempdir().unwrap();
        let film = pattern(10, video, AAC, &dir.path().join("film.mkv"));
        let segments = record(&film, dir.path(), 0, 1);
        let (report, clip) = cut(&segments, 3_500, 7_500, dir.path());
        let start_ms = (report.start.as_millis() - segments[0].name.start.as_millis()) as u64;
        assert!(start_ms.abs_diff(3_000) <= 2, "{video}: begins at {start_ms}");
        assert!(report.gaps.is_empty() && report.has_audio, "{report:?}");
        assert!(moov_first(&clip));
        assert_eq!(check_clip(&clip), Ok(()), "{video}");
        let probed = ffprobe("-show_streams -show_format", &clip);
        let streams = probed["streams"].as_array().unwrap();
        assert_eq!(
            (streams[0]["codec_tag_string"].as_str(), streams[1]["codec_name"].as_str()),
            (Some(tag), Some("aac"))
        );
        assert_close(report.duration, seconds(&probed["format"]["duration"]), 0.1);
        assert_close(report.duration, 4.55, 0.15);
        assert_eq!((report.width, report.height, report.bytes), (320, 240, clip.metadata().unwrap().len()));
        let (cut, whole) = (picture_hashes(&clip), picture_hashes(&film));
        let shown = cut.len();
        // With B-frames the last group may lack a picture that is shown earlier than one it refers to.
        assert!((110..=116).contains(&shown), "{video}: {shown} pictures");
        assert_eq!(cut[..108], whole[75..183], "{video}");
    }
}

#[test]
fn a_clip_that_is_not_whole_is_found_out() {
    let dir = tempdir().unwrap();
    let film = pattern(6, H264, AAC, &dir.path().join("film.mkv"));
    let (_, clip) = cut(&record(&film, dir.path(), 0, 1), 0, 6_000, dir.path());
    let whole = std::fs::read(&clip).unwrap();
    let spoilt = |bytes: &[u8]| {
        let path = dir.path().join("spoilt.mp4");
        std::fs::write(&path, bytes).unwrap();
        check_clip(&path).unwrap_err()
    };
    // The index is in front and promises more than there is.
    assert!(
        matches!(spoilt(&whole[..whole.len() * 3 / 4]), BrokenClip::CutOff { there, indexed } if 0 < there && there < indexed)
    );
    let mdat = whole.windows(4).position(|four| four == b"mdat").unwrap() + 4;
    let zeros = vec![0; whole.len() - mdat];
    assert_eq!(spoilt(&[&whole[..mdat], &zeros].concat()), BrokenClip::Undecodable);
    for bytes in [&b""[..], b"not a film", &whole[whole.len() / 2..]] {
        assert!(matches!(spoilt(bytes), BrokenClip::Unopened(_)));
    }
    assert!(matches!(check_clip(&dir.path().join("none.mp4")), Err(BrokenClip::Unopened(_))));
}

#[test]
fn positions_follow_wall_time_across_a_gap() {
    let dir = tempdir().unwrap();
    let film = pattern(8, H264, AAC, &dir.path().join("film.mp4"));
    let mut segments = record(&film, dir.path(), 0, 1);
    std::fs::remove_file(&segments.remove(1).path).unwrap();
    let (report, clip) = cut(&segments, 0, 8_000, dir.path());
    assert_eq!(report.gaps.len(), 1);
    assert_eq!(report.gaps[0].reason, GapReason::NotRecorded);
    assert_close(report.gaps[0].span.duration(), 2.0, 0.05);
    let probed = ffprobe("-select_streams v -show_packets", &clip);
    let times: Vec<f64> =
        probed["packets"].as_array().unwrap().iter().map(|packet| seconds(&packet["pts_time"])).collect();
    assert!((times[49] - 1.96).abs() < 0.005 && (times[50] - 4.0).abs() < 0.005, "{} {}", times[49], times[50]);
    assert_close(report.duration, 8.0, 0.05);
}

#[test]
fn broken_and_missing_segments_are_skipped_and_reported() {
    let dir = tempdir().unwrap();
    let film = pattern(8, H264, AAC, &dir.path().join("film.mp4"));
    let segments = record(&film, dir.path(), 0, 1);
    std::fs::write(&segments[0].path, b"not a segment").unwrap();
    std::fs::remove_file(&segments[2].path).unwrap();
    let (report, clip) = cut(&segments, 0, 8_000, dir.path());
    let gaps: Vec<_> = report.gaps.iter().map(|gap| (gap.reason, gap.span.duration().as_secs_f64().round())).collect();
    assert_eq!(gaps, [(GapReason::Unreadable, 2.0), (GapReason::Unreadable, 2.0)]);
    assert_eq!(picture_hashes(&clip).len(), 100);
}

#[test]
fn connections_are_joined_by_wall_time() {
    let dir = tempdir().unwrap();
    let film = pattern(4, H264, "-c:a pcm_mulaw -ar 8000", &dir.path().join("film.mkv"));
    let first = record(&film, dir.path(), 0, 1);
    let mut second = record(&film, dir.path(), 2, 2);
    // The second connection began while the first was being "filmed"; move it to six seconds after the first.
    for segment in &mut second {
        let offset = Duration::from_millis((segment.name.start.as_millis() - second_start(&first)) as u64 % 4_000);
        segment.name.start = first[0].name.start.plus(Duration::from_secs(6) + offset);
    }
    let segments = [first, second].concat();
    let (report, clip) = cut(&segments, 0, 12_000, dir.path());
    assert_eq!(picture_hashes(&clip).len(), 200);
    assert!(report.has_audio);
    assert_eq!(report.gaps.first().map(|gap| gap.reason), Some(GapReason::NotRecorded));
}

fn second_start(first: &[ClosedSegment]) -> i64 {
    first[0].name.start.as_millis()
}

#[test]
fn a_clip_goes_on_where_the_files_clock_starts_again() {
    // MPEG-TS counts 33 bits of 90 kHz: 26.5 hours into a connection it wraps.
    const WRAP_MICROS: i64 = (1 << 33) * 100 / 9;
    let dir = tempdir().unwrap();
    let (source, packets) = footage::read_all(&pattern(8, H264_B, AAC, &dir.path().join("film.mp4")));
    let mut segmenter = Segmenter::new(dir.path().to_owned(), source.streams(), 0, 1, SegmenterOptions::default());
    let mut segments = Vec::new();
    for mut packet in packets {
        // In the middle of the second segment, counting from the ten seconds that segments begin at.
        let later = |time: MediaTime| MediaTime::from_micros(time.as_micros() + WRAP_MICROS - 13_000_000);
        (packet.pts, packet.dts) = (later(packet.pts), later(packet.dts));
        segments.extend(segmenter.write(&packet).unwrap());
    }
    segments.extend(segmenter.finish().unwrap());
    let (report, clip) = cut(&segments, 0, 8_000, dir.path());
    assert_eq!((picture_hashes(&clip).len(), report.gaps.len()), (200, 0));
    assert_close(report.duration, 8.0, 0.05);
    let probed = ffprobe("-select_streams v -show_packets", &clip);
    let mut times: Vec<f64> =
        probed["packets"].as_array().unwrap().iter().map(|packet| seconds(&packet["pts_time"])).collect();
    times.sort_by(f64::total_cmp);
    assert!(times.windows(2).all(|pair| (pair[1] - pair[0] - 0.04).abs() < 0.002), "{times:?}");
}

#[test]
fn a_clip_ends_where_the_camera_changes_its_size() {
    let dir = tempdir().unwrap();
    let small = pattern(4, H264, "", &dir.path().join("small.h264"));
    let big = footage::ffmpeg(
        &format!("-f lavfi -i testsrc2=s=640x480:r=25:d=4 -pix_fmt yuv420p {H264}"),
        &dir.path().join("big.h264"),
    );
    let both = dir.path().join("both.h264");
    std::fs::write(&both, [std::fs::read(small).unwrap(), std::fs::read(big).unwrap()].concat()).unwrap();
    let segments = record(&both, dir.path(), 0, 1);
    let (report, clip) = cut(&segments, 1_000, 7_000, dir.path());
    assert_eq!((report.width, report.gaps.len()), (320, 1));
    assert_eq!(report.gaps[0].reason, GapReason::StreamChanged);
    assert_eq!(picture_hashes(&clip).len(), 75);
}

#[test]
fn nothing_recorded_is_said() {
    let dir = tempdir().unwrap();
    let film = pattern(2, H264, "", &dir.path().join("film.mp4"));
    let segments = record(&film, dir.path(), 0, 1);
    let out = dir.path().join("clip.mp4");
    for (from, to) in [(60_000, 70_000), (5_000, 1_000)] {
        let cut = cut_clip(&parts(&segments), after(&segments, from), after(&segments, to), &out);
        assert_eq!(cut, Err(ClipError::NothingRecorded), "{from}..{to}");
    }
    assert_eq!(cut_clip(&[], after(&segments, 0), after(&segments, 1), &out), Err(ClipError::NothingRecorded));
}

#[test]
fn the_thumbnail_shows_the_wanted_moment() {
    let dir = tempdir().unwrap();
    // The picture grows brighter by 25 each second.
    let video = format!(
        "-f lavfi -i color=black:s=320x240:r=25:d=8,geq=lum='16+floor(T)*25':cb=128:cr=128 -pix_fmt yuv420p {H264_B}"
    );
    let film = footage::ffmpeg(&video, &dir.path().join("film.mp4"));
    let segments = record(&film, dir.path(), 0, 1);
    for second in [0u64, 3, 7] {
        let jpeg = thumbnail(&parts(&segments), after(&segments, second * 1_000 + 500), 160, 90).unwrap();
        let path = dir.path().join("thumbnail.jpg");
        std::fs::write(&path, jpeg).unwrap();
        let probed = ffprobe(
            "-show_frames -show_entries frame=width,height:frame_tags=lavfi.signalstats.YAVG -f lavfi",
            Path::new(&format!("movie={},signalstats", path.display())),
        );
        let frame = &probed["frames"][0];
        assert_eq!((frame["width"].as_u64(), frame["height"].as_u64()), (Some(160), Some(120)));
        // Limited to full range, as JPEG has it.
        let expected = second as f64 * 25.0 * 255.0 / 219.0;
        let found = seconds(&frame["tags"]["lavfi.signalstats.YAVG"]);
        assert!((found - expected).abs() < 4.0, "second {second}: {found}, not {expected}");
    }
    assert_eq!(thumbnail(&[], after(&segments, 0), 160, 90), Err(ClipError::NothingRecorded));
}
