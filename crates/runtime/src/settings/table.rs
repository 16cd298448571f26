//! Reads one table into its struct and finds every mistake in it: types first, then unknown keys, then bounds.

use super::source::{Entry, SettingsFile, entries};
use super::value::{decode, field_names};
use super::{Mistake, Origin, Variables};
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, BTreeSet};

/// Reads the table `name`; what is wrong goes to `mistakes` and takes its default.
pub(super) fn read<T>(name: &str, file: &SettingsFile, variables: Variables<'_>, mistakes: &mut Vec<Mistake>) -> T
where
    T: DeserializeOwned + garde::Validate<Context = ()> + Default,
{
    let fields = field_names::<T>();
    let entries = entries(file, name, fields, variables, mistakes);
    let mut table = Table { name, fields, entries, wrong: BTreeSet::new(), mistakes };
    let settings = table.decode();
    table.check_bounds(&settings);
    settings
}

/// A table while it is read.
struct Table<'a> {
    name: &'a str,
    fields: &'static [&'static str],
    entries: BTreeMap<String, Entry>,
    /// Keys whose values have the wrong type; they are left out.
    wrong: BTreeSet<String>,
    mistakes: &'a mut Vec<Mistake>,
}

impl Table<'_> {
    /// Serde stops at the first wrong value: note it, leave its key out, and look for the next.
    fn decode<T: DeserializeOwned + Default>(&mut self) -> T {
        loop {
            let mut unknown = Vec::new();
            let values = self.entries.iter().filter(|(key, _)| !self.wrong.contains(*key));
            let values = values.map(|(key, entry)| (key.clone(), entry.value.clone()));
            match decode::<T>(values, |path| unknown.push(path)) {
                Ok(settings) => {
                    unknown.iter().for_each(|path| self.note_unknown(path));
                    return settings;
                }
                Err(error) => {
                    let (path, message) = (error.path().to_string(), error.inner().message());
                    let key = first_key(&path);
                    if !self.entries.contains_key(key) || !self.wrong.insert(key.to_owned()) {
                        // A mistake of the struct itself; leaving keys out cannot help.
                        self.mistakes.push(Mistake::new(self.name, Origin::Default, message));
                        return T::default();
                    }
                    self.note(&path, message);
                }
            }
        }
    }

    /// Notes what garde refuses. A key that is wrong already holds its default here and is not judged.
    fn check_bounds<T: garde::Validate<Context = ()>>(&mut self, settings: &T) {
        let Err(report) = settings.validate() else { return };
        for (path, error) in report.iter() {
            let path = path.to_string();
            if !self.wrong.contains(first_key(&path)) {
                self.note(&path, error.message());
            }
        }
    }

    fn note_unknown(&mut self, path: &str) {
        let message = if path.contains('.') {
            "unknown key".to_owned()
        } else {
            format!("unknown key; known are: {}", self.fields.join(", "))
        };
        self.note(path, &message);
    }

    /// Notes a mistake at `path` in this table.
    fn note(&mut self, path: &str, message: &str) {
        let origin = self.entries.get(first_key(path)).map_or(Origin::Default, |entry| entry.origin.clone());
        self.mistakes.push(Mistake::new(format!("{}.{path}", self.name), origin, message));
    }
}

/// The table's key that `path` lies in: `hosts` of `hosts[0].port`.
fn first_key(path: &str) -> &str {
    path.split(['.', '[']).next().unwrap_or(path)
}
