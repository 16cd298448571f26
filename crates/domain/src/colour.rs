//! The colour of a car or of clothes, measured in pixels and named as people name it. Driven by re-ID with the pixels of a crop.
//!
//! Measured in OKLab, where equal distances look equally different. The middle of the crop is gathered into few clusters; the
//! largest is the colour, and its name that of the nearest prototype. Never guesses from a picture without colours (infrared).

use std::fmt;
use std::str::FromStr;

use palette::{IntoColor, Oklab, Srgb};
use serde::{Deserialize, Serialize};

use crate::BBox;

/// Where paint is in a picture of a vehicle: not the road, and little of the windows above.
pub const VEHICLE_PAINT: BBox = BBox { x1: 0.2, y1: 0.35, x2: 0.8, y2: 0.75 };
/// Where clothes are in a picture of a person: the trunk.
pub const PERSON_CLOTHES: BBox = BBox { x1: 0.3, y1: 0.22, x2: 0.7, y2: 0.55 };
/// Pixels looked at: enough for a share in the per cent, few enough to be measured in well under a millisecond.
const SAMPLES_MAX: usize = 2_000;
/// Fewer pixels are no colour.
const SAMPLES_MIN: usize = 16;
/// Clusters the pixels are gathered into: paint, its shadow, its reflections, and windows or background.
const CLUSTERS: usize = 5;
/// Rounds of gathering; it hardly moves after these.
const ROUNDS: usize = 8;
/// Clusters nearer than this are shades of one colour.
const ONE_COLOUR: f32 = 0.09;
/// Every chroma of an infrared picture lies below this; noise and JPEG put daylight above it, however grey the thing.
const INFRARED_CHROMA: f32 = 0.006;

/// How people call colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "each says what it is")]
pub enum ColourName {
    Black,
    White,
    Grey,
    Silver,
    Red,
    Orange,
    Yellow,
    Green,
    Blue,
    Purple,
    Pink,
    Brown,
    Beige,
}

/// Every name, in the order of the type.
const NAMES: [ColourName; 13] = [
    ColourName::Black,
    ColourName::White,
    ColourName::Grey,
    ColourName::Silver,
    ColourName::Red,
    ColourName::Orange,
    ColourName::Yellow,
    ColourName::Green,
    ColourName::Blue,
    ColourName::Purple,
    ColourName::Pink,
    ColourName::Brown,
    ColourName::Beige,
];

impl ColourName {
    /// The word of the API and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Black => "black",
            Self::White => "white",
            Self::Grey => "grey",
            Self::Silver => "silver",
            Self::Red => "red",
            Self::Orange => "orange",
            Self::Yellow => "yellow",
            Self::Green => "green",
            Self::Blue => "blue",
            Self::Purple => "purple",
            Self::Pink => "pink",
            Self::Brown => "brown",
            Self::Beige => "beige",
        }
    }
}

impl fmt::Display for ColourName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ColourName {
    type Err = InvalidColour;

    fn from_str(word: &str) -> Result<Self, InvalidColour> {
        NAMES.into_iter().find(|name| name.as_str() == word).ok_or(InvalidColour)
    }
}

/// A measured colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Colour {
    /// How people call it.
    pub name: ColourName,
    /// Red, green and blue as screens show them (sRGB).
    pub rgb: [u8; 3],
}

/// Texts are no colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a colour: one of the thirteen names, and `#` with six hexadecimal digits")]
pub struct InvalidColour;

