//! Entries, queries and hits in Qdrant's terms.

use iris_domain::{IdentityId, PersonId};
use qdrant_client::Payload;
use qdrant_client::qdrant::group_id::Kind as GroupKind;
use qdrant_client::qdrant::r#match::MatchValue;
use qdrant_client::qdrant::point_id::PointIdOptions;
use qdrant_client::qdrant::{
    Condition, CountPoints, CountPointsBuilder, DeletePoints, DeletePointsBuilder, FieldType, Filter, GetPoints,
    GetPointsBuilder, PointGroup, PointStruct, QuantizationSearchParamsBuilder, Query as PointQuery,
    QueryGroupsResponse, QueryPointGroups, QueryPointGroupsBuilder, Range, SearchParamsBuilder,
};

use super::call::Failure;
use crate::{Entry, Hit, Of, Query, SCORES_MAX, Subject};

const SUBJECT: &str = "subject";
const CLASS: &str = "class";
const CAPTURED: &str = "captured";
const CAMERA: &str = "camera";

/// What points can be filtered by. The camera is for people who look at the gallery with Qdrant's own tools.
pub(super) const INDEXED: [(&str, FieldType); 4] = [
    (SUBJECT, FieldType::Integer),
    (CLASS, FieldType::Keyword),
    (CAPTURED, FieldType::Integer),
    (CAMERA, FieldType::Integer),
];

/// A compressed collection finds so many times as many as were asked for and puts them in order by their full vectors.
const OVERSAMPLING: f64 = 2.0;

pub(super) fn of_entry(entry: &Entry) -> PointStruct {
    let mut payload = Payload::new();
    payload.insert(SUBJECT, entry.subject.number());
    payload.insert(CLASS, entry.class.as_str());
    payload.insert(CAPTURED, entry.captured.as_micros());
    if let Some(camera_id) = entry.camera {
        payload.insert(CAMERA, camera_id.get());
    }
    PointStruct::new(entry.id, entry.feature.embedding.values().to_vec(), payload)
}

/// One group per subject, each with its best points.
pub(super) fn search(collection: &str, query: &Query<'_>) -> QueryPointGroups {
    let rescored = QuantizationSearchParamsBuilder::default().rescore(true).oversampling(OVERSAMPLING);
    QueryPointGroupsBuilder::new(collection, SUBJECT)
        .query(PointQuery::new_nearest(query.feature.embedding.values().to_vec()))
        .filter(filter(query))
        .params(SearchParamsBuilder::default().quantization(rescored))
        .limit(query.limit as u64)
        .group_size(SCORES_MAX as u64)
        .with_payload(false)
        .with_vectors(false)
        .build()
}

fn filter(query: &Query<'_>) -> Filter {
    let mut filter = Filter::default();
    if let Some(class) = query.class {
        // Of a text with a blank, such as `traffic light`, the client would make a search for words.
        filter.must.push(Condition::matches(CLASS, MatchValue::Keyword(class.as_str().to_owned())));
    }
    if let Some(since) = query.since {
        // Microseconds are exact in a double until the year 2255.
        let range = Range { gte: Some(since.as_micros() as f64), ..Range::default() };
        filter.must.push(Condition::range(CAPTURED, range));
    }
    let excluded: Vec<i64> =
        query.exclude.iter().filter(|subject| subject.of() == query.of).map(|subject| subject.number()).collect();
    if !excluded.is_empty() {
        filter.must_not.push(Condition::matches(SUBJECT, excluded));
    }
    filter
}

/// Of a subject's points all but these.
pub(super) fn removal(collection: &str, subject: Subject, keep: &[u64]) -> DeletePoints {
    let mut filter = Filter::must([Condition::matches(SUBJECT, subject.number())]);
    if !keep.is_empty() {
        filter.must_not.push(Condition::has_id(keep.iter().copied()));
    }
    DeletePointsBuilder::new(collection).points(filter).wait(true).build()
}

pub(super) fn count(collection: &str) -> CountPoints {
    CountPointsBuilder::new(collection).exact(true).build()
}

pub(super) fn get(collection: &str, point: u64) -> GetPoints {
    GetPointsBuilder::new(collection, vec![point.into()]).with_payload(true).build()
}

pub(super) fn hits(answer: QueryGroupsResponse, of: Of) -> Result<Vec<Hit>, Failure> {
    let groups = answer.result.map(|result| result.groups).unwrap_or_default();
    let mut hits = Vec::with_capacity(groups.len());
    for group in groups {
        hits.extend(hit(group, of)?);
    }
    hits.sort_by(Hit::order);
    Ok(hits)
}

