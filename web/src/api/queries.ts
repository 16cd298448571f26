// What views ask for and keep: one place for each question, so that two views that show the same thing ask once.

import { QueryClient } from "@tanstack/svelte-query";

import { api, ApiFault, ok } from "./client";
import { learnCameraZone } from "../time/zone.svelte";
import { listen } from "./feed.svelte";
import type { Camera } from "./types";

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // What the gateway refuses it refuses again; what it cannot answer now it may answer soon.
      retry: (failures, error) => failures < 2 && !(error instanceof ApiFault && error.status >= 400 && error.status < 500),
      refetchOnWindowFocus: true,
      networkMode: "always",
    },
    mutations: { networkMode: "always" },
  },
});

export const cameras = () => ({
  queryKey: ["cameras"],
  queryFn: ({ signal }: { signal: AbortSignal }) => ok(api.GET("/api/cameras", { signal })),
});

export const classes = () => ({
  queryKey: ["classes"],
  staleTime: 60_000,
  queryFn: ({ signal }: { signal: AbortSignal }) => ok(api.GET("/api/cameras/detect/classes", { signal })),
});

export const system = () => ({
  queryKey: ["system"],
  refetchInterval: 5000,
  queryFn: ({ signal }: { signal: AbortSignal }) => ok(api.GET("/api/system", { signal })),
});

export const event = (id: number) => ({
  queryKey: ["event", id],
  queryFn: ({ signal }: { signal: AbortSignal }) => ok(api.GET("/api/events/{id}", { params: { path: { id } }, signal })),
});

export const people = () => ({
  queryKey: ["people"],
  queryFn: ({ signal }: { signal: AbortSignal }) => ok(api.GET("/api/people", { signal })),
});

export const personFaces = (id: number) => ({
  queryKey: ["people", id, "faces"],
  queryFn: ({ signal }: { signal: AbortSignal }) => ok(api.GET("/api/people/{id}/faces", { params: { path: { id } }, signal })),
});

export const namedIdentities = () => ({
  queryKey: ["identities", "named"],
  queryFn: ({ signal }: { signal: AbortSignal }) => ok(api.GET("/api/identities", { params: { query: { named_only: true, limit: 500 } }, signal })),
});

/** Lets the feed bring up to date what is kept here. */
export function keepFresh(): () => void {
  // Only what is hovered over needs it; without it times are given in UTC there.
  void queryClient.fetchQuery(system()).then(({ timezone }) => learnCameraZone(timezone), () => {});
  const stops = [
    listen("camera", (status) => {
      const known = queryClient.getQueryData<Camera[]>(["cameras"]);
      if (known?.some((camera) => camera.id === status.id)) {
        queryClient.setQueryData(["cameras"], known.map((camera) => (camera.id === status.id ? { ...camera, ...status } : camera)));
      } else void queryClient.invalidateQueries({ queryKey: ["cameras"] });
      void queryClient.invalidateQueries({ queryKey: ["downtimes"] });
    }),
    listen("camera_deleted", ({ id }) => {
      queryClient.setQueryData<Camera[]>(["cameras"], (known) => known?.filter((camera) => camera.id !== id));
    }),
    listen("event", ({ id }) => void queryClient.invalidateQueries({ queryKey: ["event", id] })),
    listen("resync", () => void queryClient.invalidateQueries()),
  ];
  return () => stops.forEach((stop) => stop());
}
