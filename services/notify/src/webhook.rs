//! Tells a target by HTTP, signed as Standard Webhooks say (standardwebhooks.com): any of their libraries checks it. An answer is its
//! status and nothing else; its body is not read, and it leads nowhere else.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use iris_runtime::SecretUrl;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use standardwebhooks::{HEADER_WEBHOOK_ID, HEADER_WEBHOOK_SIGNATURE, HEADER_WEBHOOK_TIMESTAMP};

use crate::config::WebhookSettings;
use crate::delivering::Sent;
use crate::message::Message;

/// Connecting, TLS included.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// All of it, up to the answer's status.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// The standard wants 24 to 64.
const SECRET_BYTES_MIN: usize = 24;

/// An HTTP server that is told of visits.
pub struct Webhook {
    url: SecretUrl,
    signer: standardwebhooks::Webhook,
    client: Client,
}

impl Webhook {
    /// Reads the secret.
    pub fn open(settings: &WebhookSettings, version: &str) -> anyhow::Result<Self> {
        let file = &settings.secret_file;
        let secret = std::fs::read_to_string(file).with_context(|| format!("read its secret `{}`", file.display()))?;
        let client = Client::builder()
            .user_agent(format!("iris/{version}"))
            .https_only(!settings.allow_insecure)
            .redirect(Policy::none())
            .connect_timeout(CONNECT_WITHIN)
            .timeout(ANSWER_WITHIN)
            .build()
            .context("build the HTTP client")?;
        let signer = signer(secret.trim()).with_context(|| format!("its secret `{}`", file.display()))?;
        Ok(Self { url: settings.url.clone(), signer, client })
    }

    /// Sends a message.
    pub async fn send(&self, message: &Message) -> Sent {
        match self.post(message).await {
            Ok(answer) => judge(&answer),
            // The error's own words have the address, and in it perhaps a key.
            Err(error) if error.is_connect() => Sent::Refused(chain(error.without_url()), None),
            Err(error) => Sent::Lost(chain(error.without_url())),
        }
    }

    async fn post(&self, message: &Message) -> reqwest::Result<Response> {
        let seconds = message.written.as_millis() / 1000;
        let signature = self.signer.sign(&message.id, seconds, message.body.as_bytes()).expect("JSON is UTF-8");
        let request = self.client.post(self.url.expose()).header(CONTENT_TYPE, "application/json");
        let request =
            request.header(HEADER_WEBHOOK_ID, &message.id).header(HEADER_WEBHOOK_TIMESTAMP, seconds.to_string());
        request.header(HEADER_WEBHOOK_SIGNATURE, signature).body(message.body.clone()).send().await
    }
}

fn signer(secret: &str) -> anyhow::Result<standardwebhooks::Webhook> {
    let text = "is not `whsec_` and base64; make one with: echo whsec_$(openssl rand -base64 32)";
    ensure!(secret.starts_with("whsec_"), text);
    // Four characters of base64 are three bytes.
    ensure!((secret.len() - "whsec_".len()) / 4 * 3 >= SECRET_BYTES_MIN, "is shorter than {SECRET_BYTES_MIN} bytes");
    standardwebhooks::Webhook::new(secret).ok().context(text)
}

fn judge(answer: &Response) -> Sent {
    match answer.status() {
        status if status.is_success() => Sent::Taken,
        StatusCode::GONE => Sent::Unwanted,
        status => {
            let seconds = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
            Sent::Refused(format!("it answers {status}"), seconds.map(Duration::from_secs))
        }
    }
}

/// An error with its causes.
fn chain(error: reqwest::Error) -> String {
    format!("{:#}", anyhow::Error::from(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_that_is_none_is_refused_with_what_to_do() {
        for (secret, why) in [
            ("", "openssl"),
            ("password", "openssl"),
            ("whsec_c2hvcnQ=", "shorter"),
            ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw!", "openssl"),
        ] {
            let refused = signer(secret).err().map(|error| error.to_string());
            assert!(refused.as_ref().is_some_and(|refused| refused.contains(why)), "{secret}: {refused:?}");
        }
        // The example of the standard's own libraries.
        let signed = signer("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signature = signed.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#).unwrap();
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
