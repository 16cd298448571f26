//! Decoding, scaling and encoding pictures.

use iris_media::{DecodeMode, Decoder, JpegEncoder, Packet, PacketKind, Picture, PixelArea, Scaler};
use tempfile::tempdir;

use crate::footage::{AAC, H264, H264_B, H265, ffmpeg, pattern, read_all};

fn decode(decoder: &mut Decoder, packets: &[Packet], mode: DecodeMode) -> Vec<Picture> {
    let mut pictures = Vec::new();
    for packet in packets {
        decoder.push(packet, mode, |picture| pictures.push(picture)).unwrap();
    }
    decoder.flush(|picture| pictures.push(picture));
    pictures
}

#[test]
fn each_mode_decodes_what_it_says_in_the_order_shown() {
    for video in [H264, H264_B, H265] {
        let dir = tempdir().unwrap();
        let (source, packets) = read_all(&pattern(4, video, AAC, &dir.path().join("film.mkv")));
        let walls: Vec<_> = packets
            .iter()
            .filter(|packet| packet.kind == PacketKind::Video)
            .map(|packet| (packet.pts, packet.wall))
            .collect();
        let disposable = packets.iter().filter(|packet| packet.disposable).count();
        let mut decoder = Decoder::new(source.streams(), 1).unwrap();
        for (mode, expected) in [
            (DecodeMode::All, 100),
            (DecodeMode::KeyFramesOnly, 4),
            (DecodeMode::NonReferenceSkipped, 100 - disposable),
        ] {
            let pictures = decode(&mut decoder, &packets, mode);
            assert_eq!(pictures.len(), expected, "{video} {mode:?}");
            assert!(pictures.windows(2).all(|pair| pair[0].pts < pair[1].pts), "{video} {mode:?}");
            assert!(pictures.iter().all(|picture| walls.contains(&(picture.pts, picture.wall))), "{video} {mode:?}");
        }
        assert_eq!(decoder.corrupt_count(), 0, "{video}");
    }
}

#[test]
fn key_pictures_come_at_once_despite_b_frames() {
    let dir = tempdir().unwrap();
    let (source, packets) = read_all(&pattern(3, H264_B, "", &dir.path().join("film.mp4")));
    let mut decoder = Decoder::new(source.streams(), 1).unwrap();
    for packet in &packets {
        let mut shown = Vec::new();
        decoder.push(packet, DecodeMode::KeyFramesOnly, |picture| shown.push(picture.pts)).unwrap();
        assert_eq!(shown, if packet.key { vec![packet.pts] } else { vec![] });
    }
}

#[test]
fn after_pictures_were_left_out_decoding_waits_for_a_key_picture() {
    let dir = tempdir().unwrap();
    let (source, packets) = read_all(&pattern(3, H264, "", &dir.path().join("film.mp4")));
    let mut decoder = Decoder::new(source.streams(), 1).unwrap();
    let mut shown = Vec::new();
    for (n, packet) in packets.iter().enumerate() {
        let mode = if n < 30 { DecodeMode::KeyFramesOnly } else { DecodeMode::All };
        decoder.push(packet, mode, |picture| shown.push(picture.pts)).unwrap();
    }
    decoder.flush(|picture| shown.push(picture.pts));
    let expected: Vec<_> = [0, 25].into_iter().chain(50..75).map(|n: usize| packets[n].pts).collect();
    assert_eq!(shown, expected);
    assert_eq!(decoder.corrupt_count(), 0);
}

#[test]
fn broken_packets_are_counted_and_survived() {
    let dir = tempdir().unwrap();
    let film = pattern(4, H264, "", &dir.path().join("film.h264"));
    let mut bytes = std::fs::read(&film).unwrap();
    for at in (2_000..bytes.len()).step_by(3_001) {
        bytes[at] ^= 0x5a;
    }
    std::fs::write(&film, bytes).unwrap();
    let (source, packets) = read_all(&film);
    let mut decoder = Decoder::new(source.streams(), 1).unwrap();
    let pictures = decode(&mut decoder, &packets, DecodeMode::All);
    assert!(decoder.corrupt_count() > 0);
    assert!(pictures.len() > 10, "{}", pictures.len());
}

