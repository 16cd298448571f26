//! The REST API as a test speaks it: with the key, JSON in and out, and a failure text that has the answer's body.

use std::time::Duration;

use anyhow::{Context, bail};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::Value;

/// The contract promises an answer within 5 s even with a dependency down; nothing legitimate takes twice that.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// A client of one gateway.
#[derive(Clone)]
pub struct Api {
    base: String,
    key: String,
    client: Client,
}

impl Api {
    /// A client for the gateway at `base` (`http://127.0.0.1:<port>`) that sends `key` with every request.
    ///
    /// # Errors
    /// The HTTP client cannot be built.
    pub fn new(base: impl Into<String>, key: impl Into<String>) -> anyhow::Result<Self> {
        let client = Client::builder().connect_timeout(ANSWER_WITHIN).read_timeout(ANSWER_WITHIN).no_proxy();
        let client = client.build().context("build the HTTP client")?;
        Ok(Self { base: base.into(), key: key.into(), client })
    }

    /// The absolute address of a path, for programs that fetch it themselves.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// A request with the key in it, to be completed and sent by the caller; for tests of headers, ranges and refusals.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, self.url(path)).bearer_auth(&self.key)
    }

    /// `GET`, whatever the status.
    ///
    /// # Errors
    /// No answer.
    pub async fn get(&self, path: &str) -> anyhow::Result<Response> {
        send(self.request(Method::GET, path)).await
    }

    /// `GET` of a JSON resource.
    ///
    /// # Errors
    /// No answer, a status other than 2xx, or a body that is not JSON.
    pub async fn get_json(&self, path: &str) -> anyhow::Result<Value> {
        json(self.request(Method::GET, path)).await
    }

    /// `GET` of media.
    ///
    /// # Errors
    /// No answer, or a status other than 2xx.
    pub async fn get_bytes(&self, path: &str) -> anyhow::Result<Vec<u8>> {
        let response = succeeded(send(self.request(Method::GET, path)).await?).await?;
        Ok(response.bytes().await.with_context(|| format!("read {path}"))?.into())
    }

    /// `POST` with a JSON body, answered with JSON.
    ///
    /// # Errors
    /// As [`get_json`](Self::get_json).
    pub async fn post_json(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        json(self.request(Method::POST, path).json(body)).await
    }

    /// `PUT` with a JSON body, answered with JSON.
    ///
    /// # Errors
    /// As [`get_json`](Self::get_json).
    pub async fn put_json(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        json(self.request(Method::PUT, path).json(body)).await
    }

    /// `DELETE`, answered with no body.
    ///
    /// # Errors
    /// No answer, or a status other than 2xx.
    pub async fn delete(&self, path: &str) -> anyhow::Result<()> {
        succeeded(send(self.request(Method::DELETE, path)).await?).await.map(drop)
    }
}

async fn json(request: RequestBuilder) -> anyhow::Result<Value> {
    let response = succeeded(send(request).await?).await?;
    let url = response.url().clone();
    response.json().await.with_context(|| format!("read JSON from {url}"))
}

async fn send(request: RequestBuilder) -> anyhow::Result<Response> {
    request.send().await.context("ask the gateway")
}

async fn succeeded(response: Response) -> anyhow::Result<Response> {
    let (status, url) = (response.status(), response.url().clone());
    if status.is_success() {
        return Ok(response);
    }
    let body = response.text().await.unwrap_or_default();
    bail!("{url} answered {status}: {body}")
}
