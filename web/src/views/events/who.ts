// Whom an event shows, as far as anybody was recognised.

import type { IrisEvent } from "../../api/types";

export function who(event: IrisEvent): string | null {
  const known = event as { person_name?: string | null; identity_name?: string | null; identities?: readonly { name?: string | null }[] };
  const names = [known.person_name, known.identity_name, ...(known.identities ?? []).map((identity) => identity.name)];
  const unique = [...new Set(names.filter((name): name is string => Boolean(name)))];
  return unique.length > 0 ? unique.join(", ") : null;
}
