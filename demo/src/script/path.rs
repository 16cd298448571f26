//! Lines to walk and drive on: through corners, but round, and a little aside of where everybody else goes.

use glam::Vec3;

use super::track::{heading_of, to_the_right};
use crate::place::Obstacle;

/// Distance of the points of a path, in metres.
const SPACING: f32 = 0.2;
/// Over this distance from its ends a path gives way to the side.
const EASE: f32 = 2.0;
/// Over so many points to each side a path is smoothed once more when it goes aside.
const LAST_TOUCH: usize = 3;
/// How near to an obstacle a path goes aside, in metres.
const CLEARANCE: f32 = 0.3;

/// A smooth line over the ground.
#[derive(Debug, Clone)]
pub struct Path {
    points: Vec<Vec3>,
    /// Metres from the start to each point.
    metres: Vec<f32>,
}

impl Path {
    /// From the first of `corners` to the last, `aside` metres to the right of them in between where none of `obstacles`
    /// stands; corners are rounded over `rounding` metres. There must be at least one corner.
    pub fn new(corners: &[Vec3], aside: f32, rounding: f32, obstacles: &[Obstacle]) -> Self {
        let mut points = spaced(corners);
        for _ in 0..2 {
            points = averaged(&points, (rounding / SPACING) as usize);
        }
        let points = averaged(&shifted(&points, aside, obstacles), LAST_TOUCH);
        let mut metres = Vec::with_capacity(points.len());
        let mut sum = 0.0;
        for (index, point) in points.iter().enumerate() {
            sum += point.distance(points[index.saturating_sub(1)]);
            metres.push(sum);
        }
        Self { points, metres }
    }

    /// How long it is.
    pub fn length(&self) -> f32 {
        self.metres.last().copied().unwrap_or(0.0)
    }

    /// The point that many metres from the start.
    pub fn point(&self, metres: f32) -> Vec3 {
        let after = self.metres.partition_point(|&along| along < metres).clamp(1, self.points.len().max(2) - 1);
        let Some(&to) = self.points.get(after) else { return self.points[0] };
        let (from, start, end) = (self.points[after - 1], self.metres[after - 1], self.metres[after]);
        from.lerp(to, ((metres - start) / (end - start).max(1e-6)).clamp(0.0, 1.0))
    }

    /// Where the path leads that many metres from the start.
    pub fn heading(&self, metres: f32) -> f32 {
        let reach = 1.5 * SPACING;
        let (from, to) = ((metres - reach).max(0.0), (metres + reach).min(self.length()));
        heading_of(self.point(to) - self.point(from)).unwrap_or(0.0)
    }

    /// How far along the path its nearest point is, and how far away that is.
    pub fn nearest(&self, point: Vec3) -> (f32, f32) {
        let distances =
            self.points.iter().zip(&self.metres).map(|(other, &along)| (along, other.distance_squared(point)));
        let (along, squared) = distances.min_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((0.0, f32::INFINITY));
        (along, squared.sqrt())
    }
}

/// Points each [`SPACING`] along `corners`.
fn spaced(corners: &[Vec3]) -> Vec<Vec3> {
    let mut points = vec![corners[0]];
    for pair in corners.windows(2) {
        let count = (pair[0].distance(pair[1]) / SPACING).ceil();
        points.extend((1..=count as usize).map(|index| pair[0].lerp(pair[1], index as f32 / count)));
    }
    points
}

/// A line of points moved to its right, except near its ends and where something stands.
fn shifted(points: &[Vec3], aside: f32, obstacles: &[Obstacle]) -> Vec<Vec3> {
    let last = points.len() - 1;
    let beside = |(index, &point): (usize, &Vec3)| {
        let way = points[(index + 1).min(last)] - points[index.saturating_sub(1)];
        let from_an_end = index.min(last - index) as f32 * SPACING;
        let right = heading_of(way).map_or(Vec3::ZERO, to_the_right);
        let beside = point + right * aside * smooth_step(from_an_end / EASE);
        let blocked = obstacles.iter().any(|obstacle| obstacle.is_in_the_way(point, beside, CLEARANCE));
        if blocked { point } else { beside }
    };
    points.iter().enumerate().map(beside).collect()
}

/// Each point's mean with its neighbours up to `reach` away; towards the ends with fewer, so that the ends stay.
fn averaged(points: &[Vec3], reach: usize) -> Vec<Vec3> {
    let last = points.len() - 1;
    let mean = |index: usize| {
        let reach = reach.min(index).min(last - index);
        points[index - reach..=index + reach].iter().sum::<Vec3>() / (2 * reach + 1) as f32
    };
    (0..points.len()).map(mean).collect()
}

/// From 0 at 0 to 1 at 1 without corners.
pub fn smooth_step(share: f32) -> f32 {
    let share = share.clamp(0.0, 1.0);
    share * share * (3.0 - 2.0 * share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_keeps_its_ends_and_rounds_its_corners() {
        let corners = [Vec3::ZERO, Vec3::new(10.0, 0.0, 0.0), Vec3::new(10.0, 0.0, 10.0)];
        let path = Path::new(&corners, 0.5, 0.8, &[]);
        assert!(path.point(0.0).distance(corners[0]) < 1e-4);
        assert!(path.point(path.length()).distance(corners[2]) < 1e-4);
        assert!(path.length() < 20.0, "rounding shortens: {}", path.length());
        let headings: Vec<f32> = (0..190).map(|index| path.heading(index as f32 / 10.0)).collect();
        assert!(headings.windows(2).all(|pair| (pair[1] - pair[0]).abs() < 0.25), "no corner is left: {headings:?}");
    }

    #[test]
    fn aside_is_to_the_right() {
        let path = Path::new(&[Vec3::ZERO, Vec3::new(0.0, 0.0, 10.0)], 0.5, 0.5, &[]);
        // Who looks along +z has +x to their left.
        assert!((path.point(5.0).x + 0.5).abs() < 0.01, "{}", path.point(5.0));
        assert!((path.nearest(Vec3::new(1.5, 0.0, 5.0)).1 - 2.0).abs() < 0.1);
    }
}
