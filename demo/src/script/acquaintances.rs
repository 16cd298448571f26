//! What people do within a slot. Each day people are acquainted two by two: acquaintances walk together, meet and talk, or
//! go their own ways. Their slots begin together, so that their plans can be made together.

use rand::RngExt as _;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;

use super::round::{self, LEGS, Leg, Manner, Meeting};
use super::routes::{any, gates};
use super::slots::{Numbers, SLOT, SLOTS_A_DAY, Slot};
use super::track::Track;
use super::visit::{Look, Visit};
use super::walk::{Piece, walk};
use super::{Identity, Seconds, World};
use crate::cast::{Action, Carried, Species};
use crate::place::{PlaceName, Role};
use crate::seed;

/// How long somebody on a round is in one of the places, on average, in seconds; measured.
const ROUND: f64 = 80.0;
/// Of those who come, so many come with their acquaintance, meet them, or come by bicycle.
const TOGETHER: f64 = 0.15;
const MEETING: f64 = 0.15;
const BY_BICYCLE: f64 = 0.1;
/// Of so many people one has a bicycle.
const PEOPLE_A_BICYCLE: usize = 3;
/// Who has a dog takes it along so often.
const WITH_DOG: f64 = 0.6;
/// Two who walk together are so far apart, in metres.
const ABREAST: f32 = 0.75;
/// A dog walks so far to the left of its owner and ahead, in metres.
const ON_THE_LEAD: [f32; 2] = [-0.7, 0.35];
/// Rounds begin at least so long after the slot's begin and end as long before its end, in seconds.
const MARGIN: Seconds = 3.0;
/// A ride must begin so long before the end of the slot, in seconds.
pub const LONGEST_RIDE: Seconds = 80.0;

/// What two people do within a slot.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// Theirs and their dogs' visits.
    pub visits: Vec<Visit>,
    /// When they come by bicycle.
    pub rides: Vec<Ride>,
}

/// Somebody who means to come through a place by bicycle.
#[derive(Debug, Clone, Copy)]
pub struct Ride {
    /// Who.
    pub person: usize,
    /// In which of their outfits.
    pub outfit: usize,
    /// The number of the person's visit.
    pub number: u32,
    /// Where.
    pub place: PlaceName,
    /// When.
    pub start: Seconds,
}

/// How many of so many people have a bicycle: the first ones, and the first bicycles.
pub fn cyclists(people: usize) -> usize {
    people.div_ceil(PEOPLE_A_BICYCLE)
}

/// Who is acquainted with whom on a day: two each, one left over when they are odd.
pub fn of_day(world: &World, day: u64) -> Vec<Vec<usize>> {
    let mut people: Vec<usize> = (0..world.cast.people.len()).collect();
    people.shuffle(&mut seed::stream(world.seed, "acquaintances", day));
    people.chunks(2).map(<[usize]>::to_vec).collect()
}

/// What `people` do in a slot.
pub fn plan(world: &World, people: &[usize], slot: Slot) -> Plan {
    let random = seed::stream(world.seed, "round", slot.index() * world.cast.people.len() as u64 + people[0] as u64);
    let mut planner = Planner { world, slot, random, plan: Plan::default() };
    planner.fill(people);
    planner.plan
}

struct Planner<'a> {
    world: &'a World,
    slot: Slot,
    random: ChaCha8Rng,
    plan: Plan,
}

