//! Which recorded segments a clip needs, and whether all of them are there yet. Driven by the recorder with the names in a folder;
//! the names are all it knows, it opens nothing. What a clip lacks in the end is said by who cuts it and has read the segments.

use std::time::Duration;

use crate::{SegmentName, Span, Timestamp};

/// A hole between two segments shorter than this is none: clocks and names are rounded. The cutter of clips thinks the same.
const HOLE_MIN: Duration = Duration::from_millis(500);

/// What a folder of segments offers to a wanted stretch of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClipPlan {
    /// The segments to cut from, by time: those that overlap the wanted stretch, and before them as many as lead back to the
    /// last key frame at or before its start.
    pub parts: Vec<SegmentName>,
    /// Whether a segment reaches the wanted end, so that nothing that belongs to it is still to come.
    pub complete: bool,
}

/// Plans a clip of `wanted` out of `names`, in any order.
pub fn plan_clip(names: impl IntoIterator<Item = SegmentName>, wanted: Span) -> ClipPlan {
    let mut names: Vec<SegmentName> = names.into_iter().collect();
    names.sort_unstable_by_key(|name| (name.start, name.sequence));
    names.dedup();
    let complete = names.iter().any(|name| name.end() >= wanted.end);
    let parts = parts(names, wanted);
    ClipPlan { parts, complete }
}

fn parts(names: Vec<SegmentName>, wanted: Span) -> Vec<SegmentName> {
    let shows = |name: &SegmentName| name.start <= wanted.end && name.end() > wanted.start;
    let Some(first) = names.iter().position(shows) else { return Vec::new() };
    // Decoding starts at a key frame; one that begins no later than the wanted start serves it from its first picture on.
    let lead = match names[first].start <= wanted.start {
        true => names[..=first].iter().rposition(|name| name.starts_with_key).unwrap_or(first),
        false => first,
    };
    // Across a hole nothing leads anywhere: a picture before it cannot help to decode one after it.
    let joined = |index: &usize| !names[*index..=first].windows(2).any(|pair| is_hole(pair[0].end(), pair[1].start));
    let lead = Some(lead).filter(joined).unwrap_or(first);
    names
        .into_iter()
        .enumerate()
        .skip(lead)
        .filter(|(index, name)| *index < first || shows(name))
        .map(|(_, name)| name)
        .collect()
}

fn is_hole(from: Timestamp, to: Timestamp) -> bool {
    to.since(from) >= HOLE_MIN
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000 + ms).unwrap()
    }

    fn span(start_ms: i64, end_ms: i64) -> Span {
        Span::new(at(start_ms), at(end_ms)).unwrap()
    }

    fn segment(sequence: u64, start_ms: i64, duration_ms: u32, starts_with_key: bool) -> SegmentName {
        SegmentName { start: at(start_ms), duration_ms, sequence, run: 1, starts_with_key }
    }

    fn sequences(plan: &ClipPlan) -> Vec<u64> {
        plan.parts.iter().map(|name| name.sequence).collect()
    }

    #[test]
    fn a_clip_takes_the_segments_that_it_shows() {
        let names: Vec<_> = (0..10).map(|number| segment(number as u64, number * 2_000, 2_000, true)).collect();
        let plan = plan_clip(names.clone(), span(5_000, 9_000));
        assert_eq!((sequences(&plan), plan.complete), (vec![2, 3, 4], true));
        let waiting = plan_clip(names.clone(), span(15_000, 21_000));
        assert_eq!((sequences(&waiting), waiting.complete), (vec![7, 8, 9], false));
        assert!(plan_clip(names, span(30_000, 31_000)).parts.is_empty());
    }

    #[test]
    fn a_clip_reaches_back_to_a_key_frame_but_not_across_a_hole() {
        let names = [segment(0, 0, 2_000, true), segment(1, 2_000, 2_000, false), segment(2, 4_000, 2_000, false)];
        assert_eq!(sequences(&plan_clip(names, span(5_000, 6_000))), [0, 1, 2]);
        let torn = [segment(0, 0, 2_000, true), segment(2, 4_000, 2_000, false)];
        assert_eq!(sequences(&plan_clip(torn, span(5_000, 6_000))), [2]);
    }

    fn names() -> impl Strategy<Value = Vec<SegmentName>> {
        let name = (0i64..60_000, 1u32..6_000, any::<bool>());
        prop::collection::vec(name, 0..20).prop_map(|names| {
            let numbered = names.into_iter().enumerate();
            numbered.map(|(number, (start, length, key))| segment(number as u64, start, length, key)).collect()
        })
    }

    proptest! {
        #[test]
        fn what_leads_in_is_joined_to_what_is_shown(names in names(), start in 0i64..60_000, length in 1i64..30_000) {
            let plan = plan_clip(names, span(start, start + length));
            let leads = plan.parts.iter().take_while(|name| name.end() <= at(start)).count();
            prop_assert!(leads == 0 || plan.parts[0].starts_with_key);
            let lead_in = plan.parts.get(..=leads).unwrap_or_default();
            prop_assert!(lead_in.windows(2).all(|pair| !is_hole(pair[0].end(), pair[1].start)));
        }

        #[test]
        fn nothing_that_is_shown_is_left_out_and_order_does_not_matter(names in names(), start in 0i64..60_000, length in 1i64..30_000) {
            let wanted = span(start, start + length);
            let plan = plan_clip(names.clone(), wanted);
            prop_assert!(names.iter().filter(|name| name.span().overlaps(wanted)).all(|name| plan.parts.contains(name)));
            prop_assert!(plan.parts.is_sorted_by_key(|name| name.start));
            prop_assert_eq!(plan.complete, names.iter().any(|name| name.end() >= wanted.end));
            prop_assert_eq!(plan_clip(names.into_iter().rev(), wanted), plan);
        }
    }
}