impl Colour {
    /// The inverse of name and [`Self::hex`].
    ///
    /// # Errors
    /// A name or a number that is none.
    pub fn read(name: &str, hex: &str) -> Result<Self, InvalidColour> {
        let digits =
            hex.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii()).ok_or(InvalidColour)?;
        let [_, r, g, b] = u32::from_str_radix(digits, 16).map_err(|_| InvalidColour)?.to_be_bytes();
        Ok(Self { name: name.parse()?, rgb: [r, g, b] })
    }

    /// Such as `#3a5fcd`.
    pub fn hex(&self) -> String {
        let [r, g, b] = self.rgb;
        format!("#{r:02x}{g:02x}{b:02x}")
    }

    /// The colour of an area (0..1 of the crop) of packed RGB pixels; `None` when the pixels are too few or not as many as said, or
    /// when the crop has no colours at all, as by infrared light.
    pub fn of_area(rgb: &[u8], width: usize, height: usize, area: &BBox) -> Option<Self> {
        let (pixels, rest) = rgb.as_chunks::<3>();
        if !rest.is_empty() || width.checked_mul(height) != Some(pixels.len()) || is_infrared(pixels) {
            return None;
        }
        let edge = |fraction: f32, length: usize| ((fraction * length as f32).round() as usize).min(length);
        let (columns, rows) =
            (edge(area.x1, width)..edge(area.x2, width), edge(area.y1, height)..edge(area.y2, height));
        let inside: Vec<[u8; 3]> =
            rows.flat_map(|row| pixels[row * width..][..width][columns.clone()].iter().copied()).collect();
        Self::dominant(&inside)
    }

    /// The colour that most of the pixels are shades of.
    pub fn dominant(pixels: &[[u8; 3]]) -> Option<Self> {
        let samples: Vec<Oklab> = sampled(pixels).map(oklab).collect();
        if samples.len() < SAMPLES_MIN {
            return None;
        }
        let colour = largest(&gather(&samples));
        let rgb: Srgb<f32> = colour.into_color();
        let rgb = Srgb::<u8>::from_format(rgb);
        Some(Self { name: name_of(colour), rgb: [rgb.red, rgb.green, rgb.blue] })
    }
}

fn oklab(pixel: &[u8; 3]) -> Oklab {
    Srgb::from(*pixel).into_format::<f32>().into_linear().into_color()
}

fn sampled(pixels: &[[u8; 3]]) -> impl Iterator<Item = &[u8; 3]> {
    pixels.iter().step_by(pixels.len().div_ceil(SAMPLES_MAX).max(1))
}

fn is_infrared(pixels: &[[u8; 3]]) -> bool {
    sampled(pixels).map(oklab).all(|pixel| pixel.a.hypot(pixel.b) < INFRARED_CHROMA)
}

fn distance2(one: Oklab, other: Oklab) -> f32 {
    let (l, a, b) = (one.l - other.l, one.a - other.a, one.b - other.b);
    l * l + a * a + b * b
}

/// Some pixels of about one colour.
#[derive(Debug, Clone, Copy)]
struct Cluster {
    middle: Oklab,
    pixels: usize,
}

/// k-means from starting points that lie far from each other, so that it needs no randomness.
fn gather(samples: &[Oklab]) -> Vec<Cluster> {
    let mut middles = starting_points(samples);
    let mut clusters = Vec::new();
    for _ in 0..ROUNDS {
        clusters = means(samples, &middles);
        middles = clusters.iter().map(|cluster| cluster.middle).collect();
    }
    clusters
}

fn starting_points(samples: &[Oklab]) -> Vec<Oklab> {
    let mut points = vec![means(samples, &[samples[0]])[0].middle];
    let mut nearest: Vec<f32> = samples.iter().map(|sample| distance2(*sample, points[0])).collect();
    while points.len() < CLUSTERS {
        let farthest = (0..samples.len()).max_by(|a, b| nearest[*a].total_cmp(&nearest[*b])).unwrap_or(0);
        let point = samples[farthest];
        points.push(point);
        nearest.iter_mut().zip(samples).for_each(|(near, sample)| *near = near.min(distance2(*sample, point)));
    }
    points
}

/// The means of the samples that are nearest to each middle; empty ones vanish.
fn means(samples: &[Oklab], middles: &[Oklab]) -> Vec<Cluster> {
    let mut sums = vec![(0.0f32, 0.0f32, 0.0f32, 0usize); middles.len()];
    for sample in samples {
        let near = |index: &usize| distance2(*sample, middles[*index]);
        let index = (0..middles.len()).min_by(|a, b| near(a).total_cmp(&near(b))).unwrap_or(0);
        let sum = &mut sums[index];
        *sum = (sum.0 + sample.l, sum.1 + sample.a, sum.2 + sample.b, sum.3 + 1);
    }
    let cluster = |(l, a, b, pixels): (f32, f32, f32, usize)| {
        let many = pixels as f32;
        (pixels > 0).then(|| Cluster { middle: Oklab::new(l / many, a / many, b / many), pixels })
    };
    sums.into_iter().filter_map(cluster).collect()
}

