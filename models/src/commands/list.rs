//! `iris-models list`: what the manifest knows, and what of it is here.

use std::fs;

use serde::Serialize;

use crate::digest::Digest;
use crate::folder::Folder;
use crate::manifest::{Manifest, Model, Origin};
use crate::role::Role;

/// One line of the list.
#[derive(Serialize)]
struct Row<'a> {
    name: &'a str,
    role: Role,
    family: &'a str,
    file: String,
    size_bytes: Option<u64>,
    sha256: Option<&'a Digest>,
    licence: &'a str,
    ask_first: Option<&'a str>,
    project: &'a str,
    url: Option<&'a str>,
    how: Option<&'a str>,
    input: &'a str,
    output: &'a str,
    good_for: &'a str,
    presence: Presence,
    in_use: bool,
}

/// What is known of a file without reading it.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Presence {
    Absent,
    Present,
    /// It is there, with another size than it should have.
    WrongSize,
}

/// For programs.
pub fn list_json(manifest: &Manifest, folder: &Folder) -> serde_json::Result<String> {
    serde_json::to_string_pretty(&rows(manifest, folder))
}

/// For people. A `*` stands at licences that one has to agree to.
pub fn list_table(manifest: &Manifest, folder: &Folder) -> String {
    let rows = rows(manifest, folder);
    let head = ["NAME", "ROLE", "FAMILY", "SIZE", "LICENCE", "HERE"].map(str::to_owned);
    let lines: Vec<[String; 6]> = std::iter::once(head).chain(rows.iter().map(cells)).collect();
    let widths: [usize; 6] =
        std::array::from_fn(|column| lines.iter().map(|cells| cells[column].chars().count()).max().unwrap_or(0));
    let line = |cells: &[String; 6]| {
        let padded: String = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}  ")).collect();
        format!("{}\n", padded.trim_end())
    };
    let mut table: String = lines.iter().map(line).collect();
    if rows.iter().any(|row| row.ask_first.is_some()) {
        table.push_str("* asks for your yes: `iris-models list --json` says why\n");
    }
    table
}

fn rows<'a>(manifest: &'a Manifest, folder: &Folder) -> Vec<Row<'a>> {
    manifest.models.iter().map(|model| row(model, folder)).collect()
}

fn row<'a>(model: &'a Model, folder: &Folder) -> Row<'a> {
    let path = folder.file_of(model);
    let (url, how) = match &model.origin {
        Origin::Address(url) => (Some(url.as_str()), None),
        Origin::ByHand(how) => (None, Some(how.as_str())),
        Origin::Shipped(_) => (None, None),
    };
    let presence = match fs::metadata(&path) {
        Err(_) => Presence::Absent,
        Ok(found) if model.size_bytes.is_some_and(|size| size != found.len()) => Presence::WrongSize,
        Ok(_) => Presence::Present,
    };
    Row {
        name: &model.name,
        role: model.role,
        family: &model.family,
        file: path.display().to_string(),
        size_bytes: model.size_bytes,
        sha256: model.sha256.as_ref(),
        licence: &model.licence,
        ask_first: model.ask_first.as_deref(),
        project: model.project.as_str(),
        url,
        how,
        input: &model.input,
        output: &model.output,
        good_for: &model.good_for,
        presence,
        in_use: folder.is_in_use(model.role, &path),
    }
}

fn cells(row: &Row<'_>) -> [String; 6] {
    let size = row.size_bytes.map_or_else(|| "?".to_owned(), megabytes);
    let star = if row.ask_first.is_some() { " *" } else { "" };
    let here = match (row.presence, row.in_use) {
        (Presence::WrongSize, _) => "wrong size: run check",
        (_, true) => "in use",
        (Presence::Present, false) => "yes",
        (Presence::Absent, false) if row.url.is_none() => "no, by hand",
        (Presence::Absent, false) => "no",
    };
    [
        row.name.to_owned(),
        row.role.to_string(),
        row.family.to_owned(),
        size,
        format!("{}{star}", row.licence),
        here.to_owned(),
    ]
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