#[test]
fn every_pixel_format_becomes_full_range_i420() {
    // A grey of 50 % in each of the ways cameras send it.
    for (format, range) in [
        ("yuv420p", "tv"),
        ("yuvj420p", "pc"),
        ("yuv422p", "tv"),
        ("yuv444p", "tv"),
        ("yuv420p10le", "tv"),
        ("yuvj422p", "pc"),
    ] {
        let dir = tempdir().unwrap();
        let args = format!(
            "-f lavfi -i color=gray:s=322x182:r=25:d=1 -vf scale=out_range={range},format={format} -color_range {range} {H264}"
        );
        let (source, packets) = read_all(&ffmpeg(&args, &dir.path().join("grey.mkv")));
        let pictures = decode(&mut Decoder::new(source.streams(), 1).unwrap(), &packets, DecodeMode::All);
        let mut scaler = Scaler::new();
        for side_max in [4_000, 160] {
            let picture = scaler.to_i420(&pictures[3], side_max).unwrap();
            let expected = if side_max == 160 { (160, 90) } else { (322, 182) };
            assert_eq!((picture.width, picture.height), expected);
            let luma = picture.data.len() / 3 * 2;
            assert!(picture.data[..luma].iter().all(|&y| (126..=130).contains(&y)), "{format}: {}", picture.data[0]);
            assert!(picture.data[luma..].iter().all(|&c| (126..=130).contains(&c)), "{format}");
        }
    }
}

#[test]
fn a_part_of_a_picture_is_that_part_in_every_pixel_format() {
    // White in the middle of black: the part is white up to its edges, and one pixel more on any side is not.
    let white = PixelArea { x: 100, y: 40, width: 122, height: 90 };
    for format in ["yuv420p", "yuvj420p", "yuv422p", "yuv444p", "yuv420p10le"] {
        let dir = tempdir().unwrap();
        let args = format!(
            "-f lavfi -i color=black:s=322x182:r=25:d=1,format={format},drawbox=100:40:122:90:white:fill {H264} -qp 0"
        );
        let (source, packets) = read_all(&ffmpeg(&args, &dir.path().join("box.mkv")));
        let pictures = decode(&mut Decoder::new(source.streams(), 1).unwrap(), &packets, DecodeMode::All);
        let mut scaler = Scaler::new();
        let mut luma = |area: PixelArea, side_max| {
            let part = scaler.part_to_i420(&pictures[0], area, side_max).unwrap();
            let luma = part.data[..part.data.len() / 3 * 2].to_vec();
            ((part.width, part.height), luma)
        };
        let (size, whole) = luma(white, 1280);
        assert_eq!(size, (122, 90), "{format}");
        assert!(whole.iter().all(|&y| y >= 230), "{format}: {:?}", whole.iter().min());
        assert_eq!(luma(white, 60).0, (60, 44), "{format}");
        let (_, wider) = luma(PixelArea { x: 98, width: 124, ..white }, 1280);
        assert!(wider[0] <= 20 && wider[2] >= 230 && wider[123] >= 230, "{format}: {:?}", &wider[..4]);
    }
}

#[test]
fn a_part_that_leaves_the_picture_is_refused() {
    let dir = tempdir().unwrap();
    let (source, packets) = read_all(&pattern(1, H264, "", &dir.path().join("film.mp4")));
    let pictures = decode(&mut Decoder::new(source.streams(), 1).unwrap(), &packets, DecodeMode::All);
    for area in [
        PixelArea { x: 200, y: 0, width: 122, height: 2 },
        PixelArea { x: 0, y: 240, width: 2, height: 2 },
        PixelArea { x: u32::MAX, y: 0, width: 2, height: 2 },
    ] {
        assert!(Scaler::new().part_to_i420(&pictures[0], area, 1280).is_err(), "{area:?}");
    }
}

#[test]
fn white_and_black_use_the_whole_range() {
    for (colour, expected) in [("white", 254..=255), ("black", 0..=1)] {
        let dir = tempdir().unwrap();
        let args = format!("-f lavfi -i color={colour}:s=64x64:r=25:d=1 -pix_fmt yuv420p {H264}");
        let (source, packets) = read_all(&ffmpeg(&args, &dir.path().join("film.mp4")));
        let pictures = decode(&mut Decoder::new(source.streams(), 1).unwrap(), &packets, DecodeMode::All);
        let picture = Scaler::new().to_i420(&pictures[0], 64).unwrap();
        assert!(expected.contains(&picture.data[0]), "{colour}: {}", picture.data[0]);
        let jpeg = JpegEncoder::new().unwrap().encode_i420(&picture, 90).unwrap();
        assert_eq!(&jpeg[..2], [0xff, 0xd8]);
    }
}

#[test]
fn memory_is_used_again_when_a_picture_is_gone() {
    let dir = tempdir().unwrap();
    let (source, packets) = read_all(&pattern(1, H264, "", &dir.path().join("film.mp4")));
    let pictures = decode(&mut Decoder::new(source.streams(), 1).unwrap(), &packets, DecodeMode::All);
    let mut scaler = Scaler::new();
    let mut address = |n: usize| scaler.to_i420(&pictures[n], 160).unwrap().data.as_ptr();
    assert_eq!(address(0), address(1));
}
