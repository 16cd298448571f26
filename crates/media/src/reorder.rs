//! B-frames: pictures are sent in decoding order and shown in another. Where a stream gives only one of the two times, these work
//! out the other. Pure arithmetic, driven by the timestamp repair.

/// H.264 and H.265 allow no more pictures to be held back.
const DEPTH_MAX: usize = 16;

/// A presentation time this far from the last belongs to another clock.
const JUMP: i64 = 5_000_000;

/// Works out decoding times from presentation times: with `n` pictures held back, the decoding time of a picture is the smallest
/// of the last `n + 1` presentation times.
#[derive(Debug)]
pub(crate) struct Reorder {
    depth: usize,
    /// Presentation times not yet used as decoding times, ascending.
    waiting: Vec<i64>,
    /// Pictures seen since the start, up to the depth.
    seen: usize,
    first: i64,
    last: Option<i64>,
    /// Pictures that came without a decoding time.
    unknown: usize,
    /// Whether the stream's own decoding times are missing or wrong, so that ours are used for good.
    ours: bool,
}

impl Reorder {
    pub(crate) fn new(depth: usize) -> Self {
        Self {
            depth: depth.min(DEPTH_MAX),
            waiting: Vec::new(),
            seen: 0,
            first: 0,
            last: None,
            unknown: 0,
            ours: false,
        }
    }

    pub(crate) fn depth(&self) -> i64 {
        self.depth as i64
    }

    /// The decoding time of the next packet in decoding order, which may repeat the last where the depth was wrong; `given` is used for as long as it can be right. `length` is the
    /// distance between pictures.
    pub(crate) fn decoding_time(&mut self, pts: i64, given: Option<i64>, length: i64) -> i64 {
        let jumped = self.last.is_some_and(|last| (pts.saturating_sub(last)).saturating_abs() > JUMP);
        if jumped {
            (self.seen, self.last) = (0, None);
            self.waiting.clear();
        }
        let worked_out = self.work_out(pts, length);
        let dts = match given {
            Some(dts) if !self.ours && dts <= pts => dts,
            // The demuxer itself needs some pictures before it knows.
            None if self.unknown < DEPTH_MAX => {
                self.unknown += 1;
                worked_out
            }
            _ => {
                self.ours = true;
                worked_out
            }
        };
        self.last = Some(dts);
        dts
    }

    fn work_out(&mut self, pts: i64, length: i64) -> i64 {
        let behind = self.last.filter(|&last| (self.ours || self.unknown > 0) && pts < last && self.depth < DEPTH_MAX);
        if let Some(last) = behind {
            // The header promised fewer B-frames than there are: hold one more back from here on.
            self.depth += 1;
            self.seen = self.depth;
            self.waiting.insert(self.waiting.partition_point(|&waiting| waiting <= pts), pts);
            return last;
        }
        if self.seen == 0 {
            self.first = pts;
        }
        let at = self.waiting.partition_point(|&waiting| waiting <= pts);
        self.waiting.insert(at, pts);
        if self.seen < self.depth {
            let ahead = (self.depth - self.seen) as i64;
            self.seen += 1;
            return self.first.saturating_sub(ahead * length);
        }
        while self.waiting.len() > self.depth + 1 {
            self.waiting.remove(0);
        }
        self.waiting.remove(0)
    }
}

/// Works out how much later than decoded a picture is shown, from the order written in the pictures themselves.
#[derive(Debug)]
pub(crate) struct PictureOrder {
    step: i32,
    /// Order of the last key frame and pictures decoded since.
    since_key: Option<(i32, i64)>,
}

impl PictureOrder {
    pub(crate) fn new(step: i32) -> Self {
        Self { step, since_key: None }
    }

    /// Pictures between decoding and showing, never negative. `depth` pictures are held back at most.
    pub(crate) fn delay(&mut self, order: Option<i32>, key: bool, depth: i64) -> i64 {
        let Some(order) = order else { return 0 };
        let (base, decoded) = match self.since_key {
            Some((base, decoded)) if !(key && order <= base) && order >= base => (base, decoded + 1),
            _ => (order, 0),
        };
        self.since_key = Some((base, decoded));
        let distance = order.saturating_sub(base);
        if distance % self.step != 0 {
            self.step = 1;
        }
        (i64::from(distance / self.step) - decoded + depth).clamp(0, 2 * DEPTH_MAX as i64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// I P B B P B B at 40 ms, in decoding order.
    const SHOWN: [i64; 7] = [0, 3, 1, 2, 6, 4, 5];

    #[test]
    fn decoding_times_rise_and_never_pass_presentation() {
        for (promised, clean_after) in [(1, 0), (2, 0), (0, 14)] {
            let mut reorder = Reorder::new(promised);
            let mut last = i64::MIN;
            for (n, pts) in (0..10).flat_map(|gop| SHOWN.map(|shown| (gop * 7 + shown) * 40)).enumerate() {
                let dts = reorder.decoding_time(pts, None, 40);
                assert!(
                    n < clean_after || (dts > last && dts <= pts),
                    "depth {promised}, picture {n}: {last} {dts} {pts}"
                );
                last = dts;
            }
        }
    }

    #[test]
    fn good_decoding_times_are_left_alone_and_bad_ones_replaced() {
        let mut reorder = Reorder::new(1);
        for (n, pts) in [40, 160, 80, 120].into_iter().enumerate() {
            assert_eq!(reorder.decoding_time(pts, Some(n as i64 * 40), 40), n as i64 * 40);
        }
        assert!(reorder.decoding_time(200, Some(900), 40) <= 200);
    }

    #[test]
    fn the_written_order_tells_when_a_picture_is_shown() {
        for step in [1, 2] {
            let mut order = PictureOrder::new(step);
            let shown: Vec<i64> = SHOWN
                .iter()
                .enumerate()
                .map(|(n, &shown)| n as i64 + order.delay(Some(shown as i32 * step), n == 0, 1))
                .collect();
            assert_eq!(shown, SHOWN.map(|shown| shown + 1));
        }
    }

    #[test]
    fn an_idr_picture_restarts_the_order() {
        let mut order = PictureOrder::new(2);
        for n in 0..5 {
            assert_eq!(order.delay(Some(n * 2), n == 0, 0), 0);
        }
        assert_eq!(order.delay(Some(0), true, 0), 0);
        assert_eq!(order.delay(Some(2), false, 0), 0);
    }
}
