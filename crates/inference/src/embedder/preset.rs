//! How the schools of re-identification feed their networks. Nothing in a file says which it wants, and one fed wrongly
//! still answers, only worse; so what can be told from its graph is told, and the settings have the last word.

use serde::{Deserialize, Serialize};

use crate::choice::{Choice, named};
use crate::model_file::Graph;
use crate::pixels::{ChannelOrder, Fit, Normalisation, Preprocessor, Recipe, Size};

/// What a network wants of its crops, all stretched to its input and in RGB; the text is what settings call it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum EmbedderPreset {
    /// `osnet`: 0..1 by ImageNet's mean and deviation, bilinear. Torchreid's networks, OSNet first among them, and the
    /// many that were trained like them.
    OsNet,
    /// `fast-reid`: bytes as they are, bicubic; the network normalises.
    FastReid,
    /// `clip-reid`: -1..1, bilinear. CLIP-ReID, TransReID, SOLIDER.
    ClipReid,
}

named!(EmbedderPreset, UnknownPreset, "embedder preset", {
    OsNet => "osnet",
    FastReid => "fast-reid",
    ClipReid => "clip-reid",
});

/// The settings' word on how to feed an embedder; `auto` tells it from the graph.
pub type EmbedderPresetChoice = Choice<EmbedderPreset>;

/// Input where the model leaves it open: what nearly all were trained at.
pub(super) const INPUT: Size = Size { width: 128, height: 256 };

impl EmbedderPreset {
    /// Of a network that normalises by itself, fast-reid's; of one with attention, that of the transformers; else
    /// OSNet's.
    pub(super) fn of(graph: &Graph) -> Self {
        if graph.normalises {
            Self::FastReid
        } else if graph.attends {
            Self::ClipReid
        } else {
            Self::OsNet
        }
    }

    pub(super) fn preprocessor(self) -> Preprocessor {
        let recipe = |normalisation| Recipe { fit: Fit::Stretch, order: ChannelOrder::Rgb, normalisation, padding: 0 };
        match self {
            Self::OsNet => Preprocessor::new(recipe(Normalisation::IMAGENET)),
            Self::FastReid => Preprocessor::bicubic(recipe(Normalisation::NONE)),
            Self::ClipReid => Preprocessor::new(recipe(Normalisation::SYMMETRIC)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_text_is_read_and_written_alike() {
        for preset in EmbedderPreset::ALL {
            assert_eq!(preset.to_string().parse(), Ok(EmbedderPresetChoice::Named(*preset)));
        }
        assert_eq!(
            "resnet".parse::<EmbedderPresetChoice>().unwrap_err().to_string(),
            "unknown embedder preset `resnet`: auto, or one of osnet, fast-reid, clip-reid"
        );
    }

    #[test]
    fn the_graph_tells_the_school() {
        let graph = |normalises, attends| Graph { normalises, attends, ..Graph::default() };
        assert_eq!(EmbedderPreset::of(&graph(true, false)), EmbedderPreset::FastReid);
        assert_eq!(EmbedderPreset::of(&graph(false, true)), EmbedderPreset::ClipReid);
        assert_eq!(EmbedderPreset::of(&graph(false, false)), EmbedderPreset::OsNet);
    }
}
