//! How fast the detector is here: the same loop as `bare_loop`, but from a picture to boxes, as the detect service
//! calls it. Prints pictures a second and where the time went.
//!
//! `detect_loop <model.onnx> [threads, default 1] [seconds, default 10]`; `ORT_DYLIB_PATH` names the library.

use std::env;
use std::error::Error;
use std::time::{Duration, Instant};

use iris_inference::{
    DetectRequest, Detector, DetectorSpec, Device, FamilyChoice, InputSize, PictureRef, PixelFormat, Timing, init,
};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let model = arguments.next().ok_or("usage: detect_loop <model.onnx> [threads] [seconds]")?;
    let threads = arguments.next().map_or(Ok(1), |text| text.parse())?;
    let seconds: u64 = arguments.next().map_or(Ok(10), |text| text.parse())?;

    init(None)?;
    let mut detector = Detector::load(&DetectorSpec {
        path: model.into(),
        family: FamilyChoice::Auto,
        class_names: None,
        device: Device::Cpu,
        threads,
    })?;
    // What ingest sends of a 16:9 camera: as wide as the network's input.
    let width = match detector.info().input_size {
        InputSize::Fixed { width, .. } => width,
        InputSize::Dynamic { .. } => 640,
    };
    let height = width * 9 / 16;
    let bytes: Vec<u8> = (0..PixelFormat::I420.size_bytes(width, height)).map(|n| (n * 7 % 251) as u8).collect();
    let picture = PictureRef::new(width, height, PixelFormat::I420, &bytes)?;
    let request = DetectRequest { picture, min_score: 0.1, iou: 0.45, input_size: None };

    for _ in 0..5 {
        detector.detect(&[request])?;
    }
    let started = Instant::now();
    let mut pictures = 0u32;
    let mut spent = Timing::default();
    while started.elapsed() < Duration::from_secs(seconds) {
        let timing = detector.detect(&[request])?.remove(0).timing;
        spent.preprocess += timing.preprocess;
        spent.inference += timing.inference;
        spent.postprocess += timing.postprocess;
        pictures += 1;
    }
    println!("pictures_per_second {:.2}", f64::from(pictures) / started.elapsed().as_secs_f64());
    println!("preprocess_ms {:.3}", 1e3 * spent.preprocess.as_secs_f64() / f64::from(pictures));
    println!("inference_ms {:.3}", 1e3 * spent.inference.as_secs_f64() / f64::from(pictures));
    println!("postprocess_ms {:.3}", 1e3 * spent.postprocess.as_secs_f64() / f64::from(pictures));
    Ok(())
}
