//! The little that must be known of H.264 and H.265 byte streams (Annex B): where units begin, which are parameter sets, and
//! whether a picture is referred to by others. Reads up to the first slice of a packet, so it costs next to nothing.

use crate::VideoCodec;

/// One unit of a byte stream, without its start code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Unit<'a> {
    bytes: &'a [u8],
    kind: UnitKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum UnitKind {
    /// A slice; `referenced` when other pictures may need it.
    Slice {
        referenced: bool,
    },
    /// VPS (H.265 only), SPS or PPS, in this order.
    ParameterSet(SetKind),
    Other,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum SetKind {
    Video,
    Sequence,
    Picture,
}

fn kind_of(codec: VideoCodec, header: u8) -> UnitKind {
    match codec {
        // ITU-T H.264, table 7-1. Types 2 to 4 are partitioned slices, of a profile that no camera has and libav does not decode.
        VideoCodec::H264 => match header & 0x1f {
            1 | 5 => UnitKind::Slice { referenced: header & 0x60 != 0 },
            7 => UnitKind::ParameterSet(SetKind::Sequence),
            8 => UnitKind::ParameterSet(SetKind::Picture),
            _ => UnitKind::Other,
        },
        // ITU-T H.265, table 7-1: below 16, even types are sub-layer non-reference pictures. An odd header belongs to a layer on
        // top of the picture; every H.264 slice looks like one.
        VideoCodec::H265 => match (header >> 1) & 0x3f {
            kind @ 0..=9 if header & 1 == 0 => UnitKind::Slice { referenced: kind % 2 == 1 },
            16..=21 if header & 1 == 0 => UnitKind::Slice { referenced: true },
            32 => UnitKind::ParameterSet(SetKind::Video),
            33 => UnitKind::ParameterSet(SetKind::Sequence),
            34 => UnitKind::ParameterSet(SetKind::Picture),
            _ => UnitKind::Other,
        },
    }
}

/// Start of the payload behind the next start code, and where that start code begins.
fn next_start(data: &[u8], from: usize) -> Option<(usize, usize)> {
    let found = data.get(from..)?.windows(3).position(|window| window == [0, 0, 1])? + from;
    // A fourth zero belongs to the start code.
    let begins = if found > from && data[found - 1] == 0 { found - 1 } else { found };
    Some((begins, found + 3))
}

/// The units up to and including the first slice; that one is cut short after its header.
fn leading_units(codec: VideoCodec, data: &[u8]) -> impl Iterator<Item = Unit<'_>> {
    let mut next = next_start(data, 0).map(|(_, payload)| payload);
    std::iter::from_fn(move || {
        let start = next?;
        let kind = kind_of(codec, *data.get(start)?);
        if matches!(kind, UnitKind::Slice { .. }) {
            next = None;
            return Some(Unit { bytes: &data[start..start + 1], kind });
        }
        let end = next_start(data, start);
        next = end.map(|(_, payload)| payload);
        let bytes = &data[start..end.map_or(data.len(), |(begins, _)| begins)];
        Some(Unit { bytes, kind })
    })
}

/// Whether other pictures may refer to the one in `data`; if not, a decoder may skip it. `None` where there is no picture.
pub(crate) fn is_referenced(codec: VideoCodec, data: &[u8]) -> Option<bool> {
    leading_units(codec, data).find_map(|unit| match unit.kind {
        UnitKind::Slice { referenced } => Some(referenced),
        _ => None,
    })
}

/// The parameter sets a decoder needs before the first picture, as units with start codes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ParameterSets {
    /// Kind and unit, in decoding order.
    sets: Vec<(SetKind, Vec<u8>)>,
}

impl ParameterSets {
    /// Those in front of the first slice.
    pub(crate) fn leading(codec: VideoCodec, data: &[u8]) -> Self {
        let mut sets: Vec<(SetKind, Vec<u8>)> = Vec::new();
        for unit in leading_units(codec, data) {
            let UnitKind::ParameterSet(kind) = unit.kind else { continue };
            // Encoder and packetiser may both have put the same sets there.
            if !sets.iter().any(|(_, known)| known == unit.bytes) {
                sets.push((kind, unit.bytes.to_vec()));
            }
        }
        sets.sort_by_key(|(kind, _)| *kind);
        Self { sets }
    }

    /// Whether a decoder can start with these alone.
    pub(crate) fn complete(&self, codec: VideoCodec) -> bool {
        let has = |wanted| self.sets.iter().any(|(kind, _)| *kind == wanted);
        has(SetKind::Sequence) && has(SetKind::Picture) && (codec == VideoCodec::H264 || has(SetKind::Video))
    }

    /// Whether both describe the same sequence. Picture parameter sets may differ: some cameras tune them from picture to
    /// picture, and decoders follow.
    pub(crate) fn same_sequence(&self, other: &Self) -> bool {
        let sequence = |sets: &'_ Self| -> Vec<Vec<u8>> {
            sets.sets.iter().filter(|(kind, _)| *kind == SetKind::Sequence).map(|(_, bytes)| bytes.clone()).collect()
        };
        sequence(self) == sequence(other)
    }

    /// The sets as a byte stream.
    pub(crate) fn to_annex_b(&self) -> Vec<u8> {
        self.sets.iter().flat_map(|(_, bytes)| [&[0, 0, 0, 1], bytes.as_slice()].concat()).collect()
    }
}

