// Corrections of who is who. Each can be taken back, at once from the note it leaves or later from the history.

import { api, ok } from "../../api/client";
import { passes, patiently } from "../../api/patience";
import { queryClient } from "../../api/queries";
import type { OpResult, Sighting } from "../../api/types";
import { t } from "../../i18n/i18n.svelte";
import { describe } from "../../ui/describe";
import { toast, toastFault } from "../../ui/toasts.svelte";

const UNDO_OFFERED_MS = 12_000;
/** Identities that the API deletes at once; fewer, so that it can be seen how far it is. */
const DELETED_AT_ONCE_MAX = 200;
/** Sightings that the API splits off at once. */
export const SPLIT_MAX = 1000;

/** Everything that shows identities asks again. */
export async function changed(): Promise<void> {
  const touched = ["identity", "identities", "operations", "event"];
  await Promise.all(touched.map((key) => queryClient.invalidateQueries({ queryKey: [key] })));
  changes.dispatchEvent(new Event("changed"));
}

/** Told after each correction, for lists that are not queries. */
export const changes = new EventTarget();

async function corrected(result: Promise<OpResult>, text: (result: OpResult) => string): Promise<OpResult> {
  const done = await result;
  toast(text(done), { forMs: UNDO_OFFERED_MS, action: { label: t("action.undo"), run: () => undo(done.operation_id) } });
  await changed();
  return done;
}

export async function rename(id: number, name: string): Promise<void> {
  await ok(api.PUT("/api/identities/{id}", { params: { path: { id } }, body: { name } }));
  await changed();
}

export async function annotate(id: number, notes: string): Promise<void> {
  await ok(api.PUT("/api/identities/{id}", { params: { path: { id } }, body: { notes } }));
  await changed();
}

export function merge(target: number, sources: number[]): Promise<OpResult> {
  const asked = ok(api.POST("/api/identities/merge", { body: { target_id: target, source_ids: sources } }));
  return corrected(asked, ({ moved_sightings }) => t("identities.merged", { count: moved_sightings }));
}

export function split(id: number, sightings: number[], name: string): Promise<OpResult> {
  const body = { sighting_ids: sightings, ...(name ? { new_name: name } : {}) };
  const asked = ok(api.POST("/api/identities/{id}/split", { params: { path: { id } }, body }));
  return corrected(asked, ({ moved_sightings }) => t("identities.split_done", { count: moved_sightings }));
}

/** The sightings that look like somebody else, newest first. Nothing is changed. */
export async function proposeSplit(id: number): Promise<Sighting[]> {
  return (await ok(api.GET("/api/identities/{id}/split", { params: { path: { id } } }))).items;
}

export function reject(id: number, sightings: number[]): Promise<OpResult> {
  const asked = ok(api.POST("/api/identities/{id}/reject", { params: { path: { id } }, body: { sighting_ids: sightings } }));
  return corrected(asked, ({ moved_sightings }) => t("identities.rejected", { count: moved_sightings }));
}

/** Takes a correction back, or says why it cannot be. Nothing is undone twice, so a gateway that cannot answer just then is asked again. */
export async function undo(operation: number): Promise<void> {
  try {
    await patiently(() => ok(api.POST("/api/identities/operations/{id}/undo", { params: { path: { id: operation } } })));
    toast(t("identities.undone"));
  } catch (error) {
    if (!passes(error)) toastFault(error);
    else toast(describe(error), { bad: true, forMs: UNDO_OFFERED_MS, action: { label: t("action.retry"), run: () => undo(operation) } });
  }
  await changed();
}

/** `told` is how many are gone so far. */
export async function remove(ids: number[], told: (gone: number) => void = () => {}): Promise<void> {
  for (let from = 0; from < ids.length; from += DELETED_AT_ONCE_MAX) {
    await ok(api.POST("/api/identities/bulk-delete", { body: { ids: ids.slice(from, from + DELETED_AT_ONCE_MAX) } }));
    told(Math.min(ids.length, from + DELETED_AT_ONCE_MAX));
  }
  await changed();
  toast(t("identities.deleted", { count: ids.length }));
}
