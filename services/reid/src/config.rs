//! The table `[reid]` of the settings.

use std::path::PathBuf;
use std::time::Duration;

use garde::Validate;
use iris_domain::identity::AssociationRules;
use iris_inference::{Device, EmbedderPresetChoice, FaceFamilyChoice};
use iris_runtime::{Secret, SecretUrl, Settings};
use serde::{Deserialize, Serialize};

/// One day in seconds.
const DAY_SECONDS: u64 = 24 * 60 * 60;

/// Which networks this node runs, and how tracks become identities. All nodes of one installation have the same.
#[derive(Debug, Clone, Serialize, Deserialize, Validate)]
#[serde(default)]
pub struct ReidSettings {
    /// Whether faces and appearances are looked at at all. When not, crops are thrown away unseen.
    #[garde(skip)]
    pub biometrics_enabled: bool,
    /// Finds faces and their five points, an ONNX file; without it nobody is known by face.
    #[garde(skip)]
    pub face_detector: Option<PathBuf>,
    /// How to read its tensors: `auto`, `scrfd` or `yunet`.
    #[garde(skip)]
    pub face_detector_family: FaceFamilyChoice,
    /// Tells faces apart, an ONNX file that gives vectors of 512 numbers.
    #[garde(skip)]
    pub face_recognizer: Option<PathBuf>,
    /// Tells people apart by their appearance, an ONNX file.
    #[garde(skip)]
    pub embedder: Option<PathBuf>,
    /// Tells vehicles apart, an ONNX file; without it they are not known again.
    #[garde(skip)]
    pub vehicle_embedder: Option<PathBuf>,
    /// Tells animals apart, an ONNX file; without it they are not known again.
    #[garde(skip)]
    pub animal_embedder: Option<PathBuf>,
    /// How the embedders are fed: `auto`, `osnet`, `fast-reid` or `clip-reid`.
    #[garde(skip)]
    pub embedder_preset: EmbedderPresetChoice,
    /// Names the colours of vehicles, an ONNX file; without it the colour is measured in the pixels.
    #[garde(skip)]
    pub vehicle_attributes: Option<PathBuf>,
    /// Where the networks run: `auto`, `cpu`, `cuda`, `tensorrt` or `openvino`.
    #[garde(skip)]
    pub device: Device,
    /// Threads of one run on the CPU; 0 takes one for each core.
    #[garde(range(max = 256))]
    pub threads: usize,
    /// ONNX Runtime's shared library; without it `ORT_DYLIB_PATH` and the system's path are tried.
    #[garde(skip)]
    pub onnxruntime: Option<PathBuf>,
    /// The Postgres database, `postgres://user:password@host:port/database`.
    #[garde(custom(postgres_scheme))]
    pub database_url: SecretUrl,
    /// Where Qdrant is, `http://host:6334`. Not set: the vectors are searched in this process's memory.
    #[garde(skip)]
    pub qdrant_url: Option<SecretUrl>,
    /// Qdrant's key.
    #[garde(skip)]
    pub qdrant_api_key: Option<Secret>,
    /// Whether Qdrant keeps its vectors in a quarter of the memory, a little less exact.
    #[garde(skip)]
    pub qdrant_quantized: bool,
    /// Cosine from which two faces are one person, 0.2 to 0.9. Not set: as the recogniser's file says (metadata `join_threshold`),
    /// else 0.45.
    #[garde(range(min = 0.2, max = 0.9))]
    pub face_threshold: Option<f32>,
    /// Cosine below which two good faces are two people, whatever they wear: -1 to `face_threshold`. Not set: 0.25, and never
    /// above that.
    #[garde(range(min = -1.0, max = 0.9), custom(below(&self.face_threshold)))]
    pub face_veto: Option<f32>,
    /// Cosine from which two appearances are one thing, while nothing speaks against it, 0.3 to 0.99. Not set: as the embedder's
    /// file says (metadata `join_threshold`), else 0.94.
    #[garde(range(min = 0.3, max = 0.99))]
    pub body_threshold: Option<f32>,
    /// How long an appearance says anything, in minutes, 1 to 1440: clothes change.
    #[garde(range(min = 1, max = 1440))]
    pub body_window_minutes: u32,
    /// Cosine from which a face is an enrolled person's, where two faces of a track agree, 0.2 to 0.9. Not set: eight ninths
    /// of `face_threshold`.
    #[garde(range(min = 0.2, max = 0.9))]
    pub person_threshold: Option<f32>,
    /// Sightings of so many days are looked through again when a person is enrolled or changed; 0 looks at none.
    #[garde(range(max = 3650))]
    pub relabel_days: u32,
    /// Whether unnamed identities that have become one are merged by themselves; each such merge can be undone.
    #[garde(skip)]
    pub maintenance_enabled: bool,
}

/// What the networks' own files say of what they make.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct NetworkScales {
    /// From which cosine on two faces are of one.
    pub face: Option<f32>,
    /// How narrow a face may be to be known by later, in pixels.
    pub face_width: Option<f32>,
    /// From which cosine on two appearances are of one person.
    pub body: Option<f32>,
}

