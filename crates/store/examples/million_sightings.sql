-- A sighting for each of the million events that `million_events.sql` makes: of 50,000 identities, of which few are seen very often and most
-- rarely, a twentieth of the people recognised as one of a hundred enrolled ones. For `bench_identities`.
INSERT INTO people (name) SELECT 'person ' || n FROM generate_series(1, 100) AS n;

INSERT INTO identities (object_class, name, is_named, first_seen, last_seen, created_at)
SELECT (array['person', 'person', 'person', 'car', 'bicycle'])[1 + n % 5], CASE WHEN n % 40 = 0 THEN 'name ' || n END, n % 40 = 0,
       '2024-11-23Z', '2024-11-23Z', timestamptz '2024-11-23Z' + n * interval '20 minutes'
FROM generate_series(1, 50000) AS n;

DO $$
DECLARE
    events_min bigint := (SELECT min(id) FROM events);
    events_max bigint := (SELECT max(id) FROM events);
    step constant bigint := 50000;
BEGIN
    FOR start IN events_min .. events_max BY step LOOP
        INSERT INTO sightings (track_run, track_number, camera_id, source_generation, identity_id, object_class, ts, end_ts, ended,
                               confidence, match_kind, match_score, evidence, person_id, person_name, thumb_path)
        SELECT e.key, 1, e.camera_id, 1, i.id, i.object_class, e.ts, e.end_ts, true, 0.8,
               (array['face', 'appearance', 'appearance', 'new'])[1 + e.id % 4], 0.7, '{"kind": "appearance", "reason": "alike"}',
               CASE WHEN e.id % 20 = 0 THEN 1 + e.id % 100 END, CASE WHEN e.id % 20 = 0 THEN 'person ' || 1 + e.id % 100 END,
               'bodies/' || e.key || '.jpg'
        FROM (SELECT id, key, camera_id, ts, end_ts, ceil(50000 * power(random(), 3)) AS place FROM events
              WHERE id >= start AND id < start + step) AS e
        JOIN (SELECT id, object_class, row_number() OVER (ORDER BY id) AS place FROM identities) AS i USING (place);
        INSERT INTO event_sightings (event_id, sighting_id, identity_id, event_ts)
        SELECT e.id, s.id, s.identity_id, e.ts FROM events AS e JOIN sightings AS s ON s.track_run = e.key WHERE e.id >= start AND e.id < start + step;
        UPDATE events AS e SET identity_id = s.identity_id, person_id = s.person_id, person_name = s.person_name
        FROM sightings AS s WHERE s.track_run = e.key AND e.id >= start AND e.id < start + step;
    END LOOP;
    -- Nobody is left who was never seen.
    DELETE FROM identities WHERE num_sightings = 0;
END
$$;
