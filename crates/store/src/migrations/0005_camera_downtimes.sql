-- Times in which cameras gave no pictures (iris_domain::downtime), for whoever looks them up later.
CREATE TABLE camera_downtimes (
    id        bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    camera_id bigint      NOT NULL REFERENCES cameras ON DELETE CASCADE,
    ts        timestamptz NOT NULL,
    end_ts    timestamptz CHECK (end_ts >= ts),
    -- As it was when it was noted.
    reason    text        NOT NULL
);
-- However many gateways see the same, it is noted once.
CREATE UNIQUE INDEX camera_downtimes_open ON camera_downtimes (camera_id) WHERE end_ts IS NULL;
CREATE INDEX camera_downtimes_of_camera ON camera_downtimes (camera_id, ts DESC, id DESC);
CREATE INDEX camera_downtimes_by_time ON camera_downtimes (ts DESC, id DESC);
CREATE INDEX camera_downtimes_ended ON camera_downtimes (end_ts) WHERE end_ts IS NOT NULL;