impl Default for ReidSettings {
    fn default() -> Self {
        Self {
            biometrics_enabled: true,
            face_detector: None,
            face_detector_family: FaceFamilyChoice::Auto,
            face_recognizer: None,
            embedder: None,
            vehicle_embedder: None,
            animal_embedder: None,
            embedder_preset: EmbedderPresetChoice::Auto,
            vehicle_attributes: None,
            device: Device::Auto,
            threads: 0,
            onnxruntime: None,
            database_url: SecretUrl::parse("postgres://iris@127.0.0.1:5432/iris").expect("a valid address"),
            qdrant_url: None,
            qdrant_api_key: None,
            qdrant_quantized: false,
            face_threshold: None,
            face_veto: None,
            body_threshold: None,
            body_window_minutes: 120,
            person_threshold: None,
            relabel_days: 7,
            maintenance_enabled: true,
        }
    }
}

impl Settings for ReidSettings {
    const TABLE: &'static str = "reid";
}

impl ReidSettings {
    /// What association obeys, with networks that say so much of their scales. The other thresholds follow these, so
    /// that one number moves a whole network's scale.
    pub fn rules(&self, networks: NetworkScales) -> AssociationRules {
        let usual = AssociationRules::default();
        let face_join = self.face_threshold.or(networks.face).unwrap_or(usual.face_join);
        let body_join = self.body_threshold.or(networks.body).unwrap_or(usual.body_join);
        let scaled = AssociationRules::scaled(face_join, body_join);
        let person = self.person_threshold.unwrap_or(scaled.person);
        AssociationRules {
            face_exemplar_width_px: networks.face_width.unwrap_or(usual.face_exemplar_width_px),
            face_veto: self.face_veto.unwrap_or(scaled.face_veto),
            person,
            person_single: scaled.person_single + (person - scaled.person),
            body_window: Duration::from_secs(u64::from(self.body_window_minutes) * 60),
            ..scaled
        }
    }

    /// The files of all networks that are named.
    pub fn networks(&self) -> impl Iterator<Item = &PathBuf> {
        let all = [
            &self.face_detector,
            &self.face_recognizer,
            &self.embedder,
            &self.vehicle_embedder,
            &self.animal_embedder,
            &self.vehicle_attributes,
        ];
        all.into_iter().flatten()
    }

    /// How far back a change of the enrolled people is carried.
    pub fn relabel_within(&self) -> Duration {
        Duration::from_secs(u64::from(self.relabel_days) * DAY_SECONDS)
    }
}

fn postgres_scheme(url: &SecretUrl, _: &()) -> garde::Result {
    match url.scheme() {
        "postgres" | "postgresql" => Ok(()),
        other => Err(garde::Error::new(format!("the scheme is `{other}`, expected postgres"))),
    }
}

fn below(threshold: &Option<f32>) -> impl FnOnce(&Option<f32>, &()) -> garde::Result + '_ {
    move |veto, ()| match (veto, threshold) {
        (Some(veto), Some(threshold)) if veto >= threshold => Err(garde::Error::new("must lie below face_threshold")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mistake_is_named() {
        let settings = ReidSettings {
            database_url: SecretUrl::parse("mysql://iris:secret@db/iris").unwrap(),
            face_threshold: Some(0.3),
            face_veto: Some(0.4),
            body_threshold: Some(1.0),
            body_window_minutes: 0,
            threads: 1000,
            ..ReidSettings::default()
        };
        let report = settings.validate().unwrap_err().to_string();
        let keys = ["database_url", "face_veto", "body_threshold", "body_window_minutes", "threads"];
        assert!(keys.iter().all(|key| report.contains(key)), "{report}");
        assert!(!report.contains("secret"));
        ReidSettings::default().validate().unwrap();
    }

    #[test]
    fn the_usual_settings_are_the_usual_rules() {
        let none = NetworkScales::default();
        let (rules, usual) = (ReidSettings::default().rules(none), AssociationRules::default());
        assert_eq!(rules, usual);
        let stricter = ReidSettings { face_threshold: Some(0.55), ..ReidSettings::default() }.rules(none);
        let in_ratio = [(stricter.face_maybe, usual.face_maybe), (stricter.person, usual.person)];
        assert!(in_ratio.iter().all(|(moved, usual)| (moved / usual - 0.55 / 0.45).abs() < 1e-6), "{in_ratio:?}");
        assert_eq!((stricter.face_veto, stricter.face_agreement), (usual.face_veto, usual.face_agreement));
        let laxer = ReidSettings { body_threshold: Some(0.75), ..ReidSettings::default() }.rules(none);
        assert!((laxer.split_body - (usual.split_body - 0.19)).abs() < 1e-6);
    }

    #[test]
    fn a_networks_own_word_comes_after_the_settings_and_before_the_usual() {
        let networks = NetworkScales { face: Some(0.6), face_width: Some(30.0), body: Some(0.7) };
        let rules = ReidSettings::default().rules(networks);
        assert_eq!((rules.face_join, rules.body_join, rules.face_exemplar_width_px), (0.6, 0.7, 30.0));
        let given = ReidSettings { body_threshold: Some(0.8), ..ReidSettings::default() }.rules(networks);
        assert_eq!((given.face_join, given.body_join), (0.6, 0.8));
    }
}
