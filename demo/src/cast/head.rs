//! A head with its face, as surfaces.

use glam::{Affine3A, Vec3};

use super::face::Face;
use super::face_shape::FaceShape;
use super::{FacePlace, Figure, ears, face_texture, glasses, hair};
use crate::mesh::{Material, Mesh, Part};

/// The five landmarks in the head's space, in the order of [`FacePlace`].
pub type Landmarks = [Vec3; 5];

/// How far to each side of the front the outline of a face goes: nearly to the ears.
const OUTLINE_ANGLES: [f32; 5] = [-1.4, -0.8, 0.0, 0.8, 1.4];
/// The share of the forehead, from the brows to the hair line, that belongs to a face's box.
const FOREHEAD: f32 = 0.8;

/// A head ready to be set on a neck. Its space: origin at the middle of the neck's upper end (below the skull, behind the
/// chin), +y up to the crown, +z out of the face, metres, for a person of 1.75 m; the crown is at y = 0.235 without hair.
#[derive(Debug, Clone)]
pub struct HeadModel {
    parts: Vec<Part>,
    landmarks: Landmarks,
    outline: Vec<Vec3>,
}

impl HeadModel {
    /// The head of a face.
    #[must_use]
    pub fn new(face: &Face) -> Self {
        let shape = FaceShape::new(face);
        let skin = Material::matt(face_texture::paint(face, &shape)).glossy(0.15);
        let mut parts = vec![Part { mesh: surface(&shape), material: skin }];
        parts.extend(ears::part(face, &shape));
        parts.extend(hair::part(face, &shape));
        parts.extend(face.glasses.as_ref().map(|glasses| glasses::part(glasses, &shape)));
        Self { parts, landmarks: landmarks(&shape), outline: outline(&shape) }
    }

    /// Adds the head's surfaces to a figure, moved by `to`, and says where the face is.
    pub fn pose(&self, to: &Affine3A, figure: &mut Figure) -> FacePlace {
        figure.parts.extend(self.parts.iter().map(|part| {
            let mut mesh = Mesh::default();
            mesh.add(&part.mesh, to);
            Part { mesh, material: part.material.clone() }
        }));
        FacePlace {
            landmarks: self.landmarks.map(|point| to.transform_point3(point)),
            outline: self.outline.iter().map(|point| to.transform_point3(*point)).collect(),
            direction: to.transform_vector3(Vec3::Z).normalize_or_zero(),
        }
    }
}

/// The skin from the crown to below the collar.
fn surface(shape: &FaceShape) -> Mesh {
    let (angles, heights) = (shape.columns(), shape.rows());
    let [columns, rows] = [angles.len() - 1, heights.len() - 1];
    let mut mesh = Mesh::grid(columns as u32, rows as u32, |u, v| {
        shape.at(between(&angles, u * columns as f32), between(&heights, v * rows as f32))
    });
    for (index, vertex) in mesh.vertices.iter_mut().enumerate() {
        let [angle, height] = [angles[index % (columns + 1)], heights[index / (columns + 1)]];
        vertex.uv = shape.spot_at(angle, height).into();
    }
    mesh
}

/// The value at a place between (or a little beyond) the indices of `values`.
fn between(values: &[f32], place: f32) -> f32 {
    let first = (place.max(0.0) as usize).min(values.len() - 2);
    values[first] + (values[first + 1] - values[first]) * (place - first as f32)
}

fn landmarks(shape: &FaceShape) -> Landmarks {
    [
        shape.front(-shape.eye_aside, shape.eye),
        shape.front(shape.eye_aside, shape.eye),
        shape.front(0.0, shape.nose_tip),
        shape.front(-shape.mouth_half_width, shape.mouth_corner),
        shape.front(shape.mouth_half_width, shape.mouth_corner),
    ]
}

