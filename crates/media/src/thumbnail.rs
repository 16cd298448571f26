//! One picture out of recorded segments, as JPEG. Driven by the recorder; decodes from the key frame before the wanted moment.

use bytes::Bytes;
use iris_domain::Timestamp;

use crate::av::{AvPacket, MICROS};
use crate::segment_file::SegmentFile;
use crate::{
    ClipError, ClipPart, DecodeMode, Decoder, JpegEncoder, MediaTime, Packet, PacketKind, Picture, Scaler, StreamInfo,
};

/// The picture filmed nearest to `at`, at most `width_max` px wide and high, as JPEG of `quality` 1..=100.
pub fn thumbnail(parts: &[ClipPart], at: Timestamp, width_max: u32, quality: u8) -> Result<Bytes, ClipError> {
    let failed = |error: &dyn std::fmt::Display| ClipError::Failed(error.to_string());
    let picture = nearest_picture(parts, at).ok_or(ClipError::NothingRecorded)?;
    let scaled = Scaler::new().to_i420(&picture, width_max).map_err(|error| failed(&error))?;
    JpegEncoder::new().and_then(|mut jpeg| jpeg.encode_i420(&scaled, quality)).map_err(|error| failed(&error))
}

/// Decodes from the last segment that begins with a key frame at or before `at`; if that gives nothing (it is broken or gone),
/// from the readable ones after it, then before it.
fn nearest_picture(parts: &[ClipPart], at: Timestamp) -> Option<Picture> {
    let start = parts.iter().rposition(|part| part.name.starts_with_key && part.name.start <= at).unwrap_or(0);
    let forward = parts[start..].iter();
    let backward = parts[..start].iter().rev();
    let mut search = Search { at, best: None, decoder: None };
    for part in forward {
        if search.read(part) {
            return search.best;
        }
    }
    if search.best.is_none() {
        for part in backward {
            search.read(part);
            if search.best.is_some() {
                break;
            }
        }
    }
    search.best
}

struct Search {
    at: Timestamp,
    best: Option<Picture>,
    decoder: Option<Decoder>,
}

impl Search {
    /// Decodes a segment; true once a picture at or after the wanted moment was seen, so that no nearer one can follow.
    fn read(&mut self, part: &ClipPart) -> bool {
        let Ok(mut file) = SegmentFile::open(&part.path) else { return false };
        if self.decoder.is_none() {
            let info = StreamInfo::new(file.codec, file.video_parameters.clone(), None, None);
            self.decoder = Decoder::new(&info, 1).ok();
        }
        let Some(decoder) = &mut self.decoder else { return false };
        let (at, best) = (self.at, &mut self.best);
        let mut passed = false;
        let mut keep = |picture: Picture| {
            passed |= picture.wall >= at;
            if best.as_ref().is_none_or(|best| distance(picture.wall, at) < distance(best.wall, at)) {
                *best = Some(picture);
            }
        };
        let mut raw = AvPacket::new();
        let mut first = None;
        while let Some(pts) = file.read_picture(&mut raw) {
            let first = *first.get_or_insert(pts);
            let base = file.time_base(PacketKind::Video);
            let wall = Timestamp::from_micros(part.name.start.as_micros() + pts - first).unwrap_or(part.name.start);
            let Some(packet) = decodable(&raw, pts, raw.dts_micros(base).unwrap_or(pts), wall) else { return false };
            if decoder.push(&packet, DecodeMode::All, &mut keep).is_err() {
                return false;
            }
        }
        // Each segment is decoded for itself, so that times of different connections never meet.
        decoder.flush(&mut keep);
        passed
    }
}

pub(crate) fn decodable(raw: &AvPacket, pts: i64, dts: i64, wall: Timestamp) -> Option<Packet> {
    let mut av = raw.share().ok()?;
    av.set_times_micros(pts, dts, av.duration_micros(MICROS));
    Some(Packet {
        kind: PacketKind::Video,
        key: av.is_key(),
        pts: MediaTime::from_micros(pts),
        dts: MediaTime::from_micros(dts),
        wall,
        disposable: false,
        params_changed: false,
        av: av.into(),
    })
}

fn distance(one: Timestamp, other: Timestamp) -> std::time::Duration {
    one.since(other).max(other.since(one))
}
