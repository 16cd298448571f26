//! Who is in a picture, and how much of them.

use glam::{Vec2, Vec3};

use super::target::{Canvas, EMPTY, Touch};
use super::view::View;
use super::{PixelBox, Seen, SeenFace};
use crate::cast::{FacePlace, Figure};
use crate::script::Actor;

/// A face turned further away than this, in radians, is none.
const FURTHEST_TURN: f32 = 80.0 * std::f32::consts::PI / 180.0;
/// What lies this far before a landmark, in metres, hides it; less is the face itself.
const BEFORE_A_FACE: f32 = 0.05;
/// How far around a landmark it is looked at, as a share of the height of the face.
const SURROUNDINGS: f32 = 0.06;

/// What there is of an actor in a finished picture; `None` when not a pixel would be within it.
pub fn seen(canvas: &Canvas, view: &View, actor: &Actor, figure: &Figure, touch: Touch) -> Option<Seen> {
    if touch.pixels == 0 {
        return None;
    }
    let (pixels, around) = visible(canvas, &touch);
    Some(Seen {
        identity: actor.identity,
        visit: actor.visit,
        whole: touch.around,
        visible: (pixels > 0).then_some(around),
        visibility: pixels as f32 / touch.pixels as f32,
        cut: is_cut(view, figure),
        face: figure.face.as_ref().and_then(|face| seen_face(canvas, view, face, touch.owner)),
    })
}

/// How many pixels are an owner's in the end, and the box around them.
fn visible(canvas: &Canvas, touch: &Touch) -> (u32, PixelBox) {
    let (mut pixels, mut around) = (0, EMPTY);
    for y in touch.around.top..touch.around.bottom {
        let start = y as usize * canvas.size[0];
        let row = &canvas.owner[start + touch.around.left as usize..start + touch.around.right as usize];
        let count = row.iter().filter(|&&owner| owner == touch.owner).count();
        if count == 0 {
            continue;
        }
        let first = row.iter().position(|&owner| owner == touch.owner).unwrap_or(0);
        let last = row.iter().rposition(|&owner| owner == touch.owner).unwrap_or(0);
        let left = touch.around.left as usize;
        around.take_in(y as usize, left + first, left + last + 1);
        pixels += count as u32;
    }
    (pixels, around)
}

fn is_cut(view: &View, figure: &Figure) -> bool {
    let vertices = figure.parts.iter().flat_map(|part| &part.mesh.vertices);
    vertices
        .into_iter()
        .any(|vertex| view.pixel(vertex.position).is_none_or(|pixel| !is_within(view, pixel.truncate())))
}

fn is_within(view: &View, pixel: Vec2) -> bool {
    let [width, height] = view.size.map(|side| side as f32);
    (0.0..width).contains(&pixel.x) && (0.0..height).contains(&pixel.y)
}

fn seen_face(canvas: &Canvas, view: &View, face: &FacePlace, owner: u16) -> Option<SeenFace> {
    let middle = face.landmarks.iter().sum::<Vec3>() / face.landmarks.len() as f32;
    let to_camera = (view.eye - middle).normalize();
    if face.direction.angle_between(to_camera) > FURTHEST_TURN || !is_within(view, view.pixel(middle)?.truncate()) {
        return None;
    }
    let mut places = [Vec3::ZERO; 5];
    for (place, landmark) in places.iter_mut().zip(face.landmarks) {
        *place = view.pixel(landmark)?;
    }
    let outline: Vec<Vec2> = face.outline.iter().filter_map(|point| view.pixel(*point)).map(Vec3::truncate).collect();
    let all = || outline.iter().copied().chain(places.iter().map(|place| place.truncate()));
    let (low, high) = all().fold((Vec2::MAX, Vec2::MIN), |(low, high), point| (low.min(point), high.max(point)));
    let around = (high.y - low.y) * SURROUNDINGS;
    let shares = places.map(|place| share_visible(canvas, place, around, owner));
    Some(SeenFace {
        around: [low.x, low.y, high.x, high.y],
        landmarks: places.map(|place| [place.x, place.y]),
        yaw: turn(heading(face.direction) - heading(to_camera)),
        pitch: to_camera.y.clamp(-1.0, 1.0).asin() - face.direction.y.clamp(-1.0, 1.0).asin(),
        visibility: shares.iter().sum::<f32>() / shares.len() as f32,
    })
}

/// The share of nine points at and around a place of a figure that nothing hides.
fn share_visible(canvas: &Canvas, place: Vec3, around: f32, owner: u16) -> f32 {
    let [width, height] = canvas.size;
    let offsets = [-1.0, 0.0, 1.0].into_iter().flat_map(|y| [-1.0, 0.0, 1.0].map(|x| Vec2::new(x, y) * around));
    let free = offsets.map(|offset| place.truncate() + offset).filter(|point| {
        if point.x < 0.0 || point.y < 0.0 || point.x as usize >= width || point.y as usize >= height {
            return false;
        }
        let index = point.y as usize * width + point.x as usize;
        let before = place.z.recip() - canvas.nearness[index].max(1e-6).recip();
        canvas.owner[index] == owner && before < BEFORE_A_FACE
    });
    free.count() as f32 / 9.0
}

fn heading(direction: Vec3) -> f32 {
    direction.x.atan2(direction.z)
}

/// An angle from -pi to pi.
fn turn(angle: f32) -> f32 {
    (angle + std::f32::consts::PI).rem_euclid(std::f32::consts::TAU) - std::f32::consts::PI
}
