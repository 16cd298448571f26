//! Where settings come from: one TOML file and the environment, each value with the place to mend it.
//! Reads everything and judges nothing but the file's grammar and its tables' names.

use super::value::RawValue;
use super::{Mistake, Origin, SERVICES, Variables};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use toml::de::DeTable;

/// A raw value and where it was written.
pub(super) struct Entry {
    pub value: RawValue,
    pub origin: Origin,
}

/// The settings file, parsed; empty when there is none.
#[derive(Default)]
pub(super) struct SettingsFile {
    path: PathBuf,
    tables: toml::Table,
    lines: BTreeMap<(String, String), usize>,
}

impl SettingsFile {
    /// Reads and parses the file. What cannot be read or parsed is noted and left out.
    pub(super) fn read(path: &Path, mistakes: &mut Vec<Mistake>) -> Self {
        let origin = |line| Origin::File { path: path.to_owned(), line };
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => {
                mistakes.push(Mistake::new("settings file", origin(0), format!("read: {error}")));
                return Self::default();
            }
        };
        let (document, faults) = DeTable::parse_recoverable(&text);
        for fault in &faults {
            let line = fault.span().map_or(0, |span| line_of(&text, span.start));
            mistakes.push(Mistake::new("settings file", origin(line), fault.message()));
        }
        if !faults.is_empty() {
            return Self::default();
        }
        let document = document.into_inner();
        let file = Self {
            path: path.to_owned(),
            lines: key_lines(&text, &document),
            tables: text.parse().expect("the same text was parsed without a fault above"),
        };
        file.check_tables(&text, &document, mistakes);
        file
    }

    /// Refuses what no service would ever read.
    fn check_tables(&self, text: &str, document: &DeTable<'_>, mistakes: &mut Vec<Mistake>) {
        let known: BTreeSet<&str> = SERVICES.iter().map(|(table, _)| *table).chain(["common"]).collect();
        for (name, value) in document {
            let origin = Origin::File { path: self.path.clone(), line: line_of(text, name.span().start) };
            let name = name.get_ref();
            if !known.contains(name.as_ref()) {
                let known: Vec<_> = known.iter().copied().collect();
                mistakes.push(Mistake::new(
                    name.as_ref(),
                    origin,
                    format!("unknown table; known are: {}", known.join(", ")),
                ));
            } else if !value.get_ref().is_table() {
                mistakes.push(Mistake::new(name.as_ref(), origin, format!("expected a table, written as [{name}]")));
            }
        }
    }

    /// The values of one table.
    fn entries(&self, table: &str) -> BTreeMap<String, Entry> {
        let values = self.tables.get(table).and_then(toml::Value::as_table).into_iter().flatten();
        values
            .map(|(key, value)| {
                let line = self.lines.get(&(table.to_owned(), key.clone())).copied().unwrap_or(0);
                let origin = Origin::File { path: self.path.clone(), line };
                (key.clone(), Entry { value: RawValue::Toml(value.clone()), origin })
            })
            .collect()
    }
}

/// The values of one table: from the file, overridden by the environment for the keys in `fields`.
pub(super) fn entries(
    file: &SettingsFile,
    table: &str,
    fields: &[&str],
    variables: Variables<'_>,
    mistakes: &mut Vec<Mistake>,
) -> BTreeMap<String, Entry> {
    let mut entries = file.entries(table);
    for field in fields {
        match from_environment(field, variables) {
            Ok(None) => {}
            Ok(Some(entry)) => {
                entries.insert((*field).to_owned(), entry);
            }
            Err((origin, message)) => mistakes.push(Mistake::new(format!("{table}.{field}"), origin, message)),
        }
    }
    entries
}

/// `IRIS_<KEY>`, or the content of the file named by `IRIS_<KEY>_FILE`. An empty variable counts as not set, because
/// that is how compose files pass on a variable that nobody set.
fn from_environment(field: &str, variables: Variables<'_>) -> Result<Option<Entry>, (Origin, String)> {
    let name = format!("IRIS_{}", field.to_uppercase());
    let file_name = format!("{name}_FILE");
    let read = |name: &String| match variables(name).map(std::ffi::OsString::into_string) {
        None => Ok(None),
        Some(Ok(text)) => Ok(Some(text).filter(|text| !text.is_empty())),
        Some(Err(_)) => Err((Origin::Variable(name.clone()), "expected UTF-8 text".to_owned())),
    };
    match (read(&name)?, read(&file_name)?) {
        (None, None) => Ok(None),
        (Some(text), None) => Ok(Some(Entry { value: RawValue::Text(text), origin: Origin::Variable(name) })),
        (None, Some(path)) => match std::fs::read_to_string(&path) {
            // Editors and `echo` end a file with a newline that is no part of the secret.
            Ok(text) => Ok(Some(Entry {
                value: RawValue::Text(text.trim_end_matches(['\r', '\n']).to_owned()),
                origin: Origin::Variable(file_name),
            })),
            Err(error) => Err((Origin::Variable(file_name), format!("read `{path}`: {error}"))),
        },
        (Some(_), Some(_)) => Err((Origin::Variable(name), format!("is set together with {file_name}; set only one"))),
    }
}

/// The line of each key of each table.
fn key_lines(text: &str, document: &DeTable<'_>) -> BTreeMap<(String, String), usize> {
    let mut lines = BTreeMap::new();
    for (table, value) in document {
        for (key, _) in value.get_ref().as_table().into_iter().flatten() {
            lines.insert((table.get_ref().to_string(), key.get_ref().to_string()), line_of(text, key.span().start));
        }
    }
    lines
}

/// The line, counted from 1, that holds the byte at `offset`.
fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes().iter().take(offset).filter(|byte| **byte == b'\n').count() + 1
}
