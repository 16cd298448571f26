-- What the roles of a deployment may do with the tables, beyond what deploy/postgres/roles.sql gives them before there are any. Run
-- after each migration by iris-migrate, as the owner of the tables; a role that is not there is passed over.
--
-- Services write rows, but how far the schema is says its owner alone. Notify keeps visits and reads what they are made of: neither a
-- camera's address nor anybody's vectors.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'iris_service') THEN
        REVOKE INSERT, UPDATE, DELETE ON seaql_migrations FROM iris_service;
    END IF;
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