impl Planner<'_> {
    fn fill(&mut self, people: &[usize]) {
        let wanted = f64::from(self.world.settings.crowd) * PlaceName::ALL.len() as f64 * SLOT / ROUND;
        let chance = (wanted / self.world.cast.people.len() as f64 * self.slot.bustle()).clamp(0.0, 0.95);
        if let &[one, other] = people {
            let draw = self.random.random::<f64>();
            if draw < chance * TOGETHER {
                return self.alone(one, Some(other));
            }
            if draw < chance * (TOGETHER + MEETING) {
                return self.meet(one, other);
            }
        }
        let joint = chance * (TOGETHER + MEETING);
        for &person in people {
            if !self.random.random_bool((chance - joint) / (1.0 - joint)) {
                continue;
            }
            if person < cyclists(self.world.cast.people.len()) && self.random.random_bool(BY_BICYCLE) {
                self.ride(person);
            } else {
                self.alone(person, None);
            }
        }
    }

    /// A round, perhaps with a companion.
    fn alone(&mut self, person: usize, companion: Option<usize>) {
        let manner = self.manner(person, companion.is_some());
        let tries = [LEGS, 2, 1];
        for legs in tries {
            let round = round::draw(self.world, manner, legs, None, &mut self.random);
            let Some(room) = self.room(&round) else { continue };
            let start = self.slot.start() + MARGIN + self.random.random_range(0.0..=room);
            let tracks = self.add_round(person, &round, start);
            if let Some(companion) = companion {
                self.add_companion(companion, &tracks);
            } else {
                self.add_dog(person, &tracks);
            }
            return;
        }
    }

    /// Two rounds that begin with a talk at a meeting point.
    fn meet(&mut self, one: usize, other: usize) {
        let meeting_points = PlaceName::ALL.into_iter().flat_map(|place| {
            let nodes = self.world.place(place).walks.nodes.iter().enumerate();
            nodes.filter(|(_, node)| node.role == Role::Meet).map(move |(node, _)| (place, node)).collect::<Vec<_>>()
        });
        let meeting_points: Vec<_> = meeting_points.collect();
        let Some((place, node)) = any(&meeting_points, &mut self.random) else { return };
        let side = self.random.random_range(0.0..6.0);
        let seconds = self.random.random_range(10.0..70.0);
        let waiting = self.random.random_range(1.0..8.0);
        let first = Meeting { place, node, side, seconds: seconds + waiting };
        let second = Meeting { side: side + std::f32::consts::PI, seconds, ..first };
        let mut round_to = |person, meeting, legs| {
            let manner = self.manner(person, false);
            round::draw(self.world, manner, legs, Some(meeting), &mut self.random)
        };
        let rounds = [round_to(one, first, 2), round_to(other, second, 2)];
        let (Some(here), Some(there)) = (arrival(&rounds[0]), arrival(&rounds[1])) else { return };
        // The second sets off so that they arrive when the first has waited.
        let head_start = here + f64::from(waiting) - there;
        let offsets = [(-head_start).max(0.0), head_start.max(0.0)];
        let rooms = [0, 1].map(|index| self.room(&rounds[index]).map(|room| room - offsets[index]));
        let [Some(room_one), Some(room_other)] = rooms else { return };
        let room = room_one.min(room_other);
        if room < 0.0 {
            return;
        }
        let start = self.slot.start() + MARGIN + self.random.random_range(0.0..=room);
        self.add_round(one, &rounds[0], start + offsets[0]);
        self.add_round(other, &rounds[1], start + offsets[1]);
    }

    fn ride(&mut self, person: usize) {
        let has_road = |name: &PlaceName| gates(&self.world.place(*name).roads, |_| true).len() > 1;
        let places: Vec<PlaceName> = PlaceName::ALL.into_iter().filter(has_road).collect();
        let Some(place) = any(&places, &mut self.random) else { return };
        let start = self.slot.start() + self.random.random_range(MARGIN..SLOT - LONGEST_RIDE - MARGIN);
        let number = Numbers::of(&self.world.cast).person(self.slot, person, 0);
        self.plan.rides.push(Ride { person, outfit: self.outfit(person), number, place, start });
    }

    fn manner(&mut self, person: usize, in_company: bool) -> Manner {
        let usual = seed::stream(self.world.seed, "speed", person as u64).random_range(1.05..1.5_f32);
        let speed = if !in_company && self.random.random_bool(0.04) {
            self.random.random_range(2.7..3.3)
        } else {
            (usual * self.random.random_range(0.88..1.1)).clamp(0.9, 1.6)
        };
        // Two abreast: the other walks to the right of this one.
        let aside = if in_company { -0.2 } else { self.random.random_range(0.15..0.5) };
        Manner { speed, aside }
    }

    /// How much later than as early as possible a round may begin; `None` when it does not fit into the slot.
    fn room(&self, round: &[Leg]) -> Option<Seconds> {
        let in_places: Seconds = round.iter().map(|leg| walk(0.0, &leg.pieces, |_| 0.0).end()).sum();
        let between: Seconds = round.iter().map(|leg| leg.away).sum();
        let room = SLOT - 2.0 * MARGIN - in_places - between;
        (!round.is_empty() && room >= 0.0).then_some(room)
    }

    /// Which outfit somebody wears: one for the day, now and then another from some time on.
    fn outfit(&self, person: usize) -> usize {
        let people = self.world.cast.people.len() as u64;
        let mut random = seed::stream(self.world.seed, "outfit", self.slot.day * people + person as u64);
        let outfits = self.world.cast.people[person].outfits.len().max(1);
        let [morning, evening] = [random.random_range(0..outfits), random.random_range(0..outfits)];
        let changes_at = random.random_range(SLOTS_A_DAY * 2 / 5..SLOTS_A_DAY * 3 / 4);
        let changes = random.random_bool(0.35) && self.slot.of_day >= changes_at;
        if changes { evening } else { morning }
    }

    fn add_round(&mut self, person: usize, round: &[Leg], start: Seconds) -> Vec<(PlaceName, Track)> {
        let mut tracks = Vec::new();
        let mut begin = start;
        for leg in round {
            let cadence = |speed| self.world.cast.people[person].cadence(speed);
            let track = walk(begin, &leg.pieces, cadence);
            begin = track.end() + leg.away;
            tracks.push((leg.place, track));
        }
        let carried = self.carried();
        self.add_visits(person, &tracks, carried);
        tracks
    }

    fn add_visits(&mut self, person: usize, tracks: &[(PlaceName, Track)], carried: Option<Carried>) {
        let (outfit, numbers) = (self.outfit(person), Numbers::of(&self.world.cast));
        for (leg, (place, track)) in tracks.iter().enumerate() {
            let indoors = self.world.place(*place).indoors;
            let raining = self.world.weather(track.start).rain > 0.25;
            // Who has both hands full gets wet.
            let umbrella = raining && !indoors && carried.is_none() && !person.is_multiple_of(3);
            // A parcel is handed over on the way.
            let carried = carried.filter(|&carried| carried != Carried::Parcel || leg == 0);
            let carried = if umbrella { Some(Carried::Umbrella) } else { carried };
            let look = Look::Walker { outfit, carried };
            let number = numbers.person(self.slot, person, leg);
            let (identity, place, track) = (Identity::Person(person), *place, track.clone());
            self.plan.visits.push(Visit { number, identity, place, track, look });
        }
    }

    fn carried(&mut self) -> Option<Carried> {
        match self.random.random_range(0..100) {
            0..14 => Some(Carried::ShoppingBag),
            14..22 => Some(Carried::Parcel),
            _ => None,
        }
    }

    fn add_companion(&mut self, person: usize, tracks: &[(PlaceName, Track)]) {
        let cadence = |speed| self.world.cast.people[person].cadence(speed);
        let beside = tracks.iter().map(|(place, track)| (*place, track.beside(ABREAST, 0.0, cadence)));
        let beside: Vec<_> = beside.collect();
        self.add_visits(person, &beside, None);
    }

    fn add_dog(&mut self, person: usize, tracks: &[(PlaceName, Track)]) {
        let dog = (0..self.world.cast.animals.len()).find(|&animal| owner(self.world, animal) == Some(person));
        let Some(dog) = dog.filter(|_| self.random.random_bool(WITH_DOG)) else { return };
        let numbers = Numbers::of(&self.world.cast);
        let [right, ahead] = ON_THE_LEAD;
        for (leg, (place, track)) in tracks.iter().enumerate() {
            let track = track.beside(right, ahead, |speed| self.world.cast.animals[dog].cadence(speed));
            let number = numbers.animal(self.slot, dog, leg);
            let (identity, place) = (Identity::Animal(dog), *place);
            self.plan.visits.push(Visit { number, identity, place, track, look: Look::Itself });
        }
    }
}

/// Whose an animal is: every other one's, if it is a dog, is one of the people.
pub fn owner(world: &World, animal: usize) -> Option<usize> {
    let owned = world.cast.animals[animal].species == Species::Dog && animal.is_multiple_of(2);
    (owned && !world.cast.people.is_empty()).then(|| (animal * 5 + 2) % world.cast.people.len())
}

/// How long after its start a round comes to its first talk.
fn arrival(round: &[Leg]) -> Option<Seconds> {
    let pieces = &round.first()?.pieces;
    let talk = pieces.iter().position(|piece| matches!(piece, Piece::Stand { action: Action::Talk, .. }))?;
    // One second of the talk, which makes the walk before it end in standing.
    let mut until = pieces[..=talk].to_vec();
    if let Some(Piece::Stand { seconds, .. }) = until.last_mut() {
        *seconds = 1.0;
    }
    Some(walk(0.0, &until, |_| 0.0).end() - 1.0)
}
