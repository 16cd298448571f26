//! What hangs on a sighting that is recorded: vectors, exemplars, captured faces, and what its identity looks like by it.

use sea_orm::{DatabaseTransaction, Value};

use super::{NewExemplar, RecordSighting, Traits};
use crate::error::Failure;
use crate::gallery::ExemplarId;
use crate::identities::exemplars::bound;
use crate::{sql, time};

/// Whether the track is now recognised as another person than before.
pub(super) async fn recognises_anew(
    transaction: &DatabaseTransaction,
    wanted: &RecordSighting,
) -> Result<bool, Failure> {
    let Some(person) = wanted.person else { return Ok(false) };
    let select = "SELECT count(*) FROM sightings WHERE (track_run, track_number) = ($1, $2) AND person_id = $3";
    let number = super::row::track_number(wanted.track)?;
    let values = [wanted.track.run.into(), number.into(), person.person_id.get().into()];
    Ok(sql::count(transaction, select, values).await? == 0)
}

/// Writes all of it; answers with the added exemplars in the order given.
pub(super) async fn write(
    transaction: &DatabaseTransaction,
    wanted: &RecordSighting,
    sighting: i64,
    identity: i64,
) -> Result<Vec<ExemplarId>, Failure> {
    vectors(transaction, wanted, sighting).await?;
    remove_exemplars(transaction, &wanted.exemplars_removed, identity).await?;
    let mut exemplars = Vec::with_capacity(wanted.exemplars_added.len());
    for exemplar in &wanted.exemplars_added {
        exemplars.push(add_exemplar(transaction, exemplar, sighting, identity).await?);
    }
    if !exemplars.is_empty() {
        bound(transaction, identity).await?;
    }
    samples(transaction, wanted, sighting, identity).await?;
    crop(transaction, wanted, identity).await?;
    traits(transaction, &wanted.traits, identity).await?;
    Ok(exemplars)
}

async fn vectors(transaction: &DatabaseTransaction, wanted: &RecordSighting, sighting: i64) -> Result<(), Failure> {
    if wanted.face.is_none() && wanted.body.is_none() {
        return Ok(());
    }
    let mut values: Vec<Value> = vec![sighting.into()];
    for feature in [&wanted.face, &wanted.body] {
        values.push(feature.as_ref().map(|feature| feature.embedding.to_bytes()).into());
        values.push(feature.as_ref().map(|feature| feature.model.as_str()).into());
        values.push(feature.as_ref().map(|feature| feature.quality).into());
    }
    sql::execute(
        transaction,
        "INSERT INTO sighting_vectors AS kept \
             (sighting_id, face_vector, face_model, face_quality, body_vector, body_model, body_quality) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (sighting_id) DO UPDATE SET \
             face_vector = coalesce(excluded.face_vector, kept.face_vector), \
             face_model = coalesce(excluded.face_model, kept.face_model), \
             face_quality = coalesce(excluded.face_quality, kept.face_quality), \
             body_vector = coalesce(excluded.body_vector, kept.body_vector), \
             body_model = coalesce(excluded.body_model, kept.body_model), \
             body_quality = coalesce(excluded.body_quality, kept.body_quality)",
        values,
    )
    .await?;
    Ok(())
}

/// Only exemplars of this identity: those that moved away meanwhile are another's to judge.
async fn remove_exemplars(
    transaction: &DatabaseTransaction,
    exemplars: &[ExemplarId],
    identity: i64,
) -> Result<(), Failure> {
    if exemplars.is_empty() {
        return Ok(());
    }
    let delete = "DELETE FROM exemplars WHERE id = ANY($1) AND identity_id = $2";
    sql::execute(transaction, delete, [sql::array(exemplars).into(), identity.into()]).await?;
    Ok(())
}

async fn add_exemplar(
    transaction: &DatabaseTransaction,
    exemplar: &NewExemplar,
    sighting: i64,
    identity: i64,
) -> Result<ExemplarId, Failure> {
    let NewExemplar { kind, feature, captured } = exemplar;
    let id: Option<i64> = sql::value(
        transaction,
        "INSERT INTO exemplars (identity_id, sighting_id, kind, model, vector, quality, captured) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (sighting_id, kind, captured) DO UPDATE SET \
             model = excluded.model, vector = excluded.vector, quality = excluded.quality RETURNING id",
        [
            identity.into(),
            sighting.into(),
            kind.as_str().into(),
            feature.model.as_str().into(),
            feature.embedding.to_bytes().into(),
            feature.quality.into(),
            time::to_column(*captured).into(),
        ],
    )
    .await?;
    Ok(ExemplarId::from(id.unwrap_or_default()))
}

async fn samples(
    transaction: &DatabaseTransaction,
    wanted: &RecordSighting,
    sighting: i64,
    identity: i64,
) -> Result<(), Failure> {
    for sample in &wanted.face_samples {
        sql::execute(
            transaction,
            "INSERT INTO face_samples (identity_id, sighting_id, camera_id, ts, quality, model, vector, thumb_path) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (sighting_id, ts) DO NOTHING",
            [
                identity.into(),
                sighting.into(),
                wanted.camera_id.get().into(),
                time::to_column(sample.ts).into(),
                sample.feature.quality.into(),
                sample.feature.model.as_str().into(),
                sample.feature.embedding.to_bytes().into(),
                sample.thumb_path.clone().into(),
            ],
        )
        .await?;
    }
    let best = wanted.face_samples.iter().max_by(|a, b| a.feature.quality.total_cmp(&b.feature.quality));
    let Some(best) = best else { return Ok(()) };
    sql::execute(
        transaction,
        "UPDATE identities SET face_thumb_path = $2, face_quality = $3 \
         WHERE id = $1 AND coalesce(face_quality, -1) < $3",
        [identity.into(), best.thumb_path.clone().into(), best.feature.quality.into()],
    )
    .await?;
    Ok(())
}

/// The identity is shown by the crop of its best sighting.
async fn crop(transaction: &DatabaseTransaction, wanted: &RecordSighting, identity: i64) -> Result<(), Failure> {
    let Some(path) = &wanted.thumb_path else { return Ok(()) };
    sql::execute(
        transaction,
        "UPDATE identities SET rep_thumb_path = $2, rep_confidence = $3 \
         WHERE id = $1 AND coalesce(rep_confidence, -1) < $3",
        [identity.into(), path.as_str().into(), wanted.confidence.into()],
    )
    .await?;
    Ok(())
}

async fn traits(transaction: &DatabaseTransaction, traits: &Traits, identity: i64) -> Result<(), Failure> {
    if *traits == Traits::default() {
        return Ok(());
    }
    let Traits { color, color_hex, make, vehicle_type } = traits.clone();
    sql::execute(
        transaction,
        "UPDATE identities SET color = coalesce($2, color), color_hex = coalesce($3, color_hex), make = coalesce($4, make), \
             vehicle_type = coalesce($5, vehicle_type) WHERE id = $1",
        [identity.into(), color.into(), color_hex.into(), make.into(), vehicle_type.into()],
    )
    .await?;
    Ok(())
}
