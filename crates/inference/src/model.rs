//! A model in ONNX Runtime: opened, asked what it takes and gives, run. The only file that knows ONNX Runtime's
//! sessions and values; nothing of what a network means is known here.

use std::borrow::Cow;
use std::path::Path;

use half::f16;
use half::slice::HalfFloatSliceExt;
use ort::ep::ExecutionProvider;
use ort::session::builder::SessionBuilder;
use ort::session::{Session, SessionInputValue};
use ort::value::{DynValue, TensorElementType, TensorRef, ValueType};

use crate::device::Device;
use crate::error::InferenceError;
use crate::pixels::{PixelBuffer, Size};
use crate::runtime;
use crate::tensor::{Element, Output, TensorSpec};

/// See the file's comment.
pub(crate) struct Model {
    session: Session,
    pub(crate) inputs: Vec<TensorSpec>,
    pub(crate) outputs: Vec<TensorSpec>,
    /// Where it runs: never [`Device::Auto`].
    pub(crate) device: Device,
    /// ONNX Runtime's names of what it runs on, first choice first.
    pub(crate) providers: Vec<String>,
}

/// One run's inputs.
pub(crate) struct Batch<'a> {
    pub(crate) pixels: &'a PixelBuffer,
    pub(crate) pictures: usize,
    pub(crate) input: Size,
}

impl Model {
    /// Opens the model on the first of the device's candidates that can be had.
    pub(crate) fn open(path: &Path, device: Device, threads: usize) -> Result<Self, InferenceError> {
        let (last, alternatives) = device.candidates().split_last().expect("every device has a candidate");
        for candidate in alternatives {
            match Self::open_on(path, *candidate, threads) {
                Ok(model) => return Ok(model),
                Err(InferenceError::DeviceMissing { reason, .. }) => {
                    tracing::info!(%candidate, "device `auto` passes over `{candidate}`: {reason}");
                }
                Err(error) => return Err(error),
            }
        }
        Self::open_on(path, *last, threads)
    }

    fn open_on(path: &Path, device: Device, threads: usize) -> Result<Self, InferenceError> {
        let environment = runtime::environment()?;
        device.require_built_in()?;
        let dispatches = device.providers();
        let cpu = ort::ep::CPU::NAME;
        let providers = dispatches.iter().map(|provider| provider.name()).chain([cpu]).map(str::to_owned).collect();
        let broken = |reason: String| InferenceError::ModelBroken { path: path.to_owned(), reason };
        let builder = Session::builder(&environment).map_err(|error| broken(error.to_string()))?;
        let builder = with_threads(builder, threads).map_err(|error| broken(error.to_string()))?;
        let mut builder =
            builder.with_execution_providers(dispatches).map_err(|error| device.missing(error.to_string()))?;
        let session = builder.commit_from_file(path).map_err(|error| {
            if device == Device::Cpu || is_models_fault(&error) {
                broken(error.to_string())
            } else {
                device.missing(error.to_string())
            }
        })?;
        let inputs = session.inputs().iter().map(|input| spec(input.name(), input.dtype())).collect();
        let outputs = session.outputs().iter().map(|output| spec(output.name(), output.dtype())).collect();
        Ok(Self { session, inputs, outputs, device, providers })
    }

    /// An entry of the metadata that the exporter wrote.
    pub(crate) fn metadata(&self, key: &str) -> Option<String> {
        self.session.metadata().ok()?.custom(key)
    }

    /// What it takes and gives, for a message about why that does not fit.
    pub(crate) fn seen(&self) -> String {
        let list = |specs: &[TensorSpec]| specs.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        format!("inputs {}; outputs {}", list(&self.inputs), list(&self.outputs))
    }

