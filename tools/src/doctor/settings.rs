//! The services' settings, read as they read them.

use std::path::Path;

use iris_detect::DetectSettings;
use iris_gateway::GatewaySettings;
use iris_ingest::IngestSettings;
use iris_notify::NotifySettings;
use iris_recorder::RecorderSettings;
use iris_reid::ReidSettings;
use iris_runtime::Settings;
use iris_runtime::settings::{CommonSettings, Loaded};

use super::Finding;
use crate::surroundings;

const AREA: &str = "settings";

/// The services that are looked at, each with its settings where they have no mistake.
#[derive(Debug, Default)]
pub struct Chosen {
    /// What they share: of the first that could be read.
    pub common: CommonSettings,
    /// The names, in the order of their ports.
    pub names: Vec<&'static str>,
    /// The gateway's.
    pub gateway: Option<Loaded<GatewaySettings>>,
    /// Ingest's.
    pub ingest: Option<Loaded<IngestSettings>>,
    /// Detect's.
    pub detect: Option<Loaded<DetectSettings>>,
    /// The recorder's.
    pub recorder: Option<Loaded<RecorderSettings>>,
    /// Re-ID's.
    pub reid: Option<Loaded<ReidSettings>>,
    /// Notify's.
    pub notify: Option<Loaded<NotifySettings>>,
}

impl Chosen {
    /// Reads them; none named is all.
    pub fn read(names: &[String], config: Option<&Path>) -> (Self, Vec<Finding>) {
        let mut reading = Reading { wanted: names, config, chosen: Self::default(), findings: Vec::new() };
        let gateway = reading.read::<GatewaySettings>();
        let ingest = reading.read::<IngestSettings>();
        let detect = reading.read::<DetectSettings>();
        let recorder = reading.read::<RecorderSettings>();
        let reid = reading.read::<ReidSettings>();
        let notify = reading.read::<NotifySettings>();
        let Reading { chosen, mut findings, .. } = reading;
        let chosen = Self { gateway, ingest, detect, recorder, reid, notify, ..chosen };
        if findings.is_empty() {
            let from = config
                .map_or_else(|| "the environment".to_owned(), |file| format!("{} and the environment", file.display()));
            findings.push(Finding::ok(AREA, format!("{}: read from {from}", chosen.names.join(", "))));
        }
        (chosen, findings)
    }
}

struct Reading<'a> {
    wanted: &'a [String],
    config: Option<&'a Path>,
    chosen: Chosen,
    findings: Vec<Finding>,
}

impl Reading<'_> {
    fn read<S: Settings>(&mut self) -> Option<Loaded<S>> {
        if !self.wanted.is_empty() && !self.wanted.iter().any(|name| name == S::TABLE) {
            return None;
        }
        let first = self.chosen.names.is_empty();
        self.chosen.names.push(S::TABLE);
        match surroundings::load::<S>(self.config) {
            Ok(loaded) => {
                if first || self.chosen.common.data_dir != loaded.common.data_dir {
                    self.chosen.common = loaded.common.clone();
                }
                Some(loaded)
            }
            Err(mistakes) => {
                let remedy = format!("mend them (docs/settings.md); iris-{} --check shows what is in force", S::TABLE);
                self.findings.push(Finding::fault(AREA, format!("{}: {mistakes}", S::TABLE), remedy));
                None
            }
        }
    }
}
