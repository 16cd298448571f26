//! What can be seen of somebody, as numbers in a fixed order: a network that has to tell them from a picture learns what
//! makes people unlike each other much faster than from names alone.
//!
//! Colours are shares of full brightness, what somebody has or has not is 1 or 0, and lengths are as in [`Face`], without a
//! common scale: the training brings each to mean 0 and deviation 1.

use super::clothes::{Bag, BottomCut, Dye, Headwear, Outfit, Pattern, TopCut};
use super::face::{BeardStyle, Face, HairStyle, Lenses};
use super::person::{Build, Person};

/// What a picture of a face shows.
#[must_use]
pub fn of_face(face: &Face) -> Vec<f32> {
    let mut traits = Traits::default();
    traits.yes(face.man);
    traits.colour(face.skin);
    traits.all([face.age, face.blush, face.freckles]);
    let skull = face.skull;
    traits.all([skull.width, skull.chin, skull.jaw, skull.square, skull.chin_width, skull.chin_out]);
    traits.all([skull.cheekbones, skull.ridge, skull.flesh]);
    let eyes = face.eyes;
    traits.all([eyes.aside, eyes.up, eyes.width, eyes.open, eyes.slant, eyes.depth, eyes.lid, eyes.bags, eyes.lashes]);
    traits.colour(eyes.iris);
    let brows = face.brows;
    traits.all([brows.up, brows.length, brows.thickness, brows.arch, brows.slant, brows.apart, brows.density]);
    traits.colour(brows.colour);
    let nose = face.nose;
    traits.all([nose.length, nose.wings, nose.bridge, nose.out, nose.hump, nose.tip, nose.tilt]);
    let mouth = face.mouth;
    traits.all([mouth.down, mouth.half_width, mouth.upper, mouth.lower, mouth.corners, mouth.bow]);
    traits.colour(mouth.colour);
    traits.all(face.ears);
    traits.hair(face);
    use BeardStyle::{Full, Goatee, Moustache, Stubble};
    traits.one_of(face.beard.style, [Stubble, Moustache, Goatee, Full]);
    traits.where_there(face.beard.style != BeardStyle::Shaved, |traits| {
        traits.all([face.beard.density, face.beard.length]);
        traits.colour(face.beard.colour);
    });
    let glasses = face.glasses;
    traits.yes(glasses.is_some());
    for lenses in [Lenses::Round, Lenses::Square, Lenses::Pilot] {
        traits.yes(glasses.is_some_and(|glasses| glasses.lenses == lenses));
    }
    traits.yes(glasses.is_some_and(|glasses| glasses.dark));
    let measures = glasses.map(|glasses| [glasses.half_width, glasses.half_height, glasses.thickness]);
    traits.all(measures.unwrap_or_default());
    traits.colour(glasses.map(|glasses| glasses.colour).unwrap_or_default());
    traits.0
}

