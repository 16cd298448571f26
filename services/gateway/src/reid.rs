//! What the gateway asks of the re-ID service: what a photo shows, who looks like it, and to take in a correction at once. And the
//! switch that turns everything biometric off.

use std::time::Duration;

use bytes::Bytes;
use iris_bus::message::{EmbedReply, EmbedRequest, Embedded, ReloadRequest, SearchRequest, SearchRow};
use iris_bus::{AskError, topic};

use crate::app::App;
use crate::error::ApiError;
use crate::upload;

/// The networks take a second over a photo on a slow CPU, and other photos and crops may stand before it.
const EMBED_WITHIN: Duration = Duration::from_secs(10);
/// A search of a hundred thousand vectors takes milliseconds; whoever takes longer hangs.
const SEARCH_WITHIN: Duration = Duration::from_secs(4);
/// The leader looks for corrections by itself twice a second; it is told of them only so that they hold at once.
const RELOAD_WITHIN: Duration = Duration::from_secs(2);

impl App {
    /// Whether faces and appearances may be read and compared.
    ///
    /// # Errors
    /// 503 when they are switched off.
    pub fn biometrics(&self) -> Result<(), ApiError> {
        if self.settings.biometrics_enabled {
            return Ok(());
        }
        let detail = "Biometrics are switched off here (`biometrics_enabled`).";
        Err(ApiError::unavailable(detail, "a setting"))
    }

    /// What the networks say of a photo.
    ///
    /// # Errors
    /// 503 when no re-ID node answers or its models are not there, 400 when it cannot read the photo either.
    pub async fn embed(&self, jpeg: Bytes) -> Result<Embedded, ApiError> {
        let request = EmbedRequest { jpeg };
        let asked = self.bus.ask(topic::ASK_REID_EMBED, topic::ANY, &request, EMBED_WITHIN).await;
        match asked.map_err(away)? {
            EmbedReply::Embedded(embedded) => Ok(embedded),
            EmbedReply::Unreadable => Err(upload::undecodable()),
            EmbedReply::Unavailable(reason) => {
                Err(ApiError::unavailable(format!("The photo cannot be recognised: {reason}"), reason))
            }
        }
    }

    /// Who looks most like this.
    ///
    /// # Errors
    /// 503 when the leader of re-ID does not answer.
    pub async fn most_similar(&self, request: &SearchRequest) -> Result<Vec<SearchRow>, ApiError> {
        let asked = self.bus.ask(topic::ASK_REID_SEARCH, topic::LEADER, request, SEARCH_WITHIN).await;
        Ok(asked.map_err(away)?.rows)
    }

    /// Tells the leader of re-ID that something was corrected. Nobody waits for it.
    pub fn corrected(&self) {
        let bus = self.bus.clone();
        self.tasks.spawn("tell of a correction", async move {
            let told = bus.ask(topic::ASK_REID_RELOAD, topic::LEADER, &ReloadRequest, RELOAD_WITHIN).await;
            if let Err(error) = told {
                tracing::debug!("the leader of re-ID was not told of a correction: {error}");
            }
        });
    }
}

fn away(error: AskError) -> ApiError {
    let detail = match error {
        AskError::NobodyThere => "No re-ID service is running.",
        AskError::Late => "The re-ID service did not answer in time.",
        AskError::Disconnected => "The message bus is not available.",
        AskError::Malformed => "The re-ID service gave an answer that cannot be read.",
    };
    ApiError::unavailable(detail, error)
}
