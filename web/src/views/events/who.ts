// Whom an event shows.

import type { IrisEvent } from "../../api/types";
import { titleOf } from "../identities/naming";

/** The names of those who were recognised; of somebody known without a name, what they are called; null where nobody is. */
export function who(event: IrisEvent): string | null {
  const names = [event.person_name, event.identity_name, ...event.identities.map((identity) => identity.name)];
  const unique = [...new Set(names.filter((name): name is string => Boolean(name)))];
  if (unique.length > 0) return unique.join(", ");
  return event.identity_id ? titleOf({ id: event.identity_id, name: null, object_class: event.label }) : null;
}
