// Deleting with second thoughts: rows vanish at once, the server is asked when the note that offers to take it back goes, some seconds later.
// Who leaves the page in between meant it.

import { api, ok } from "../../api/client";
import { authorization } from "../../api/session.svelte";
import { t } from "../../i18n/i18n.svelte";
import { toast, toastFault, type Progress } from "../../ui/toasts.svelte";
import type { Row, Rows } from "../../ui/rows.svelte";

const SECOND_THOUGHTS_MS = 8000;
/** What the API takes at once. */
const AT_ONCE_MAX = 1000;

/** What is about to be deleted: no list that is fetched meanwhile shows it. */
export const going: ReadonlySet<number> = new Set<number>();

/** `settled` is told when they are deleted, or here again. */
export function deleteWithUndo<T extends Row>(rows: Rows<T>, ids: readonly number[], settled: () => void): void {
  const removed = rows.remove(new Set(ids));
  let decided = false;
  mark(ids, true);

  const commit = async () => {
    if (decided) return;
    decide();
    const progress: Progress = $state({ done: 0, total: ids.length });
    const ready = ids.length > AT_ONCE_MAX ? toast(t("events.deleting"), { progress }) : () => {};
    try {
      for (let from = 0; from < ids.length; from += AT_ONCE_MAX) {
        await ok(api.POST("/api/events/bulk-delete", { body: { ids: ids.slice(from, from + AT_ONCE_MAX) } }));
        progress.done = Math.min(ids.length, from + AT_ONCE_MAX);
      }
      rows.forget(removed);
    } catch (error) {
      rows.restore(removed);
      toastFault(error);
    } finally {
      ready();
      mark(ids, false);
      settled();
    }
  };
  // The page is going: a request that outlives it.
  const leave = () => {
    if (decided) return;
    decide();
    const headers = { ...authorization(), "Content-Type": "application/json" };
    void fetch("/api/events/bulk-delete", { method: "POST", keepalive: true, headers, body: JSON.stringify({ ids: ids.slice(0, AT_ONCE_MAX) }) });
  };
  const decide = () => {
    decided = true;
    window.removeEventListener("pagehide", leave);
    takeAway();
  };

  window.addEventListener("pagehide", leave);
  const undo = () => {
    if (decided) return;
    decide();
    rows.restore(removed);
    mark(ids, false);
    settled();
  };
  const takeAway = toast(t("events.deleted", { count: ids.length }), {
    forMs: SECOND_THOUGHTS_MS,
    action: { label: t("action.undo"), run: undo },
    over: () => void commit(),
  });
}

function mark(ids: readonly number[], goes: boolean): void {
  const all = going as Set<number>;
  ids.forEach((id) => (goes ? all.add(id) : all.delete(id)));
}