/// The middle of the cluster that, with the other shades of its colour, covers most.
fn largest(clusters: &[Cluster]) -> Oklab {
    let shades = |cluster: &Cluster| {
        let middle = cluster.middle;
        clusters.iter().filter(move |other| distance2(other.middle, middle) < ONE_COLOUR * ONE_COLOUR)
    };
    let share = |cluster: &Cluster| shades(cluster).map(|shade| shade.pixels).sum::<usize>();
    let Some(best) = clusters.iter().max_by_key(|cluster| (share(cluster), cluster.pixels)) else {
        return Oklab::new(0.0, 0.0, 0.0);
    };
    let many = share(best) as f32;
    let mean =
        |part: fn(Oklab) -> f32| shades(best).map(|shade| part(shade.middle) * shade.pixels as f32).sum::<f32>() / many;
    Oklab::new(mean(|lab| lab.l), mean(|lab| lab.a), mean(|lab| lab.b))
}

/// Shades that people call by each name, in sRGB as cameras see them: paint and cloth are duller than the pure colours, and the
/// same one is seen in sun and in shade.
const PROTOTYPES: [(ColourName, [u8; 3]); 52] = [
    (ColourName::Black, [12, 12, 14]),
    (ColourName::Black, [32, 32, 34]),
    (ColourName::Black, [46, 46, 48]),
    (ColourName::White, [255, 255, 255]),
    (ColourName::White, [238, 238, 236]),
    (ColourName::White, [224, 226, 230]),
    (ColourName::Grey, [74, 74, 76]),
    (ColourName::Grey, [104, 104, 106]),
    (ColourName::Grey, [134, 134, 136]),
    (ColourName::Grey, [92, 98, 106]),
    (ColourName::Silver, [164, 166, 170]),
    (ColourName::Silver, [186, 188, 192]),
    (ColourName::Silver, [205, 207, 210]),
    (ColourName::Red, [200, 24, 30]),
    (ColourName::Red, [225, 45, 45]),
    (ColourName::Red, [150, 25, 30]),
    (ColourName::Red, [105, 20, 28]),
    (ColourName::Red, [180, 55, 55]),
    (ColourName::Orange, [240, 120, 25]),
    (ColourName::Orange, [255, 150, 40]),
    (ColourName::Orange, [210, 95, 30]),
    (ColourName::Yellow, [245, 210, 40]),
    (ColourName::Yellow, [255, 235, 90]),
    (ColourName::Yellow, [205, 175, 45]),
    (ColourName::Green, [30, 140, 55]),
    (ColourName::Green, [25, 80, 45]),
    (ColourName::Green, [110, 180, 70]),
    (ColourName::Green, [85, 100, 55]),
    (ColourName::Green, [60, 160, 120]),
    (ColourName::Green, [150, 205, 140]),
    (ColourName::Green, [0, 130, 125]),
    (ColourName::Blue, [30, 70, 180]),
    (ColourName::Blue, [20, 40, 100]),
    (ColourName::Blue, [28, 36, 62]),
    (ColourName::Blue, [60, 130, 210]),
    (ColourName::Blue, [130, 175, 220]),
    (ColourName::Blue, [70, 95, 135]),
    (ColourName::Blue, [0, 150, 190]),
    (ColourName::Purple, [110, 50, 150]),
    (ColourName::Purple, [70, 35, 90]),
    (ColourName::Purple, [150, 110, 195]),
    (ColourName::Purple, [140, 40, 130]),
    (ColourName::Pink, [240, 150, 180]),
    (ColourName::Pink, [235, 90, 150]),
    (ColourName::Pink, [225, 175, 190]),
    (ColourName::Brown, [110, 70, 40]),
    (ColourName::Brown, [75, 50, 35]),
    (ColourName::Brown, [140, 95, 60]),
    (ColourName::Brown, [55, 38, 28]),
    (ColourName::Beige, [215, 198, 165]),
    (ColourName::Beige, [190, 170, 135]),
    (ColourName::Beige, [230, 220, 195]),
];

/// Lightness counts less than the rest: the same paint is light in the sun and dark in the shade.
const LIGHTNESS_WEIGHT: f32 = 0.5;

