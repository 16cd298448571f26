//! One setting's raw value, before its type is known: TOML from the file, or text from the environment.
//! Serde drives it; the wanted type decides how text is read, so `123` is a number for a number and a string for a string.

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{DeserializeOwned, Deserializer, Error as _, IntoDeserializer, Unexpected, Visitor};
use toml::de::Error;

/// A value whose type is decided by the field that takes it.
#[derive(Clone)]
pub(super) enum RawValue {
    /// A value as the settings file has it.
    Toml(toml::Value),
    /// Text of an environment variable or of a secret's file.
    Text(String),
}

impl<'de> IntoDeserializer<'de, Error> for RawValue {
    type Deserializer = Self;
    fn into_deserializer(self) -> Self {
        self
    }
}

/// Methods for types that are one parsed word.
macro_rules! parsed {
    ($($method:ident $visit:ident $type:ty, $wanted:literal;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            match self {
                Self::Toml(value) => value.$method(visitor),
                Self::Text(text) => match text.trim().parse::<$type>() {
                    Ok(value) => visitor.$visit(value),
                    Err(_) => Err(Error::invalid_value(Unexpected::Str(&text), &$wanted)),
                },
            }
        }
    )*};
}

/// Methods for types that are text already.
macro_rules! textual {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            match self {
                Self::Toml(value) => value.$method(visitor),
                Self::Text(text) => visitor.visit_string(text),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for RawValue {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::Toml(value) => value.deserialize_any(visitor),
            Self::Text(text) => match text.parse::<toml::Value>() {
                Ok(value) => value.deserialize_any(visitor),
                Err(_) => visitor.visit_string(text),
            },
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::Toml(value) => value.deserialize_bool(visitor),
            Self::Text(text) => match text.trim() {
                "true" | "1" => visitor.visit_bool(true),
                "false" | "0" => visitor.visit_bool(false),
                other => Err(Error::invalid_value(Unexpected::Str(other), &"true or false")),
            },
        }
    }

    parsed! {
        deserialize_i8 visit_i8 i8, "a whole number from -128 to 127";
        deserialize_i16 visit_i16 i16, "a whole number from -32768 to 32767";
        deserialize_i32 visit_i32 i32, "a whole number of 32 bits";
        deserialize_i64 visit_i64 i64, "a whole number of 64 bits";
        deserialize_u8 visit_u8 u8, "a whole number from 0 to 255";
        deserialize_u16 visit_u16 u16, "a whole number from 0 to 65535";
        deserialize_u32 visit_u32 u32, "a whole number from 0 to 4294967295";
        deserialize_u64 visit_u64 u64, "a whole number, not negative";
        deserialize_f32 visit_f32 f32, "a number";
        deserialize_f64 visit_f64 f64, "a number";
    }

    textual! { deserialize_char deserialize_str deserialize_string deserialize_bytes deserialize_byte_buf deserialize_identifier }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_any(visitor)
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_any(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::Toml(value) => value.deserialize_seq(visitor),
            Self::Text(text) => {
                let words: Vec<_> = text.split(',').map(|word| Self::Text(word.trim().to_owned())).collect();
                visitor.visit_seq(SeqDeserializer::new(words.into_iter()))
            }
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::Toml(value) => value.deserialize_map(visitor),
            Self::Text(text) => match text.parse::<toml::Value>() {
                Ok(value @ toml::Value::Table(_)) => value.deserialize_map(visitor),
                _ => Err(Error::invalid_value(Unexpected::Str(&text), &"an inline TOML table such as { a = 1 }")),
            },
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self {
            Self::Toml(value) => value.deserialize_enum(name, variants, visitor),
            Self::Text(text) => visitor.visit_enum(text.into_deserializer()),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }
}

/// Reads a table of raw values into `T`; calls `unknown` with the path of each key that `T` does not have.
pub(super) fn decode<T: DeserializeOwned>(
    entries: impl Iterator<Item = (String, RawValue)>,
    mut unknown: impl FnMut(String),
) -> Result<T, serde_path_to_error::Error<Error>> {
    let mut note = |path: serde_ignored::Path<'_>| unknown(path.to_string().replace(".?", ""));
    let mut track = serde_path_to_error::Track::new();
    let table = serde_ignored::Deserializer::new(MapDeserializer::new(entries), &mut note);
    T::deserialize(serde_path_to_error::Deserializer::new(table, &mut track))
        .map_err(|error| serde_path_to_error::Error::new(track.path(), error))
}

/// The keys that the struct `T` takes, as serde knows them (with aliases).
pub(super) fn field_names<T: DeserializeOwned>() -> &'static [&'static str] {
    let mut names: &'static [&'static str] = &[];
    // The probe answers every question with an error; only the names it heard on the way matter.
    let _refused: Result<T, Error> = T::deserialize(FieldNames(&mut names));
    names
}

/// A deserializer without data that notes which fields the type asks for.
struct FieldNames<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for FieldNames<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("settings must be a struct"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Error> {
        *self.0 = fields;
        Err(Error::custom("field names only"))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}
