// Where somebody went: their sightings as bars over time, one lane per camera in the order they came to.

import type { Sighting } from "../../api/types";

export interface Stay {
  id: number;
  camera: number;
  from: number;
  to: number;
}

export interface Path {
  lanes: { camera: number; name: string }[];
  /** Visits, oldest first: sightings with no long pause between them. */
  visits: { from: number; to: number; stays: Stay[] }[];
}

/** A longer pause ends a visit: nobody would find a minute's walk on a line that covers a week. */
const PAUSE_MS = 15 * 60_000;

export function pathOf(sightings: readonly Pick<Sighting, "id" | "camera_id" | "camera_name" | "ts" | "end_ts">[]): Path {
  const stays = sightings
    .map((sighting) => ({ id: sighting.id, camera: sighting.camera_id, from: Date.parse(sighting.ts), to: Math.max(Date.parse(sighting.ts), Date.parse(sighting.end_ts)) }))
    .sort((a, b) => a.from - b.from || a.id - b.id);
  const names = new Map(sightings.map((sighting) => [sighting.camera_id, sighting.camera_name]));
  const lanes = [...new Set(stays.map((stay) => stay.camera))].map((camera) => ({ camera, name: names.get(camera) ?? "" }));
  const visits: Path["visits"] = [];
  for (const stay of stays) {
    const visit = visits.at(-1);
    if (visit && stay.from - visit.to <= PAUSE_MS) {
      visit.stays.push(stay);
      visit.to = Math.max(visit.to, stay.to);
    } else visits.push({ from: stay.from, to: stay.to, stays: [stay] });
  }
  return { lanes, visits };
}