/// Points around the face: forehead, brows, cheeks, mouth, chin and the tip of the nose.
fn outline(shape: &FaceShape) -> Vec<Vec3> {
    let forehead = shape.brow + (shape.hair_line - shape.brow) * FOREHEAD;
    let heights = [forehead, shape.brow, shape.nose_base, shape.mouth];
    let around = heights.iter().flat_map(|&height| OUTLINE_ANGLES.map(|angle| shape.at(angle, height)));
    around.chain([shape.front(0.0, shape.nose_tip), shape.front(0.0, shape.chin + 0.002)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn posed(index: usize, to: &Affine3A) -> (Figure, FacePlace) {
        let mut figure = Figure::default();
        let place = HeadModel::new(&Face::draw(5, index)).pose(to, &mut figure);
        (figure, place)
    }

    #[test]
    fn landmarks_lie_on_the_skin_left_of_right_and_above_each_other() {
        for index in 0..12 {
            let (figure, place) = posed(index, &Affine3A::IDENTITY);
            let skin = &figure.parts[0].mesh.vertices;
            for landmark in place.landmarks {
                let nearest = skin.iter().map(|vertex| vertex.position.distance(landmark)).fold(f32::MAX, f32::min);
                assert!(nearest < 0.012, "face {index}: {landmark} is {nearest} m off");
            }
            let [left_eye, right_eye, nose, left_mouth, right_mouth] = place.landmarks;
            assert!(left_eye.x < right_eye.x && left_mouth.x < right_mouth.x);
            assert!(left_eye.y > nose.y && nose.y > left_mouth.y);
            let foremost = skin.iter().map(|vertex| vertex.position.z).fold(f32::MIN, f32::max);
            assert!(nose.z > foremost - 0.004, "face {index}: the nose is not in front");
        }
    }

    #[test]
    fn a_head_has_few_triangles_a_neck_below_the_collar_and_reaches_the_crown() {
        for index in 0..16 {
            let (figure, _) = posed(index, &Affine3A::IDENTITY);
            let triangles: usize = figure.parts.iter().map(|part| part.mesh.triangles.len()).sum();
            assert!(triangles <= 1400, "face {index}: {triangles}");
            let heights = figure.parts[0].mesh.vertices.iter().map(|vertex| vertex.position.y);
            let [lowest, highest] = [heights.clone().fold(f32::MAX, f32::min), heights.fold(f32::MIN, f32::max)];
            assert!(lowest < -0.05 && (highest - 0.235).abs() < 1e-3);
        }
    }

    #[test]
    fn the_skin_looks_outwards() {
        for index in 0..6 {
            let (figure, _) = posed(index, &Affine3A::IDENTITY);
            for vertex in figure.parts[0].mesh.vertices.iter().filter(|vertex| vertex.position.y < 0.23) {
                let out = Vec3::new(vertex.position.x, 0.0, vertex.position.z).normalize();
                let under_something = vertex.normal.y < -0.5 || vertex.normal.y > 0.5;
                assert!(under_something || out.dot(vertex.normal) > -0.4, "face {index}: {vertex:?}");
            }
        }
    }

    #[test]
    fn a_pose_moves_everything_alike() {
        let to = Affine3A::from_rotation_y(0.7) * Affine3A::from_translation(Vec3::new(1.0, 2.0, 3.0));
        let ((still, at_rest), (moved, place)) = (posed(3, &Affine3A::IDENTITY), posed(3, &to));
        assert_eq!(place.landmarks[2], to.transform_point3(at_rest.landmarks[2]));
        let last = |figure: &Figure| figure.parts[0].mesh.vertices[200].position;
        assert!(last(&moved).distance(to.transform_point3(last(&still))) < 1e-5);
        assert!(place.direction.distance(Vec3::new(0.7_f32.sin(), 0.0, 0.7_f32.cos())) < 1e-5);
    }

    #[test]
    fn the_same_face_is_painted_the_same() {
        assert_eq!(posed(9, &Affine3A::IDENTITY).0.parts, posed(9, &Affine3A::IDENTITY).0.parts);
    }
}
