// All addresses of the page.

import type { Route } from "./router/routes";

// What two addresses show is one view: going from one to the other keeps it.
const events = () => import("./views/events/EventsView.svelte");
const cameraForm = () => import("./views/cameras/CameraForm.svelte");

export const routes: readonly Route[] = [
  { name: "live", pattern: "/live", load: () => import("./views/live/LiveView.svelte") },
  { name: "live", pattern: "/live/:camera", load: () => import("./views/live/FocusView.svelte") },
  { name: "events", pattern: "/events", load: events },
  { name: "events", pattern: "/events/:event", load: events },
  { name: "timeline", pattern: "/timeline", load: () => import("./views/timeline/TimelineView.svelte") },
  { name: "identities", pattern: "/identities", load: () => import("./views/identities/IdentitiesView.svelte") },
  { name: "identities", pattern: "/identities/history", load: () => import("./views/identities/HistoryView.svelte") },
  { name: "identities", pattern: "/identities/:identity", load: () => import("./views/identities/IdentityView.svelte") },
  { name: "people", pattern: "/people", load: () => import("./views/people/PeopleView.svelte") },
  { name: "people", pattern: "/people/:person", load: () => import("./views/people/PersonView.svelte") },
  { name: "faces", pattern: "/faces", load: () => import("./views/faces/FacesView.svelte") },
  { name: "analytics", pattern: "/analytics", load: () => import("./views/analytics/AnalyticsView.svelte") },
  { name: "cameras", pattern: "/cameras", load: () => import("./views/cameras/CamerasView.svelte") },
  { name: "cameras", pattern: "/cameras/new", load: cameraForm },
  { name: "cameras", pattern: "/cameras/:camera", load: cameraForm },
  { name: "system", pattern: "/system", load: () => import("./views/system/SystemView.svelte") },
];

/** The first view. */
export const HOME = "/live";
