CREATE TABLE cameras (
    id                 bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name               text        NOT NULL CHECK (char_length(name) BETWEEN 1 AND 128),
    -- Holds credentials: no other table, view or message of the database repeats it.
    source_url         text        NOT NULL,
    enabled            boolean     NOT NULL,
    rtsp_transport     text        NOT NULL CHECK (rtsp_transport IN ('tcp', 'udp')),
    detect_conf        real        NOT NULL CHECK (detect_conf BETWEEN 0 AND 1),
    detect_iou         real        NOT NULL CHECK (detect_iou BETWEEN 0 AND 1),
    detect_imgsz       integer     NOT NULL CHECK (detect_imgsz BETWEEN 128 AND 1920),
    detect_interval    real        NOT NULL CHECK (detect_interval BETWEEN 0 AND 60),
    pre_seconds        integer     NOT NULL CHECK (pre_seconds BETWEEN 0 AND 120),
    post_seconds       integer     NOT NULL CHECK (post_seconds BETWEEN 0 AND 300),
    trigger_classes    text        NOT NULL CHECK (trigger_classes <> ''),
    trigger_cooldown   real        NOT NULL CHECK (trigger_cooldown BETWEEN 0 AND 3600),
    min_trigger_frames integer     NOT NULL CHECK (min_trigger_frames BETWEEN 1 AND 100),
    faces_enabled      boolean     NOT NULL,
    reid_enabled       boolean     NOT NULL,
    source_generation  bigint      NOT NULL DEFAULT 1 CHECK (source_generation >= 1),
    created_at         timestamptz NOT NULL DEFAULT now(),
    updated_at         timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE events (
    id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key               uuid        NOT NULL UNIQUE,
    kind              text        NOT NULL CHECK (kind IN ('track', 'manual')),
    camera_id         bigint      NOT NULL REFERENCES cameras ON DELETE CASCADE,
    source_generation bigint      NOT NULL,
    -- The empty label means "any" in event_totals.
    label             text        NOT NULL CHECK (label <> ''),
    ts                timestamptz NOT NULL,
    end_ts            timestamptz CHECK (end_ts >= ts),
    confidence        real        NOT NULL CHECK (confidence BETWEEN 0 AND 1),
    num_tracks        integer     NOT NULL CHECK (num_tracks >= 0),
    clip_status       text        NOT NULL CHECK (clip_status IN ('recording', 'pending', 'ready', 'failed')),
    clip_failure      text        CHECK ((clip_status = 'failed') = (clip_failure IS NOT NULL)),
    clip_path         text        CHECK ((clip_status = 'ready') = (clip_path IS NOT NULL)),
    clip_start        timestamptz CHECK ((clip_path IS NULL) = (clip_start IS NULL)),
    clip_end          timestamptz CHECK ((clip_path IS NULL) = (clip_end IS NULL) AND clip_end >= clip_start),
    clip_gaps         jsonb       CHECK ((clip_path IS NULL) = (clip_gaps IS NULL)),
    clip_bytes        bigint      CHECK ((clip_path IS NULL) = (clip_bytes IS NULL) AND clip_bytes >= 0),
    thumbnail_path    text,
    created_at        timestamptz NOT NULL DEFAULT now()
);

-- Newest first, once for each combination of equality filters, so that a first page is read from one index without sorting.
CREATE INDEX events_newest ON events (ts, id);
CREATE INDEX events_of_camera_newest ON events (camera_id, ts, id);
CREATE INDEX events_of_label_newest ON events (label, ts, id);
CREATE INDEX events_of_camera_and_label_newest ON events (camera_id, label, ts, id);
-- What a recorder has to finish after a crash: a handful of a million.
CREATE INDEX events_unfinished ON events (id) WHERE clip_status IN ('recording', 'pending');
-- What retention takes first, and how much there is.
CREATE INDEX events_with_clip_oldest ON events (ts, id) INCLUDE (clip_bytes) WHERE clip_status = 'ready';
-- What a repointed camera leaves behind.
CREATE INDEX events_of_source ON events (camera_id, source_generation);

-- Keys of deleted events, so that a recorder that writes late or twice does not bring one back.
CREATE TABLE deleted_events (
    key        uuid PRIMARY KEY,
    deleted_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX deleted_events_oldest ON deleted_events (deleted_at);

-- How many events began in each hour and each day (UTC), per camera and label and with either or both left open
-- (camera 0 and label '' stand for any). Rows are only ever written by the trigger below.
CREATE TABLE event_totals (
    grain     text        NOT NULL CHECK (grain IN ('day', 'hour')),
    camera_id bigint      NOT NULL,
    label     text        NOT NULL,
    bucket    timestamptz NOT NULL,
    count     bigint      NOT NULL,
    PRIMARY KEY (grain, camera_id, label, bucket)
-- Room on each page for the new version of a row whose count changes, so that the index need not change with it.
) WITH (fillfactor = 50);
CREATE INDEX event_totals_empty ON event_totals (grain) WHERE count = 0;

-- Runs once per statement with the rows it inserted or deleted. ORDER BY makes all transactions take the counters' row locks
-- in one order, so that two writers wait for each other but never deadlock.
CREATE FUNCTION count_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO event_totals AS totals (grain, camera_id, label, bucket, count)
    SELECT grains.grain, coalesce(changed.camera_id, 0), coalesce(changed.label, ''), grains.bucket,
           count(*) * CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END
    FROM changed
    CROSS JOIN LATERAL (VALUES ('day', date_trunc('day', changed.ts, 'UTC')),
                               ('hour', date_trunc('hour', changed.ts, 'UTC'))) AS grains (grain, bucket)
    GROUP BY GROUPING SETS ((grains.grain, grains.bucket, changed.camera_id, changed.label),
                            (grains.grain, grains.bucket, changed.camera_id),
                            (grains.grain, grains.bucket, changed.label),
                            (grains.grain, grains.bucket))
    ORDER BY 1, 2, 3, 4
    ON CONFLICT (grain, camera_id, label, bucket) DO UPDATE SET count = totals.count + excluded.count;
    IF TG_OP = 'DELETE' THEN
        DELETE FROM event_totals WHERE count = 0;
        INSERT INTO deleted_events (key) SELECT key FROM changed ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER events_inserted AFTER INSERT ON events
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_events();
CREATE TRIGGER events_deleted AFTER DELETE ON events
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_events();

-- What the counters count by stays as it was written, and TRUNCATE would pass them by.
CREATE FUNCTION refuse_uncounted_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'camera_id, label and ts of an event never change, and events are deleted, not truncated';
END
$$;
CREATE TRIGGER events_counted_columns BEFORE UPDATE OF camera_id, label, ts ON events FOR EACH ROW
    WHEN ((old.camera_id, old.label, old.ts) IS DISTINCT FROM (new.camera_id, new.label, new.ts))
    EXECUTE FUNCTION refuse_uncounted_change();
CREATE TRIGGER events_truncated BEFORE TRUNCATE ON events FOR EACH STATEMENT EXECUTE FUNCTION refuse_uncounted_change();
