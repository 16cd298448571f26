//! A round: somebody comes from the town, walks through one place or several, stops here and there, and leaves again.

use glam::Vec3;
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use super::path::Path;
use super::routes::{Routes, any, gates, other_side};
use super::track::{heading_of, turn};
use super::walk::Piece;
use super::{Seconds, World};
use crate::cast::Action;
use crate::place::{Place, PlaceName, Role};

/// The most places on a round, counted each time.
pub const LEGS: usize = 5;
/// Chance to go on to a next place where one can.
const GO_ON: f64 = 0.7;
/// Chance to stop somewhere on the way through a place.
const STOP: f64 = 0.6;
/// The most stops in one place.
const MOST_STOPS: usize = 3;
/// Walkers round corners over this distance, in metres.
const ROUNDING: f32 = 1.0;
/// Who turns back by more than this stands for a moment.
const TURNING_BACK: f32 = 2.0;
/// Two who talk stand this far from the middle between them.
const TALKING: f32 = 0.48;

/// How somebody goes about a round.
#[derive(Debug, Clone, Copy)]
pub struct Manner {
    /// Metres a second.
    pub speed: f32,
    /// How far to the right of the middle of the way, in metres.
    pub aside: f32,
}

/// A part of a round within one place.
#[derive(Debug, Clone)]
pub struct Leg {
    /// Where.
    pub place: PlaceName,
    /// What is done there.
    pub pieces: Vec<Piece>,
    /// Time out of sight before the next leg.
    pub away: Seconds,
}

/// Where somebody stops, for how long, to do what.
#[derive(Debug, Clone, Copy)]
struct Halt {
    node: usize,
    at: Vec3,
    seconds: f32,
    heading: f32,
    action: Action,
}

/// An appointment: which side of a meeting point, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct Meeting {
    /// Where.
    pub place: PlaceName,
    /// The node of its walks at which two meet.
    pub node: usize,
    /// On which side of it this one stands, as a heading.
    pub side: f32,
    /// For how long.
    pub seconds: f32,
}

/// A round drawn by `random`, never longer than `legs`; with a meeting that comes first. Empty when the places have no way in.
pub fn draw(world: &World, manner: Manner, legs: usize, meeting: Option<Meeting>, random: &mut ChaCha8Rng) -> Vec<Leg> {
    let start = match meeting {
        Some(meeting) => Some(meeting.place),
        None => any(&PlaceName::ALL, random),
    };
    let with_gates = |name: &PlaceName| !gates(&world.place(*name).walks, |to| to.is_none()).is_empty();
    let Some(mut name) = start.filter(with_gates).or_else(|| PlaceName::ALL.into_iter().find(with_gates)) else {
        return Vec::new();
    };
    let mut entrance = any(&gates(&world.place(name).walks, |to| to.is_none()), random);
    let mut round = Vec::new();
    while let Some(gate) = entrance {
        let place = world.place(name);
        let onwards = round.len() + 1 < legs && random.random_bool(GO_ON);
        let Some(exit) = exit(place, gate, onwards, random) else { break };
        let mut halts = halts(place, random);
        if let Some(meeting) = meeting.filter(|_| round.is_empty()) {
            halts.insert(0, meeting.halt(place));
        }
        let Some(pieces) = pieces(place, gate, &halts, exit, manner, random) else { break };
        let next = match place.walks.nodes[exit].role {
            Role::Gate { to } if round.len() + 1 < legs => to,
            _ => None,
        };
        let through_a_door = name == PlaceName::Hall || next == Some(PlaceName::Hall);
        let away = if through_a_door { random.random_range(2.0..8.0) } else { random.random_range(10.0..30.0) };
        round.push(Leg { place: name, pieces, away });
        let Some(next) = next else { break };
        entrance = other_side(&place.walks, exit, name, &world.place(next).walks, next);
        name = next;
    }
    round
}

/// What an animal does that crosses a place from one gate to another; doors do not open for it.
pub fn stray(place: &Place, manner: Manner, random: &mut ChaCha8Rng) -> Option<Vec<Piece>> {
    let open = gates(&place.walks, |to| to != Some(PlaceName::Hall));
    let (entrance, exit) = (any(&open, random)?, any(&open, random)?);
    let halts = halts(place, random);
    let crosses = entrance != exit || !halts.is_empty();
    crosses.then(|| pieces(place, entrance, &halts, exit, manner, random)).flatten()
}

