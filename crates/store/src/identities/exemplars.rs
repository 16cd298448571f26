//! The exemplars of identities whose sightings were moved about: bounded where there came too many, and chosen anew from whole tracks
//! where none is left. Which ones is the domain's choice.

use iris_domain::identity::{AssociationRules, EXEMPLARS_MAX, ExemplarKind, ExemplarView, select_exemplars};
use iris_domain::{Feature, Timestamp};
use sea_orm::prelude::TimeDateTimeWithTimeZone as DateTime;
use sea_orm::{DatabaseTransaction, FromQueryResult};

use crate::error::Failure;
use crate::{sql, time};

/// Tracks looked at when exemplars are chosen anew, the best ones: comparing them takes the square of their number.
const TRACKS_MAX: i64 = 100;

#[derive(FromQueryResult)]
struct Counted {
    id: i64,
    faces: i64,
    appearances: i64,
}

#[derive(FromQueryResult)]
struct ViewRow {
    id: i64,
    model: String,
    vector: Vec<u8>,
    quality: f32,
    captured: DateTime,
}

/// A view with the row it comes from: an exemplar's or a sighting's.
struct View {
    row: i64,
    feature: Feature,
    captured: Timestamp,
}

/// Bounds the exemplars of these identities, and finds some where none of a kind is left.
pub(crate) async fn choose(transaction: &DatabaseTransaction, identities: &[i64]) -> Result<(), Failure> {
    for Counted { id, faces, appearances } in counted(transaction, identities).await? {
        for (kind, count) in [(ExemplarKind::Face, faces), (ExemplarKind::Appearance, appearances)] {
            if count == 0 {
                refill(transaction, id, kind).await?;
            } else if count > EXEMPLARS_MAX as i64 {
                thin_out(transaction, id, kind).await?;
            }
        }
    }
    Ok(())
}

/// Bounds the exemplars of an identity that were added one by one.
pub(crate) async fn bound(transaction: &DatabaseTransaction, identity: i64) -> Result<(), Failure> {
    for Counted { id, faces, appearances } in counted(transaction, &[identity]).await? {
        for (kind, count) in [(ExemplarKind::Face, faces), (ExemplarKind::Appearance, appearances)] {
            if count > EXEMPLARS_MAX as i64 {
                thin_out(transaction, id, kind).await?;
            }
        }
    }
    Ok(())
}

async fn counted(transaction: &DatabaseTransaction, identities: &[i64]) -> Result<Vec<Counted>, Failure> {
    sql::all(
        transaction,
        "SELECT i.id, count(*) FILTER (WHERE e.kind = 'face') AS faces, \
                count(*) FILTER (WHERE e.kind = 'appearance') AS appearances \
         FROM identities AS i LEFT JOIN exemplars AS e ON e.identity_id = i.id WHERE i.id = ANY($1) GROUP BY i.id",
        [identities.to_vec().into()],
    )
    .await
}

async fn thin_out(transaction: &DatabaseTransaction, identity: i64, kind: ExemplarKind) -> Result<(), Failure> {
    let select =
        "SELECT id, model, vector, quality, captured FROM exemplars WHERE identity_id = $1 AND kind = $2 ORDER BY id";
    let rows: Vec<ViewRow> = sql::all(transaction, select, [identity.into(), kind.as_str().into()]).await?;
    let kept = chosen(rows, kind)?;
    let kept: Vec<i64> = kept.iter().map(|view| view.row).collect();
    let delete = "DELETE FROM exemplars WHERE identity_id = $1 AND kind = $2 AND id <> ALL($3)";
    sql::execute(transaction, delete, [identity.into(), kind.as_str().into(), kept.into()]).await?;
    Ok(())
}

async fn refill(transaction: &DatabaseTransaction, identity: i64, kind: ExemplarKind) -> Result<(), Failure> {
    let column = match kind {
        ExemplarKind::Face => "face",
        ExemplarKind::Appearance => "body",
    };
    let select = format!(
        "SELECT s.id, v.{column}_model AS model, v.{column}_vector AS vector, v.{column}_quality AS quality, s.ts AS captured \
         FROM sightings AS s JOIN sighting_vectors AS v ON v.sighting_id = s.id \
         WHERE s.identity_id = $1 AND v.{column}_vector IS NOT NULL ORDER BY v.{column}_quality DESC, s.id LIMIT $2"
    );
    let rows: Vec<ViewRow> = sql::all(transaction, &select, [identity.into(), TRACKS_MAX.into()]).await?;
    let insert = "INSERT INTO exemplars (identity_id, sighting_id, kind, model, vector, quality, captured) \
                  VALUES ($1, $2, $3, $4, $5, $6, $7)";
    for View { row, feature, captured } in chosen(rows, kind)? {
        let values = [
            identity.into(),
            row.into(),
            kind.as_str().into(),
            feature.model.as_str().into(),
            feature.embedding.to_bytes().into(),
            feature.quality.into(),
            time::to_column(captured).into(),
        ];
        sql::execute(transaction, insert, values).await?;
    }
    Ok(())
}

fn chosen(rows: Vec<ViewRow>, kind: ExemplarKind) -> Result<Vec<View>, Failure> {
    let views: Vec<View> = rows.into_iter().map(view).collect::<Result<_, _>>()?;
    let shown: Vec<ExemplarView<'_>> =
        views.iter().map(|view| ExemplarView { feature: &view.feature, captured: view.captured }).collect();
    let kept = select_exemplars(&shown, kind == ExemplarKind::Face, &AssociationRules::default());
    let mut place = 0..;
    Ok(views.into_iter().filter(|_| place.next().is_some_and(|place| kept.contains(&place))).collect())
}

fn view(row: ViewRow) -> Result<View, Failure> {
    Ok(View {
        feature: sql::feature(&row.vector, &row.model, row.quality, "exemplar or sighting_vectors")?,
        captured: time::from_column(row.captured, "captured")?,
        row: row.id,
    })
}
