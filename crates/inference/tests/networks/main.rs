//! Networks through ONNX Runtime: tiny models of every family, files that are not what they should be, and, where they
//! are present, real models on real pictures. Skipped, with a line that says so, where ONNX Runtime is absent.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops there")]

mod faces;
mod golden;
mod golden_faces;
mod golden_vectors;
mod odd_files;
mod pictures;
mod realdata;
mod tiny_models;
mod vectors;

use std::path::{Path, PathBuf};

use iris_inference::{DetectorSpec, Device, FamilyChoice};

/// Whether ONNX Runtime is there; says so when it is not.
fn onnxruntime() -> bool {
    match iris_inference::init(None) {
        Ok(_) => true,
        Err(error) => {
            println!("skipped: {error}");
            false
        }
    }
}

/// One of the models beside `tests/data/make_models.py`.
fn tiny(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(format!("{name}.onnx"))
}

/// On the CPU, with one thread, all else left open.
fn spec(path: PathBuf) -> DetectorSpec {
    DetectorSpec { path, family: FamilyChoice::Auto, class_names: None, device: Device::Cpu, threads: 1 }
}
