// Rows that would take hours to come by themselves, written straight into the test's own database.

import { execFileSync } from "node:child_process";

function sql(text: string): string {
  const database = process.env["IRIS_DATABASE_URL"];
  if (!database) throw new Error("IRIS_DATABASE_URL is not set: run this by web/e2e/stack");
  return execFileSync("psql", ["--no-psqlrc", "-qtA", "-v", "ON_ERROR_STOP=1", database], { input: text, encoding: "utf8" });
}

/** Identities of a class that no camera here triggers on, so that no real one comes between; each with some sightings. */
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
    SELECT id FROM made ORDER BY id`);
  return ids.trim().split("\n").map(Number);
}

/** Events of the past without clips. */
export function seedEvents(count: number): void {
  sql(`
    INSERT INTO events (key, kind, camera_id, source_generation, label, ts, end_ts, confidence, num_tracks, clip_status, clip_failure)
    SELECT gen_random_uuid(), 'track', 1 + n % 4, 1, 'person', now() - make_interval(secs => n * 40 + 600), now() - make_interval(secs => n * 40 + 590), 0.8, 1, 'failed', 'seeded'
    FROM generate_series(1, ${count}) AS n;
    ANALYZE events;`);
}