/// A gate to leave by, `onwards` to another place where there is one.
fn exit(place: &Place, entrance: usize, onwards: bool, random: &mut ChaCha8Rng) -> Option<usize> {
    let others = |wanted: &dyn Fn(Option<PlaceName>) -> bool| {
        let mut found = gates(&place.walks, wanted);
        found.retain(|&gate| gate != entrance);
        found
    };
    let wanted = others(&|to| to.is_some() == onwards);
    any(&wanted, random).or_else(|| any(&others(&|_| true), random))
}

/// Where somebody stops on the way through a place, if at all.
fn halts(place: &Place, random: &mut ChaCha8Rng) -> Vec<Halt> {
    let mut halts = Vec::new();
    while halts.len() < MOST_STOPS && random.random_bool(STOP) {
        let node = random.random_range(0..place.walks.nodes.len());
        let at = place.walks.nodes[node].position;
        let action = if random.random_bool(0.35) { Action::Phone } else { Action::Stand };
        let (heading, seconds) = match place.walks.nodes[node].role {
            Role::Gate { .. } => continue,
            Role::Stop { heading } => (heading, random.random_range(8.0..45.0)),
            Role::Meet => (random.random_range(0.0..6.0), random.random_range(5.0..25.0)),
            Role::Pass => (random.random_range(0.0..6.0), random.random_range(1.5..6.0)),
        };
        halts.push(Halt { node, at, seconds, heading, action });
    }
    halts
}

impl Meeting {
    fn halt(&self, place: &Place) -> Halt {
        let middle = place.walks.nodes[self.node].position;
        let at = middle + super::track::direction(self.side) * TALKING;
        let heading = self.side + std::f32::consts::PI;
        Halt { node: self.node, at, seconds: self.seconds, heading, action: Action::Talk }
    }
}

/// The way from gate to gate by the halts.
fn pieces(
    place: &Place,
    entrance: usize,
    halts: &[Halt],
    exit: usize,
    manner: Manner,
    random: &mut ChaCha8Rng,
) -> Option<Vec<Piece>> {
    let routes = Routes::on_foot(&place.walks, random);
    let mut pieces = Vec::new();
    let mut from = (entrance, place.walks.nodes[entrance].position);
    for halt in halts {
        let mut corners = routes.between(from.0, halt.node)?;
        replace_ends(&mut corners, from.1, halt.at);
        add_walk(&mut pieces, &corners, manner, place);
        pieces.push(Piece::Stand { seconds: halt.seconds, heading: halt.heading, action: halt.action });
        from = (halt.node, halt.at);
    }
    let mut corners = routes.between(from.0, exit)?;
    let end = place.walks.nodes[exit].position;
    replace_ends(&mut corners, from.1, end);
    add_walk(&mut pieces, &corners, manner, place);
    Some(pieces)
}

fn replace_ends(corners: &mut Vec<Vec3>, first: Vec3, last: Vec3) {
    if corners.len() < 2 {
        *corners = vec![first, last];
    }
    let end = corners.len() - 1;
    corners[0] = first;
    corners[end] = last;
}

/// Walks along `corners`; where they turn back, with a moment's standing.
fn add_walk(pieces: &mut Vec<Piece>, corners: &[Vec3], manner: Manner, place: &Place) {
    let mut start = 0;
    for index in 1..corners.len() - 1 {
        let headings =
            [heading_of(corners[index] - corners[index - 1]), heading_of(corners[index + 1] - corners[index])];
        let [Some(before), Some(after)] = headings else { continue };
        if turn(before, after).abs() > TURNING_BACK {
            pieces.push(stretch(&corners[start..=index], manner, place));
            pieces.push(Piece::Stand { seconds: 0.8, heading: after, action: Action::Stand });
            start = index;
        }
    }
    pieces.push(stretch(&corners[start..], manner, place));
}

fn stretch(corners: &[Vec3], manner: Manner, place: &Place) -> Piece {
    Piece::Walk { path: Path::new(corners, manner.aside, ROUNDING, &place.obstacles), speed: manner.speed }
}
