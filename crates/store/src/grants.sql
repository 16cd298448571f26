-- What the role of the service notify may do (deploy/postgres/roles.sql makes it): keep visits, and read what they are made of. It may
-- read neither a camera's address nor anybody's vectors. Run after each migration by iris-migrate, as the owner of the tables; where
-- there is no such role it does nothing.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'iris_notify') THEN
        RETURN;
    END IF;
    GRANT SELECT, INSERT, UPDATE, DELETE ON visits, visit_deliveries TO iris_notify;
    GRANT SELECT (id, name, trigger_classes) ON cameras TO iris_notify;
    GRANT SELECT (id, kind, camera_id, label, ts, end_ts, clip_status, thumbnail_path) ON events TO iris_notify;
    GRANT SELECT ON event_sightings TO iris_notify;
    GRANT SELECT (id, ts, person_id, person_score) ON sightings TO iris_notify;
    GRANT SELECT (id, name, is_named, object_class) ON identities TO iris_notify;
    GRANT SELECT (id, name) ON people TO iris_notify;
    -- Whether the tables are there.
    GRANT SELECT ON seaql_migrations TO iris_notify;
END
$$;
