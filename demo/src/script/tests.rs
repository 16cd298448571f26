//! What holds in every world at every moment, tried on one world by day and at night.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use super::*;
use crate::cast::Action;

static WORLD: LazyLock<World> = LazyLock::new(|| World::new(11, WorldSettings::default()));

const HOUR: Seconds = 3600.0;

/// Moments of a while in all places, `step` seconds apart.
fn moments(from: Seconds, to: Seconds, step: Seconds) -> impl Iterator<Item = (Seconds, PlaceName, Vec<Actor>)> {
    let times = (0..((to - from) / step) as u32).map(move |index| from + f64::from(index) * step);
    times.flat_map(|time| PlaceName::ALL.map(|place| (time, place, WORLD.at(place, time))))
}

fn person(actor: &Actor) -> Option<(usize, &crate::cast::PersonPose)> {
    match (&actor.pose, actor.identity) {
        (Pose::Person { pose, .. }, Identity::Person(index)) => Some((index, pose)),
        _ => None,
    }
}

#[test]
fn nobody_is_in_two_places_and_every_visit_has_a_number_of_its_own() {
    let mut now: (Seconds, HashMap<Identity, PlaceName>) = (0.0, HashMap::new());
    let mut visits: BTreeMap<u32, (Identity, PlaceName, Seconds)> = BTreeMap::new();
    for (time, place, actors) in moments(7.0 * HOUR, 9.0 * HOUR, 1.0) {
        if now.0 != time {
            now = (time, HashMap::new());
        }
        for actor in actors {
            assert_eq!(now.1.insert(actor.identity, place), None, "{:?} is twice at {time}", actor.identity);
            let known = visits.entry(actor.visit).or_insert((actor.identity, place, time));
            assert_eq!((known.0, known.1), (actor.identity, place), "visit {}", actor.visit);
            assert!(time - known.2 <= 1.0, "visit {} is interrupted", actor.visit);
            known.2 = if matches!(actor.identity, Identity::Person(_)) { time } else { Seconds::INFINITY };
        }
    }
    assert!(visits.len() > 100, "{} visits in two hours", visits.len());
}

#[test]
fn a_moment_is_the_same_whatever_was_asked_before() {
    let times = [8.0 * HOUR + 123.4, 90_000.0, 12.5 * HOUR];
    let other = World::new(11, WorldSettings::default());
    for time in times.iter().rev() {
        for place in PlaceName::ALL {
            assert_eq!(other.at(place, *time), WORLD.at(place, *time));
        }
    }
}

#[test]
fn there_are_as_many_people_as_wanted_by_day_fewer_at_night_and_now_and_then_nobody() {
    let counts = |from, to| {
        let people =
            moments(from * HOUR, to * HOUR, 30.0).map(|(_, _, actors)| actors.iter().filter_map(person).count());
        people.collect::<Vec<usize>>()
    };
    let mean = |counts: &[usize]| counts.iter().sum::<usize>() as f32 / counts.len() as f32;
    let (day, night) = (counts(8.0, 19.0), counts(25.0, 29.0));
    let crowd = WORLD.settings.crowd;
    assert!((crowd * 0.7..crowd * 1.4).contains(&mean(&day)), "{} by day", mean(&day));
    assert!(mean(&night) < 0.4 * mean(&day), "{} at night", mean(&night));
    let share_of =
        |wanted: &dyn Fn(usize) -> bool| day.iter().filter(|&&count| wanted(count)).count() as f32 / day.len() as f32;
    assert!(share_of(&|count| count == 0) > 0.02 && share_of(&|count| count > 4) > 0.02, "{day:?}");
}

#[test]
fn people_move_as_fast_as_they_say_and_never_jump() {
    let mut before: HashMap<u32, (Seconds, Vec3, f32)> = HashMap::new();
    for (time, _, actors) in moments(8.0 * HOUR, 8.3 * HOUR, 0.1) {
        for actor in &actors {
            let Some((_, pose)) = person(actor).filter(|(_, pose)| pose.action != Action::Ride) else { continue };
            let Some((then, there, speed)) = before.insert(actor.visit, (time, pose.position, pose.speed)) else {
                continue;
            };
            let moved = pose.position.distance(there) / (time - then) as f32;
            // Giving way to somebody costs a few steps to the side.
            let most = 1.2 * speed.max(pose.speed) + 1.2;
            assert!(
                time - then < 0.15 && moved < most,
                "visit {} at {time}: {moved} m/s, says {}",
                actor.visit,
                pose.speed
            );
        }
    }
}

