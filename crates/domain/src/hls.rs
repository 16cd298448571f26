//! HLS as a window over the segment buffer: which segments a playlist shows, how it reads, and which segment a name in it means.
//! The gateway drives it. It keeps no state, so any gateway gives the same answer for the same buffer.

use std::fmt::{self, Write};
use std::str::FromStr;

use crate::SegmentName;

/// A window has at most this many segments; whoever asks for the newest segments needs no more.
pub const WINDOW_MAX: usize = 10;
/// A window starts at least this many segments before its end, where the buffer has them: players begin three segments from the
/// end (RFC 8216, 6.3.3), and three more may be late before one that was begun leaves the window.
const WINDOW_WANTED: usize = 6;
/// Names repeat after this many segments: five digits. A buffer holds far fewer, so a name means one segment at a time.
const NAMES: u64 = 100_000;
/// More connections than this between two neighbours are not counted out tag by tag: the window starts after them.
const RUNS_APART_MAX: u32 = 100;

/// A segment's name in a playlist: `seg%05d.ts`, its sequence modulo 100000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PlaylistName(u32);

/// A text is no segment's name in a playlist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a segment is named seg00000.ts to seg99999.ts")]
pub struct InvalidPlaylistName;

impl PlaylistName {
    /// The name of a segment.
    pub fn of(sequence: u64) -> Self {
        Self(u32::try_from(sequence % NAMES).expect("a remainder of 100000 fits"))
    }

    /// The sequence it means where `newest` is the newest one shown; `None` when there has been none of this name yet.
    pub fn sequence(self, newest: u64) -> Option<u64> {
        let name = u64::from(self.0);
        let round = newest.checked_sub(name)? / NAMES;
        Some(round * NAMES + name)
    }
}

impl fmt::Display for PlaylistName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "seg{:05}.ts", self.0)
    }
}

impl FromStr for PlaylistName {
    type Err = InvalidPlaylistName;

    fn from_str(text: &str) -> Result<Self, InvalidPlaylistName> {
        let digits = text.strip_prefix("seg").and_then(|rest| rest.strip_suffix(".ts")).ok_or(InvalidPlaylistName)?;
        if digits.len() != 5 || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(InvalidPlaylistName);
        }
        digits.parse().map(Self).map_err(|_| InvalidPlaylistName)
    }
}

/// The segments a playlist shows, given the newest ones of the buffer, oldest first. It starts with a key frame where one of the
/// newest [`WINDOW_MAX`] does, and never goes back while the buffer grows.
pub fn window(newest: &[SegmentName]) -> &[SegmentName] {
    let recent = unbroken(&newest[newest.len().saturating_sub(WINDOW_MAX)..]);
    let wanted = recent.len().saturating_sub(WINDOW_WANTED);
    let has_key = |index: &usize| recent[*index].starts_with_key;
    let at_or_before = (0..=wanted).rev().filter(|index| *index < recent.len()).find(has_key);
    let start = at_or_before.or_else(|| (wanted..recent.len()).find(has_key)).unwrap_or(wanted);
    &recent[start..]
}

/// The tail in which sequences follow one another and runs do not go back: a player numbers what it is shown by counting, so a
/// gap would give one segment two numbers.
fn unbroken(segments: &[SegmentName]) -> &[SegmentName] {
    let follows = |pair: &[SegmentName]| {
        let runs_apart = pair[1].run.checked_sub(pair[0].run);
        pair[0].sequence.checked_add(1) == Some(pair[1].sequence)
            && runs_apart.is_some_and(|runs| runs <= RUNS_APART_MAX)
    };
    let start = segments.windows(2).rposition(|pair| !follows(pair)).map_or(0, |broken| broken + 1);
    &segments[start..]
}