fn hit(group: PointGroup, of: Of) -> Result<Option<Hit>, Failure> {
    let subject = subject(&group, of)
        .ok_or_else(|| Failure::Corrupt(format!("a group of points is of {:?}, no subject's number", group.id)))?;
    let mut scores = Vec::with_capacity(group.hits.len());
    for point in group.hits {
        let Some(PointIdOptions::Num(id)) = point.id.and_then(|id| id.point_id_options) else {
            return Err(Failure::Corrupt(format!("a point of {subject} has no number")));
        };
        // Rounding may leave a cosine a little above one.
        scores.push((id, point.score.clamp(-1.0, 1.0)));
    }
    Ok(Hit::best_of(subject, scores))
}

fn subject(group: &PointGroup, of: Of) -> Option<Subject> {
    let number = match group.id.as_ref()?.kind.as_ref()? {
        GroupKind::IntegerValue(number) => *number,
        GroupKind::UnsignedValue(number) => i64::try_from(*number).ok()?,
        GroupKind::StringValue(_) => return None,
    };
    match of {
        Of::Identities => IdentityId::new(number).ok().map(Subject::Identity),
        Of::People => PersonId::new(number).ok().map(Subject::Person),
    }
}

#[cfg(test)]
mod tests {
    use iris_domain::{Class, Embedding, Feature, ModelFingerprint, Timestamp};
    use qdrant_client::qdrant::{GroupId, GroupsResult, ScoredPoint};

    use super::*;
    use crate::Kind;

    fn identity(number: i64) -> Subject {
        Subject::Identity(IdentityId::new(number).unwrap())
    }

    fn group(number: i64, scores: &[(u64, f32)]) -> PointGroup {
        let hits = scores.iter().map(|(id, score)| ScoredPoint {
            id: Some((*id).into()),
            score: *score,
            ..ScoredPoint::default()
        });
        let id = Some(GroupId { kind: Some(GroupKind::IntegerValue(number)) });
        PointGroup { id, hits: hits.collect(), lookup: None }
    }

    #[test]
    fn groups_become_hits_in_the_order_of_a_gallery() {
        let groups = vec![group(9, &[(1, 0.5)]), group(2, &[(4, 1.000_001), (3, 0.5)]), group(1, &[(8, 0.5)])];
        let answer = QueryGroupsResponse { result: Some(GroupsResult { groups }), ..QueryGroupsResponse::default() };
        let Ok(hits) = hits(answer, Of::Identities) else { panic!("these are hits") };
        let subjects: Vec<Subject> = hits.iter().map(|hit| hit.subject).collect();
        assert_eq!(subjects, [identity(2), identity(1), identity(9)]);
        assert_eq!((hits[0].entry, hits[0].score, hits[0].scores.as_slice()), (4, 1.0, &[1.0, 0.5][..]));
    }

    #[test]
    fn a_group_that_is_no_subject_is_refused() {
        let unnamed = PointGroup { id: None, hits: Vec::new(), lookup: None };
        assert!(matches!(hit(unnamed, Of::People), Err(Failure::Corrupt(_))));
        assert!(matches!(hit(group(-3, &[(1, 0.5)]), Of::People), Err(Failure::Corrupt(_))));
    }

    #[test]
    fn a_class_of_two_words_is_matched_as_a_whole_and_only_subjects_of_the_kind_are_excluded() {
        let feature = Feature {
            embedding: Embedding::new(&[1.0]).unwrap(),
            model: ModelFingerprint::new("m").unwrap(),
            quality: 1.0,
        };
        let class = Class::new("traffic light").unwrap();
        let exclude = [identity(5), Subject::Person(PersonId::new(6).unwrap())];
        let query = Query {
            class: Some(&class),
            since: Timestamp::from_micros(7),
            exclude: &exclude,
            ..Query::new(Of::Identities, Kind::Face, &feature, 3)
        };
        let filter = filter(&query);
        let keyword = MatchValue::Keyword("traffic light".to_owned());
        let range = Range { gte: Some(7.0), ..Range::default() };
        assert_eq!(filter.must, [Condition::matches(CLASS, keyword), Condition::range(CAPTURED, range)]);
        assert_eq!(filter.must_not, [Condition::matches(SUBJECT, vec![5])]);
    }
}
