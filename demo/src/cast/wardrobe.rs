//! What people have in their wardrobes: outfits drawn from the seed, in the colours that streets are full of.

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use super::clothes::{Bag, Bottom, BottomCut, Dye, Headwear, Outfit, Pattern, Top, TopCut};

const fn dye(name: &'static str, colour: [u8; 3]) -> Dye {
    Dye { name, colour }
}

const BLACK: Dye = dye("black", [30, 30, 33]);
const CHARCOAL: Dye = dye("charcoal", [58, 60, 64]);
const GREY: Dye = dye("grey", [128, 130, 132]);
const WHITE: Dye = dye("white", [228, 227, 222]);
const NAVY: Dye = dye("navy", [34, 44, 74]);
const BEIGE: Dye = dye("beige", [192, 172, 138]);
const BROWN: Dye = dye("brown", [94, 66, 46]);
const DENIM: Dye = dye("blue", [62, 86, 126]);

/// Colours of tops: every other one quiet, the rest in colour.
const QUIET: [Dye; 8] =
    [BLACK, CHARCOAL, GREY, WHITE, NAVY, BEIGE, dye("light grey", [182, 184, 184]), dye("olive", [92, 94, 62])];
const LIVELY: [Dye; 12] = [
    dye("red", [178, 38, 40]),
    dye("dark red", [112, 30, 42]),
    dye("orange", [218, 112, 38]),
    dye("yellow", [222, 186, 62]),
    dye("green", [48, 122, 74]),
    dye("dark green", [34, 70, 52]),
    dye("turquoise", [42, 140, 146]),
    dye("light blue", [126, 168, 206]),
    dye("blue", [44, 82, 164]),
    dye("purple", [96, 62, 128]),
    dye("pink", [214, 142, 158]),
    BROWN,
];
const JEANS: [Dye; 4] = [DENIM, dye("dark blue", [38, 50, 78]), dye("light blue", [124, 148, 178]), BLACK];
const TROUSERS: [Dye; 7] = [BLACK, CHARCOAL, GREY, NAVY, BEIGE, BROWN, dye("olive", [88, 88, 62])];
const SHOES: [Dye; 7] = [BLACK, BLACK, BROWN, WHITE, GREY, NAVY, dye("red", [160, 44, 40])];
const BAGS: [Dye; 7] = [
    BLACK,
    CHARCOAL,
    NAVY,
    BROWN,
    dye("red", [164, 40, 40]),
    dye("green", [56, 96, 66]),
    dye("orange", [206, 112, 44]),
];

/// One of them.
fn one_of<T: Copy>(random: &mut ChaCha8Rng, choices: &[T]) -> T {
    choices[random.random_range(0..choices.len())]
}

/// A colour that differs from `other` enough to be seen from afar.
fn unlike(random: &mut ChaCha8Rng, other: Dye) -> Dye {
    let apart =
        |dye: &Dye| dye.colour.iter().zip(other.colour).map(|(a, b)| u32::from(a.abs_diff(b))).sum::<u32>() > 170;
    let mut candidates: Vec<Dye> = QUIET.iter().chain(&LIVELY).copied().filter(apart).collect();
    // White goes with everything.
    candidates.extend(apart(&WHITE).then_some([WHITE; 5]).into_iter().flatten());
    one_of(random, &candidates)
}

