//! Who asks: judged before routing, from the head alone, for everything under `/api`. Never reads a body.
//!
//! A trusted proxy's SSO header wins over a bearer token. The proxy is trusted by its address, and by its secret where one is
//! set. Mutations that a browser carries credentials for by itself are refused when they come from another site.

mod cross_site;
mod session;

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, HeaderName, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use ipnet::IpNet;
use iris_domain::Timestamp;
use iris_runtime::Secret;
use serde::Serialize;
use subtle::ConstantTimeEq;
use utoipa::ToSchema;

use crate::app::App;
use crate::config::GatewaySettings;
use crate::error::ApiError;
use crate::server::Peer;
use crate::time::wall_now;

pub use session::farewell;

/// With `sso_proxy_secret`, the header in which the proxy proves itself.
const PROXY_SECRET: HeaderName = HeaderName::from_static("x-iris-proxy-secret");

/// How a principal was recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// By a trusted proxy's header.
    Sso,
    /// By the API key.
    ApiKey,
    /// Not at all; authentication is off.
    Anonymous,
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Principal {
    /// The e-mail address that the proxy gave.
    #[schema(example = "ada@example.org")]
    pub email: Option<String>,
    /// The name that the proxy gave.
    #[schema(example = "Ada")]
    pub name: Option<String>,
    /// How it was recognised.
    pub via: Via,
}

impl Principal {
    /// How a ledger names them.
    pub fn signature(&self) -> String {
        let unnamed = || match self.via {
            Via::Sso => "sso".to_owned(),
            Via::ApiKey => "api key".to_owned(),
            Via::Anonymous => "anonymous".to_owned(),
        };
        self.email.clone().or_else(|| self.name.clone()).unwrap_or_else(unnamed)
    }

    fn nameless(via: Via) -> Self {
        Self { email: None, name: None, via }
    }
}

/// Handlers that want to know who asks take a [`Principal`]; under `/api` there always is one.
impl<S: Send + Sync> FromRequestParts<S> for Principal {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let principal = parts.extensions.get::<Self>().cloned();
        principal.ok_or_else(|| ApiError::Internal("a route outside /api asked for the principal".to_owned()))
    }
}

/// The settings of authentication, ready to be applied.
pub struct Auth {
    required: bool,
    api_key: Option<Secret>,
    email_header: HeaderName,
    name_header: HeaderName,
    proxy_secret: Option<Secret>,
    trusted_proxies: Vec<IpNet>,
    allowed_origins: Vec<String>,
}

impl Auth {
    /// Prepares what the settings say.
    ///
    /// # Errors
    /// A header's name is none; the settings' own check finds that earlier.
    pub fn new(settings: &GatewaySettings) -> anyhow::Result<Self> {
        Ok(Self {
            required: settings.auth_required,
            api_key: settings.api_key.clone(),
            email_header: HeaderName::try_from(&settings.sso_email_header)?,
            name_header: HeaderName::try_from(&settings.sso_user_header)?,
            proxy_secret: settings.sso_proxy_secret.clone(),
            trusted_proxies: settings.trusted_proxies.clone(),
            allowed_origins: settings.allowed_origins.clone(),
        })
    }

    /// Whether the headers that only a proxy may set are believed from this peer.
    pub fn trusts(&self, peer: Option<IpAddr>) -> bool {
        peer.is_some_and(|peer| self.trusted_proxies.iter().any(|network| network.contains(&peer)))
    }

    /// Recognises who asks.
    fn principal(&self, headers: &HeaderMap, trusted_peer: bool) -> Result<Principal, ApiError> {
        let authorization = single(headers, &header::AUTHORIZATION)?;
        if trusted_peer && let Some(principal) = self.sso(headers)? {
            return Ok(principal);
        }
        let token = authorization.as_deref().and_then(bearer);
        match (token, self.required) {
            (Some(token), _) if self.is_the_key(token) => Ok(Principal::nameless(Via::ApiKey)),
            (None, _) if self.has_session(headers) => Ok(Principal::nameless(Via::ApiKey)),
            (_, false) => Ok(Principal::nameless(Via::Anonymous)),
            (Some(_), true) => Err(ApiError::Unauthenticated("Invalid API key.")),
            (None, true) => Err(ApiError::Unauthenticated("Authentication required.")),
        }
    }

