//! The table `[ingest]` of the settings.

use garde::Validate;
use iris_runtime::Settings;
use serde::{Deserialize, Serialize};

/// How ingest records and looks.
#[derive(Debug, Clone, Serialize, Deserialize, Validate)]
#[serde(default)]
pub struct IngestSettings {
    /// How long recorded segments are kept in the buffer, in seconds. Clips reach back no further than this.
    #[garde(range(min = 60, max = 7 * 24 * 3600))]
    pub segment_retention_seconds: u64,
    /// Pictures of one camera that may be out for detection at a time.
    #[garde(range(min = 1, max = 16))]
    pub frames_in_flight: usize,
    /// Longer side of live pictures, in pixels; cameras with smaller pictures are shown as they are.
    #[garde(range(min = 160, max = 3840))]
    pub live_side_max: u32,
    /// JPEG quality of live pictures, 1 to 100.
    #[garde(range(min = 1, max = 100))]
    pub live_jpeg_quality: u8,
    /// How long connecting to a camera may take, in seconds.
    #[garde(range(min = 1, max = 60))]
    pub open_timeout_seconds: u64,
    /// A camera that sends nothing for this long is connected again, in seconds.
    #[garde(range(min = 2, max = 120))]
    pub stall_timeout_seconds: u64,
    /// Whether anybody is cut out of the pictures to be known again, where a camera wants it.
    #[garde(skip)]
    pub biometrics_enabled: bool,
}

impl Default for IngestSettings {
    fn default() -> Self {
        Self {
            segment_retention_seconds: 600,
            frames_in_flight: 2,
            live_side_max: 1280,
            live_jpeg_quality: 80,
            open_timeout_seconds: 10,
            stall_timeout_seconds: 10,
            biometrics_enabled: true,
        }
    }
}

impl Settings for IngestSettings {
    const TABLE: &'static str = "ingest";
}
