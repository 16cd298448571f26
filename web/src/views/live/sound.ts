// Live video with sound: HLS, by a player that is loaded when it is wanted for the first time.

import { authorization } from "../../api/session.svelte";

/** Plays a camera in a video element; the answer stops it and tells the gateway. */
export async function playWithSound(video: HTMLVideoElement, camera: number, failed: () => void): Promise<() => void> {
  const { default: Hls } = await import("hls.js/light");
  const hls = new Hls({
    // Close to the present: the window is half a minute, its pieces two seconds.
    liveSyncDurationCount: 2,
    maxBufferLength: 20,
    backBufferLength: 20,
    // A worker would be a script made while running, which the page's policy forbids; one stream needs none.
    enableWorker: false,
    xhrSetup: (xhr) => {
      for (const [name, value] of Object.entries(authorization())) xhr.setRequestHeader(name, value);
    },
  });
  hls.on(Hls.Events.ERROR, (_, data) => {
    if (data.fatal) failed();
  });
  hls.loadSource(`/api/live/${camera}/hls/index.m3u8`);
  hls.attachMedia(video);
  hls.on(Hls.Events.MANIFEST_PARSED, () => void video.play().catch(() => {}));
  return () => {
    hls.destroy();
    void fetch(`/api/live/${camera}/hls/close`, { method: "POST", headers: authorization(), keepalive: true }).catch(() => {});
  };
}
