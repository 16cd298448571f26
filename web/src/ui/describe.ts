// A failure in words that tell a person what to do.

import { ApiFault } from "../api/fault";
import { t } from "../i18n/i18n.svelte";

/** It is being connected to for the first time, or again: nothing is wrong yet. */
export function isConnecting({ status, status_detail }: { status: string; status_detail?: string | null }): boolean {
  return status === "offline" && status_detail === "connecting";
}

export function describe(error: unknown): string {
  if (!(error instanceof ApiFault)) return error instanceof Error ? error.message : String(error);
  if (error.status === 0) return t("fault.unreachable");
  if (error.status === 401) return t("fault.signed_out");
  if (error.status === 403) return t("fault.forbidden");
  return error.message;
}
