//! Simple lettering: each letter a few strokes on a grid four wide and six high.

use super::canvas::{Canvas, Rgb};

/// The strokes of a letter, each a run of points "column row", rows from the top.
fn strokes(letter: char) -> &'static [&'static str] {
    match letter {
        'A' => &["062046", "1434"],
        'B' => &["00063645343303", "3342413000"],
        'C' => &["41301001051646", "4645"],
        'D' => &["00063645413000"],
        'E' => &["40000646", "0333"],
        'F' => &["400006", "0333"],
        'G' => &["4130100105163645432343"],
        'H' => &["0006", "4046", "0343"],
        'I' => &["2026"],
        'J' => &["4045361605"],
        'K' => &["0006", "4003", "0346"],
        'L' => &["000646"],
        'M' => &["0600234046"],
        'N' => &["06004640"],
        'O' => &["100105163645413010"],
        'P' => &["060030414233", "3303"],
        'Q' => &["100105163645413010", "3446"],
        'R' => &["06003041423303", "2346"],
        'S' => &["41301001021334451606", "45361605"],
        'T' => &["0040", "2026"],
        'U' => &["000516364540"],
        'V' => &["002640"],
        'W' => &["0016233640"],
        'X' => &["0046", "4006"],
        'Y' => &["002340", "2326"],
        'Z' => &["00400646"],
        '0' => &["100105163645413010"],
        '1' => &["112026"],
        '2' => &["0110304142063646"],
        '3' => &["011030414233", "1333444536160505"],
        '4' => &["36300444"],
        '5' => &["400003334445361605"],
        '6' => &["301002051636454433130204"],
        '7' => &["004016"],
        '8' => &["10010213334445361605041302", "13334241301001"],
        '9' => &["162645413010010213334342"],
        '-' => &["1333"],
        '&' => &["4611203031160505"],
        _ => &[],
    }
}

/// How wide a letter and the gap after it are, for a letter 1 high.
const ADVANCE: f32 = 0.92;
/// Letters without strokes, and the narrow I.
const NARROW: f32 = 0.5;

fn advance(letter: char) -> f32 {
    if matches!(letter, ' ' | 'I' | '1') { NARROW } else { ADVANCE }
}

/// The length of a text whose letters are 1 high.
pub fn text_length(text: &str) -> f32 {
    text.chars().map(advance).sum::<f32>() - (ADVANCE - 4.0 / 6.0)
}

impl Canvas {
    /// A text whose upper left corner is `at`, its letters `height` high.
    pub fn text(&mut self, text: &str, at: [f32; 2], height: f32, rgb: Rgb) {
        let mut left = at[0];
        for letter in text.chars() {
            // A letter of one upright stroke begins in the middle of its narrow place.
            let shift = if advance(letter) < ADVANCE { -1.2 } else { 0.0 };
            for stroke in strokes(letter) {
                let digits: Vec<f32> = stroke.bytes().map(|byte| f32::from(byte - b'0')).collect();
                let point = |pair: &[f32; 2]| [left + (pair[0] + shift) / 6.0 * height, at[1] + pair[1] / 6.0 * height];
                let points: Vec<_> = digits.as_chunks::<2>().0.iter().map(point).collect();
                self.line(&points, height * 0.15, rgb, 1.0);
            }
            left += advance(letter) * height;
        }
    }

    /// A text in the middle of an area, as large as fits.
    pub fn text_within(&mut self, text: &str, area: [f32; 4], rgb: Rgb) {
        let [left, top, width, room] = area;
        let height = room.min(width / text_length(text));
        let start = left + (width - text_length(text) * height) / 2.0;
        self.text(text, [start, top + (room - height) / 2.0], height, rgb);
    }
}

#[cfg(test)]
mod tests {
    use super::strokes;

    #[test]
    fn letters_keep_to_their_grid() {
        for letter in ('A'..='Z').chain('0'..='9') {
            assert!(!strokes(letter).is_empty(), "{letter}");
            for stroke in strokes(letter) {
                assert!(stroke.len() >= 4 && stroke.len().is_multiple_of(2), "{letter}: {stroke}");
                let points = stroke.as_bytes().as_chunks::<2>().0;
                assert!(
                    points.iter().all(|[x, y]| (b'0'..=b'4').contains(x) && (b'0'..=b'6').contains(y)),
                    "{letter}: {stroke}"
                );
            }
        }
    }
}
