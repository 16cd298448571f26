// Saves a camera's present picture as a file.

import { okBlob } from "../../api/client";
import type { Camera } from "../../api/types";
import { toastFault } from "../../ui/toasts.svelte";

export async function saveSnapshot(camera: Camera): Promise<void> {
  try {
    const picture = await okBlob(`/api/live/${camera.id}/snapshot`);
    const time = new Date().toISOString().slice(0, 19).replace(/[T:]/g, "-");
    save(picture, `${camera.name} ${time}.jpg`);
  } catch (error) {
    toastFault(error);
  }
}

function save(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The download has begun by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
