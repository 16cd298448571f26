// Which events are shown, as the address says it.

import { startOfDay } from "../../time/format";

export interface EventFilter {
  camera: number | null;
  person: number | null;
  identity: number | null;
  label: string;
  /** Days of the viewer's zone, both included. */
  from: string;
  to: string;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

export function readFilter(query: URLSearchParams): EventFilter {
  const id = (name: string) => {
    const number = Number(query.get(name));
    return Number.isSafeInteger(number) && number > 0 ? number : null;
  };
  const day = (name: string) => {
    const text = query.get(name) ?? "";
    return DAY.test(text) ? text : "";
  };
  return { camera: id("camera"), person: id("person"), identity: id("identity"), label: query.get("label") ?? "", from: day("from"), to: day("to") };
}

/** The filter as the API takes it. `anchor` bounds the list where no later day does. */
export function asQuery(filter: EventFilter, anchor: string): { camera_id?: number; person_id?: number; identity_id?: number; label?: string; from?: string; to?: string } {
  const end = filter.to ? startOfDay(filter.to, 1).toISOString() : null;
  return {
    ...(filter.camera ? { camera_id: filter.camera } : {}),
    ...(filter.person ? { person_id: filter.person } : {}),
    ...(filter.identity ? { identity_id: filter.identity } : {}),
    ...(filter.label ? { label: filter.label } : {}),
    ...(filter.from ? { from: startOfDay(filter.from).toISOString() } : {}),
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
    (!filter.to || Date.parse(event.ts) < startOfDay(filter.to, 1).getTime())
  );
}
