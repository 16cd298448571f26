// Sixteen cameras on one wall: how much script a first look costs, and whether they live on for minutes in the same memory.

import { readFileSync } from "node:fs";

import type { Browser, CDPSession, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";

import { asked, launch, PATIENCE_S, showsPicture, signIn, until, url } from "./browser";

const TILES = 16;
const MINUTES = 2;
const SAMPLES_A_MINUTE = 4;

let browser: Browser;
let page: Page;
let session: CDPSession;
/** The cameras that are here for the wall only. */
const added: number[] = [];

beforeAll(async () => {
  const known = (await (await asked("/api/cameras")).json()) as { rtsp_url: string }[];
  for (let number = known.length; number < TILES; number += 1) {
    const camera = { name: `Wall ${number + 1}`, rtsp_url: known[number % known.length]!.rtsp_url };
    added.push(((await (await asked("/api/cameras", { method: "POST", body: JSON.stringify(camera) })).json()) as { id: number }).id);
  }
  browser = await launch();
  const context = await browser.newContext({ viewport: { width: 1920, height: 1080 }, locale: "en-GB" });
  context.setDefaultTimeout(PATIENCE_S * 1000);
  page = await context.newPage();
  session = await context.newCDPSession(page);
});

afterAll(async () => {
  await browser.close();
  for (const id of added) await asked(`/api/cameras/${id}`, { method: "DELETE" });
});

const tiles = () => page.locator("article");
const names = () => tiles().evaluateAll((all) => all.map((one) => one.getAttribute("aria-label")));

it("loads at most 200 kB of script until every tile shows its camera", async () => {
  let bytes = 0;
  const scripts = new Set<string>();
  await session.send("Network.enable");
  session.on("Network.responseReceived", ({ requestId, type }) => type === "Script" && scripts.add(requestId));
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    if (scripts.has(requestId)) bytes += encodedDataLength;
  });
  await page.goto(url);
  await signIn(page);
  await until("sixteen tiles", async () => (await tiles().count()) === TILES);
  for (const name of await names()) await until(`a picture of ${name}`, () => showsPicture(page, `article[aria-label="${name}"] canvas`));
  console.log(`script of the first view: ${(bytes / 1000).toFixed(1)} kB, compressed and with its heads`);
  expect(bytes).toBeGreaterThan(20_000);
  expect(bytes).toBeLessThanOrEqual(200_000);
});

/** What the scripts hold, MB. */
async function held(): Promise<number> {
  await session.send("HeapProfiler.collectGarbage");
  return (await session.send("Runtime.getHeapUsage")).usedSize / 1e6;
}

/** What the page's process has in memory, MB: also what pictures take outside of the scripts' memory. */
async function resident(): Promise<number> {
  const { processInfo } = await (await browser.newBrowserCDPSession()).send("SystemInfo.getProcessInfo");
  const kilobytes = processInfo.filter(({ type }) => type === "renderer").map(({ id }) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, "utf8"))?.[1] ?? 0));
  return Math.max(...kilobytes) / 1000;
}

/** What each canvas shows, in few colours of few points. */
const seen = () =>
  page.evaluate(() =>
    [...document.querySelectorAll<HTMLCanvasElement>("article canvas")].map((canvas) => {
      const copy = document.createElement("canvas");
      [copy.width, copy.height] = [64, 36];
      copy.getContext("2d")?.drawImage(canvas, 0, 0, 64, 36);
      return copy.toDataURL();
    }),
  );

const middle = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;

it("keeps its memory for two minutes, and every tile its pictures", { timeout: (MINUTES + 3) * 60_000 }, async () => {
  await session.send("HeapProfiler.enable");
  const scripts: number[] = [];
  const whole: number[] = [];
  const end = Date.now() + MINUTES * 60_000;
  for (let sample = 0; sample <= MINUTES * SAMPLES_A_MINUTE; sample += 1) {
    await page.waitForTimeout(Math.max(0, end - (MINUTES - sample / SAMPLES_A_MINUTE) * 60_000 - Date.now()));
    scripts.push(await held());
    whole.push(await resident());
  }
  const list = (numbers: readonly number[], digits: number) => numbers.map((number) => number.toFixed(digits)).join(", ");
  console.log(`${TILES} tiles for ${MINUTES} min: ${list(scripts, 1)} MB of script memory, ${list(whole, 0)} MB of the whole process`);
  const before = await seen();
  await until("another picture on every tile", async () => (await seen()).every((picture, tile) => picture !== before[tile]));
  const growth = (numbers: readonly number[]) => middle(numbers.slice(-3)) - middle(numbers.slice(0, 3));
  expect(growth(scripts), "MB more of script memory at the end than at the beginning").toBeLessThan(1);
  expect(growth(whole), "MB more of the whole process").toBeLessThan(20);
});

it("fetches only what is in sight", async () => {
  const cameras = (address: string) => new URL(address).searchParams.get("cameras")?.split(",").length ?? TILES;
  const opened = page.waitForRequest((request) => request.url().includes("/api/live/wall") && cameras(request.url()) < TILES / 2);
  await page.setViewportSize({ width: 390, height: 700 });
  await opened;
});
