// The address bar as state: every view reads it, and nobody else remembers where one is. So the back button is always right.

interface Place {
  path: string;
  query: string;
  entry: Entry;
}

/** What an entry of the history carries, and is found again by the back button. */
interface Entry {
  /** Which one it is. */
  key: string;
  state: unknown;
}

function read(): Place {
  return { path: window.location.pathname, query: window.location.search, entry: entryOf(window.history.state) };
}

/** The browser keeps entries over a reload, when counting begins anew. */
const newKey = (): string => `${performance.timeOrigin} ${(entries += 1)}`;
let entries = 0;

function entryOf(kept: unknown): Entry {
  if (typeof kept === "object" && kept !== null && "key" in kept && typeof kept.key === "string") return { key: kept.key, state: "state" in kept ? kept.state : null };
  const entry = { key: newKey(), state: null };
  window.history.replaceState(entry, "");
  return entry;
}

let place = $state.raw<Place>(read());

window.addEventListener("popstate", () => {
  place = read();
});

/** Where one is. */
export const here = {
  get path(): string {
    return place.path;
  },
  get query(): URLSearchParams {
    return new URLSearchParams(place.query);
  },
  /** What was given with the navigation that led here. */
  get state(): unknown {
    return place.entry.state;
  },
  /** The present entry of the history. */
  get entry(): string {
    return place.entry.key;
  },
};

/** Goes somewhere: a new entry of the history. */
export function go(to: string, state: unknown = null): void {
  if (to === place.path + place.query) return;
  window.history.pushState({ key: newKey(), state } satisfies Entry, "", to);
  place = read();
}

/** Says the same place differently, such as with another filter: no new entry. */
export function replace(to: string): void {
  window.history.replaceState(place.entry, "", to);
  place = read();
}

/** An address with its query; empty values are left out. */
export function address(path: string, query: Readonly<Record<string, string | number | null | undefined>> = {}): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "") search.set(key, String(value));
  }
  const text = search.toString();
  return text ? `${path}?${text}` : path;
}

/** Follows links within the page without loading it anew. Everything else is the browser's. */
export function followLinks(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (!link || link.target || link.hasAttribute("download") || link.origin !== window.location.origin) return;
  if (link.pathname.startsWith("/api")) return;
  event.preventDefault();
  go(link.pathname + link.search);
}