/// What a picture of somebody's body shows in one of their outfits.
#[must_use]
pub fn of_body(person: &Person, outfit: &Outfit) -> Vec<f32> {
    let mut traits = Traits::default();
    let Build { height, girth, shoulders, hips, legs } = person.build;
    traits.all([height, girth, shoulders, hips, legs]);
    traits.colour(person.face.skin);
    traits.hair(&person.face);
    use TopCut::{Coat, Dress, Hoodie, Jacket, Shirt, TShirt};
    let top = outfit.top;
    traits.one_of(top.cut, [TShirt, Shirt, Hoodie, Jacket, Coat, Dress]);
    use Pattern::{BackPrint, Checks, Logo, Pinstripes, Stripes, TwoTone};
    traits.one_of(top.pattern, [Stripes, Pinstripes, Checks, TwoTone, Logo, BackPrint]);
    traits.all([top.sleeve, top.repeat]);
    traits.colour(top.dye.colour);
    traits.dye((top.pattern != Pattern::Plain).then_some(top.second));
    use BottomCut::{Jeans, Shorts, Skirt, Trousers};
    let bottom = (top.cut != Dress).then_some(outfit.bottom);
    for cut in [Trousers, Jeans, Shorts, Skirt] {
        traits.yes(bottom.is_some_and(|bottom| bottom.cut == cut));
    }
    traits.all([bottom.map_or(0.0, |bottom| bottom.width)]);
    traits.dye(bottom.map(|bottom| bottom.dye));
    traits.colour(outfit.shoes.colour);
    traits.yes(outfit.white_soles);
    for bag in [Bag::Backpack, Bag::ShoulderBag, Bag::Handbag] {
        traits.yes(outfit.bag.is_some_and(|(worn, _)| worn == bag));
    }
    traits.dye(outfit.bag.map(|(_, dye)| dye));
    for headwear in [Headwear::Cap, Headwear::Beanie, Headwear::Scarf] {
        traits.yes(outfit.headwear.is_some_and(|(worn, _)| worn == headwear));
    }
    traits.dye(outfit.headwear.map(|(_, dye)| dye));
    traits.0
}

#[derive(Default)]
struct Traits(Vec<f32>);

impl Traits {
    fn all(&mut self, numbers: impl IntoIterator<Item = f32>) {
        self.0.extend(numbers);
    }

    fn yes(&mut self, is: bool) {
        self.0.push(f32::from(u8::from(is)));
    }

    fn one_of<T: PartialEq, const N: usize>(&mut self, one: T, choices: [T; N]) {
        self.all(choices.map(|choice| f32::from(u8::from(choice == one))));
    }

    fn colour(&mut self, colour: [u8; 3]) {
        self.all(colour.map(|channel| f32::from(channel) / 255.0));
    }

    /// Something's colour, black for nothing.
    fn dye(&mut self, dye: Option<Dye>) {
        self.colour(dye.map(|dye| dye.colour).unwrap_or_default());
    }

    /// What `tell` adds, all 0 unless `there`.
    fn where_there(&mut self, there: bool, tell: impl FnOnce(&mut Self)) {
        let before = self.0.len();
        tell(self);
        if !there {
            self.0[before..].fill(0.0);
        }
    }

    fn hair(&mut self, face: &Face) {
        use HairStyle::{Bald, Bob, Bun, Buzz, Curly, Long, Parted, PonyTail, Short};
        let hair = face.hair;
        self.one_of(hair.style, [Bald, Buzz, Short, Parted, Curly, Bob, Long, Bun, PonyTail]);
        self.all([hair.line, hair.receding]);
        self.where_there(hair.style != Bald, |traits| {
            traits.colour(hair.colour);
            traits.all([hair.volume, hair.fringe, hair.parting]);
        });
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn columns(rows: &[Vec<f32>]) -> impl Iterator<Item = HashSet<u32>> {
        (0..rows[0].len()).map(|column| rows.iter().map(|row| row[column].to_bits()).collect())
    }

    #[test]
    fn every_trait_differs_between_people() {
        let people: Vec<Person> = (0..400).map(|index| Person::draw(5, index)).collect();
        let faces: Vec<_> = people.iter().map(|person| of_face(&person.face)).collect();
        let bodies: Vec<_> = people.iter().map(|person| of_body(person, &person.outfits[0])).collect();
        for rows in [faces, bodies] {
            assert!(rows.iter().flatten().all(|number| number.is_finite()));
            for (place, values) in columns(&rows).enumerate() {
                assert!(values.len() > 1, "trait {place} is the same for everybody");
            }
        }
    }

    #[test]
    fn other_clothes_are_other_traits_of_the_same_body() {
        let person = Person::draw(5, 1);
        let [first, second] = [0, 1].map(|outfit| of_body(&person, &person.outfits[outfit]));
        assert_eq!(first[..5], second[..5]);
        assert_ne!(first, second);
    }
}
