//! How a stretch of time is counted without counting its events: whole days and whole hours from the counters, and only what
//! is left at the two ends, less than an hour each, from the events themselves. docs/adr/0002-event-totals.md says why.

use iris_domain::{Span, Timestamp};

const HOUR_MICROS: i64 = 3_600_000_000;
const DAY_MICROS: i64 = 24 * HOUR_MICROS;

/// 10000-01-01T00:00:00Z, the midnight after the last [`Timestamp`].
const END_MICROS: i64 = 253_402_300_800_000_000;

/// A stretch of time in pieces that touch but do not overlap, empty ones left out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Cover {
    /// Whole UTC days.
    pub days: Option<Span>,
    /// Whole UTC hours before and after the days.
    pub hours: Vec<Span>,
    /// Less than an hour at either end.
    pub edges: Vec<Span>,
}

/// Covers `from..to`; `None` leaves that side open.
pub(crate) fn cover(from: Option<Timestamp>, to: Option<Timestamp>) -> Cover {
    let from = from.map_or(0, Timestamp::as_micros);
    let to = to.map_or(END_MICROS, Timestamp::as_micros).max(from);
    let hours = inner(from, to, HOUR_MICROS);
    let days = inner(hours.0, hours.1, DAY_MICROS);
    Cover {
        days: span(days.0, days.1),
        hours: [span(hours.0, days.0), span(days.1, hours.1)].into_iter().flatten().collect(),
        edges: [span(from, hours.0), span(hours.1, to)].into_iter().flatten().collect(),
    }
}

/// The largest stretch inside `from..to` whose ends are multiples of `step`; an empty one at `to` when there is none.
fn inner(from: i64, to: i64, step: i64) -> (i64, i64) {
    let start = (from + step - 1) / step * step;
    let end = to / step * step;
    if start < end { (start, end) } else { (to, to) }
}

/// The end is cut to the last [`Timestamp`], which loses nothing: buckets are compared by their starts.
fn span(start: i64, end: i64) -> Option<Span> {
    let end = end.min(END_MICROS - 1);
    let span = Span::new(Timestamp::from_micros(start)?, Timestamp::from_micros(end)?)?;
    (start < end).then_some(span)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    fn piece(start: &str, end: &str) -> Span {
        Span::new(at(start), at(end)).unwrap()
    }

    #[test]
    fn a_long_stretch_is_days_between_hours_between_edges() {
        let cover = cover(Some(at("2026-11-01T10:30:00Z")), Some(at("2026-11-05T02:00:00.5Z")));
        assert_eq!(cover.days, Some(piece("2026-11-02", "2026-11-05")));
        assert_eq!(
            cover.hours,
            [piece("2026-11-01T11:00:00Z", "2026-11-02"), piece("2026-11-05", "2026-11-05T02:00:00Z")]
        );
        assert_eq!(
            cover.edges,
            [
                piece("2026-11-01T10:30:00Z", "2026-11-01T11:00:00Z"),
                piece("2026-11-05T02:00:00Z", "2026-11-05T02:00:00.5Z")
            ]
        );
    }

    #[test]
    fn all_time_is_days_alone_and_nothing_is_nothing() {
        let all = cover(None, None);
        assert_eq!(all.days.unwrap().start, Timestamp::EPOCH);
        assert!(all.hours.is_empty() && all.edges.is_empty());
        let moment = Some(at("2026-11-05T02:00:00.5Z"));
        for nothing in [cover(moment, moment), cover(moment, Some(Timestamp::EPOCH))] {
            assert_eq!(nothing, Cover { days: None, hours: Vec::new(), edges: Vec::new() });
        }
    }

    fn pieces(cover: &Cover) -> Vec<Span> {
        let mut pieces: Vec<Span> =
            cover.days.into_iter().chain(cover.hours.clone()).chain(cover.edges.clone()).collect();
        pieces.sort_by_key(|piece| piece.start);
        pieces
    }

    fn aligned(span: &Span, step: i64) -> bool {
        span.start.as_micros() % step == 0 && span.end.as_micros() % step == 0
    }

    proptest! {
        // A week around the fixed start, so that every kind of border is met; the seconds make round numbers likely.
        #[test]
        fn the_pieces_are_the_stretch(start in 0i64..604_800, length in 0i64..604_800, micros in prop_oneof![Just(0i64), 0i64..1_000_000]) {
            let from = Timestamp::from_micros(1_795_392_000_000_000 + start * 1_000_000 + micros).unwrap();
            let to = Timestamp::from_micros(from.as_micros() + length * 1_000_000).unwrap();
            let cover = cover(Some(from), Some(to));
            let mut reached = from;
            for piece in pieces(&cover) {
                prop_assert_eq!(piece.start, reached);
                reached = piece.end;
            }
            prop_assert_eq!(reached, to);
            prop_assert!(cover.days.iter().all(|days| aligned(days, DAY_MICROS)));
            prop_assert!(cover.hours.iter().all(|hours| aligned(hours, HOUR_MICROS)));
            let whole_hours: u64 = cover.hours.iter().map(|hours| hours.duration().as_secs() / 3_600).sum();
            prop_assert!(whole_hours <= 46);
            // Without a whole hour inside, what is counted may lie around the border of one.
            let counted: u64 = cover.edges.iter().map(|edge| edge.duration().as_micros() as u64).sum();
            prop_assert!(counted < 2 * HOUR_MICROS as u64);
        }
    }
}
