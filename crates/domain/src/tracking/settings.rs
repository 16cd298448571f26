//! The numbers of the tracker and where each comes from. Driven by whoever builds a [`super::Tracker`]; never changes while it runs.

use std::time::Duration;

/// Scores, gates and times of one tracker. [`Self::for_confidence`] gives the recommended ones.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrackerSettings {
    /// Detections from this score on take part in the first association.
    pub high_score: f32,
    /// Detections below this score are not looked at. Those between here and `high_score` may continue a track but never start one,
    /// so a driver that wants them must ask its detector for boxes down to this score.
    pub low_score: f32,
    /// An unmatched detection from this score on starts a track.
    pub new_score: f32,
    /// Least similarity (overlap times overlap of heights) in the first association.
    pub first_gate: f32,
    /// Least similarity for a low-score box: stricter, because such a box may be half of a hidden thing, or nothing.
    pub second_gate: f32,
    /// Least similarity between a leftover detection and the last box in which a track was seen.
    pub recovery_gate: f32,
    /// Pictures in which a thing must be found before its track is confirmed.
    pub confirm_hits: u32,
    /// What the similarity to a tentative track is worth beside that to a confirmed one, where both want the same detection.
    pub tentative_weight: f32,
    /// What the similarity to a track that was lost for all of `keep_lost` is worth beside that to one just seen; in between it
    /// falls evenly.
    pub lost_weight: f32,
    /// How far the colours of one thing lie from their mean in the next picture, in steps of luma: what a similarity is worth falls
    /// with the distance as a bell curve of this width.
    pub look_scale: f32,
    /// The share of its worth that a similarity loses where the colours are quite others. Colours only choose between places that
    /// motion allows: shade, and whatever stands before somebody, change them as well.
    pub look_weight: f32,
    /// How long a track outlives its last detection. A confirmed track also survives its first missed picture however long the gap
    /// before it was, so that one slow detection does not cut every track.
    pub keep_lost: Duration,
    /// After a pause longer than this every track ends: where a thing would be by now is anybody's guess.
    pub pause_max: Duration,
}

impl TrackerSettings {
    /// The recommended recipe for a detector that is run at `detect_conf` (0..1), the confidence at which its boxes are believed.
    ///
    /// Only the scores depend on the detector: a new track asks for 0.05 more than `detect_conf`, for a track begun by mistake costs
    /// more than one begun a picture later. Gates and times are those of the comparison on MOT17 half-val that
    /// `make eval-tracking` repeats; they were chosen on those same sequences, so its figures flatter them.
    pub fn for_confidence(detect_conf: f32) -> Self {
        let detect_conf = if detect_conf.is_finite() { detect_conf.clamp(0.0, 1.0) } else { 0.5 };
        Self {
            high_score: detect_conf,
            // ByteTrack's floor, on YOLOX scores; a detector run below it has no low-score boxes worth keeping.
            low_score: detect_conf.min(0.1),
            new_score: (detect_conf + 0.05).min(1.0),
            // Low, because at 5 pictures a second a walker's box hardly overlaps its last one; the best sum of similarities and not
            // the gate decides between neighbours.
            first_gate: 0.15,
            second_gate: 0.5,
            recovery_gate: 0.3,
            confirm_hits: 2,
            tentative_weight: 0.5,
            lost_weight: 0.6,
            // Of 10,600 boxes of people in the demo world, given by its truth, those in a track of somebody else fell from 1.8 % to
            // 0.3 % with these, and there were no more tracks. From one picture to the next half of all looks lie within 7 of each other
            // and 90 % within 19; those of two people in one picture lie 40 apart on the median.
            look_scale: 10.0,
            look_weight: 0.8,
            keep_lost: Duration::from_secs(1),
            pause_max: Duration::from_secs(5),
        }
    }
}
