//! Sets the metadata of the run's response: any JSON value of at most 64 KiB.

use std::{collections::BTreeMap, env, fs, io};

/// A JSON value. [`set_metadata`] accepts everything that converts to it with `Into`.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    Null,
    Bool(bool),
    Int(i128),
    Float(f64),
    String(String),
    Array(Vec<Json>),
    Object(BTreeMap<String, Json>),
    /// JSON text from another library, written unchanged.
    Raw(String),
}

/// Sets the metadata of the response, replacing earlier metadata.
pub fn set_metadata(data: impl Into<Json>) -> io::Result<()> {
    let mut text = String::new();
    data.into().write(&mut text);
    fs::write(metadata_file()?, text)
}

/// Returns the JSON text of the metadata, or `None` if none has been set.
pub fn get_metadata() -> Option<String> {
    fs::read_to_string(metadata_file().ok()?).ok()
}

fn metadata_file() -> io::Result<std::ffi::OsString> {
    env::var_os("CODE_RUNNER_METADATA").filter(|path| !path.is_empty()).ok_or_else(|| {
        io::Error::other("sdk: CODE_RUNNER_METADATA is not set, so there is nowhere to keep metadata")
    })
}

impl Json {
    /// `Json::object([("score", 1.into()), ("name", "x".into())])`
    pub fn object<K: Into<String>>(members: impl IntoIterator<Item = (K, Json)>) -> Json {
        Json::Object(members.into_iter().map(|(key, value)| (key.into(), value)).collect())
    }

    fn write(&self, out: &mut String) {
        match self {
            Json::Null => out.push_str("null"),
            Json::Bool(value) => out.push_str(&value.to_string()),
            Json::Int(value) => out.push_str(&value.to_string()),
            Json::Float(value) if value.is_finite() => out.push_str(&value.to_string()),
            Json::Float(_) => out.push_str("null"),
            Json::String(value) => write_string(value, out),
            Json::Raw(text) => out.push_str(text),
            Json::Array(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    item.write(out);
                }
                out.push(']');
            }
            Json::Object(members) => {
                out.push('{');
                for (index, (key, value)) in members.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    write_string(key, out);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }
}

fn write_string(value: &str, out: &mut String) {
    out.push('"');
    for character in value.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            '\u{0}'..='\u{1f}' => out.push_str(&format!("\\u{:04x}", character as u32)),
            _ => out.push(character),
        }
    }
    out.push('"');
}

macro_rules! from {
    ($($type:ty => $variant:ident),*) => {
        $(impl From<$type> for Json { fn from(value: $type) -> Json { Json::$variant(value.into()) } })*
    };
}
from!(bool => Bool, i8 => Int, i16 => Int, i32 => Int, i64 => Int, u8 => Int, u16 => Int, u32 => Int, u64 => Int,
      f32 => Float, f64 => Float, &str => String, String => String);

impl From<usize> for Json {
    fn from(value: usize) -> Json {
        Json::Int(value as i128)
    }
}
impl From<isize> for Json {
    fn from(value: isize) -> Json {
        Json::Int(value as i128)
    }
}
impl<T: Into<Json>> From<Option<T>> for Json {
    fn from(value: Option<T>) -> Json {
        value.map_or(Json::Null, Into::into)
    }
}
impl<T: Into<Json>> From<Vec<T>> for Json {
    fn from(items: Vec<T>) -> Json {
        Json::Array(items.into_iter().map(Into::into).collect())
    }
}
impl<T: Into<Json>, const N: usize> From<[T; N]> for Json {
    fn from(items: [T; N]) -> Json {
        Json::Array(items.into_iter().map(Into::into).collect())
    }
}
impl<K: Into<String>, V: Into<Json>> From<BTreeMap<K, V>> for Json {
    fn from(members: BTreeMap<K, V>) -> Json {
        Json::object(members.into_iter().map(|(key, value)| (key, value.into())))
    }
}
impl<K: Into<String>, V: Into<Json>> From<std::collections::HashMap<K, V>> for Json {
    fn from(members: std::collections::HashMap<K, V>) -> Json {
        Json::object(members.into_iter().map(|(key, value)| (key, value.into())))
    }
}