/// An outfit of somebody who wears skirts and dresses with a likelihood.
pub(super) fn outfit(random: &mut ChaCha8Rng, skirts: f64) -> Outfit {
    let top = top(random, skirts);
    let bottom = bottom(random, &top, skirts);
    let shoes = one_of(random, &SHOES);
    let bag = match random.random_range(0..10) {
        0..=2 => Some(Bag::Backpack),
        3 => Some(Bag::ShoulderBag),
        4 if skirts > 0.0 => Some(Bag::Handbag),
        5 => Some(Bag::ShoulderBag).filter(|_| skirts > 0.0),
        _ => None,
    };
    let hats: &[Option<Headwear>] = if top.sleeve > 0.9 && top.cut != TopCut::Dress {
        &[None, None, None, None, Some(Headwear::Beanie), Some(Headwear::Scarf), Some(Headwear::Cap)]
    } else {
        &[None, None, None, None, Some(Headwear::Cap)]
    };
    let headwear = one_of(random, hats);
    Outfit {
        top,
        bottom,
        shoes,
        white_soles: shoes != BROWN && random.random_bool(0.5),
        bag: bag.map(|bag| (bag, one_of(random, &BAGS))),
        headwear: headwear.map(|headwear| {
            (headwear, if random.random_bool(0.5) { one_of(random, &QUIET) } else { one_of(random, &LIVELY) })
        }),
    }
}

fn top(random: &mut ChaCha8Rng, skirts: f64) -> Top {
    let cuts =
        [TopCut::TShirt, TopCut::TShirt, TopCut::Shirt, TopCut::Hoodie, TopCut::Jacket, TopCut::Jacket, TopCut::Coat];
    let cut = if random.random_bool(skirts * 0.5) { TopCut::Dress } else { one_of(random, &cuts) };
    let patterns: &[Pattern] = match cut {
        TopCut::TShirt => {
            &[Pattern::Plain, Pattern::Stripes, Pattern::Stripes, Pattern::Logo, Pattern::TwoTone, Pattern::BackPrint]
        }
        TopCut::Shirt => &[Pattern::Plain, Pattern::Checks, Pattern::Checks, Pattern::Pinstripes],
        TopCut::Hoodie => &[Pattern::Plain, Pattern::Plain, Pattern::Logo, Pattern::BackPrint, Pattern::TwoTone],
        TopCut::Jacket => &[Pattern::Plain, Pattern::Plain, Pattern::TwoTone, Pattern::BackPrint, Pattern::Checks],
        TopCut::Coat => &[Pattern::Plain, Pattern::Plain, Pattern::Plain, Pattern::Checks],
        TopCut::Dress => &[Pattern::Plain, Pattern::Stripes, Pattern::Checks, Pattern::Pinstripes],
    };
    let quiet = if cut == TopCut::Coat { 0.8 } else { 0.55 };
    let dye = if random.random_bool(quiet) { one_of(random, &QUIET) } else { one_of(random, &LIVELY) };
    let short: &[f32] = match cut {
        TopCut::TShirt => &[0.32, 0.32, 0.36, 1.0],
        TopCut::Dress => &[0.25, 0.35, 1.0],
        TopCut::Shirt => &[0.5, 1.0, 1.0],
        TopCut::Hoodie | TopCut::Jacket | TopCut::Coat => &[1.0],
    };
    Top {
        cut,
        pattern: one_of(random, patterns),
        dye,
        second: unlike(random, dye),
        sleeve: one_of(random, short),
        repeat: random.random_range(0.05..0.13),
    }
}

fn bottom(random: &mut ChaCha8Rng, top: &Top, skirts: f64) -> Bottom {
    let warm = matches!(top.cut, TopCut::TShirt) && top.sleeve < 0.5;
    let cut = match random.random_range(0.0..1.0) {
        share if share < skirts * 0.5 => BottomCut::Skirt,
        share if warm && share > 0.72 => BottomCut::Shorts,
        share if share < 0.55 => BottomCut::Jeans,
        _ => BottomCut::Trousers,
    };
    let dye = match cut {
        BottomCut::Jeans => one_of(random, &JEANS),
        BottomCut::Skirt if random.random_bool(0.5) => one_of(random, &LIVELY),
        BottomCut::Trousers | BottomCut::Shorts | BottomCut::Skirt => one_of(random, &TROUSERS),
    };
    Bottom { cut, dye, width: random.random_range(0.0..1.0) }
}
