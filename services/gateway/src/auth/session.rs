//! The session: a short-lived cookie that is given for the API key, because a browser fetches pictures and videos without the key.
//!
//! Nothing is kept: the cookie says until when it holds, and a code over that, keyed with the API key, proves who wrote it. So any
//! number of gateways honour it, and another key ends all sessions. It does not prolong itself: only the key buys a new one.

use std::time::Duration;

use axum::http::{HeaderMap, header};
use hmac::{Hmac, KeyInit, Mac};
use iris_domain::Timestamp;
use iris_runtime::Secret;
use sha2::Sha256;

/// The cookie's name.
const NAME: &str = "iris_session";
/// Long enough that a page which renews it now and then never shows a broken picture, short enough for a browser left open.
const LIFETIME: Duration = Duration::from_secs(15 * 60);
/// So that no other code over the same key can be taken for a session's.
const PURPOSE: &str = "iris session until ";

/// The `Set-Cookie` of a new session.
pub fn cookie(key: &Secret, now: Timestamp, secure: bool) -> String {
    let until = now.as_millis() / 1000 + LIFETIME.as_secs() as i64;
    let code = hex(&code_of(key, until).finalize().into_bytes());
    written(&format!("{until}.{code}"), LIFETIME, secure)
}

/// The `Set-Cookie` that ends a session in this browser.
pub fn farewell(secure: bool) -> String {
    written("", Duration::ZERO, secure)
}

/// Not for scripts, not for other sites' pages, for the API only.
fn written(value: &str, lifetime: Duration, secure: bool) -> String {
    let secure = if secure { "; Secure" } else { "" };
    format!("{NAME}={value}; Path=/api; Max-Age={}; HttpOnly; SameSite=Strict{secure}", lifetime.as_secs())
}

/// Whether a request carries a session that holds.
pub fn holds(key: &Secret, headers: &HeaderMap, now: Timestamp) -> bool {
    values(headers).any(|value| is_valid(key, value, now))
}

fn values(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let pairs =
        headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok()).flat_map(|line| line.split(';'));
    pairs.filter_map(|pair| pair.trim().split_once('=')).filter(|(name, _)| *name == NAME).map(|(_, value)| value)
}

fn is_valid(key: &Secret, value: &str, now: Timestamp) -> bool {
    let Some((until, code)) = value.split_once('.') else { return false };
    let (Ok(until), Some(code)) = (until.parse::<i64>(), unhex(code)) else { return false };
    // In a time that does not depend on where the two differ.
    until > now.as_millis() / 1000 && code_of(key, until).verify_slice(&code).is_ok()
}

fn code_of(key: &Secret, until: i64) -> Hmac<Sha256> {
    let mut code = Hmac::<Sha256>::new_from_slice(key.expose().as_bytes()).expect("a key may have any length");
    code.update(PURPOSE.as_bytes());
    code.update(until.to_string().as_bytes());
    code
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    let pairs = digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
    if digits.len().is_multiple_of(2) { pairs.collect() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    /// The headers of a browser that was given this cookie among others.
    fn carrying(cookie: &str) -> HeaderMap {
        let pair = cookie.split(';').next().unwrap();
        HeaderMap::from_iter([(header::COOKIE, HeaderValue::try_from(format!("theme=dark; {pair}; last=1")).unwrap())])
    }

    #[test]
    fn a_session_holds_for_a_quarter_of_an_hour() {
        let key = Secret::new("right-key");
        let given = cookie(&key, at("2026-11-23T02:00:00Z"), false);
        for (now, wanted) in [("02:00:01Z", true), ("02:14:59Z", true), ("02:15:00Z", false), ("03:00:00Z", false)] {
            assert_eq!(holds(&key, &carrying(&given), at(&format!("2026-11-23T{now}"))), wanted, "{now}");
        }
        assert!(!holds(&Secret::new("other-key"), &carrying(&given), at("2026-11-23T02:00:01Z")));
        assert!(!holds(&key, &HeaderMap::new(), at("2026-11-23T02:00:01Z")));
    }

    #[test]
    fn nobody_prolongs_or_invents_one() {
        let key = Secret::new("right-key");
        let given = cookie(&key, at("2026-11-23T02:00:00Z"), false);
        let value = given.split(';').next().unwrap().strip_prefix("iris_session=").unwrap();
        let (until, code) = value.split_once('.').unwrap();
        let later = until.parse::<i64>().unwrap() + 60;
        for forged in [
            format!("{later}.{code}"),
            format!("{until}."),
            format!("{until}.00"),
            format!("{until}.{code}0"),
            until.to_owned(),
        ] {
            assert!(!holds(&key, &carrying(&format!("iris_session={forged}")), at("2026-11-23T02:00:01Z")), "{forged}");
        }
    }

    #[test]
    fn no_script_and_no_other_site_gets_hold_of_it() {
        let key = Secret::new("right-key");
        let given = cookie(&key, at("2026-11-23T02:00:00Z"), true);
        assert!(given.ends_with("; Path=/api; Max-Age=900; HttpOnly; SameSite=Strict; Secure"), "{given}");
        assert!(!cookie(&key, at("2026-11-23T02:00:00Z"), false).contains("Secure"));
        assert_eq!(farewell(false), "iris_session=; Path=/api; Max-Age=0; HttpOnly; SameSite=Strict");
    }
}
