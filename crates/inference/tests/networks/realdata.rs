//! The models, pictures and reference outputs in the real data folder.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use iris_domain::{BBox, Class, Embedding};
use iris_inference::Landmarks;
use serde_json::Value;
use turbojpeg::{Decompressor, PixelFormat, Subsamp, YuvImage, yuv_pixels_len};

use crate::onnxruntime;
use crate::pictures::Picture;

/// The classes that occur in the reference outputs, by COCO's numbers.
const CLASSES: [(u64, &str); 7] =
    [(0, "person"), (1, "bicycle"), (5, "bus"), (6, "train"), (16, "dog"), (17, "horse"), (18, "sheep")];

/// A box of the reference.
#[derive(Debug, Clone)]
pub struct Golden {
    pub class: Class,
    pub score: f32,
    /// Pixels.
    corners: [f32; 4],
}

impl Golden {
    /// In fractions of a picture of that size.
    pub fn bbox(&self, (width, height): (u32, u32)) -> BBox {
        let [x1, y1, x2, y2] = self.corners;
        let (width, height) = (width as f32, height as f32);
        BBox::clipped(x1 / width, y1 / height, x2 / width, y2 / height).unwrap()
    }
}

/// A face of the reference.
#[derive(Debug, Clone)]
pub struct GoldenFace {
    pub score: f32,
    /// Pixels.
    pub corners: [f32; 4],
    pub landmarks: Landmarks,
}

/// A body of the reference.
pub struct GoldenBody {
    pub image: String,
    /// Left, top, width, height in pixels.
    pub rectangle: [f32; 4],
    pub vector: Embedding,
}

/// The folder, where it is present and ONNX Runtime with it.
pub struct Realdata {
    root: PathBuf,
}

impl Realdata {
    /// `None`, and a line that says why, when something is absent.
    pub fn open() -> Option<Self> {
        let root = std::env::var_os("IRIS_REALDATA")
            .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/realdata"), PathBuf::from);
        if !root.join("gt/golden_outputs.json").is_file() {
            println!("skipped: no real data at {}", root.display());
            return None;
        }
        onnxruntime().then_some(Self { root })
    }

    pub fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    pub fn model(&self, name: &str) -> PathBuf {
        self.path(&format!("det/{name}.onnx"))
    }

    /// Decoded by libjpeg-turbo, as the reference did: decoders differ by up to four in a byte, which is enough to
    /// turn which of two all but equal boxes is the better.
    pub fn picture(&self, name: &str) -> Picture {
        let bytes = std::fs::read(self.root.join("images").join(name)).unwrap();
        let image = turbojpeg::decompress(&bytes, PixelFormat::RGB).unwrap();
        assert_eq!(image.pitch, 3 * image.width);
        Picture { width: image.width as u32, height: image.height as u32, rgb: image.pixels }
    }

    /// The JPEG's own planes, which are I420 as Iris means it; with width and height.
    pub fn planes(&self, name: &str) -> (Vec<u8>, u32, u32) {
        let bytes = std::fs::read(self.root.join("images").join(name)).unwrap();
        let mut decompressor = Decompressor::new().unwrap();
        let header = decompressor.read_header(&bytes).unwrap();
        assert_eq!(header.subsamp, Subsamp::Sub2x2);
        let (width, height, subsamp, align) = (header.width, header.height, header.subsamp, 1);
        let pixels = vec![0; yuv_pixels_len(width, align, height, subsamp).unwrap()];
        let mut image = YuvImage { pixels, width, align, height, subsamp };
        decompressor.decompress_to_yuv(&bytes, image.as_deref_mut()).unwrap();
        (image.pixels, width as u32, height as u32)
    }

    /// The reference's boxes of a picture, but for those that lie on a better one: the same thing under a second name.
    pub fn golden(&self, model: &str, picture: &str) -> Vec<Golden> {
        let all = self.reference();
        let rows = all["detectors"][model][picture].as_array().unwrap();
        let mut kept: Vec<Golden> = Vec::new();
        for golden in rows.iter().map(golden) {
            let size = (10_000, 10_000);
            if kept.iter().all(|better| better.bbox(size).iou(&golden.bbox(size)) <= 0.9) {
                kept.push(golden);
            }
        }
        assert!(!kept.is_empty());
        kept
    }

    /// The reference's faces of a picture.
    pub fn golden_faces(&self, model: &str, picture: &str) -> Vec<GoldenFace> {
        let face = |row: &Value| GoldenFace {
            score: row["score"].as_f64().unwrap() as f32,
            corners: numbers(&row["box"]).try_into().unwrap(),
            landmarks: Landmarks(numbers_of_points(&row["kps"])),
        };
        self.reference()["faces"][model][picture].as_array().unwrap().iter().map(face).collect()
    }

    /// The vectors of the faces in t1.jpg from left to right, by the reference's own points.
    pub fn golden_face_vectors(&self) -> Vec<Embedding> {
        let all = self.reference();
        all["face_embeddings"]["vectors"].as_array().unwrap().iter().map(vector).collect()
    }

    /// The reference's bodies.
    pub fn golden_bodies(&self) -> Vec<GoldenBody> {
        let body = |row: &Value| GoldenBody {
            image: row["image"].as_str().unwrap().to_owned(),
            rectangle: numbers(&row["box"]).try_into().unwrap(),
            vector: vector(&row["vector"]),
        };
        self.reference()["reid"].as_array().unwrap().iter().map(body).collect()
    }

    /// Pictures of faces, two and two, and whether they are of one person.
    pub fn face_pairs(&self) -> Vec<(String, String, bool)> {
        let text = std::fs::read_to_string(self.path("images/faces_pairs/master.csv")).unwrap();
        let pair = |line: &str| {
            let [a, b, same] = line.split(',').collect::<Vec<_>>().try_into().unwrap();
            (a.to_owned(), b.to_owned(), same.trim() == "Yes")
        };
        text.lines().skip(1).filter(|line| !line.trim().is_empty()).map(pair).collect()
    }

    fn reference(&self) -> Value {
        let text = std::fs::read_to_string(self.path("gt/golden_outputs.json")).unwrap();
        serde_json::from_str(&text).unwrap()
    }
}

fn numbers(list: &Value) -> Vec<f32> {
    list.as_array().unwrap().iter().map(|number| number.as_f64().unwrap() as f32).collect()
}

fn numbers_of_points(list: &Value) -> [[f32; 2]; 5] {
    let points: Vec<[f32; 2]> =
        list.as_array().unwrap().iter().map(|point| numbers(point).try_into().unwrap()).collect();
    points.try_into().unwrap()
}

fn vector(text: &Value) -> Embedding {
    Embedding::from_bytes(&STANDARD.decode(text.as_str().unwrap()).unwrap()).unwrap()
}

fn golden(row: &Value) -> Golden {
    let number = |index: usize| row[index].as_f64().unwrap() as f32;
    let class = row[0].as_u64().unwrap();
    let (_, name) = CLASSES.into_iter().find(|(number, _)| *number == class).unwrap();
    Golden { class: Class::new(name).unwrap(), score: number(1), corners: [2, 3, 4, 5].map(number) }
}
