// Times and lengths as people read them, in the viewer's zone and language. The time where the cameras are is given for hovering.

import { locale } from "../i18n/i18n.svelte";
import { cameraZone } from "./zone.svelte";

const formats = new Map<string, Intl.DateTimeFormat>();

// Making a format costs far more than using it, and lists use it for every row.
function format(name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale()} ${name}`;
  let known = formats.get(key);
  if (!known) {
    known = new Intl.DateTimeFormat(locale(), options);
    formats.set(key, known);
  }
  return known;
}

type Moment = string | number | Date;

/** 14:03:59 */
export function timeOfDay(moment: Moment): string {
  return format("time", { hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(new Date(moment));
}

/** 14:03 */
export function hourAndMinute(moment: Moment): string {
  return format("minute", { hour: "2-digit", minute: "2-digit" }).format(new Date(moment));
}

/** 30 Nov 2026, 14:03:59 */
export function dateAndTime(moment: Moment): string {
  return format("both", { dateStyle: "medium", timeStyle: "medium" }).format(new Date(moment));
}

/** Monday, 30 November 2026 */
export function longDay(moment: Moment): string {
  return format("day", { weekday: "long", day: "numeric", month: "long", year: "numeric" }).format(new Date(moment));
}

/** 30 Nov 2026, 15:03:59 CET: where the cameras are. */
export function atCamera(moment: Moment): string {
  const timeZone = cameraZone();
  const day = { year: "numeric", month: "short", day: "numeric" } as const;
  const time = { hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short" } as const;
  return format(`camera ${timeZone}`, { ...day, ...time, timeZone }).format(new Date(moment));
}

/** Which day of the viewer's zone a moment lies in: 2026-11-30. */
export function dayOf(moment: Moment): string {
  const date = new Date(moment);
  const two = (number: number) => String(number).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** 30 Nov 2026 */
export function shortDay(moment: Moment): string {
  return format("short day", { dateStyle: "medium" }).format(new Date(moment));
}

/** The first moment of a day of the viewer's zone, and of the day after `days` more. */
export function startOfDay(day: string, days = 0): Date {
  const [year = 1970, month = 1, date = 1] = day.split("-").map(Number);
  return new Date(year, month - 1, date + days);
}

/** A minute of a day of the viewer's zone, of `14:05`. */
export function minuteOfDay(day: string, minute: string): Date {
  const [year = 1970, month = 1, date = 1] = day.split("-").map(Number);
  const [hours = 0, minutes = 0] = minute.split(":").map(Number);
  return new Date(year, month - 1, date, hours, minutes);
}

/** `14:05` of the viewer's zone, as addresses and fields have it. */
export function minuteOf(moment: Moment): string {
  const date = new Date(moment);
  const two = (number: number) => String(number).padStart(2, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** 0:07, 12:34, 1:02:03 */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (number: number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** 7 s, 12 min, 3 h: one unit, for lists. */
export function roughly(seconds: number): string {
  const unit = seconds < 90 ? "second" : seconds < 5400 ? "minute" : seconds < 129_600 ? "hour" : "day";
  const length = { second: 1, minute: 60, hour: 3600, day: 86_400 }[unit];
  const number = seconds / length;
  const digits = number < 10 && unit === "second" ? 1 : 0;
  return new Intl.NumberFormat(locale(), { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: digits }).format(number);
}

/** 3.2 GB: in steps of a thousand, as disks are sold. */
export function bytes(number: number): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];
  const step = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, number)) / 3));
  const value = number / 1000 ** step;
  return new Intl.NumberFormat(locale(), { style: "unit", unit: units[step]!, unitDisplay: "short", maximumFractionDigits: value < 10 ? 1 : 0 }).format(value);
}

/** 3 minutes ago */
export function ago(moment: Moment, now: number): string {
  const seconds = (new Date(moment).getTime() - now) / 1000;
  const words = new Intl.RelativeTimeFormat(locale(), { numeric: "auto", style: "long" });
  const steps: [Intl.RelativeTimeFormatUnit, number][] = [["day", 86_400], ["hour", 3600], ["minute", 60]];
  const step = steps.find(([, length]) => Math.abs(seconds) >= length);
  return step ? words.format(Math.trunc(seconds / step[1]), step[0]) : words.format(Math.trunc(seconds), "second");
}
