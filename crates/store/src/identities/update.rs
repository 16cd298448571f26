//! Naming and annotating an identity.

use iris_domain::IdentityId;
use sea_orm::FromQueryResult;
use serde_json::json;

use super::ledger::{self, Entry};
use super::undo_rename::{Called, RenameUndo};
use super::{Identities, Identity, IdentityChange, OperationKind};
use crate::error::StoreError;
use crate::gallery::changes;
use crate::sql;

#[derive(FromQueryResult)]
struct Naming {
    name: Option<String>,
    is_named: bool,
    notes: Option<String>,
}

impl Naming {
    fn changed_by(&self, change: &IdentityChange) -> Self {
        let name = change.name.clone().or_else(|| self.name.clone()).filter(|name| !name.is_empty());
        let named = change.name.as_ref().map_or(self.is_named, |name| !name.is_empty());
        Self {
            name,
            is_named: change.is_named.unwrap_or(named),
            notes: change.notes.clone().or_else(|| self.notes.clone()).filter(|notes| !notes.is_empty()),
        }
    }
}

impl Identities<'_> {
    /// Renames, annotates or confirms an identity; `None` when nobody has that id. A changed name is an entry in the ledger and can be undone.
    pub async fn update(
        self,
        id: IdentityId,
        change: &IdentityChange,
        by: &str,
    ) -> Result<Option<Identity>, StoreError> {
        let work = async {
            let transaction = self.store.begin_changing().await?;
            let read = "SELECT name, is_named, notes FROM identities WHERE id = $1 FOR UPDATE";
            let before: Option<Naming> = sql::one(&transaction, read, [id.get().into()]).await?;
            let Some(before) = before else { return Ok(None) };
            let after = before.changed_by(change);
            let Naming { name, is_named, notes } = &after;
            let write = "UPDATE identities SET name = $2, is_named = $3, notes = $4 WHERE id = $1";
            let values = [id.get().into(), name.clone().into(), (*is_named).into(), notes.clone().into()];
            sql::execute(&transaction, write, values).await?;
            if (name, is_named) != (&before.name, &before.is_named) {
                changes::identities(&transaction, &[id.get()]).await?;
                let summary = json!({"name": {"from": before.name, "to": name}, "is_named": is_named});
                let called = |naming: &Naming| Called { name: naming.name.clone(), is_named: naming.is_named };
                let undo = RenameUndo { identity: id.get(), before: called(&before), after: called(&after) };
                let undo = Some(undo.to_json()?);
                let entry = Entry { summary, undo, ..Entry::new(OperationKind::Rename, by, &[id.get()]) };
                ledger::write(&transaction, entry).await?;
            }
            let identity = super::list::find(&transaction, id).await?;
            transaction.commit().await?;
            Ok(identity)
        };
        self.store.run("update an identity", work).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn naming(name: Option<&str>, is_named: bool) -> Naming {
        Naming { name: name.map(str::to_owned), is_named, notes: Some("tall".to_owned()) }
    }

    fn change(name: Option<&str>, is_named: Option<bool>) -> IdentityChange {
        IdentityChange { name: name.map(str::to_owned), notes: None, is_named }
    }

    #[test]
    fn a_name_confirms_unless_told_otherwise() {
        let table = [
            (naming(None, false), change(Some("Ann"), None), (Some("Ann"), true)),
            (naming(Some("Ann"), true), change(Some(""), None), (None, false)),
            (naming(Some("Ann"), true), change(None, Some(false)), (Some("Ann"), false)),
            (naming(None, false), change(Some("Ann"), Some(false)), (Some("Ann"), false)),
            (naming(None, false), change(None, Some(true)), (None, true)),
            (naming(Some("Ann"), true), change(None, None), (Some("Ann"), true)),
        ];
        for (before, change, expected) in table {
            let after = before.changed_by(&change);
            assert_eq!((after.name.as_deref(), after.is_named), expected, "{change:?}");
            assert_eq!(after.notes.as_deref(), Some("tall"));
        }
        let without = IdentityChange { notes: Some(String::new()), ..Default::default() };
        assert_eq!(naming(None, false).changed_by(&without).notes, None);
    }
}