fn name_of(colour: Oklab) -> ColourName {
    let weighted = |shade: &[u8; 3]| {
        let shade = oklab(shade);
        let (l, a, b) = ((colour.l - shade.l) * LIGHTNESS_WEIGHT, colour.a - shade.a, colour.b - shade.b);
        l * l + a * a + b * b
    };
    let nearest = PROTOTYPES.iter().min_by(|a, b| weighted(&a.1).total_cmp(&weighted(&b.1)));
    nearest.map_or(ColourName::Grey, |(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(rgb: [u8; 3]) -> ColourName {
        Colour::dominant(&[rgb; 64]).unwrap().name
    }

    #[test]
    fn shades_that_cameras_see_have_the_names_that_people_give() {
        use ColourName::*;
        for (name, shades) in [
            (Black, vec![[5, 5, 5], [25, 26, 28], [40, 38, 38]]),
            (White, vec![[250, 250, 250], [235, 238, 240], [245, 240, 232]]),
            (Grey, vec![[80, 82, 84], [120, 120, 118], [96, 100, 108]]),
            (Silver, vec![[175, 178, 182], [196, 198, 200]]),
            (Red, vec![[190, 30, 35], [140, 20, 25], [230, 60, 50], [110, 25, 35]]),
            (Orange, vec![[235, 125, 35], [220, 105, 20]]),
            (Yellow, vec![[240, 205, 50], [250, 225, 110]]),
            (Green, vec![[35, 120, 60], [30, 70, 45], [100, 170, 80], [90, 105, 60]]),
            (Blue, vec![[35, 75, 170], [25, 35, 80], [110, 160, 215], [65, 90, 130]]),
            (Purple, vec![[100, 50, 140], [150, 115, 190]]),
            (Pink, vec![[240, 140, 175], [230, 100, 150]]),
            (Brown, vec![[105, 72, 45], [70, 48, 34], [135, 92, 62]]),
            (Beige, vec![[210, 195, 165], [225, 212, 185]]),
        ] {
            for shade in shades {
                assert_eq!(named(shade), name, "{shade:?}");
            }
        }
    }

    /// A red car: paint in light and shade, dark windows above, grey road below and beside.
    fn red_car() -> Vec<u8> {
        let pixel = |x: usize, y: usize| -> [u8; 3] {
            let noise = ((x * 7 + y * 13) % 9) as u8;
            match (x, y) {
                (0..8 | 72.., _) | (_, 52..) => [95 + noise, 96 + noise, 98 + noise],
                (_, 0..18) => [20 + noise, 24 + noise, 30 + noise],
                (_, 18..36) => [185 + noise, 28 + noise, 30 + noise],
                _ => [130 + noise, 18 + noise, 24 + noise],
            }
        };
        (0..60).flat_map(|y| (0..80).flat_map(move |x| pixel(x, y))).collect()
    }

    #[test]
    fn a_car_has_the_colour_of_its_paint() {
        let colour = Colour::of_area(&red_car(), 80, 60, &VEHICLE_PAINT).unwrap();
        assert_eq!(colour.name, ColourName::Red);
        assert!(colour.rgb[0] > 120 && colour.rgb[1] < 60, "{}", colour.hex());
    }

    #[test]
    fn a_picture_without_colours_has_none_and_a_broken_one_neither() {
        let infrared: Vec<u8> = (0..4800).flat_map(|pixel| [(pixel % 200) as u8; 3]).collect();
        assert_eq!(Colour::of_area(&infrared, 80, 60, &VEHICLE_PAINT), None);
        assert_eq!(Colour::of_area(&red_car(), 80, 61, &VEHICLE_PAINT), None);
        assert_eq!(Colour::of_area(&[], 0, 0, &VEHICLE_PAINT), None);
        assert_eq!(Colour::dominant(&[[1, 2, 3]; 3]), None);
    }

    #[test]
    fn it_is_written_and_read_back() {
        let colour = Colour { name: ColourName::Blue, rgb: [1, 171, 205] };
        assert_eq!((colour.name.as_str(), colour.hex().as_str()), ("blue", "#01abcd"));
        assert_eq!(Colour::read("blue", "#01abcd"), Ok(colour));
        for (name, hex) in [("teal", "#01abcd"), ("blue", "01abcd"), ("blue", "#01abc"), ("blue", "#0é1ab")] {
            assert_eq!(Colour::read(name, hex), Err(InvalidColour));
        }
        assert!(NAMES.into_iter().all(|name| name.as_str().parse() == Ok(name)));
    }
}
