// What an identity is called, also while nobody named it.

import type { Identity } from "../../api/types";
import { t, tOr } from "../../i18n/i18n.svelte";

export function titleOf(identity: Pick<Identity, "id" | "name" | "object_class">): string {
  return identity.name ?? t("identities.unnamed", { kind: tOr(`class.${identity.object_class}`, identity.object_class), id: String(identity.id) });
}

/** Of those that are to be one, the one that stays: a named one, else the one seen most. */
export function stays<T extends Pick<Identity, "id" | "name" | "num_sightings">>(identities: readonly T[]): T | undefined {
  return [...identities].sort((a, b) => Number(Boolean(b.name)) - Number(Boolean(a.name)) || b.num_sightings - a.num_sightings || a.id - b.id)[0];
}
