// The address bar as state: every view reads it, and nobody else remembers where one is. So the back button is always right.

interface Place {
  path: string;
  query: string;
  /** Given with a navigation and found again by the back button. */
  state: unknown;
}

function read(): Place {
  return { path: window.location.pathname, query: window.location.search, state: window.history.state };
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
  get state(): unknown {
    return place.state;
  },
};

/** Goes somewhere: a new entry of the history. */
export function go(to: string, state: unknown = null): void {
  if (to === place.path + place.query) return;
  window.history.pushState(state, "", to);
  place = read();
}

/** Says the same place differently, such as with another filter: no new entry. */
export function replace(to: string, state: unknown = window.history.state): void {
  window.history.replaceState(state, "", to);
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
