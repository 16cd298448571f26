//! `tracks.proto`: everything followed in one picture.

use std::time::Duration;

use iris_domain::{BBox, CellId, Class, Timestamp, TrackKey};
use uuid::Uuid;

use crate::{Malformed, Message, checks, geometry, wire};

/// Most tracks of one picture: every detection may be one, and lost ones are still predicted.
const TRACKS_MAX: usize = 1000;
/// Most trigger classes of a camera; the largest detectors know some hundreds.
const CLASSES_MAX: usize = 1000;

/// Everything followed in one picture, and the rules by which its presence is judged: the recorder needs nothing else
/// to be told of the camera.
#[derive(Debug, Clone, PartialEq)]
pub struct Tracks {
    /// The analysis run; track numbers belong to it.
    pub run: Uuid,
    /// The picture's number in the run.
    pub sequence: u64,
    /// When the picture was filmed.
    pub captured: Timestamp,
    /// What is followed.
    pub tracks: Vec<TrackView>,
    /// How presence is judged.
    pub rules: PresenceRules,
    /// The camera stops being watched; an open presence ends at its last detection.
    pub last: bool,
    /// The camera's source generation.
    pub source_generation: i64,
    /// The cell whose disk has the camera's segments, and whose recorder this is for.
    pub cell: CellId,
}

/// One followed thing in one picture.
#[derive(Debug, Clone, PartialEq)]
pub struct TrackView {
    /// Its name.
    pub key: TrackKey,
    /// The vote of its detections.
    pub class: Class,
    /// Where it is, by estimate when it was not seen in this picture.
    pub bbox: BBox,
    /// Score of its newest detection, 0..1.
    pub score: f32,
    /// Seen often enough to be believed.
    pub confirmed: bool,
    /// Seen in this very picture.
    pub observed: bool,
    /// When it was first seen.
    pub first_seen: Timestamp,
}

pub use iris_domain::presence::PresenceRules;

impl Message for Tracks {
    type Wire = wire::Tracks;

    fn to_wire(&self) -> wire::Tracks {
        wire::Tracks {
            run: checks::uuid_bytes(self.run),
            sequence: self.sequence,
            captured_us: self.captured.as_micros(),
            tracks: self.tracks.iter().map(track_to_wire).collect(),
            rules: Some(rules_to_wire(&self.rules)),
            last: self.last,
            source_generation: self.source_generation,
            cell: self.cell.as_str().to_owned(),
        }
    }

    fn from_wire(wire: wire::Tracks) -> Result<Self, Malformed> {
        checks::count(&wire.tracks, TRACKS_MAX, "tracks")?;
        let run = checks::uuid(&wire.run, "run")?;
        Ok(Self {
            run,
            sequence: wire.sequence,
            captured: checks::timestamp(wire.captured_us, "captured_us")?,
            tracks: wire.tracks.into_iter().map(|track| track_from_wire(run, track)).collect::<Result<_, _>>()?,
            rules: rules_from_wire(wire.rules.ok_or_else(|| Malformed::new("the rules are missing"))?)?,
            last: wire.last,
            source_generation: wire.source_generation,
            cell: checks::cell(&wire.cell)?,
        })
    }
}

fn track_to_wire(track: &TrackView) -> wire::Track {
    wire::Track {
        number: track.key.number,
        class: track.class.as_str().to_owned(),
        r#box: Some(geometry::to_wire(&track.bbox)),
        score: track.score,
        confirmed: track.confirmed,
        observed: track.observed,
        first_seen_us: track.first_seen.as_micros(),
    }
}

fn track_from_wire(run: Uuid, wire: wire::Track) -> Result<TrackView, Malformed> {
    Ok(TrackView {
        key: TrackKey { run, number: wire.number },
        class: checks::class(&wire.class)?,
        bbox: geometry::from_wire(wire.r#box)?,
        score: checks::fraction(wire.score, "score")?,
        confirmed: wire.confirmed,
        observed: wire.observed,
        first_seen: checks::timestamp(wire.first_seen_us, "first_seen_us")?,
    })
}

fn rules_to_wire(rules: &PresenceRules) -> wire::PresenceRules {
    wire::PresenceRules {
        trigger_classes: rules.trigger_classes.iter().map(|class| class.as_str().to_owned()).collect(),
        min_trigger_frames: rules.min_trigger_frames,
        trigger_cooldown_s: rules.trigger_cooldown.as_secs_f32(),
        pre_s: rules.pre.as_secs() as u32,
        post_s: rules.post.as_secs() as u32,
        min_score: rules.min_score,
    }
}

fn rules_from_wire(wire: wire::PresenceRules) -> Result<PresenceRules, Malformed> {
    checks::count(&wire.trigger_classes, CLASSES_MAX, "trigger classes")?;
    let cooldown = checks::in_range(wire.trigger_cooldown_s, 0.0, 3600.0, "trigger_cooldown_s")?;
    let pre = checks::in_range(wire.pre_s as f32, 0.0, 120.0, "pre_s")?;
    let post = checks::in_range(wire.post_s as f32, 0.0, 300.0, "post_s")?;
    Ok(PresenceRules {
        trigger_classes: wire.trigger_classes.iter().map(|name| checks::class(name)).collect::<Result<_, _>>()?,
        min_trigger_frames: wire.min_trigger_frames.clamp(1, 100),
        trigger_cooldown: Duration::from_secs_f32(cooldown),
        pre: Duration::from_secs_f32(pre),
        post: Duration::from_secs_f32(post),
        min_score: checks::fraction(wire.min_score, "min_score")?,
    })
}