/// Where parameter sets may be put into a picture: behind an access unit delimiter, which must come first.
pub(crate) fn insertion_point(codec: VideoCodec, data: &[u8]) -> usize {
    let Some((_, start)) = next_start(data, 0) else { return 0 };
    let Some(&header) = data.get(start) else { return 0 };
    let is_delimiter = match codec {
        VideoCodec::H264 => header & 0x1f == 9,
        VideoCodec::H265 => (header >> 1) & 0x3f == 35,
    };
    if is_delimiter { next_start(data, start).map_or(0, |(begins, _)| begins) } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::VideoCodec::{H264, H265};

    const H264_KEY: &[u8] =
        &[0, 0, 0, 1, 9, 0xf0, 0, 0, 0, 1, 0x67, 1, 2, 0, 0, 1, 0x68, 3, 0, 0, 1, 0x65, 9, 9, 0, 0, 1, 0x67];

    #[test]
    fn finds_the_sets_in_front_of_the_first_slice_only() {
        let sets = ParameterSets::leading(H264, H264_KEY);
        assert!(sets.complete(H264));
        assert_eq!(sets.to_annex_b(), [0, 0, 0, 1, 0x67, 1, 2, 0, 0, 0, 1, 0x68, 3]);
        assert!(!ParameterSets::leading(H264, &[0, 0, 1, 0x65, 1]).complete(H264));
        assert!(!sets.complete(H265), "an H.265 decoder needs a VPS too");
    }

    #[test]
    fn puts_sets_behind_the_delimiter() {
        assert_eq!(insertion_point(H264, H264_KEY), 6);
        assert_eq!(insertion_point(H264, &[0, 0, 1, 0x65, 1]), 0);
        assert_eq!(insertion_point(H265, &[0, 0, 0, 1, 70, 1, 0x50, 0, 0, 1, 0x26, 1]), 7);
    }

    #[test]
    fn tells_pictures_that_nothing_refers_to() {
        assert_eq!(is_referenced(H264, &[0, 0, 1, 0x01, 5]), Some(false));
        assert_eq!(is_referenced(H264, &[0, 0, 1, 0x41, 5]), Some(true));
        assert_eq!(is_referenced(H265, &[0, 0, 1, 0x00, 1, 5]), Some(false));
        assert_eq!(is_referenced(H265, &[0, 0, 1, 0x02, 1, 5]), Some(true));
        assert_eq!(is_referenced(H265, &[0, 0, 1, 0x26, 1, 5]), Some(true));
    }

    #[test]
    fn pictures_of_the_other_codec_are_none() {
        for header in [0x26, 0x02, 0x00, 0x2a, 0x28, 0x12] {
            assert_eq!(is_referenced(H264, &[0, 0, 1, header, 1, 5]), None, "{header:#x}");
        }
        for header in [0x65, 0x25, 0x41, 0x61, 0x21, 0x01] {
            assert_eq!(is_referenced(H265, &[0, 0, 1, header, 0x9a, 5]), None, "{header:#x}");
        }
    }

    #[test]
    fn a_new_picture_set_alone_is_no_new_sequence() {
        let one = ParameterSets::leading(H264, &[0, 0, 1, 0x67, 1, 0, 0, 1, 0x68, 1, 0, 0, 1, 0x65, 1]);
        let two = ParameterSets::leading(H264, &[0, 0, 1, 0x67, 1, 0, 0, 1, 0x68, 2, 0, 0, 1, 0x65, 1]);
        let three = ParameterSets::leading(H264, &[0, 0, 1, 0x67, 2, 0, 0, 1, 0x68, 1, 0, 0, 1, 0x65, 1]);
        assert!(one.same_sequence(&two) && !one.same_sequence(&three));
    }

    #[test]
    fn sets_sent_twice_count_once() {
        let once = ParameterSets::leading(H264, &[0, 0, 1, 0x67, 1, 0, 0, 1, 0x68, 1, 0, 0, 1, 0x65, 1]);
        let twice = [0, 0, 1, 0x67, 1, 0, 0, 1, 0x68, 1, 0, 0, 1, 0x67, 1, 0, 0, 1, 0x68, 1, 0, 0, 1, 0x65, 1];
        assert_eq!(ParameterSets::leading(H264, &twice), once);
    }

    #[test]
    fn garbage_has_no_units() {
        for data in [&[][..], &[0, 0, 1], &[1, 2, 3, 4], &[0, 0, 0, 0]] {
            assert_eq!(ParameterSets::leading(H264, data), ParameterSets::default());
            assert_eq!(is_referenced(H265, data), None);
            assert_eq!(insertion_point(H265, data), 0);
        }
    }
}
