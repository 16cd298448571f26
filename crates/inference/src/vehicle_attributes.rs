//! Names the colour and the type of a vehicle: a network with one list of logits for each, whose names stand in its
//! metadata, comma between comma. Fed as OSNet is: RGB 0..1 by ImageNet's mean and deviation, the box stretched.

use std::path::PathBuf;

use crate::crops::{Crop, CropNetwork, CropSource};
use crate::device::Device;
use crate::error::InferenceError;
use crate::model::Model;
use crate::pixels::{ChannelOrder, Fit, Normalisation, Preprocessor, Recipe, Size};
use crate::tensor::Output;

/// Input where the model leaves it open.
const INPUT: Size = Size { width: 128, height: 128 };
/// Most names of a list; bounds what a file can ask for.
const NAMES_MAX: usize = 256;
/// Longest name in bytes: as for a class.
const NAME_BYTES_MAX: usize = 64;

/// Which network to load, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VehicleAttributesSpec {
    /// The ONNX file.
    pub path: PathBuf,
    /// Where to run it.
    pub device: Device,
    /// Threads that one run may use on the CPU, as [`DetectorSpec::threads`](crate::DetectorSpec::threads).
    pub threads: usize,
}

/// What was loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VehicleAttributesInfo {
    /// From the file's name, such as `iris-vehicle-attributes`.
    pub name: String,
    /// The colours that it knows; none when it does not tell them.
    pub colours: Vec<String>,
    /// The types that it knows; none when it does not tell them.
    pub types: Vec<String>,
    /// The device in use, such as `cpu`; never `auto`.
    pub device: String,
    /// SHA-256 of the file and its weights, in hexadecimal.
    pub fingerprint: String,
}

/// One of the names that a network knows, and how sure it is of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Guess {
    /// Such as `red` or `van`.
    pub name: String,
    /// Its share of all names, 0..1.
    pub score: f32,
}

/// What was said of a vehicle. `None` where the network does not tell, or says what is no number.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct VehicleJudgement {
    /// Its colour.
    pub colour: Option<Guess>,
    /// Its type.
    pub vehicle_type: Option<Guess>,
}

/// See the module's comment. Made by [`VehicleAttributes::load`].
pub struct VehicleAttributes {
    network: CropNetwork,
    info: VehicleAttributesInfo,
}

impl VehicleAttributes {
    /// Loads and tries the model.
    ///
    /// # Errors
    /// The file, the device or ONNX Runtime is not what it should be; the message says what to do.
    pub fn load(spec: &VehicleAttributesSpec) -> Result<Self, InferenceError> {
        let source = CropSource {
            path: &spec.path,
            device: spec.device,
            threads: spec.threads,
            role: "network of vehicles' attributes",
        };
        let opened = source.open()?;
        let read = |key: &str| names(&opened.model, key).map_err(|reason| source.refusal(&opened.model, reason));
        let (colours, types) = (read("colours")?, read("types")?);
        if colours.is_empty() && types.is_empty() {
            let reason = "its metadata names neither `colours` nor `types`".to_owned();
            return Err(source.refusal(&opened.model, reason));
        }
        let input = opened.input(INPUT);
        let (network, _) = opened.into_network(&source, input, Preprocessor::new(RECIPE), |outputs, item| {
            judgement(outputs, item, &colours, &types)
        })?;
        let info = VehicleAttributesInfo {
            name: network.name.clone(),
            colours,
            types,
            device: network.model.device.to_string(),
            fingerprint: network.fingerprint.clone(),
        };
        Ok(Self { network, info })
    }

    /// What was loaded.
    pub fn info(&self) -> &VehicleAttributesInfo {
        &self.info
    }

    /// What the network says of a crop of a vehicle, its box and nothing beside it.
    ///
    /// # Errors
    /// The model or the device failed.
    pub fn judge(&mut self, crop: &Crop<'_>) -> Result<VehicleJudgement, InferenceError> {
        let Self { network, info } = self;
        let said = network.run(&[*crop], |outputs, item| judgement(outputs, item, &info.colours, &info.types))?;
        Ok(said.into_iter().next().unwrap_or_default())
    }
}

const RECIPE: Recipe =
    Recipe { fit: Fit::Stretch, order: ChannelOrder::Rgb, normalisation: Normalisation::IMAGENET, padding: 0 };

/// The names of an entry of the metadata; none where it is missing.
fn names(model: &Model, key: &str) -> Result<Vec<String>, String> {
    let Some(text) = model.metadata(key) else { return Ok(Vec::new()) };
    let names: Vec<_> = text.split(',').map(|name| name.trim().to_owned()).collect();
    let is_name = |name: &String| !name.is_empty() && name.len() <= NAME_BYTES_MAX && !name.contains(char::is_control);
    if names.len() > NAMES_MAX || !names.iter().all(is_name) {
        return Err(format!("its metadata's `{key}` are not at most {NAMES_MAX} names with commas between them"));
    }
    Ok(names)
}

fn judgement(
    outputs: &[Output<'_>],
    item: usize,
    colours: &[String],
    types: &[String],
) -> Result<VehicleJudgement, String> {
    Ok(VehicleJudgement {
        colour: guess(outputs, "colour", item, colours)?,
        vehicle_type: guess(outputs, "type", item, types)?,
    })
}

/// The likeliest name by the logits of an output.
fn guess(outputs: &[Output<'_>], name: &str, item: usize, names: &[String]) -> Result<Option<Guess>, String> {
    if names.is_empty() {
        return Ok(None);
    }
    let output =
        outputs.iter().find(|output| output.name == name).ok_or_else(|| format!("it has no output `{name}`"))?;
    let logits = output
        .item(item, 2)
        .filter(|logits| logits.len() == names.len())
        .ok_or_else(|| format!("output {output} is not {} logits for each picture", names.len()))?;
    let best = logits.iter().zip(names).max_by(|a, b| a.0.total_cmp(b.0));
    let Some((best, name)) = best.filter(|_| logits.iter().all(|logit| logit.is_finite())) else { return Ok(None) };
    let sum: f32 = logits.iter().map(|logit| (logit - best).exp()).sum();
    Ok(Some(Guess { name: name.clone(), score: 1.0 / sum }))
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    fn logits(name: &'static str, values: &[f32]) -> Output<'static> {
        Output { name, shape: vec![1, values.len()], data: Cow::Owned(values.to_vec()) }
    }

    fn texts(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn the_likeliest_is_named_with_its_share() {
        let outputs = [logits("type", &[0.0, 0.0]), logits("colour", &[1.0, 1.0 + 3f32.ln()])];
        let (colours, types) = (texts(&["red", "blue"]), texts(&[]));
        let said = judgement(&outputs, 0, &colours, &types).unwrap();
        let colour = said.colour.unwrap();
        assert_eq!(colour.name, "blue");
        assert!((colour.score - 0.75).abs() < 1e-6);
        assert_eq!(said.vehicle_type, None);
    }

    #[test]
    fn what_is_no_number_is_no_guess_and_what_is_missing_a_fault() {
        let names = texts(&["red", "blue"]);
        let guess = |values: &[f32]| guess(&[logits("colour", values)], "colour", 0, &names);
        assert_eq!(guess(&[f32::NAN, 1.0]), Ok(None));
        assert_eq!(guess(&[f32::INFINITY, 1.0]), Ok(None));
        assert!(guess(&[1.0]).is_err());
        assert!(super::guess(&[], "colour", 0, &names).is_err());
    }
}
