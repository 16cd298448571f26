//! Answers what the networks say of a photo: any node can, so all of them share the questions. Who is enrolled or searched for by it
//! is the asker's business.

use anyhow::Context as _;
use iris_bus::message::{EmbedReply, EmbedRequest};
use iris_bus::{Bus, Question, topic};
use iris_runtime::CancellationToken;
use tracing::warn;

use crate::embedding::Networks;

/// Answers until told to stop.
///
/// # Errors
/// The bus is closed.
pub async fn answer(bus: &Bus, networks: &Networks, stop: &CancellationToken) -> anyhow::Result<()> {
    let mut questions = bus.all_questions(topic::ASK_REID_EMBED, topic::REID_GROUP).await?;
    while let Some(question) = stop.run_until_cancelled(questions.next()).await {
        answer_one(networks, question.context("the bus was closed")?).await;
    }
    Ok(())
}

/// Answers every question with why nobody looks.
///
/// # Errors
/// The bus is closed.
pub async fn refuse(bus: &Bus, reason: &str, stop: &CancellationToken) -> anyhow::Result<()> {
    let mut questions = bus.all_questions(topic::ASK_REID_EMBED, topic::REID_GROUP).await?;
    while let Some(question) = stop.run_until_cancelled(questions.next()).await {
        question.context("the bus was closed")?.answer(&EmbedReply::Unavailable(reason.to_owned())).await;
    }
    Ok(())
}

async fn answer_one(networks: &Networks, question: Question<EmbedRequest, EmbedReply>) {
    let reply = match networks.photo(question.body.jpeg.clone()).await {
        Ok(reply) => reply,
        Err(error) => {
            warn!("a photo could not be looked at: {error:#}");
            EmbedReply::Unavailable("the networks failed; the log of the re-ID service says why".to_owned())
        }
    };
    metrics::counter!("iris_reid_photos_total").increment(1);
    question.answer(&reply).await;
}
