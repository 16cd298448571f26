//! Which classes a detector may take for one another from picture to picture. Driven by the tracker, which associates within a
//! group only; it never decides what a track finally is (the vote of its detections does).

use crate::Class;

/// Road and rail vehicles of COCO and of the usual custom detectors. A van is a car in one picture and a truck in the next, and a
/// moped flips between bicycle and motorcycle.
const VEHICLES: [&str; 9] = ["bicycle", "bus", "car", "motorbike", "motorcycle", "train", "truck", "van", "vehicle"];

/// Classes that are matched with each other.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ClassGroup {
    /// Every vehicle on wheels.
    Vehicle,
    /// A class that is matched with itself only: people, each kind of animal, each kind of thing.
    Only(Class),
}

impl ClassGroup {
    /// The group a class belongs to.
    pub fn of(class: &Class) -> Self {
        if VEHICLES.contains(&class.as_str()) { Self::Vehicle } else { Self::Only(class.clone()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(name: &str) -> ClassGroup {
        ClassGroup::of(&Class::new(name).unwrap())
    }

    #[test]
    fn vehicles_are_one_group_and_everything_else_its_own() {
        assert_eq!(group("car"), group("Truck"));
        assert_ne!(group("person"), group("car"));
        assert_ne!(group("dog"), group("cat"));
        assert_eq!(group("dog"), group("dog"));
    }
}
