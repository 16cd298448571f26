//! Which files of the media library the rows name, for the operator's check: read in pages, and mended where a row promises what
//! is not there. Every repair names the path too, so that a row that was changed meanwhile stays as it is.

use iris_domain::stored_files::FileUse;
use sea_orm::FromQueryResult;

use crate::Store;
use crate::error::StoreError;
use crate::sql;

/// The rows of a [`Store`] that name files.
#[derive(Debug, Clone, Copy)]
pub struct Files<'a> {
    pub(crate) store: &'a Store,
}

/// A row that names a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedFile {
    /// The row's id, in the table of its use.
    pub row: i64,
    /// The path in the library.
    pub path: String,
    /// The size that the row promises, in bytes; clips only.
    pub size_bytes: Option<u64>,
}

#[derive(FromQueryResult)]
struct NamedRow {
    id: i64,
    path: String,
    size_bytes: Option<i64>,
}

/// Where a use's paths stand.
struct Place {
    table: &'static str,
    column: &'static str,
    size: &'static str,
    /// What a row that names no file any more is set to.
    forgotten: &'static str,
}

const fn place(used_as: FileUse) -> Place {
    let (table, column, size, forgotten) = match used_as {
        FileUse::Clip => (
            "events",
            "clip_path",
            "clip_bytes",
            "clip_status = 'failed', clip_failure = $3, clip_path = NULL, clip_start = NULL, clip_end = NULL, \
             clip_gaps = NULL, clip_bytes = NULL",
        ),
        FileUse::Thumbnail => ("events", "thumbnail_path", "NULL::bigint", "thumbnail_path = NULL"),
        FileUse::Crop => ("sightings", "thumb_path", "NULL::bigint", "thumb_path = NULL"),
        // The column is never empty; such a row is left as it is.
        FileUse::FaceSample => ("face_samples", "thumb_path", "NULL::bigint", ""),
        FileUse::Photo => ("person_faces", "image_path", "NULL::bigint", "image_path = NULL"),
        FileUse::IdentityCrop => {
            ("identities", "rep_thumb_path", "NULL::bigint", "rep_thumb_path = NULL, rep_confidence = NULL")
        }
        FileUse::IdentityFace => {
            ("identities", "face_thumb_path", "NULL::bigint", "face_thumb_path = NULL, face_quality = NULL")
        }
    };
    Place { table, column, size, forgotten }
}

impl Files<'_> {
    /// Rows that name a file for this use, by id and beyond `after`; fewer than `limit` are the last.
    pub async fn named(self, used_as: FileUse, after: Option<i64>, limit: u64) -> Result<Vec<NamedFile>, StoreError> {
        let Place { table, column, size, .. } = place(used_as);
        let select = format!(
            "SELECT id, {column} AS path, {size} AS size_bytes FROM {table} \
             WHERE {column} IS NOT NULL AND id > $1 ORDER BY id LIMIT $2"
        );
        let work = async {
            let values = [after.unwrap_or(0).into(), sql::bound(limit).into()];
            let rows: Vec<NamedRow> = sql::all(&self.store.database, &select, values).await?;
            let named = |row: NamedRow| {
                let size = row.size_bytes.map(|bytes| sql::natural(bytes, "clip_bytes")).transpose()?;
                Ok(NamedFile { row: row.id, path: row.path, size_bytes: size })
            };
            rows.into_iter().map(named).collect()
        };
        self.store.run("list the files that rows name", work).await
    }

    /// Whether a row still names this file.
    pub async fn is_named(self, used_as: FileUse, row: i64, path: &str) -> Result<bool, StoreError> {
        let Place { table, column, .. } = place(used_as);
        let select = format!("SELECT count(*) FROM {table} WHERE id = $1 AND {column} = $2");
        let work = async { Ok(sql::count(&self.store.database, &select, [row.into(), path.into()]).await? > 0) };
        self.store.run("look whether a row names a file", work).await
    }

    /// The event's clip has failed; says whether the row still named the file.
    pub async fn fail_clip(self, row: i64, path: &str, why: &str) -> Result<bool, StoreError> {
        self.change(FileUse::Clip, place(FileUse::Clip).forgotten, vec![row.into(), path.into(), why.into()]).await
    }

    /// The event's clip has this size; says whether the row still named the file.
    pub async fn set_clip_size(self, row: i64, path: &str, size_bytes: u64) -> Result<bool, StoreError> {
        let values = vec![row.into(), path.into(), sql::bound(size_bytes).into()];
        self.change(FileUse::Clip, "clip_bytes = $3", values).await
    }

    /// The row names no picture any more; says whether it still named this one. Not for clips, nor for captured faces, whose rows
    /// cannot be without.
    pub async fn forget(self, used_as: FileUse, row: i64, path: &str) -> Result<bool, StoreError> {
        match used_as {
            FileUse::Clip | FileUse::FaceSample => Ok(false),
            _ => self.change(used_as, place(used_as).forgotten, vec![row.into(), path.into()]).await,
        }
    }

    async fn change(self, used_as: FileUse, set: &str, values: Vec<sea_orm::Value>) -> Result<bool, StoreError> {
        let Place { table, column, .. } = place(used_as);
        let update = format!("UPDATE {table} SET {set} WHERE id = $1 AND {column} = $2");
        let work = async { Ok(sql::execute(&self.store.database, &update, values).await? > 0) };
        self.store.run("mend a row that names a file", work).await
    }
}