    /// What a trusted proxy says, if it says something and knows the secret.
    fn sso(&self, headers: &HeaderMap) -> Result<Option<Principal>, ApiError> {
        let email = single(headers, &self.email_header)?;
        let name = single(headers, &self.name_header)?;
        let secret = single(headers, &PROXY_SECRET)?.unwrap_or_default();
        let proven = self.proxy_secret.as_ref().is_none_or(|wanted| equal(wanted, &secret));
        Ok(email.filter(|_| proven).map(|email| Principal { email: Some(email), name, via: Via::Sso }))
    }

    /// Whether the request carries the key itself, which no other site's page could make a browser do.
    fn carries_the_key(&self, headers: &HeaderMap) -> bool {
        let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        authorization.and_then(bearer).is_some_and(|token| self.is_the_key(token))
    }

    fn has_session(&self, headers: &HeaderMap) -> bool {
        self.api_key.as_ref().is_some_and(|key| session::holds(key, headers, wall_now()))
    }

    /// A new session's cookie, for whoever carries the key.
    pub fn session_for(&self, headers: &HeaderMap, now: Timestamp, secure: bool) -> Option<String> {
        let key = self.api_key.as_ref().filter(|_| self.carries_the_key(headers))?;
        Some(session::cookie(key, now, secure))
    }

    fn is_the_key(&self, token: &str) -> bool {
        self.api_key.as_ref().is_some_and(|key| equal(key, token))
    }
}

/// In a time that does not depend on where the two differ.
fn equal(secret: &Secret, given: &str) -> bool {
    secret.expose().as_bytes().ct_eq(given.as_bytes()).into()
}

/// A header's trimmed value, `None` when it is absent or empty. Two of a header that decides who asks are refused: the proxy and
/// this program might each read another one.
fn single(headers: &HeaderMap, name: &HeaderName) -> Result<Option<String>, ApiError> {
    let mut values = headers.get_all(name).iter();
    let value = values.next();
    if values.next().is_some() {
        return Err(ApiError::BadRequest(format!("The header {name} was sent more than once.")));
    }
    let text = value.map(|value| String::from_utf8_lossy(value.as_bytes()).trim().to_owned());
    Ok(text.filter(|text| !text.is_empty()))
}

/// The token of `Bearer <token>`; other schemes are none of ours.
fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim()).filter(|token| !token.is_empty())
}

/// The address at the other end of the request's connection.
pub fn peer_of(request: &Request) -> Option<IpAddr> {
    peer(request.extensions())
}

/// An IPv4 client of a socket for both families shows as IPv6; the settings mean the address itself.
fn peer(extensions: &Extensions) -> Option<IpAddr> {
    extensions.get::<Peer>().map(|peer| peer.0.ip().to_canonical())
}

/// Whether the peer's word on how the browser reached it counts.
#[derive(Debug, Clone, Copy)]
pub struct FromTrustedPeer(bool);

impl FromRequestParts<Arc<App>> for FromTrustedPeer {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Self::Rejection> {
        Ok(Self(app.auth.trusts(peer(&parts.extensions))))
    }
}

impl FromTrustedPeer {
    /// Whether the browser speaks HTTPS with the proxy.
    pub fn by_https(self, headers: &HeaderMap) -> bool {
        self.0 && headers.get("x-forwarded-proto").is_some_and(|scheme| scheme == "https")
    }
}

/// Lets a request under `/api` pass when it is known who asks and that nobody was tricked into asking.
pub async fn authenticate(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    if is_api(request.uri().path()) {
        match admit(&app.auth, &request) {
            Ok(principal) => request.extensions_mut().insert(principal),
            Err(refusal) => return refusal.into_response(),
        };
    }
    next.run(request).await
}

/// Whether a path belongs to the API.
pub fn is_api(path: &str) -> bool {
    path == "/api" || path.starts_with("/api/")
}

fn admit(auth: &Auth, request: &Request) -> Result<Principal, ApiError> {
    let trusted_peer = auth.trusts(peer_of(request));
    let principal = auth.principal(request.headers(), trusted_peer)?;
    // A page of another site cannot know the API key; cookies, the proxy's and ours, it gets for free.
    let by_key = principal.via == Via::ApiKey && auth.carries_the_key(request.headers());
    if !by_key && cross_site::is_mutation(request) {
        cross_site::check(request, trusted_peer, &auth.allowed_origins)?;
    }
    Ok(principal)
}

#[cfg(test)]
mod tests;
