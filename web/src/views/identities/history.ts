// What a correction did, out of its numbers and names: whose sightings went where, and how many.

import type { Operation } from "../../api/types";

/** An identity as it was known when it was corrected. */
export interface Mentioned {
  id: number | null;
  name: string | null;
}

export interface Deed {
  from: Mentioned[];
  to: Mentioned | null;
  /** Sightings that moved; none where none could. */
  moved: number | null;
  /** Identities that were deleted. */
  deleted: number | null;
}

export function deedOf({ kind, summary, identity_ids }: Pick<Operation, "kind" | "summary" | "identity_ids">): Deed {
  const facts = summary as Record<string, unknown>;
  const names = record(facts["names"]);
  const mentioned = (id: unknown, name: unknown = names[String(id)]): Mentioned => ({ id: number(id), name: typeof name === "string" && name ? name : null });
  const deed: Deed = { from: [], to: null, moved: number(facts["moved_sightings"]), deleted: null };
  if (kind === "merge") return { ...deed, from: numbers(facts["sources"]).map((id) => mentioned(id)), to: mentioned(facts["target"]) };
  if (kind === "split" || kind === "reject") return { ...deed, from: [mentioned(facts["from"])], to: mentioned(facts["identity"], facts["name"]) };
  if (kind === "rename") {
    const { from, to } = record(facts["name"]);
    return { ...deed, from: [mentioned(identity_ids[0], from)], to: mentioned(null, to) };
  }
  if (kind === "delete" || kind === "clear") return { ...deed, deleted: number(facts["deleted"]) };
  return { ...deed, from: identity_ids.map((id) => mentioned(id)) };
}

const number = (value: unknown): number | null => (typeof value === "number" ? value : null);
const numbers = (value: unknown): number[] => (Array.isArray(value) ? value.filter((one) => typeof one === "number") : []);
const record = (value: unknown): Record<string, unknown> => (typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {});
