//! The collections of a gallery: their names, which say what is in them, and how they are made.

use std::collections::HashSet;

use iris_domain::{Feature, ModelFingerprint};
use parking_lot::Mutex;
use qdrant_client::qdrant::{
    CreateCollectionBuilder, CreateFieldIndexCollectionBuilder, Distance, ScalarQuantizationBuilder,
    VectorParamsBuilder,
};
use sha2::{Digest, Sha256};

use super::call::{Calls, Failure};
use super::{Quantization, points};
use crate::{Entry, Kind, Of, Query};

/// Vectors are compared within one of these; each has a collection.
#[derive(PartialEq, Eq, Hash)]
pub(super) struct Space {
    of: Of,
    kind: Kind,
    model: ModelFingerprint,
    dimensions: usize,
}

impl Space {
    pub(super) fn of_entry(entry: &Entry) -> Self {
        Self::new(entry.subject.of(), entry.kind, &entry.feature)
    }

    pub(super) fn of_query(query: &Query<'_>) -> Self {
        Self::new(query.of, query.kind, query.feature)
    }

    fn new(of: Of, kind: Kind, feature: &Feature) -> Self {
        Self { of, kind, model: feature.model.clone(), dimensions: feature.embedding.dimensions() }
    }
}

/// The collections whose names begin with one prefix.
pub(super) struct Collections {
    prefix: String,
    quantization: Quantization,
    /// Those known to be complete, so that writing to them does not begin with a question.
    made: Mutex<HashSet<String>>,
}

impl Collections {
    /// `None` when the prefix cannot be one.
    pub(super) fn new(prefix: &str, quantization: Quantization) -> Option<Self> {
        let fits = (1..=64).contains(&prefix.len())
            && prefix.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        fits.then(|| Self { prefix: prefix.to_owned(), quantization, made: Mutex::default() })
    }

    /// Such as `iris-identities-face-512-0123456789abcdef`. A fingerprint has characters that a name must not have, so its
    /// hash stands for it.
    pub(super) fn name(&self, space: &Space) -> String {
        let digest = Sha256::digest(space.model.as_str().as_bytes());
        let model: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        format!("{}-{}-{}-{}-{model}", self.prefix, of_word(space.of), kind_word(space.kind), space.dimensions)
    }

    /// The collection that holds the epoch.
    pub(super) fn state_name(&self) -> String {
        format!("{}-state", self.prefix)
    }

    /// The names of those that exist and hold what is wanted, in order.
    pub(super) async fn names(&self, calls: &Calls, wanted: impl Fn(Of, Kind) -> bool) -> Result<Vec<String>, Failure> {
        let listed = calls.qdrant(|client| client.list_collections()).await?;
        let names = listed.collections.into_iter().map(|collection| collection.name);
        let mut names: Vec<String> =
            names.filter(|name| self.holds(name).is_some_and(|(of, kind)| wanted(of, kind))).collect();
        names.sort();
        Ok(names)
    }

    /// The name of a space's collection, which is made where it does not exist.
    pub(super) async fn made(&self, calls: &Calls, space: &Space) -> Result<String, Failure> {
        let name = self.name(space);
        if self.is_known(&name) {
            return Ok(name);
        }
        let vectors = VectorParamsBuilder::new(space.dimensions as u64, Distance::Cosine);
        let mut collection = CreateCollectionBuilder::new(&name).vectors_config(vectors);
        if self.quantization == Quantization::Scalar {
            collection = collection.quantization_config(ScalarQuantizationBuilder::default().always_ram(true));
        }
        make(calls, &name, collection).await?;
        for (field, kind) in points::INDEXED {
            // Making one that is there changes nothing: a collection that was made by half is completed.
            let index = CreateFieldIndexCollectionBuilder::new(&name, field, kind).wait(true);
            calls.qdrant(|client| client.create_field_index(index)).await?;
        }
        self.made.lock().insert(name.clone());
        Ok(name)
    }

