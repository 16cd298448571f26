//! The settings' word on what can also be told from a model: `auto`, or a name.

use std::fmt::Display;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// `auto` or one of the names of `T`, in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Choice<T> {
    /// `auto`: told from the model.
    #[default]
    Auto,
    /// The operator knows better; only what would make reading it senseless is still refused.
    Named(T),
}

impl<T: FromStr> FromStr for Choice<T> {
    type Err = T::Err;

    fn from_str(text: &str) -> Result<Self, T::Err> {
        if text.trim().eq_ignore_ascii_case("auto") { Ok(Self::Auto) } else { text.parse().map(Self::Named) }
    }
}

impl<'de, T: FromStr<Err: Display>> Deserialize<'de> for Choice<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl<T: Copy + Into<&'static str>> Serialize for Choice<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self {
            Self::Auto => "auto",
            Self::Named(name) => (*name).into(),
        })
    }
}

/// What has the same few names in settings, in messages and in fingerprints.
macro_rules! named {
    ($type:ident, $unknown:ident, $what:literal, { $($name:ident => $text:literal),+ $(,)? }) => {
        impl $type {
            /// All of them, in the order of the error text.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// What the settings call it.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text),+
                }
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        #[doc = concat!("The settings name a ", $what, " that does not exist.")]
        #[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
        #[error("unknown {what} `{0}`: auto, or one of {names}", what = $what, names = [$($text),+].join(", "))]
        pub struct $unknown(String);

        impl std::str::FromStr for $type {
            type Err = $unknown;

            fn from_str(text: &str) -> Result<Self, $unknown> {
                let wanted = text.trim().to_ascii_lowercase();
                Self::ALL.iter().copied().find(|one| one.as_str() == wanted).ok_or_else(|| $unknown(text.to_owned()))
            }
        }

        impl TryFrom<String> for $type {
            type Error = $unknown;

            fn try_from(text: String) -> Result<Self, $unknown> {
                text.parse()
            }
        }

        impl From<$type> for &'static str {
            fn from(one: $type) -> Self {
                one.as_str()
            }
        }
    };
}

pub(crate) use named;
