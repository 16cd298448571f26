//! A camera's stream address. It holds credentials, so it cannot be printed or serialised: only [`SourceUrl::masked`] may be shown and
//! only [`SourceUrl::expose`] gives it away, where it is really needed (the bus's camera entry, Postgres, the media library).

use std::fmt;

use url::Url;

/// Longest address accepted, in characters.
const LENGTH_MAX: usize = 2048;

/// Query parameters whose values are credentials, compared without case.
const CREDENTIAL_PARAMETERS: [&str; 16] = [
    "user", "username", "usr", "login", "account", "password", "passwd", "pass", "pwd", "pw", "token", "key", "apikey",
    "api_key", "auth", "secret",
];

/// The address of a camera's stream, checked.
#[derive(Clone, PartialEq, Eq)]
pub struct SourceUrl(String);

/// Why an address was refused; never repeats the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSourceUrl {
    /// Longer than 2048 characters.
    #[error("the address is longer than {LENGTH_MAX} characters")]
    TooLong,
    /// Holds spaces or control characters.
    #[error("the address holds a space or a control character; percent-encode it")]
    Character,
    /// Not of the form scheme://host/path.
    #[error("the address is not a URL such as rtsp://user:password@host:554/path; percent-encode / ? # in a password")]
    Malformed,
    /// A scheme that cameras do not use, or that a media library would interpret.
    #[error("the scheme must be rtsp, rtsps, rtmp, http or https")]
    Scheme,
    /// No host, or port 0.
    #[error("the address needs a host, and a port between 1 and 65535 if it names one")]
    Host,
    /// Masked addresses are for showing only.
    #[error("give the full address: *** stands for hidden credentials")]
    Masked,
}

impl SourceUrl {
    /// Checks an address. `file` URLs pass only where `allow_file` says so.
    pub fn parse(text: &str, allow_file: bool) -> Result<Self, InvalidSourceUrl> {
        use InvalidSourceUrl as Refused;
        let text = text.trim();
        if text.chars().count() > LENGTH_MAX {
            return Err(Refused::TooLong);
        }
        if text.contains("***") {
            return Err(Refused::Masked);
        }
        if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(Refused::Character);
        }
        let (scheme, rest) = text.split_once("://").ok_or(Refused::Malformed)?;
        match scheme.to_ascii_lowercase().as_str() {
            "rtsp" | "rtsps" | "rtmp" | "http" | "https" => check_authority(text, rest)?,
            "file" if allow_file && rest.starts_with('/') => {}
            _ => return Err(Refused::Scheme),
        }
        Ok(Self(text.to_owned()))
    }

    /// The address with its credentials, for the few places that connect or store.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The scheme in lower case.
    pub fn scheme(&self) -> String {
        self.0.split("://").next().unwrap_or_default().to_ascii_lowercase()
    }

    /// The address fit to be shown: user information and the values of credential parameters become `***`.
    pub fn masked(&self) -> String {
        let Some((scheme, rest)) = self.0.split_once("://") else { return "***".to_owned() };
        let authority_end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at(authority_end);
        let host = match authority.rsplit_once('@') {
            Some((_, host)) => format!("***@{host}"),
            None => authority.to_owned(),
        };
        format!("{scheme}://{host}{}", mask_query(tail))
    }
}

/// What follows the scheme must be an authority with a host and a usable port. `url` alone would accept a password that holds
/// a raw `/`, and take what comes before it for the host.
fn check_authority(whole: &str, rest: &str) -> Result<(), InvalidSourceUrl> {
    use InvalidSourceUrl as Refused;
    let authority_end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(authority_end);
    let path_end = tail.find(['?', '#']).unwrap_or(tail.len());
    // An `@` in the path after an authority with a colon is nearly always a password with a raw slash.
    if !authority.contains('@') && authority.contains(':') && tail.contains('@') && !port_is_number(authority) {
        return Err(Refused::Malformed);
    }
    if tail[path_end..].contains('#') {
        return Err(Refused::Malformed);
    }
    let url = Url::parse(whole).map_err(|error| match error {
        url::ParseError::EmptyHost | url::ParseError::InvalidPort => Refused::Host,
        _ => Refused::Malformed,
    })?;
    if url.host_str().is_none_or(str::is_empty) || url.port() == Some(0) {
        return Err(Refused::Host);
    }
    Ok(())
}

fn port_is_number(authority: &str) -> bool {
    authority.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok())
}

fn mask_query(tail: &str) -> String {
    let Some((path, query)) = tail.split_once('?') else { return tail.to_owned() };
    let mut masked = format!("{path}?");
    let mut rest = query;
    loop {
        let end = rest.find(['&', ';']).unwrap_or(rest.len());
        masked.push_str(&mask_parameter(&rest[..end]));
        if end == rest.len() {
            return masked;
        }
        masked.push_str(&rest[end..=end]);
        rest = &rest[end + 1..];
    }
}

fn mask_parameter(parameter: &str) -> String {
    let Some((name, _)) = parameter.split_once('=') else { return parameter.to_owned() };
    let decoded = percent_encoding::percent_decode_str(name).decode_utf8_lossy().to_lowercase();
    if CREDENTIAL_PARAMETERS.contains(&decoded.as_str()) { format!("{name}=***") } else { parameter.to_owned() }
}

/// Prints the masked address.
impl fmt::Debug for SourceUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SourceUrl({})", self.masked())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hides_every_credential_and_keeps_the_host() {
        for (url, masked) in [
            ("rtsp://user:pass@host/s", "rtsp://***@host/s"),
            ("rtsp://u:p@ss@10.0.0.1:554/a?x=1", "rtsp://***@10.0.0.1:554/a?x=1"),
            ("http://host/s?user=a&PASSWORD=b;Token=c&ch=2", "http://host/s?user=***&PASSWORD=***;Token=***&ch=2"),
            ("rtsp://host/s", "rtsp://host/s"),
        ] {
            let parsed = SourceUrl::parse(url, false).unwrap();
            assert_eq!(parsed.masked(), masked);
            assert!(!format!("{parsed:?}").contains("pass"));
        }
    }

    #[test]
    fn refuses_what_is_no_camera() {
        use InvalidSourceUrl as R;
        for (url, why) in [
            ("", R::Malformed),
            ("host/stream", R::Malformed),
            ("file:///etc/passwd", R::Scheme),
            ("concat://a|b", R::Scheme),
            ("pipe:0", R::Malformed),
            ("ftp://host/x", R::Scheme),
            ("rtsp:///stream", R::Host),
            ("rtsp://host:0/s", R::Host),
            ("rtsp://host:99999/s", R::Host),
            ("rtsp://***@host/s", R::Masked),
            ("rtsp://u:a/b@host/s", R::Malformed),
            ("rtsp://u:a#b@host/s", R::Malformed),
            ("rtsp://u:a?b@host/s", R::Malformed),
            ("rtsp://ho st/s", R::Character),
        ] {
            assert_eq!(SourceUrl::parse(url, false).unwrap_err(), why, "{url}");
        }
        assert_eq!(SourceUrl::parse(&format!("rtsp://h/{}", "a".repeat(2048)), false).unwrap_err(), R::TooLong);
    }

    #[test]
    fn opens_files_only_where_allowed() {
        assert!(SourceUrl::parse("file:///footage/a.mp4", true).is_ok());
        assert!(SourceUrl::parse("file://host/a.mp4", true).is_err());
    }
}