/// The media playlist of a [`window`]; `None` when it is empty.
///
/// A segment's discontinuity number is its run: the playlist begins with that of its first segment, and the step to another run
/// has one tag for each run between, also for runs that left no segment, so the numbers stay true however the window slides.
pub fn playlist(window: &[SegmentName]) -> Option<String> {
    let first = window.first()?;
    let longest_ms = window.iter().map(|segment| segment.duration_ms).max()?;
    let mut text = format!(
        "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:{}\n#EXT-X-MEDIA-SEQUENCE:{}\n#EXT-X-DISCONTINUITY-SEQUENCE:{}\n",
        longest_ms.div_ceil(1000).max(1),
        first.sequence,
        first.run,
    );
    let mut run = first.run;
    for segment in window {
        for _ in run..segment.run {
            text.push_str("#EXT-X-DISCONTINUITY\n");
        }
        run = segment.run;
        push_segment(&mut text, segment);
    }
    Some(text)
}

fn push_segment(text: &mut String, segment: &SegmentName) {
    let SegmentName { start, duration_ms, sequence, .. } = segment;
    let (seconds, millis) = (duration_ms / 1000, duration_ms % 1000);
    let name = PlaylistName::of(*sequence);
    write!(text, "#EXT-X-PROGRAM-DATE-TIME:{start}\n#EXTINF:{seconds}.{millis:03},\n{name}\n")
        .expect("writing to a string cannot fail");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;
    use proptest::prelude::*;

    fn segment(sequence: u64, run: u32, starts_with_key: bool) -> SegmentName {
        let start = Timestamp::from_millis(1_700_000_000_000 + i64::try_from(sequence).unwrap() * 2_000).unwrap();
        SegmentName { start, duration_ms: 2_000, sequence, run, starts_with_key }
    }

    #[test]
    fn reads_as_rfc_8216_asks() {
        let mut segments = [segment(99_998, 3, true), segment(99_999, 3, false), segment(100_000, 5, true)];
        segments[1].duration_ms = 2_040;
        let text = playlist(window(&segments)).unwrap();
        let expected = "\
#EXTM3U
#EXT-X-VERSION:3
#EXT-X-TARGETDURATION:3
#EXT-X-MEDIA-SEQUENCE:99998
#EXT-X-DISCONTINUITY-SEQUENCE:3
#EXT-X-PROGRAM-DATE-TIME:2023-11-17T05:46:36.000Z
#EXTINF:2.000,
seg99998.ts
#EXT-X-PROGRAM-DATE-TIME:2023-11-17T05:46:38.000Z
#EXTINF:2.040,
seg99999.ts
#EXT-X-DISCONTINUITY
#EXT-X-DISCONTINUITY
#EXT-X-PROGRAM-DATE-TIME:2023-11-17T05:46:40.000Z
#EXTINF:2.000,
seg00000.ts
";
        assert_eq!(text, expected);
    }

    #[test]
    fn an_empty_buffer_has_no_playlist() {
        assert_eq!(playlist(window(&[])), None);
    }

    #[test]
    fn a_gap_or_a_new_count_starts_the_window_anew() {
        let gap = [segment(1, 1, true), segment(2, 1, true), segment(4, 1, true), segment(5, 1, true)];
        assert_eq!(window(&gap), &gap[2..]);
        let recounted = [segment(8, 7, true), segment(9, 1, true)];
        assert_eq!(window(&recounted), &recounted[1..]);
        let far_apart = [segment(8, 0, true), segment(9, u32::MAX, true)];
        assert_eq!(window(&far_apart), &far_apart[1..]);
    }

    #[test]
    fn other_names_are_refused() {
        for text in [
            "",
            "seg1.ts",
            "seg000001.ts",
            "seg00001.TS",
            "seg0000a.ts",
            "seg+0001.ts",
            "../seg00001.ts",
            "seg٠٠٠٠١.ts",
        ] {
            assert_eq!(text.parse::<PlaylistName>(), Err(InvalidPlaylistName), "{text}");
        }
    }

    /// A buffer as it grows: any start, connections that may leave no segment, key frames here and there.
    fn buffers() -> impl Strategy<Value = Vec<SegmentName>> {
        let steps = prop::collection::vec((prop::sample::select(vec![0, 0, 0, 1, 3]), any::<bool>()), 1..60);
        (0u64..300_000, 0u32..1000, steps).prop_map(|(first, mut run, steps)| {
            let grow = |(index, (runs, key)): (u64, (u32, bool))| {
                run += runs;
                segment(first + index, run, key)
            };
            (0..).zip(steps).map(grow).collect()
        })
    }

    /// What a player makes of a playlist: media sequence, discontinuity number and name of each segment.
    fn played(text: &str) -> Vec<(u64, u32, String)> {
        let number = |tag: &str| text.lines().find_map(|line| line.strip_prefix(tag)).unwrap().to_owned();
        let mut sequence: u64 = number("#EXT-X-MEDIA-SEQUENCE:").parse().unwrap();
        let mut run: u32 = number("#EXT-X-DISCONTINUITY-SEQUENCE:").parse().unwrap();
        let mut seen = Vec::new();
        for line in text.lines() {
            if line == "#EXT-X-DISCONTINUITY" {
                run += 1;
            } else if !line.starts_with('#') {
                seen.push((sequence, run, line.to_owned()));
                sequence += 1;
            }
        }
        seen
    }

    proptest! {
        #[test]
        fn every_segment_keeps_its_numbers_while_the_window_slides(buffer in buffers()) {
            let mut start = 0;
            for end in 1..=buffer.len() {
                let shown = window(&buffer[..end]);
                prop_assert!(!shown.is_empty() && shown.len() <= WINDOW_MAX);
                prop_assert_eq!(shown.last(), buffer[..end].last());
                prop_assert!(shown[0].sequence >= start, "the window went back");
                start = shown[0].sequence;
                let any_key = buffer[end.saturating_sub(WINDOW_MAX)..end].iter().any(|segment| segment.starts_with_key);
                prop_assert_eq!(shown[0].starts_with_key, any_key);
                let truth: Vec<_> =
                    shown.iter().map(|s| (s.sequence, s.run, PlaylistName::of(s.sequence).to_string())).collect();
                prop_assert_eq!(played(&playlist(shown).unwrap()), truth);
            }
        }

        #[test]
        fn only_the_newest_matter(buffer in buffers()) {
            prop_assert_eq!(window(&buffer), window(&buffer[buffer.len().saturating_sub(WINDOW_MAX)..]));
        }

        #[test]
        fn no_segment_is_longer_than_the_target(durations in prop::collection::vec(any::<u32>(), 1..10)) {
            let segments: Vec<_> = (0..).zip(&durations)
                .map(|(sequence, duration_ms)| SegmentName { duration_ms: *duration_ms, ..segment(sequence, 1, true) })
                .collect();
            let text = playlist(&segments).unwrap();
            let target: f64 = text.lines().find_map(|line| line.strip_prefix("#EXT-X-TARGETDURATION:")).unwrap().parse().unwrap();
            for line in text.lines().filter_map(|line| line.strip_prefix("#EXTINF:")) {
                prop_assert!(line.trim_end_matches(',').parse::<f64>().unwrap() <= target);
            }
        }

        #[test]
        fn a_name_means_the_newest_segment_that_has_it(newest: u64, back in 0..NAMES) {
            let sequence = newest.saturating_sub(back);
            let name: PlaylistName = PlaylistName::of(sequence).to_string().parse().unwrap();
            prop_assert_eq!(name.sequence(newest), Some(sequence));
        }

        #[test]
        fn a_name_that_was_never_given_means_nothing(newest in 0u64..99_999, ahead in 1u64..99_999) {
            prop_assume!(newest + ahead < NAMES);
            prop_assert_eq!(PlaylistName::of(newest + ahead).sequence(newest), None);
        }
    }
}
