//! How followed things look on the live picture.

use iris_bus::message::TrackView;
use iris_media::{Colour, Overlay};

use crate::names::Names;

/// Colours that can be told apart on most pictures, also by people who see red and green alike (Okabe and Ito, 2008).
const COLOURS: [Colour; 7] = [
    Colour([0x56, 0xb4, 0xe9]),
    Colour([0xe6, 0x9f, 0x00]),
    Colour([0x00, 0x9e, 0x73]),
    Colour([0xf0, 0xe4, 0x42]),
    Colour([0xcc, 0x79, 0xa7]),
    Colour([0xd5, 0x5e, 0x00]),
    Colour([0x00, 0x72, 0xb2]),
];

/// One box per confirmed track that was seen in the picture; a track keeps its colour.
pub fn of(tracks: &[TrackView], names: &Names) -> Vec<Overlay> {
    tracks.iter().filter(|track| track.confirmed && track.observed).map(|track| overlay(track, names)).collect()
}

fn overlay(track: &TrackView, names: &Names) -> Overlay {
    let colour = COLOURS[(track.key.number % COLOURS.len() as u64) as usize];
    let label = format!("{} {:.0} %", names.label(track.key, &track.class), track.score * 100.0);
    Overlay { bbox: track.bbox, label, colour }
}
