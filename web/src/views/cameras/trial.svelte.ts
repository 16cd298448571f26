// A look at a camera before it is added. Nothing but a configured camera is ever connected to, and its address with the password may
// go no other way than that; so a trial is a camera that records and recognises nothing, which becomes the real one or goes again.

import { api, ok } from "../../api/client";
import { authorization } from "../../api/session.svelte";
import { queryClient } from "../../api/queries";
import { t } from "../../i18n/i18n.svelte";
import type { CameraCreation } from "../../api/types";

/** Looked at once a minute, and never often enough for an event. */
const RECORDS_NOTHING = { detect_interval: 60, min_trigger_frames: 100, trigger_cooldown: 3600, faces_enabled: false, reid_enabled: false } as const;

type Source = Pick<CameraCreation, "rtsp_url" | "rtsp_transport">;

export class Trial {
  #source: Source | null = null;
  /** The camera that is looked at; null while none is. */
  camera = $state<number | null>(null);
  busy = $state(false);

  /** Whether it is this address that is looked at. */
  isOf({ rtsp_url, rtsp_transport }: Source): boolean {
    return this.camera !== null && this.#source?.rtsp_url === rtsp_url && this.#source.rtsp_transport === rtsp_transport;
  }

  /** Connects, instead of to what was looked at before. */
  async begin(camera: CameraCreation): Promise<void> {
    this.busy = true;
    try {
      await this.end();
      const body = { ...camera, name: t("cameras.trial_name"), enabled: true, ...RECORDS_NOTHING };
      const { id } = await ok(api.POST("/api/cameras", { body }));
      this.#source = camera;
      this.camera = id;
      await queryClient.invalidateQueries({ queryKey: ["cameras"] });
    } finally {
      this.busy = false;
    }
  }

  /** The camera is kept: it is no trial any more. */
  keep(): void {
    this.camera = null;
    this.#source = null;
  }

  async end(): Promise<void> {
    const id = this.camera;
    if (id === null) return;
    this.keep();
    await ok(api.DELETE("/api/cameras/{id}", { params: { path: { id } } }));
  }

  /** The page is going: a request that outlives it. */
  readonly leave = (): void => {
    const id = this.camera;
    if (id === null) return;
    this.keep();
    void fetch(`/api/cameras/${id}`, { method: "DELETE", keepalive: true, headers: authorization() }).catch(() => {});
  };
}
