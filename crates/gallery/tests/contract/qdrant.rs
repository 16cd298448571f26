//! What only a gallery in a server can come to: it is compressed, read by others, and emptied behind the back of who fills it.

use iris_domain::ModelFingerprint;
use iris_gallery::{Entry, Gallery, GalleryError, Kind, Of, QdrantGallery, QdrantSettings, Quantization, Query};

use crate::stories;
use crate::support::{at, entry, identity, qdrant_settings, subjects};

#[tokio::test]
async fn a_compressed_gallery_answers_as_a_full_one() {
    let Some(settings) = qdrant_settings() else { return };
    let settings = QdrantSettings { quantization: Quantization::Scalar, ..settings };
    let gallery = QdrantGallery::connect(&settings).unwrap();
    stories::hundreds_of_entries_are_found_as_by_a_plain_scan(&gallery).await;
    gallery.clear().await.unwrap();
}

#[tokio::test]
async fn what_one_writes_another_reads() {
    let Some(settings) = qdrant_settings() else { return };
    let (writer, reader) = (QdrantGallery::connect(&settings).unwrap(), QdrantGallery::connect(&settings).unwrap());
    writer.upsert(vec![entry(1, identity(1), at(0.0))]).await.unwrap();
    writer.set_epoch(7).await.unwrap();
    let direction = at(5.0);
    let hits = reader.search(&Query::new(Of::Identities, Kind::Face, &direction, 3)).await.unwrap();
    assert_eq!(subjects(&hits), [identity(1)]);
    assert_eq!(reader.epoch().await.unwrap(), Some(7));
    writer.clear().await.unwrap();
}

#[tokio::test]
async fn a_gallery_that_was_emptied_says_so_and_can_be_filled_again() {
    let Some(settings) = qdrant_settings() else { return };
    let (gallery, other) = (QdrantGallery::connect(&settings).unwrap(), QdrantGallery::connect(&settings).unwrap());
    let direction = at(0.0);
    let query = Query::new(Of::Identities, Kind::Face, &direction, 3);
    let entries = || -> Vec<Entry> { vec![entry(1, identity(1), at(0.0))] };
    gallery.upsert(entries()).await.unwrap();
    gallery.set_epoch(1).await.unwrap();
    let unknown_model = ModelFingerprint::new("test/unknown").unwrap();
    let unknown = iris_domain::Feature { model: unknown_model, ..at(0.0) };
    let nobody = gallery.search(&Query::new(Of::Identities, Kind::Face, &unknown, 3)).await.unwrap();
    assert_eq!(nobody, [], "nothing was lost: there was never an entry of this model");

    other.clear().await.unwrap();
    let lost = gallery.search(&query).await.unwrap_err();
    assert!(matches!(lost, GalleryError::Lost { .. }) && !lost.is_transient(), "{lost}");
    assert!(matches!(gallery.search_batch(std::slice::from_ref(&query)).await.unwrap_err(), GalleryError::Lost { .. }));

    gallery.clear().await.unwrap();
    assert_eq!(gallery.search(&query).await.unwrap(), []);
    gallery.upsert(entries()).await.unwrap();
    gallery.set_epoch(2).await.unwrap();
    assert_eq!(subjects(&gallery.search(&query).await.unwrap()), [identity(1)]);
    gallery.clear().await.unwrap();
}