    /// The name of the epoch's collection, which is made where it does not exist.
    pub(super) async fn state_made(&self, calls: &Calls) -> Result<String, Failure> {
        let name = self.state_name();
        if !self.is_known(&name) {
            // A collection has vectors; this one's mean nothing.
            let vectors = VectorParamsBuilder::new(1, Distance::Dot);
            make(calls, &name, CreateCollectionBuilder::new(&name).vectors_config(vectors)).await?;
            self.made.lock().insert(name.clone());
        }
        Ok(name)
    }

    /// Removes all, the epoch's first.
    pub(super) async fn remove_all(&self, calls: &Calls) -> Result<(), Failure> {
        self.made.lock().clear();
        let state = self.state_name();
        let rest = self.names(calls, |_, _| true).await?;
        for name in std::iter::once(state).chain(rest) {
            let removed = calls.qdrant(|client| client.delete_collection(name)).await;
            removed.map(|_| ()).or_else(Failure::forgive_missing)?;
        }
        Ok(())
    }

    /// Makes sure of a collection at its next use.
    pub(super) fn forget(&self, name: &str) {
        self.made.lock().remove(name);
    }

    fn is_known(&self, name: &str) -> bool {
        self.made.lock().contains(name)
    }

    /// What a collection of ours holds; `None` of the epoch's and of others'.
    fn holds(&self, name: &str) -> Option<(Of, Kind)> {
        let rest = name.strip_prefix(&self.prefix)?.strip_prefix('-')?;
        let [of, kind, dimensions, model] = rest.split('-').collect::<Vec<_>>().try_into().ok()?;
        let of = [Of::Identities, Of::People].into_iter().find(|known| of_word(*known) == of)?;
        let kind = [Kind::Face, Kind::Appearance].into_iter().find(|known| kind_word(*known) == kind)?;
        let is_ours = dimensions.parse::<usize>().is_ok() && model.len() == 16;
        is_ours.then_some((of, kind))
    }
}

async fn make(calls: &Calls, name: &str, collection: CreateCollectionBuilder) -> Result<(), Failure> {
    if calls.qdrant(|client| client.collection_exists(name)).await? {
        return Ok(());
    }
    match calls.qdrant(|client| client.create_collection(collection)).await {
        Ok(_) => Ok(()),
        // Another process may have been faster.
        Err(_) if calls.qdrant(|client| client.collection_exists(name)).await? => Ok(()),
        Err(failure) => Err(failure),
    }
}

fn of_word(of: Of) -> &'static str {
    match of {
        Of::Identities => "identities",
        Of::People => "people",
    }
}

fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Face => "face",
        Kind::Appearance => "appearance",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn space(model: &str) -> Space {
        let model = ModelFingerprint::new(model).unwrap();
        Space { of: Of::Identities, kind: Kind::Face, model, dimensions: 512 }
    }

    fn collections(prefix: &str) -> Collections {
        Collections::new(prefix, Quantization::None).unwrap()
    }

    #[test]
    fn a_collection_has_the_same_name_for_ever() {
        let name = collections("iris").name(&space("scrfd/arcface:112+r50"));
        assert_eq!(name, "iris-identities-face-512-0ef28ec9ee3bbfa7");
    }

    #[test]
    fn another_model_is_another_collection() {
        let iris = collections("iris");
        assert_ne!(iris.name(&space("a")), iris.name(&space("b")));
        assert_ne!(iris.name(&space("a")), iris.name(&Space { dimensions: 128, ..space("a") }));
    }

    #[test]
    fn only_ones_own_collections_are_recognised() {
        let (iris, two) = (collections("iris"), collections("iris-two"));
        assert_eq!(iris.holds(&iris.name(&space("a"))), Some((Of::Identities, Kind::Face)));
        for foreign in [two.name(&space("a")), iris.state_name(), "iris-notes".to_owned(), "irises".to_owned()] {
            assert_eq!(iris.holds(&foreign), None, "{foreign}");
        }
    }

    #[test]
    fn a_prefix_is_a_short_plain_word() {
        for prefix in ["", "Iris", "a/b", "a_b", &"x".repeat(65)] {
            assert!(Collections::new(prefix, Quantization::None).is_none(), "{prefix}");
        }
    }
}
