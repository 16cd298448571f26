//! How fast a model can be here: runs it in a bare loop, with nothing before or after, and prints runs a second.
//! The yardstick for the detector (`detect_loop`) and for the whole path.
//!
//! `bare_loop <model.onnx> [threads, default 1] [seconds, default 10]`; `ORT_DYLIB_PATH` names the library.

use std::env;
use std::error::Error;
use std::time::{Duration, Instant};

use ort::session::{Session, SessionInputValue};
use ort::value::{TensorElementType, TensorRef, ValueType};

/// Grey, as good as any picture: what a convolution costs does not depend on what it sees.
const GREY: f32 = 0.45;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let model = arguments.next().ok_or("usage: bare_loop <model.onnx> [threads] [seconds]")?;
    let threads: usize = arguments.next().map_or(Ok(1), |text| text.parse())?;
    let seconds: u64 = arguments.next().map_or(Ok(10), |text| text.parse())?;

    let environment = ort::init_from(env::var_os("ORT_DYLIB_PATH").ok_or("set ORT_DYLIB_PATH")?)?.build()?;
    let builder = Session::builder(&environment)?;
    let mut session = builder.with_intra_threads(threads)?.commit_from_file(&model)?;

    let shapes: Vec<Vec<i64>> = session.inputs().iter().map(|input| shape(input.dtype())).collect();
    let size = shapes.iter().find(|shape| shape.len() == 4).ok_or("no picture input")?;
    let pixels = vec![GREY; size.iter().product::<i64>() as usize];
    let sides = [size[3], size[2]];
    let inputs = shapes.iter().zip(session.inputs()).map(|(shape, input)| match input.dtype() {
        ValueType::Tensor { ty: TensorElementType::Float32, .. } => {
            TensorRef::from_array_view((shape.clone(), &pixels[..])).map(SessionInputValue::from)
        }
        _ => TensorRef::from_array_view((shape.clone(), &sides[..])).map(SessionInputValue::from),
    });
    let inputs = inputs.collect::<ort::Result<Vec<_>>>()?;

    for _ in 0..5 {
        session.run(&inputs[..])?;
    }
    let started = Instant::now();
    let mut runs = 0u32;
    while started.elapsed() < Duration::from_secs(seconds) {
        session.run(&inputs[..])?;
        runs += 1;
    }
    println!("bare_runs_per_second {:.2}", f64::from(runs) / started.elapsed().as_secs_f64());
    Ok(())
}

/// Open sizes become one picture of 640 x 640.
fn shape(dtype: &ValueType) -> Vec<i64> {
    let ValueType::Tensor { shape, .. } = dtype else { return Vec::new() };
    let open = |axis: usize| if axis < 2 { 1 } else { 640 };
    shape.iter().enumerate().map(|(axis, size)| if *size > 0 { *size } else { open(axis) }).collect()
}
