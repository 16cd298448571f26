//! Walkers who come close give way to each other, so that nobody walks through anybody.

use glam::Vec3;

use super::path::smooth_step;
use super::track::{Sample, direction, to_the_right};

/// How far a walker gives way to another at a moment. Both are given as they would walk without the other.
pub fn way_given(this: &Sample, other: &Sample, first: bool) -> Vec3 {
    /// Within these distances ahead and to the side one gives way, by so much at most, in metres.
    const AHEAD: f32 = 2.4;
    const SIDE: f32 = 0.9;
    const MOST: f32 = 0.4;
    /// Distance to the side at which it is clear who goes to which.
    const CLEAR: f32 = 0.25;
    let apart = this.position - other.position;
    let (along, right) = (direction(this.heading), to_the_right(this.heading));
    let (ahead, aside) = (apart.dot(along), apart.dot(right));
    let near = 1.0 - (ahead / AHEAD).powi(2) - (aside / SIDE).powi(2);
    if near <= 0.0 {
        return Vec3::ZERO;
    }
    // Head-on both go to their right; of two in the same direction the first does, the other to the left.
    let habit = if first { 1.0 } else { -direction(other.heading).dot(along) };
    let lean = aside + 0.8 * CLEAR * habit;
    let side = lean / (lean * lean + CLEAR * CLEAR).sqrt();
    // Who crosses another's way at a right angle would have to jump from one side to the other: they just go on.
    let in_line = direction(other.heading).dot(along).powi(2);
    let share = 1.0 + (in_line - 1.0) * smooth_step(other.speed / 0.6);
    right * side * MOST * share * near * near * smooth_step(this.speed / 1.1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cast::Action;

    fn walker(z: f32, heading: f32) -> Sample {
        let position = Vec3::new(0.0, 0.0, z);
        Sample { position, heading, speed: 1.3, travelled: 0.0, steps: 0.0, action: Action::Walk }
    }

    #[test]
    fn who_meets_head_on_passes_on_the_right() {
        let (north, south) = (walker(0.0, std::f32::consts::PI), walker(0.0, 0.0));
        let [one, other] = [way_given(&north, &south, true), way_given(&south, &north, false)];
        assert!(one.distance(other) > 0.4, "{one} {other}");
    }

    #[test]
    fn who_is_far_away_is_in_nobodys_way() {
        assert_eq!(way_given(&walker(0.0, 0.0), &walker(5.0, 0.0), true), Vec3::ZERO);
    }
}
