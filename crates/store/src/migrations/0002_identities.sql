-- Who was seen: identities and their sightings, enrolled people, captured faces, and what is derived from them.
-- Vectors are little-endian f32 of length one; each names the models it comes from.

CREATE TABLE people (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text        NOT NULL CHECK (char_length(name) BETWEEN 1 AND 128),
    notes      text        CHECK (notes <> ''),
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX people_by_name ON people (lower(name), id);

CREATE TABLE person_faces (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id  bigint      NOT NULL REFERENCES people ON DELETE CASCADE,
    model      text        NOT NULL CHECK (model <> ''),
    vector     bytea       NOT NULL CHECK (octet_length(vector) > 0 AND octet_length(vector) % 4 = 0),
    quality    real        NOT NULL CHECK (quality BETWEEN 0 AND 1),
    image_path text,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX person_faces_of_person ON person_faces (person_id, id);

-- The counters and times are those of the identity's sightings, kept by the trigger below. An identity that has lost all its
-- sightings keeps the times of the last ones.
CREATE TABLE identities (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name            text        CHECK (char_length(name) BETWEEN 1 AND 128),
    is_named        boolean     NOT NULL DEFAULT false,
    notes           text        CHECK (notes <> ''),
    object_class    text        NOT NULL CHECK (object_class <> ''),
    color           text,
    color_hex       text,
    make            text,
    vehicle_type    text,
    num_sightings   bigint      NOT NULL DEFAULT 0 CHECK (num_sightings >= 0),
    total_micros    bigint      NOT NULL DEFAULT 0 CHECK (total_micros >= 0),
    first_seen      timestamptz NOT NULL,
    last_seen       timestamptz NOT NULL,
    -- The crop of its best sighting, and its best face.
    rep_thumb_path  text,
    rep_confidence  real        CHECK ((rep_thumb_path IS NULL) = (rep_confidence IS NULL)),
    face_thumb_path text,
    face_quality    real        CHECK ((face_thumb_path IS NULL) = (face_quality IS NULL)),
    created_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX identities_newest ON identities (last_seen, id);
CREATE INDEX identities_of_class_newest ON identities (object_class, last_seen, id);
CREATE INDEX identities_named_newest ON identities (last_seen, id) WHERE is_named;
CREATE INDEX identities_of_class_founded ON identities (object_class, created_at);
-- Counting those with so many sightings reads this alone.
CREATE INDEX identities_counted ON identities (object_class, num_sightings, is_named);

-- One track's stay on one camera. Written any number of times by its track's key.
CREATE TABLE sightings (
    id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    track_run         uuid        NOT NULL,
    track_number      bigint      NOT NULL CHECK (track_number >= 0),
    camera_id         bigint      NOT NULL REFERENCES cameras ON DELETE CASCADE,
    source_generation bigint      NOT NULL,
    identity_id       bigint      NOT NULL REFERENCES identities ON DELETE CASCADE,
    object_class      text        NOT NULL CHECK (object_class <> ''),
    ts                timestamptz NOT NULL,
    end_ts            timestamptz NOT NULL CHECK (end_ts >= ts),
    micros            bigint      NOT NULL GENERATED ALWAYS AS ((extract(epoch FROM end_ts - ts) * 1000000)::bigint) STORED,
    ended             boolean     NOT NULL,
    confidence        real        NOT NULL CHECK (confidence BETWEEN 0 AND 1),
    match_kind        text        NOT NULL CHECK (match_kind IN ('face', 'appearance', 'new', 'manual')),
    match_score       real,
    match_margin      real,
    evidence          jsonb       NOT NULL,
    person_id         bigint      REFERENCES people ON DELETE SET NULL,
    -- The person's name when it was recognised; it outlives the person.
    person_name       text,
    person_score      real,
    thumb_path        text,
    created_at        timestamptz NOT NULL DEFAULT now(),
    UNIQUE (track_run, track_number)
);
CREATE INDEX sightings_of_identity_newest ON sightings (identity_id, ts, id);
-- Which sightings a stretch of time on a camera meets.
CREATE INDEX sightings_of_camera_by_end ON sightings (camera_id, end_ts);
CREATE INDEX sightings_of_source ON sightings (camera_id, source_generation);
CREATE INDEX sightings_of_person ON sightings (person_id) WHERE person_id IS NOT NULL;
CREATE INDEX sightings_newest ON sightings (ts, id);

-- What a track looked like on the whole.
CREATE TABLE sighting_vectors (
    sighting_id  bigint PRIMARY KEY REFERENCES sightings ON DELETE CASCADE,
    face_vector  bytea CHECK (octet_length(face_vector) > 0 AND octet_length(face_vector) % 4 = 0),
    face_model   text  CHECK ((face_vector IS NULL) = (face_model IS NULL)),
    face_quality real  CHECK ((face_vector IS NULL) = (face_quality IS NULL) AND face_quality BETWEEN 0 AND 1),
    body_vector  bytea CHECK (octet_length(body_vector) > 0 AND octet_length(body_vector) % 4 = 0),
    body_model   text  CHECK ((body_vector IS NULL) = (body_model IS NULL)),
    body_quality real  CHECK ((body_vector IS NULL) = (body_quality IS NULL) AND body_quality BETWEEN 0 AND 1)
);

-- What an identity is known again by: few, and the best. `identity_id` is always that of the sighting.
CREATE TABLE exemplars (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    identity_id bigint      NOT NULL REFERENCES identities ON DELETE CASCADE,
    sighting_id bigint      NOT NULL REFERENCES sightings ON DELETE CASCADE,
    kind        text        NOT NULL CHECK (kind IN ('face', 'appearance')),
    model       text        NOT NULL CHECK (model <> ''),
    vector      bytea       NOT NULL CHECK (octet_length(vector) > 0 AND octet_length(vector) % 4 = 0),
    quality     real        NOT NULL CHECK (quality BETWEEN 0 AND 1),
    captured    timestamptz NOT NULL,
    -- The same view told twice is one exemplar.
    UNIQUE (sighting_id, kind, captured)
);
CREATE INDEX exemplars_of_identity ON exemplars (identity_id, kind);

-- Faces as they were captured, to be grouped and enrolled by hand. `identity_id` is always that of the sighting.
CREATE TABLE face_samples (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    identity_id bigint      NOT NULL REFERENCES identities ON DELETE CASCADE,
    sighting_id bigint      NOT NULL REFERENCES sightings ON DELETE CASCADE,
    camera_id   bigint      NOT NULL REFERENCES cameras ON DELETE CASCADE,
    ts          timestamptz NOT NULL,
    quality     real        NOT NULL CHECK (quality BETWEEN 0 AND 1),
    label       text        CHECK (label <> ''),
    model       text        NOT NULL CHECK (model <> ''),
    vector      bytea       NOT NULL CHECK (octet_length(vector) > 0 AND octet_length(vector) % 4 = 0),
    thumb_path  text        NOT NULL,
    -- The same face told twice is one face.
    UNIQUE (sighting_id, ts)
);
CREATE INDEX face_samples_newest ON face_samples (ts, id);
CREATE INDEX face_samples_of_identity_newest ON face_samples (identity_id, ts, id);
CREATE INDEX face_samples_of_camera ON face_samples (camera_id);
CREATE INDEX face_samples_of_label ON face_samples (label) WHERE label IS NOT NULL;

-- Tracks that wait for a better view before they become sightings, as the leader of re-ID writes them down for its successor.
CREATE TABLE tracklets (
    track_run    uuid        NOT NULL,
    track_number bigint      NOT NULL CHECK (track_number >= 0),
    camera_id    bigint      NOT NULL REFERENCES cameras ON DELETE CASCADE,
    state        bytea       NOT NULL,
    updated_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (track_run, track_number)
);
CREATE INDEX tracklets_of_camera ON tracklets (camera_id);

-- Keys of tracks whose sightings were deleted, so that a late observation does not bring one back.
CREATE TABLE forgotten_tracks (
    track_run    uuid        NOT NULL,
    track_number bigint      NOT NULL,
    forgotten_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (track_run, track_number)
);
CREATE INDEX forgotten_tracks_oldest ON forgotten_tracks (forgotten_at);

-- Pairs that an operator said are not the same.
CREATE TABLE identity_apart (
    a bigint NOT NULL REFERENCES identities ON DELETE CASCADE,
    b bigint NOT NULL REFERENCES identities ON DELETE CASCADE,
    PRIMARY KEY (a, b),
    CHECK (a < b)
);
CREATE INDEX identity_apart_by_second ON identity_apart (b);

-- What was corrected, by whom, and what it takes to undo it. `identities` are those that it was about: when one of them is
-- deleted for good, what the entry knows of it goes too.
CREATE TABLE identity_operations (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind       text        NOT NULL CHECK (kind IN ('merge', 'split', 'reject', 'rename', 'delete', 'clear', 'undo')),
    at         timestamptz NOT NULL DEFAULT now(),
    by         text        NOT NULL,
    identities bigint[]    NOT NULL,
    summary    jsonb       NOT NULL,
    undo       jsonb       CHECK (undo IS NULL OR kind IN ('merge', 'split')),
    undone_at  timestamptz
);
CREATE INDEX identity_operations_about ON identity_operations USING gin (identities);

-- The newest change of each identity and person that the vector index has to take over. Whoever writes here holds the identities'
-- lock until it commits, so that epochs become visible in their order.
CREATE TABLE gallery_changes (
    epoch      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject    text   NOT NULL CHECK (subject IN ('identity', 'person')),
    subject_id bigint NOT NULL,
    UNIQUE (subject, subject_id)
);

-- Who is in an event. A presence that was split has several events, so a sighting can be in more than one. `identity_id` is always
-- that of the sighting and `event_ts` that of the event, so that an identity's events are read from one index.
CREATE TABLE event_sightings (
    event_id    bigint      NOT NULL REFERENCES events ON DELETE CASCADE,
    sighting_id bigint      NOT NULL REFERENCES sightings ON DELETE CASCADE,
    identity_id bigint      NOT NULL,
    event_ts    timestamptz NOT NULL,
    PRIMARY KEY (event_id, sighting_id)
);
CREATE INDEX event_sightings_of_sighting ON event_sightings (sighting_id);
CREATE INDEX event_sightings_of_identity_newest ON event_sightings (identity_id, event_ts, event_id);

-- The main subject: of those in the event the one that was longest in view.
ALTER TABLE events
    ADD COLUMN identity_id bigint REFERENCES identities ON DELETE SET NULL,
    ADD COLUMN person_id   bigint REFERENCES people ON DELETE SET NULL,
    ADD COLUMN person_name text;
CREATE INDEX events_of_identity ON events (identity_id) WHERE identity_id IS NOT NULL;
-- A person's events are few enough to be counted, whatever else is asked of them.
CREATE INDEX events_of_person_newest ON events (person_id, ts, id) INCLUDE (camera_id, label) WHERE person_id IS NOT NULL;

-- Counters, only ever written by the triggers below. Room on each page for the new version of a row whose counts change.
CREATE TABLE identity_cameras (
    identity_id  bigint NOT NULL REFERENCES identities ON DELETE CASCADE,
    camera_id    bigint NOT NULL,
    object_class text   NOT NULL,
    sightings    bigint NOT NULL,
    micros       bigint NOT NULL,
    PRIMARY KEY (identity_id, camera_id)
) WITH (fillfactor = 70);
CREATE TABLE camera_totals (
    object_class text   NOT NULL,
    camera_id    bigint NOT NULL,
    identities   bigint NOT NULL,
    PRIMARY KEY (object_class, camera_id)
) WITH (fillfactor = 50);
CREATE TABLE identity_totals (
    object_class text    NOT NULL,
    is_named     boolean NOT NULL,
    identities   bigint  NOT NULL,
    PRIMARY KEY (object_class, is_named)
) WITH (fillfactor = 50);
CREATE TABLE sighting_totals (
    object_class text   NOT NULL,
    camera_id    bigint NOT NULL,
    match_kind   text   NOT NULL,
    sightings    bigint NOT NULL,
    micros       bigint NOT NULL,
    PRIMARY KEY (object_class, camera_id, match_kind)
) WITH (fillfactor = 50);
CREATE TABLE sighting_hours (
    object_class text        NOT NULL,
    hour         timestamptz NOT NULL,
    sightings    bigint      NOT NULL,
    PRIMARY KEY (object_class, hour)
) WITH (fillfactor = 50);

CREATE TYPE sighting_change AS (
    identity_id  bigint,
    camera_id    bigint,
    object_class text,
    match_kind   text,
    hour         timestamptz,
    sightings    bigint,
    micros       bigint,
    first_seen   timestamptz,
    last_seen    timestamptz
);

-- Runs once per statement with the rows it inserted, deleted or changed; whoever writes, cascades included, is counted.
CREATE FUNCTION count_sightings() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changes sighting_change[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        changes := ARRAY(
            SELECT ROW (identity_id, camera_id, object_class, match_kind, date_trunc('hour', ts, 'UTC'),
                        count(*), sum(micros), min(ts), max(end_ts))::sighting_change
            FROM added GROUP BY identity_id, camera_id, object_class, match_kind, date_trunc('hour', ts, 'UTC'));
    ELSIF TG_OP = 'DELETE' THEN
        changes := ARRAY(
            SELECT ROW (identity_id, camera_id, object_class, match_kind, date_trunc('hour', ts, 'UTC'),
                        -count(*), -sum(micros), NULL, NULL)::sighting_change
            FROM removed GROUP BY identity_id, camera_id, object_class, match_kind, date_trunc('hour', ts, 'UTC'));
        INSERT INTO forgotten_tracks (track_run, track_number) SELECT track_run, track_number FROM removed
        ON CONFLICT DO NOTHING;
    ELSE
        changes := ARRAY(
            SELECT ROW (identity_id, camera_id, object_class, match_kind, date_trunc('hour', ts, 'UTC'),
                        sum(sign), sum(sign * micros), min(ts) FILTER (WHERE sign = 1),
                        max(end_ts) FILTER (WHERE sign = 1))::sighting_change
            FROM (SELECT 1 AS sign, identity_id, camera_id, object_class, match_kind, ts, end_ts, micros FROM added
                  UNION ALL
                  SELECT -1, identity_id, camera_id, object_class, match_kind, ts, end_ts, micros FROM removed) AS both_sides
            GROUP BY identity_id, camera_id, object_class, match_kind, date_trunc('hour', ts, 'UTC')
            HAVING sum(sign) <> 0 OR sum(sign * micros) <> 0);
    END IF;
    IF cardinality(changes) = 0 THEN
        RETURN NULL;
    END IF;

    -- What only grows is widened; what shrinks looks at what is left.
    UPDATE identities
    SET num_sightings = num_sightings + change.sightings,
        total_micros = total_micros + change.micros,
        first_seen = CASE
            WHEN shrinks THEN coalesce((SELECT min(ts) FROM sightings WHERE identity_id = identities.id), identities.first_seen)
            WHEN num_sightings = 0 THEN change.first_seen
            ELSE least(identities.first_seen, change.first_seen) END,
        last_seen = CASE
            WHEN shrinks THEN coalesce((SELECT max(end_ts) FROM sightings WHERE identity_id = identities.id), identities.last_seen)
            WHEN num_sightings = 0 THEN change.last_seen
            ELSE greatest(identities.last_seen, change.last_seen) END
    FROM (SELECT identity_id, sum(sightings)::bigint AS sightings, sum(micros)::bigint AS micros, min(first_seen) AS first_seen,
                 max(last_seen) AS last_seen, bool_or(sightings < 0 OR micros < 0) AS shrinks
          FROM unnest(changes) GROUP BY identity_id) AS change
    WHERE identities.id = change.identity_id;

    -- Where less is left the identity itself may be gone, and with it the counter.
    UPDATE identity_cameras AS kept SET sightings = kept.sightings + change.sightings, micros = kept.micros + change.micros
    FROM (SELECT identity_id, camera_id, sum(sightings)::bigint AS sightings, sum(micros)::bigint AS micros
          FROM unnest(changes) GROUP BY identity_id, camera_id HAVING sum(sightings) < 0) AS change
    WHERE (kept.identity_id, kept.camera_id) = (change.identity_id, change.camera_id);
    INSERT INTO identity_cameras AS kept (identity_id, camera_id, object_class, sightings, micros)
    SELECT identity_id, camera_id, min(object_class), sum(sightings), sum(micros)
    FROM unnest(changes) GROUP BY identity_id, camera_id HAVING sum(sightings) >= 0
    ORDER BY identity_id, camera_id
    ON CONFLICT (identity_id, camera_id)
    DO UPDATE SET sightings = kept.sightings + excluded.sightings, micros = kept.micros + excluded.micros;
    DELETE FROM identity_cameras
    WHERE sightings = 0 AND identity_id IN (SELECT identity_id FROM unnest(changes) WHERE sightings < 0);

    INSERT INTO sighting_totals AS kept (object_class, camera_id, match_kind, sightings, micros)
    SELECT object_class, camera_id, match_kind, sum(sightings), sum(micros)
    FROM unnest(changes) GROUP BY object_class, camera_id, match_kind
    HAVING sum(sightings) <> 0 OR sum(micros) <> 0
    ORDER BY object_class, camera_id, match_kind
    ON CONFLICT (object_class, camera_id, match_kind)
    DO UPDATE SET sightings = kept.sightings + excluded.sightings, micros = kept.micros + excluded.micros;
    INSERT INTO sighting_hours AS kept (object_class, hour, sightings)
    SELECT object_class, hour, sum(sightings)
    FROM unnest(changes) GROUP BY object_class, hour HAVING sum(sightings) <> 0
    ORDER BY object_class, hour
    ON CONFLICT (object_class, hour) DO UPDATE SET sightings = kept.sightings + excluded.sightings;
    IF TG_OP <> 'INSERT' THEN
        DELETE FROM sighting_totals WHERE sightings = 0;
        DELETE FROM sighting_hours AS kept USING unnest(changes) AS change
        WHERE (kept.object_class, kept.hour) = (change.object_class, change.hour) AND kept.sightings = 0;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER sightings_inserted AFTER INSERT ON sightings
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_sightings();
CREATE TRIGGER sightings_deleted AFTER DELETE ON sightings
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION count_sightings();
CREATE TRIGGER sightings_changed AFTER UPDATE ON sightings
    REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_sightings();

-- How many identities there are, and how many of them each camera saw. `changed` has what a statement inserted or deleted.
CREATE FUNCTION count_identities() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO identity_totals AS kept (object_class, is_named, identities)
    SELECT object_class, is_named, count(*) * CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END
    FROM changed GROUP BY object_class, is_named ORDER BY object_class, is_named
    ON CONFLICT (object_class, is_named) DO UPDATE SET identities = kept.identities + excluded.identities;
    RETURN NULL;
END
$$;
CREATE TRIGGER identities_inserted AFTER INSERT ON identities
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_identities();
CREATE TRIGGER identities_deleted AFTER DELETE ON identities
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_identities();
CREATE FUNCTION count_renamed_identity() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO identity_totals AS kept (object_class, is_named, identities)
    VALUES (new.object_class, false, CASE WHEN new.is_named THEN -1 ELSE 1 END),
           (new.object_class, true, CASE WHEN new.is_named THEN 1 ELSE -1 END)
    ON CONFLICT (object_class, is_named) DO UPDATE SET identities = kept.identities + excluded.identities;
    RETURN NULL;
END
$$;
CREATE TRIGGER identities_renamed AFTER UPDATE OF is_named ON identities FOR EACH ROW
    WHEN (old.is_named <> new.is_named) EXECUTE FUNCTION count_renamed_identity();
CREATE FUNCTION count_identities_of_cameras() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO camera_totals AS kept (object_class, camera_id, identities)
    SELECT object_class, camera_id, count(*) * CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END
    FROM changed GROUP BY object_class, camera_id ORDER BY object_class, camera_id
    ON CONFLICT (object_class, camera_id) DO UPDATE SET identities = kept.identities + excluded.identities;
    RETURN NULL;
END
$$;
CREATE TRIGGER identity_cameras_inserted AFTER INSERT ON identity_cameras
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_identities_of_cameras();
CREATE TRIGGER identity_cameras_deleted AFTER DELETE ON identity_cameras
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_identities_of_cameras();

-- What a sighting was from the start it stays, and TRUNCATE would pass the counters by.
CREATE FUNCTION refuse_uncounted_sighting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'camera_id, object_class and ts of a sighting never change, and sightings are deleted, not truncated';
END
$$;
CREATE TRIGGER sightings_fixed_columns BEFORE UPDATE OF camera_id, object_class, ts ON sightings FOR EACH ROW
    WHEN ((old.camera_id, old.object_class, old.ts) IS DISTINCT FROM (new.camera_id, new.object_class, new.ts))
    EXECUTE FUNCTION refuse_uncounted_sighting();
CREATE TRIGGER sightings_truncated BEFORE TRUNCATE ON sightings FOR EACH STATEMENT EXECUTE FUNCTION refuse_uncounted_sighting();
CREATE FUNCTION refuse_uncounted_identity() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'object_class of an identity never changes, and identities are deleted, not truncated';
END
$$;
CREATE TRIGGER identities_fixed_columns BEFORE UPDATE OF object_class ON identities FOR EACH ROW
    WHEN (old.object_class <> new.object_class) EXECUTE FUNCTION refuse_uncounted_identity();
CREATE TRIGGER identities_truncated BEFORE TRUNCATE ON identities FOR EACH STATEMENT EXECUTE FUNCTION refuse_uncounted_identity();
