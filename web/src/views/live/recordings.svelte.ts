// Recordings by hand that run now. The gateway keeps nothing between start and stop; this tab does, also over a reload.

import { SvelteMap } from "svelte/reactivity";

import { api, ok } from "../../api/client";
import { t } from "../../i18n/i18n.svelte";
import { go } from "../../router/location.svelte";
import { toast, toastFault } from "../../ui/toasts.svelte";

const REMEMBERED = "iris.recordings";

/** When each began, by camera. */
const running = new SvelteMap<number, string>(remembered());
const stopping = new SvelteMap<number, true>();

function remembered(): [number, string][] {
  try {
    return JSON.parse(sessionStorage.getItem(REMEMBERED) ?? "[]") as [number, string][];
  } catch {
    return [];
  }
}

function keep(): void {
  sessionStorage.setItem(REMEMBERED, JSON.stringify([...running]));
}

export const recordings = {
  startedAt: (camera: number): string | undefined => running.get(camera),
  stopping: (camera: number): boolean => stopping.has(camera),

  async toggle(camera: number): Promise<void> {
    if (stopping.has(camera)) return;
    try {
      await (running.has(camera) ? stop(camera) : start(camera));
    } catch (error) {
      toastFault(error);
    }
  },
};

async function start(camera: number): Promise<void> {
  const { started_at } = await ok(api.POST("/api/live/{id}/record/start", { params: { path: { id: camera } } }));
  running.set(camera, started_at);
  keep();
}

async function stop(camera: number): Promise<void> {
  const started_at = running.get(camera);
  if (started_at === undefined) return;
  stopping.set(camera, true);
  try {
    const { event_id } = await ok(api.POST("/api/live/{id}/record/stop", { params: { path: { id: camera } }, body: { started_at } }));
    toast(t("live.recorded"), { action: { label: t("action.open"), run: () => go(`/events/${event_id}`) } });
  } finally {
    stopping.delete(camera);
    running.delete(camera);
    keep();
  }
}
