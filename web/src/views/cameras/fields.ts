// What can be set of a camera, and within which bounds: those of the API's description.

import type { MessageKey } from "../../i18n/i18n.svelte";

export interface NumberField {
  name: "detect_conf" | "detect_iou" | "detect_imgsz" | "detect_interval" | "pre_seconds" | "post_seconds" | "trigger_cooldown" | "min_trigger_frames";
  min: number;
  max: number;
  step: number;
  initial: number;
}

export const CLIP_FIELDS: readonly NumberField[] = [
  { name: "pre_seconds", min: 0, max: 120, step: 1, initial: 5 },
  { name: "post_seconds", min: 0, max: 300, step: 1, initial: 10 },
];

export const DETECTION_FIELDS: readonly NumberField[] = [
  { name: "detect_conf", min: 0, max: 1, step: 0.05, initial: 0.4 },
  { name: "detect_interval", min: 0, max: 60, step: 0.1, initial: 0.2 },
  { name: "min_trigger_frames", min: 1, max: 100, step: 1, initial: 3 },
  { name: "trigger_cooldown", min: 0, max: 3600, step: 1, initial: 0 },
  { name: "detect_imgsz", min: 128, max: 1920, step: 32, initial: 640 },
  { name: "detect_iou", min: 0, max: 1, step: 0.05, initial: 0.45 },
];

export const label = (name: string): MessageKey => `field.${name}` as MessageKey;
export const hint = (name: string): MessageKey => `field.${name}.hint` as MessageKey;