#[test]
fn nobody_walks_through_anybody_or_anything() {
    let (mut met, mut touched, mut stuck) = (0, 0, 0);
    for (_, place, actors) in moments(8.0 * HOUR, 10.0 * HOUR, 0.5) {
        let on_foot = actors.iter().filter_map(person).filter(|(_, pose)| pose.action != Action::Ride);
        let people: Vec<_> = on_foot.map(|(_, pose)| pose.position).collect();
        for (index, one) in people.iter().enumerate() {
            met += 1;
            touched += usize::from(people[..index].iter().any(|other| other.distance(*one) < 0.3));
            let inside = |obstacle: &&crate::place::Obstacle| obstacle.is_in_the_way(*one, *one, -0.05);
            stuck += usize::from(WORLD.place(place).obstacles.iter().any(|obstacle| inside(&obstacle)));
        }
    }
    assert!(touched * 200 < met, "{touched} of {met} touch somebody");
    assert!(stuck * 200 < met, "{stuck} of {met} are within something");
}

#[test]
fn wheels_turn_as_far_as_they_roll_and_cars_keep_their_distance() {
    let mut before: HashMap<u32, (Vec3, f32)> = HashMap::new();
    let mut drove = 0;
    for (time, _, actors) in moments(12.0 * HOUR, 12.5 * HOUR, 0.1) {
        let moving = actors.iter().filter_map(|actor| match &actor.pose {
            Pose::Vehicle(pose) if pose.rolled > 0.0 => Some((actor.visit, pose)),
            _ => None,
        });
        let moving: Vec<_> = moving.collect();
        for (index, (visit, pose)) in moving.iter().enumerate() {
            if let Some((there, rolled)) = before.insert(*visit, (pose.position, pose.rolled)) {
                drove += 1;
                let moved = pose.position.distance(there);
                assert!(
                    (moved - (pose.rolled - rolled)).abs() < 0.05,
                    "{moved} m at {time}, rolled {}",
                    pose.rolled - rolled
                );
            }
            let near = |other: &&(u32, &crate::cast::VehiclePose)| other.1.position.distance(pose.position) < 2.5;
            assert!(!moving[..index].iter().any(|other| near(&other)), "two cars collide at {time}");
        }
    }
    assert!(drove > 1000, "{drove}");
}

#[test]
fn no_car_drives_over_anybody() {
    for (time, place, actors) in moments(8.0 * HOUR, 10.0 * HOUR, 0.5) {
        let cars = actors.iter().filter(|actor| matches!(&actor.pose, Pose::Vehicle(pose) if pose.rolled > 0.0));
        for car in cars {
            let hit = actors.iter().filter(|actor| matches!(actor.identity, Identity::Person(_)));
            let hit = hit.map(|actor| actor.position().distance(car.position())).fold(f32::INFINITY, f32::min);
            assert!(hit > 1.0, "somebody is {hit} m from the middle of a car at {time} in {place:?}");
        }
    }
}

#[test]
fn a_rider_sits_on_a_bicycle() {
    let mut ridden = 0;
    for (time, _, actors) in moments(7.0 * HOUR, 19.0 * HOUR, 5.0) {
        for (_, rider) in actors.iter().filter_map(person).filter(|(_, pose)| pose.action == Action::Ride) {
            let bicycles = actors.iter().filter(|actor| matches!(actor.identity, Identity::Bicycle(_)));
            let mut bicycles = bicycles.map(|bicycle| bicycle.position().distance(rider.position));
            assert!(bicycles.any(|away| away < 0.5), "at {time}");
            ridden += 1;
        }
    }
    assert!(ridden > 10, "{ridden}");
}

#[test]
fn people_come_back_and_some_in_other_clothes() {
    let mut outfits: HashMap<usize, Vec<usize>> = HashMap::new();
    for (_, _, actors) in moments(6.0 * HOUR, 54.0 * HOUR, 60.0) {
        for actor in &actors {
            if let (Identity::Person(index), Pose::Person { outfit, .. }) = (actor.identity, &actor.pose) {
                outfits.entry(index).or_default().push(*outfit);
            }
        }
    }
    let changed = outfits.values().filter(|worn| worn.iter().any(|outfit| *outfit != worn[0])).count();
    assert!(outfits.len() > 20 && changed > 3, "{} people, {changed} in other clothes", outfits.len());
}
