// Rows that would take hours to come by themselves, written straight into the test's own database.

import { execFileSync } from "node:child_process";

function sql(text: string): string {
  const database = process.env["IRIS_DATABASE_URL"];
  if (!database) throw new Error("IRIS_DATABASE_URL is not set: run this by web/e2e/stack");
  return execFileSync("psql", ["--no-psqlrc", "-qtA", "-v", "ON_ERROR_STOP=1", database], { input: text, encoding: "utf8" });
}

/** Identities of a class that is not in the film, so that no real one comes between; each with some sightings, of which every
 * second one shows another face, and the newest is in an event. No two of them look alike: Iris would take them for one. */
export function seedIdentities(count: number, sightings: number, objectClass: string): number[] {
  const ids = sql(`
    WITH made AS (
      INSERT INTO identities (object_class, first_seen, last_seen)
      SELECT '${objectClass}', now(), now() FROM generate_series(1, ${count}) RETURNING id
    ), seen AS (
      INSERT INTO sightings (track_run, track_number, camera_id, source_generation, identity_id, object_class, ts, end_ts, ended, confidence, match_kind, match_score, match_margin, evidence)
      SELECT gen_random_uuid(), n, 1 + n % 4, 1, made.id, '${objectClass}', now() - make_interval(mins => (n * 3 + made.id * 7)::int), now() - make_interval(mins => (n * 3 + made.id * 7)::int) + interval '20 seconds',
        true, 0.9, 'face', 0.61, 0.2, '{"kind": "face", "score": 0.61, "margin": 0.2, "reason": "the face is the same"}'
      FROM made, generate_series(1, ${sightings}) AS n RETURNING 1
    )
    SELECT id FROM made ORDER BY id`)
    .trim()
    .split("\n")
    .map(Number);
  sql(`
    CREATE TEMP TABLE seeded AS
      SELECT id, identity_id, camera_id, ts, end_ts, row_number() OVER (PARTITION BY identity_id ORDER BY ts DESC) AS place,
        (SELECT string_agg(CASE WHEN place = 2 * array_position(ARRAY[${ids.join(",")}]::bigint[], identity_id) - track_number % 2 THEN '\\x0000803f'::bytea
           ELSE '\\x00000000'::bytea END, ''::bytea ORDER BY place) FROM generate_series(1, ${2 * count}) AS place) AS face
      FROM sightings WHERE identity_id IN (${ids.join(",")});
    UPDATE sightings SET evidence = evidence || jsonb_build_object('exemplars', jsonb_build_array(
        jsonb_build_object('sighting', before.id, 'kind', 'face', 'score', 0.61), jsonb_build_object('sighting', before.id, 'kind', 'appearance', 'score', 0.93)))
      FROM seeded AS this JOIN seeded AS before ON before.identity_id = this.identity_id AND before.place = this.place + 1
      WHERE sightings.id = this.id;
    INSERT INTO sighting_vectors (sighting_id, face_vector, face_model, face_quality) SELECT id, face, 'seed', 0.9 FROM seeded;
    INSERT INTO face_samples (identity_id, sighting_id, camera_id, ts, quality, model, vector, thumb_path)
      SELECT identity_id, id, camera_id, ts, 0.9, 'seed', face, 'faces/none.jpg' FROM seeded;
    WITH opened AS (
      INSERT INTO events (key, kind, camera_id, source_generation, label, ts, end_ts, confidence, num_tracks, clip_status, clip_failure, identity_id)
      SELECT gen_random_uuid(), 'track', camera_id, 1, '${objectClass}', ts, end_ts, 0.8, 1, 'failed', 'seeded', identity_id
      FROM seeded WHERE place = 1 RETURNING id, identity_id, ts
    )
    INSERT INTO event_sightings (event_id, sighting_id, identity_id, event_ts)
      SELECT opened.id, seeded.id, opened.identity_id, opened.ts FROM opened JOIN seeded USING (identity_id) WHERE place = 1;`);
  return ids;
}

/** Captured faces, of whichever sightings there are. Files of one face begin alike, up to the hyphen. */
export function seedFaces(files: readonly string[]): void {
  const people = [...new Set(files.map((file) => file.split("-")[0]))];
  const float = (value: number) => (value === 1 ? "0000803f" : "00000000");
  const vector = (file: string) => people.map((person) => float(Number(file.startsWith(`${person}-`)))).join("");
  const rows = files.map((file, index) => `(${index}, '\\x${vector(file)}'::bytea, 'faces/${file}')`).join(",");
  sql(`
    INSERT INTO face_samples (identity_id, sighting_id, camera_id, ts, quality, model, vector, thumb_path)
    SELECT seen.identity_id, seen.id, seen.camera_id, seen.ts + make_interval(secs => file.place * 0.1), 0.9, 'seed', file.vector, file.path
    FROM (VALUES ${rows}) AS file (place, vector, path)
    JOIN (SELECT *, row_number() OVER (ORDER BY id) - 1 AS place, count(*) OVER () AS all_of_them FROM sightings) AS seen
      ON seen.place = file.place % seen.all_of_them;`);
}

/** The newest captured face of an identity was captured while an event was filmed. */
export function captureWithin(event: number, identity: number): void {
  sql(`
    UPDATE face_samples SET camera_id = events.camera_id, ts = events.ts FROM events
    WHERE events.id = ${event} AND face_samples.id = (SELECT max(id) FROM face_samples WHERE identity_id = ${identity});`);
}

/** A time of today, or of yesterday where today is young, in which a camera gave no pictures. */
export function seedDowntime(camera: number, minutesAgo: number, minutes: number, reason: string): void {
  sql(`
    INSERT INTO camera_downtimes (camera_id, ts, end_ts, reason)
    VALUES (${camera}, now() - make_interval(mins => ${minutesAgo}), now() - make_interval(mins => ${minutesAgo - minutes}), '${reason}');`);
}

/** Events of the past without clips. */
export function seedEvents(count: number, label = "person"): void {
  sql(`
    INSERT INTO events (key, kind, camera_id, source_generation, label, ts, end_ts, confidence, num_tracks, clip_status, clip_failure)
    SELECT gen_random_uuid(), 'track', 1 + n % 4, 1, '${label}', now() - make_interval(secs => n * 40 + 600), now() - make_interval(secs => n * 40 + 590), 0.8, 1, 'failed', 'seeded'
    FROM generate_series(1, ${count}) AS n;
    ANALYZE events;`);
}
