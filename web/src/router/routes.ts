// Which address shows which view. Views are loaded when they are first shown.

import type { Component } from "svelte";

export type Params = Readonly<Record<string, string>>;

/** What a view is given. */
export interface ViewProps {
  params: Params;
}

export interface Route {
  /** The view's name, also that of its entry in the navigation. */
  name: string;
  /** Segments; one that begins with a colon takes any number. */
  pattern: string;
  load: () => Promise<{ default: Component<ViewProps> }>;
}

export interface Match {
  route: Route;
  params: Params;
}

/** The first route whose pattern fits; numbers are the only parameters that addresses have. */
export function match(routes: readonly Route[], path: string): Match | null {
  const segments = path.split("/").filter(Boolean);
  for (const route of routes) {
    const params = fit(route.pattern.split("/").filter(Boolean), segments);
    if (params) return { route, params };
  }
  return null;
}

function fit(pattern: readonly string[], segments: readonly string[]): Params | null {
  if (pattern.length !== segments.length) return null;
  const params: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index] ?? "";
    if (part.startsWith(":")) {
      if (!/^[1-9]\d{0,18}$/.test(segment)) return null;
      params[part.slice(1)] = segment;
    } else if (part !== segment) return null;
  }
  return params;
}
