//! The models, pictures and reference outputs in the real data folder.

use std::path::{Path, PathBuf};

use iris_domain::{BBox, Class};
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

    pub fn model(&self, name: &str) -> PathBuf {
        self.root.join("det").join(format!("{name}.onnx"))
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
        let text = std::fs::read_to_string(self.root.join("gt/golden_outputs.json")).unwrap();
        let all: Value = serde_json::from_str(&text).unwrap();
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
}

fn golden(row: &Value) -> Golden {
    let number = |index: usize| row[index].as_f64().unwrap() as f32;
    let class = row[0].as_u64().unwrap();
    let (_, name) = CLASSES.into_iter().find(|(number, _)| *number == class).unwrap();
    Golden { class: Class::new(name).unwrap(), score: number(1), corners: [2, 3, 4, 5].map(number) }
}
