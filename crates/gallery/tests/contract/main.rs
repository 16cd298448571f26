//! The gallery's contract, held by both galleries: the one in memory, and the one in the Qdrant that `IRIS_TEST_QDRANT_URL`
//! names (its gRPC address). Each test there has collections of its own and removes them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

mod exact;
mod outages;
mod qdrant;
mod recall;
mod stories;
mod support;
#[path = "../../examples/bench_gallery/world.rs"]
mod world;

/// Tells each story to both galleries.
macro_rules! contract {
    ($($story:ident,)*) => {
        mod in_memory {
            $(#[tokio::test]
            async fn $story() {
                crate::stories::$story(&iris_gallery::MemoryGallery::default()).await;
            })*
        }

        mod in_qdrant {
            use iris_gallery::Gallery;

            $(#[tokio::test]
            async fn $story() {
                let Some(gallery) = crate::support::qdrant() else { return };
                crate::stories::$story(&gallery).await;
                gallery.clear().await.unwrap();
            })*
        }
    };
}

contract! {
    an_empty_gallery_finds_nobody,
    a_subject_is_found_by_its_best_entries,
    equals_come_in_the_order_of_their_subjects,
    a_limit_keeps_the_best,
    only_what_was_asked_for_is_found,
    vectors_of_other_kinds_and_models_never_meet,
    an_entry_that_is_written_again_changes_and_may_move,
    a_replaced_subject_has_the_new_entries_only,
    entries_of_another_subject_are_refused_whole,
    a_removed_subject_is_forgotten_and_nobody_else,
    a_change_that_is_repeated_changes_nothing_more,
    a_batch_is_answered_like_its_queries,
    the_epoch_is_what_was_noted_last,
    a_cleared_gallery_is_as_new,
    hundreds_of_entries_are_found_as_by_a_plain_scan,
}
