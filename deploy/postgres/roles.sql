-- The roles of Iris in a database, for psql as a superuser who is connected to that database. The postgres container runs it
-- once, when it makes its data folder; on a server of your own run it by hand. It can be run again, to set new passwords.
--
--   iris_owner     owns the tables: the migrations are run as this role, and nothing else is
--   iris_service   gateway, recorder, reid: reads and writes rows, and cannot change what a table is
--   iris_notify    notify: keeps visits, and reads what they are made of; iris-migrate gives it its rights to tables
--
-- The passwords are read from files that deploy/secrets makes, so that they are on no command line: in /run/secrets, or in the
-- folder that IRIS_SECRETS names.

\set ON_ERROR_STOP on
\set owner_password `cat "${IRIS_SECRETS:-/run/secrets}/postgres_owner_password"`
\set service_password `cat "${IRIS_SECRETS:-/run/secrets}/postgres_service_password"`
\set notify_password `cat "${IRIS_SECRETS:-/run/secrets}/postgres_notify_password"`
-- A file that cannot be read is an empty text to psql.
SELECT '' IN (:'owner_password', :'service_password', :'notify_password') AS password_is_missing \gset
\if :password_is_missing
    DO $$ BEGIN RAISE EXCEPTION 'a password of Iris'' roles is missing in /run/secrets, or IRIS_SECRETS'; END $$;
\endif

BEGIN;

SELECT format('CREATE ROLE %I', wanted)
FROM unnest(ARRAY['iris_owner', 'iris_service', 'iris_notify']) AS wanted
WHERE wanted NOT IN (SELECT rolname FROM pg_roles)
\gexec
ALTER ROLE iris_owner
    LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'owner_password';
ALTER ROLE iris_service
    LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'service_password';
ALTER ROLE iris_notify
    LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'notify_password';

-- Nobody else comes in, and nobody makes temporary tables.
REVOKE ALL ON DATABASE :"DBNAME" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"DBNAME" TO iris_owner, iris_service, iris_notify;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO iris_owner;
GRANT USAGE ON SCHEMA public TO iris_service, iris_notify;

-- What the migrations will make, and what they have made.
ALTER DEFAULT PRIVILEGES FOR ROLE iris_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO iris_service;
ALTER DEFAULT PRIVILEGES FOR ROLE iris_owner IN SCHEMA public
    GRANT USAGE ON SEQUENCES TO iris_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO iris_service;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO iris_service;
-- How far the schema is says its owner alone (iris-migrate does the same once the tables are there).
SELECT 'REVOKE INSERT, UPDATE, DELETE ON seaql_migrations FROM iris_service'
WHERE to_regclass('public.seaql_migrations') IS NOT NULL
\gexec

COMMIT;