    /// Runs on pictures that nobody wrote: the shape of an answer does not depend on what is seen.
    pub(crate) fn try_run<R>(
        &mut self,
        pixels: &mut PixelBuffer,
        pictures: usize,
        input: Size,
        read: impl FnOnce(&[Output<'_>]) -> R,
    ) -> Result<R, String> {
        pixels.resize(pictures, input);
        self.run(&Batch { pixels, pictures, input }, read)
    }

    /// Runs a batch and hands its outputs to `read`. A second input, where the model has one, gets the input's own
    /// size for every picture. The error is a reason, to be completed by the caller.
    pub(crate) fn run<R>(&mut self, batch: &Batch<'_>, read: impl FnOnce(&[Output<'_>]) -> R) -> Result<R, String> {
        let sizes: Vec<i64> = [batch.input.width as i64, batch.input.height as i64].repeat(batch.pictures);
        let mut inputs: Vec<(Cow<'_, str>, SessionInputValue<'_>)> = Vec::with_capacity(self.inputs.len());
        for spec in &self.inputs {
            let value = if spec.is_picture() {
                picture_tensor(batch)
            } else {
                TensorRef::from_array_view(([batch.pictures, 2], &sizes[..])).map(SessionInputValue::from)
            };
            inputs.push((spec.name.as_str().into(), value.map_err(|error| error.to_string())?));
        }
        let values = self.session.run(inputs).map_err(|error| error.to_string())?;
        let outputs: Result<Vec<_>, _> =
            values.keys().enumerate().map(|(index, name)| read_output(name, &values[index])).collect();
        Ok(read(&outputs?))
    }
}

fn with_threads(builder: SessionBuilder, threads: usize) -> ort::Result<SessionBuilder> {
    Ok(builder.with_intra_threads(threads)?)
}

/// Whether the file is to blame and not the device.
fn is_models_fault(error: &ort::Error) -> bool {
    use ort::ErrorCode::{InvalidGraph, InvalidProtobuf, NoModel, NoSuchFile};
    matches!(error.code(), InvalidGraph | InvalidProtobuf | NoModel | NoSuchFile)
}

fn picture_tensor<'a>(batch: &Batch<'a>) -> ort::Result<SessionInputValue<'a>> {
    let shape = [batch.pictures, 3, batch.input.height, batch.input.width];
    Ok(match batch.pixels {
        PixelBuffer::F32(values) => TensorRef::from_array_view((shape, &values[..]))?.into(),
        PixelBuffer::F16(values) => TensorRef::from_array_view((shape, &values[..]))?.into(),
        PixelBuffer::U8(values) => TensorRef::from_array_view((shape, &values[..]))?.into(),
    })
}

fn spec(name: &str, dtype: &ValueType) -> TensorSpec {
    let (element, shape) = match dtype {
        ValueType::Tensor { ty, shape, .. } => {
            (element(*ty), shape.iter().map(|size| usize::try_from(*size).ok()).collect())
        }
        ValueType::Sequence(_) | ValueType::Map { .. } | ValueType::Optional(_) => (Element::Other, Vec::new()),
    };
    TensorSpec { name: name.to_owned(), element, shape }
}

fn element(ty: TensorElementType) -> Element {
    match ty {
        TensorElementType::Float32 => Element::F32,
        TensorElementType::Float16 => Element::F16,
        TensorElementType::Uint8 => Element::U8,
        TensorElementType::Int32 => Element::I32,
        TensorElementType::Int64 => Element::I64,
        _ => Element::Other,
    }
}

fn read_output<'v>(name: &'v str, value: &'v DynValue) -> Result<Output<'v>, String> {
    let unreadable = |error: ort::Error| format!("read output `{name}`: {error}");
    let ValueType::Tensor { ty, shape, .. } = value.dtype() else {
        return Err(format!("output `{name}` is not a tensor"));
    };
    let shape = shape.iter().map(|size| usize::try_from(*size).unwrap_or(0)).collect();
    let data = match element(*ty) {
        Element::F32 => Cow::Borrowed(value.try_extract_tensor::<f32>().map_err(unreadable)?.1),
        Element::F16 => Cow::Owned(value.try_extract_tensor::<f16>().map_err(unreadable)?.1.to_f32_vec()),
        // Class numbers; those that an f32 cannot hold exactly are no class numbers.
        Element::I64 => integers(value.try_extract_tensor::<i64>().map_err(unreadable)?.1, |n| n as f32),
        Element::I32 => integers(value.try_extract_tensor::<i32>().map_err(unreadable)?.1, |n| n as f32),
        Element::U8 | Element::Other => return Err(format!("output `{name}` is of an unsupported kind of number")),
    };
    Ok(Output { name, shape, data })
}

fn integers<T: Copy>(numbers: &[T], float: impl Fn(T) -> f32) -> Cow<'static, [f32]> {
    Cow::Owned(numbers.iter().map(|number| float(*number)).collect())
}
