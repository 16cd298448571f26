//! What holds after every transaction, whoever wrote: checked in SQL, each by what is left over when it does not hold.

use iris_testkit::postgres::TestDatabase;

use crate::support::counters_that_differ;

/// Each rule with a query for what breaks it.
const RULES: [(&str, &str); 18] = [
    (
        "identities count their sightings",
        "SELECT i.id FROM identities AS i LEFT JOIN (SELECT identity_id, count(*) AS n, \
            sum((extract(epoch FROM end_ts - ts) * 1000000)::bigint) AS micros FROM sightings GROUP BY 1) AS s ON s.identity_id = i.id \
         WHERE (i.num_sightings, i.total_micros) <> (coalesce(s.n, 0), coalesce(s.micros, 0))",
    ),
    (
        "identities know when they were seen",
        "SELECT i.id FROM identities AS i JOIN (SELECT identity_id, min(ts) AS first, max(end_ts) AS last FROM sightings GROUP BY 1) AS s \
            ON s.identity_id = i.id WHERE (i.first_seen, i.last_seen) <> (s.first, s.last)",
    ),
    ("only a named identity has no sighting", "SELECT id FROM identities WHERE num_sightings = 0 AND NOT is_named"),
    (
        "cameras of identities are counted",
        "(SELECT identity_id, camera_id, object_class, count(*), sum(micros) FROM sightings GROUP BY 1, 2, 3 \
          EXCEPT SELECT identity_id, camera_id, object_class, sightings, micros FROM identity_cameras) UNION ALL \
         (SELECT identity_id, camera_id, object_class, sightings, micros FROM identity_cameras \
          EXCEPT SELECT identity_id, camera_id, object_class, count(*), sum(micros) FROM sightings GROUP BY 1, 2, 3)",
    ),
    (
        "identities of cameras are counted",
        "(SELECT object_class, camera_id, count(*) FROM identity_cameras GROUP BY 1, 2 \
          EXCEPT SELECT object_class, camera_id, identities FROM camera_totals) UNION ALL \
         (SELECT object_class, camera_id, identities FROM camera_totals WHERE identities <> 0 \
          EXCEPT SELECT object_class, camera_id, count(*) FROM identity_cameras GROUP BY 1, 2)",
    ),
    (
        "identities are counted",
        "(SELECT object_class, is_named, count(*) FROM identities GROUP BY 1, 2 \
          EXCEPT SELECT object_class, is_named, identities FROM identity_totals) UNION ALL \
         (SELECT object_class, is_named, identities FROM identity_totals WHERE identities <> 0 \
          EXCEPT SELECT object_class, is_named, count(*) FROM identities GROUP BY 1, 2)",
    ),
    (
        "totals are counted",
        "(SELECT object_class, camera_id, match_kind, count(*), sum(micros) FROM sightings GROUP BY 1, 2, 3 \
          EXCEPT SELECT object_class, camera_id, match_kind, sightings, micros FROM sighting_totals) UNION ALL \
         (SELECT object_class, camera_id, match_kind, sightings, micros FROM sighting_totals \
          EXCEPT SELECT object_class, camera_id, match_kind, count(*), sum(micros) FROM sightings GROUP BY 1, 2, 3)",
    ),
    (
        "hours are counted",
        "(SELECT object_class, date_trunc('hour', ts, 'UTC'), count(*) FROM sightings GROUP BY 1, 2 \
          EXCEPT SELECT object_class, hour, sightings FROM sighting_hours) UNION ALL \
         (SELECT object_class, hour, sightings FROM sighting_hours \
          EXCEPT SELECT object_class, date_trunc('hour', ts, 'UTC'), count(*) FROM sightings GROUP BY 1, 2)",
    ),
    (
        "exemplars are their sighting's identity's",
        "SELECT e.id FROM exemplars AS e JOIN sightings AS s ON s.id = e.sighting_id WHERE s.identity_id <> e.identity_id",
    ),
    ("exemplars are few", "SELECT identity_id, kind FROM exemplars GROUP BY 1, 2 HAVING count(*) > 12"),
    (
        "captured faces are their sighting's identity's",
        "SELECT f.id FROM face_samples AS f JOIN sightings AS s ON s.id = f.sighting_id WHERE s.identity_id <> f.identity_id",
    ),
    (
        "links are their sighting's identity's and of their event's time",
        "SELECT es.event_id, es.sighting_id FROM event_sightings AS es JOIN sightings AS s ON s.id = es.sighting_id \
            JOIN events AS e ON e.id = es.event_id WHERE (es.identity_id, es.event_ts) <> (s.identity_id, e.ts)",
    ),
    (
        "identities are of their sightings' class",
        "SELECT s.id FROM sightings AS s JOIN identities AS i ON i.id = s.identity_id WHERE s.object_class <> i.object_class",
    ),
    (
        "identities are shown by a crop of their own",
        "SELECT id FROM identities AS i WHERE rep_thumb_path IS DISTINCT FROM (SELECT thumb_path FROM sightings WHERE identity_id = i.id \
            AND thumb_path = i.rep_thumb_path) OR (rep_thumb_path IS NULL AND EXISTS \
            (SELECT FROM sightings WHERE identity_id = i.id AND thumb_path IS NOT NULL))",
    ),
    (
        "identities are shown by their best face",
        "SELECT id FROM identities AS i WHERE face_quality IS DISTINCT FROM (SELECT max(quality) FROM face_samples WHERE identity_id = i.id) \
            OR (face_thumb_path IS NOT NULL AND NOT EXISTS (SELECT FROM face_samples WHERE identity_id = i.id AND thumb_path = face_thumb_path))",
    ),
    (
        "sightings are in the presences they overlap, and in no other event",
        "(SELECT e.id, s.id FROM events AS e JOIN sightings AS s ON s.camera_id = e.camera_id WHERE e.kind = 'track' \
            AND s.ts <= coalesce(e.end_ts, 'infinity') + interval '2 s' AND s.end_ts >= e.ts - interval '2 s' \
          EXCEPT SELECT event_id, sighting_id FROM event_sightings) UNION ALL \
         (SELECT event_id, sighting_id FROM event_sightings \
          EXCEPT SELECT e.id, s.id FROM events AS e JOIN sightings AS s ON s.camera_id = e.camera_id WHERE e.kind = 'track' \
            AND s.ts <= coalesce(e.end_ts, 'infinity') + interval '2 s' AND s.end_ts >= e.ts - interval '2 s')",
    ),
    (
        "the main subject of an event is of its class if any is, and of those the one longest in view",
        "WITH views AS (SELECT e.id AS event_id, s.identity_id, bool_or(s.object_class = e.label) AS of_label, \
            sum(greatest(interval '0', least(s.end_ts, coalesce(e.end_ts, s.end_ts)) - greatest(s.ts, e.ts))) AS view \
            FROM events AS e JOIN event_sightings AS es ON es.event_id = e.id JOIN sightings AS s ON s.id = es.sighting_id GROUP BY 1, 2) \
         SELECT e.id FROM events AS e WHERE (e.identity_id IS NULL) <> (NOT EXISTS (SELECT FROM views WHERE event_id = e.id)) \
            OR EXISTS (SELECT FROM views AS mine JOIN views AS other ON other.event_id = mine.event_id \
                WHERE mine.event_id = e.id AND mine.identity_id = e.identity_id \
                AND (other.of_label, other.view, -other.identity_id) > (mine.of_label, mine.view, -mine.identity_id)) \
            OR (e.identity_id IS NOT NULL AND NOT EXISTS (SELECT FROM views WHERE event_id = e.id AND identity_id = e.identity_id))",
    ),
    (
        "the gallery is told of every identity that has exemplars",
        "SELECT identity_id FROM exemplars EXCEPT SELECT subject_id FROM gallery_changes WHERE subject = 'identity'",
    ),
];

/// Fails with the rules that do not hold and what breaks them.
pub fn check_invariants(database: &TestDatabase) {
    check_invariants_by(|query| database.sql(query).unwrap());
}

/// As [`check_invariants`], of a database that answers queries in some other way. Asks once, so that all is of one moment.
pub fn check_invariants_by(ask: impl Fn(&str) -> String) {
    let counters = ("events are counted", counters_that_differ());
    let rules = RULES.iter().map(|(rule, query)| (*rule, (*query).to_owned())).chain([counters]);
    let asked: Vec<String> =
        rules.map(|(rule, query)| format!("SELECT $${rule}$$, broken::text FROM ({query}) AS broken")).collect();
    let broken = ask(&asked.join(" UNION ALL "));
    assert!(broken.is_empty(), "{broken}");
}
