// When cameras gave no pictures, as views ask for it and say it.

import { api, ok } from "../../api/client";
import type { CameraDowntime } from "../../api/types";
import { tOr } from "../../i18n/i18n.svelte";

const PAGE = 500;
const WEEK_MS = 7 * 86_400_000;
/** The list of the week is for a glance. */
const RECENT = 20;

/** How soon one that begins or ends is shown. */
export const ASK_AGAIN_MS = 10_000;

/** All that reach into a stretch of time. */
export async function downtimesWithin(from: number, to: number, signal: AbortSignal): Promise<CameraDowntime[]> {
  const query = { from: new Date(from).toISOString(), to: new Date(to).toISOString(), limit: PAGE };
  const all: CameraDowntime[] = [];
  for (;;) {
    const { items, total } = await ok(api.GET("/api/cameras/downtimes", { params: { query: { ...query, offset: all.length } }, signal }));
    all.push(...items);
    if (items.length === 0 || all.length >= total) return all;
  }
}

/** Those of the last week, the newest of them. */
export const recentDowntimes = () => ({
  queryKey: ["downtimes", "recent"],
  refetchInterval: ASK_AGAIN_MS,
  queryFn: ({ signal }: { signal: AbortSignal }) =>
    ok(api.GET("/api/cameras/downtimes", { params: { query: { from: new Date(Date.now() - WEEK_MS).toISOString(), limit: RECENT } }, signal })),
});

/** Why, in words. */
export const whyDown = (downtime: CameraDowntime): string => tOr(`downtime.${downtime.reason}`, downtime.reason);
