// Which events are shown, as the address says it.

import { minuteOfDay, startOfDay } from "../../time/format";

export interface EventFilter {
  camera: number | null;
  person: number | null;
  identity: number | null;
  label: string;
  /** Days of the viewer's zone, both included, or minutes of them: 2026-11-30, 2026-11-30T14:05. */
  from: string;
  to: string;
}

const MOMENT = /^\d{4}-\d{2}-\d{2}(T([01]\d|2[0-3]):[0-5]\d)?$/;

/** The day that a bound of the filter names. */
export const dayPart = (bound: string): string => bound.slice(0, 10);
/** The minute that it names; empty where it means the whole day. */
export const minutePart = (bound: string): string => bound.slice(11);
/** The bound of a day and perhaps a minute of it. */
export const bound = (day: string, minute: string): string => (day && minute ? `${day}T${minute}` : day);

const begins = (bound: string): Date => (minutePart(bound) ? minuteOfDay(dayPart(bound), minutePart(bound)) : startOfDay(bound));
const ends = (bound: string): Date => (minutePart(bound) ? minuteOfDay(dayPart(bound), minutePart(bound)) : startOfDay(bound, 1));

export function readFilter(query: URLSearchParams): EventFilter {
  const id = (name: string) => {
    const number = Number(query.get(name));
    return Number.isSafeInteger(number) && number > 0 ? number : null;
  };
  const moment = (name: string) => {
    const text = query.get(name) ?? "";
    return MOMENT.test(text) ? text : "";
  };
  return { camera: id("camera"), person: id("person"), identity: id("identity"), label: query.get("label") ?? "", from: moment("from"), to: moment("to") };
}

/** The filter as the API takes it. `anchor` bounds the list where no earlier moment does. */
export function asQuery(filter: EventFilter, anchor: string): { camera_id?: number; person_id?: number; identity_id?: number; label?: string; from?: string; to?: string } {
  const end = filter.to ? ends(filter.to).toISOString() : null;
  return {
    ...(filter.camera ? { camera_id: filter.camera } : {}),
    ...(filter.person ? { person_id: filter.person } : {}),
    ...(filter.identity ? { identity_id: filter.identity } : {}),
    ...(filter.label ? { label: filter.label } : {}),
    ...(filter.from ? { from: begins(filter.from).toISOString() } : {}),
    to: end && end < anchor ? end : anchor,
  };
}

export function isFiltered(filter: EventFilter): boolean {
  return filter.camera !== null || filter.person !== null || filter.identity !== null || filter.label !== "" || filter.from !== "" || filter.to !== "";
}

/** Whether an event that was just told of belongs to the list. */
export function fits(filter: EventFilter, event: { camera_id: number; person_id?: number | null; identities: readonly { id: number }[]; label: string; ts: string }): boolean {
  const query = asQuery(filter, "9999");
  return (
    (filter.camera === null || event.camera_id === filter.camera) &&
    (filter.person === null || event.person_id === filter.person) &&
    (filter.identity === null || event.identities.some((identity) => identity.id === filter.identity)) &&
    (filter.label === "" || event.label === filter.label) &&
    (!query.from || Date.parse(event.ts) >= Date.parse(query.from)) &&
    (!filter.to || Date.parse(event.ts) < ends(filter.to).getTime())
  );
}
