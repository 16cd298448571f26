// Pictures of the views, light and dark, into the folder that E2E_SCREENS names, to be looked at.
//
//   IRIS_EMBEDDER=models/iris-body-embedder.onnx E2E_SCREENS=docs/screens web/e2e/stack npm --prefix web run screens
//
// Without the embedder nobody in the films is known again. The first one's photos are enrolled, and all photos are put into the database
// as if cameras had captured them, since faces in films this small are too narrow.

import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";

import type { Page } from "playwright-core";
import { it } from "vitest";

import { goTo, key, launch, open, showsPicture, signIn, until, url } from "./browser";
import { seedDowntime, seedFaces } from "./seed";

// The run begins in web/.
const folder = resolve("..", process.env["E2E_SCREENS"] ?? "/tmp/screens");
const photos = process.env["E2E_PHOTOS"] ?? "";
/** Until there is something to be seen: people pass, and their clips are cut. */
const FILMED_FOR_MS = 75_000;

async function shoot(page: Page, name: string): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await page.waitForTimeout(250);
    const picture = join(folder, `${name}-${colorScheme}`);
    await page.screenshot({ path: `${picture}.png` });
    execFileSync("ffmpeg", ["-y", "-loglevel", "error", "-i", `${picture}.png`, "-quality", "82", `${picture}.webp`]);
    rmSync(`${picture}.png`);
  }
}

async function settle(page: Page): Promise<void> {
  await page.getByText("Loading…").waitFor({ state: "detached" });
  await page.waitForTimeout(1200);
}

/** Opens a dialog, takes its picture and closes it again. */
async function shootDialog(page: Page, name: string, show: () => Promise<void>): Promise<void> {
  await show();
  await page.getByRole("dialog").waitFor();
  await settle(page);
  await shoot(page, name);
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
}

/** An operator's morning: one is named, two become one and two again, a sighting is taken out. */
async function correct(): Promise<void> {
  const ask = async <T>(path: string, method = "GET", body?: unknown) => {
    const headers = { Authorization: `Bearer ${key}`, "Content-Type": "application/json" };
    return (await (await fetch(url + path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })).json()) as T;
  };
  interface Listed {
    items: { id: number; num_sightings: number }[];
  }
  const { items } = await ask<Listed>("/api/identities?object_class=person&limit=50");
  const [most, second, third] = items.sort((a, b) => b.num_sightings - a.num_sightings);
  if (!most || !second || !third) return;
  await ask(`/api/identities/${most.id}`, "PUT", { name: "Emma" });
  const { operation_id } = await ask<{ operation_id: number }>("/api/identities/merge", "POST", { target_id: second.id, source_ids: [third.id] });
  await ask(`/api/identities/operations/${operation_id}/undo`, "POST");
  const sightings = await ask<Listed>(`/api/identities/${second.id}/sightings?limit=1`);
  await ask(`/api/identities/${second.id}/reject`, "POST", { sighting_ids: sightings.items.map(({ id }) => id) });
}

async function enrol(page: Page, from: string): Promise<void> {
  const headers = { Authorization: `Bearer ${key}`, "Content-Type": "application/json" };
  for (const name of ["Ada Lovelace", "Grace Hopper"]) await fetch(`${url}/api/people`, { method: "POST", headers, body: JSON.stringify({ name }) });
  await goTo(page, "People");
  await page.getByRole("link", { name: /Ada Lovelace/ }).click();
  await page.getByLabel("Choose photos").setInputFiles(readdirSync(from).filter((file) => file.startsWith("00000-")).slice(0, 4).map((file) => join(from, file)));
  await until("a result of each photo", async () => (await page.locator(".photos .failed, .photos .enrolled").count()) === 4);
}

function captureFaces(from: string): void {
  const files = readdirSync(from).filter((file) => file.endsWith(".jpg"));
  const library = join(process.env["IRIS_DATA_DIR"] ?? "", "library", "faces");
  mkdirSync(library, { recursive: true });
  files.forEach((file) => copyFileSync(join(from, file), join(library, file)));
  seedFaces(files);
}

async function people(page: Page): Promise<void> {
  await enrol(page, photos);
  await goTo(page, "People");
  await settle(page);
  await shoot(page, "people");
  await page.getByRole("link", { name: /Ada Lovelace/ }).click();
  await settle(page);
  await shoot(page, "person");
}

async function identities(page: Page): Promise<void> {
  await goTo(page, "Identities");
  await settle(page);
  await shoot(page, "identities");
  await correct();
  await page.getByRole("link", { name: "History" }).click();
  await settle(page);
  await shoot(page, "history");
  await page.goBack();
  await settle(page);
  const cards = page.getByRole("article");
  if ((await cards.count()) < 2) return;
  await cards.nth(0).getByRole("checkbox").check();
  await cards.nth(1).getByRole("checkbox").check();
  await shootDialog(page, "merge", () => page.getByRole("button", { name: "Merge" }).click());
  await page.getByRole("button", { name: "Deselect" }).click();
  // The one that was seen most has the most to show.
  const seen = await cards.locator(".words").allTextContents();
  const times = seen.map((text) => Number(/(\d+) sighting/.exec(text)?.[1] ?? 0));
  await cards.nth(times.indexOf(Math.max(...times))).getByRole("link").click();
  await settle(page);
  await shoot(page, "identity");
  await shootDialog(page, "why", async () => {
    await page.locator(".sighting button").first().click();
    await page.getByRole("button", { name: "Find similar" }).click();
  });
}

it("takes pictures of every view", { timeout: 600_000 }, async () => {
  mkdirSync(folder, { recursive: true });
  const browser = await launch();
  try {
    const page = await open(await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en-GB" }));
    await shoot(page, "sign-in");
    await signIn(page);
    await until("a picture", () => showsPicture(page, "article canvas"), 40);
    await page.waitForTimeout(FILMED_FOR_MS);
    await shoot(page, "live");
    await page.getByRole("link", { name: "Show Street north large" }).click();
    await page.waitForTimeout(2500);
    await shoot(page, "focus");
    await goTo(page, "Events");
    await settle(page);
    await shoot(page, "events");
    // One that has its clip.
    await page.locator(".list .row").filter({ hasNotText: /now|cut/ }).nth(1).locator("a").click();
    await page.waitForTimeout(3500);
    await shoot(page, "event");
    captureFaces(photos);
    seedDowntime(3, 190, 95, "connection refused");
    seedDowntime(4, 20, 6, "the camera ended the stream");
    for (const name of ["Timeline", "Analytics", "System", "Face groups"]) {
      await goTo(page, name);
      await settle(page);
      await shoot(page, name.toLowerCase().replace("face groups", "faces"));
    }
    await goTo(page, "Timeline");
    const chart = page.getByRole("group", { name: /^Timeline/ });
    const bar = chart.locator(".bar").last();
    const place = (await bar.boundingBox())!;
    await page.mouse.move(place.x + 2, place.y + 5);
    for (let turn = 0; turn < 6; turn += 1) await page.mouse.wheel(0, -400);
    await page.waitForTimeout(300);
    await bar.hover();
    await page.waitForTimeout(800);
    await shoot(page, "timeline-bar");
    await identities(page);
    await people(page);
    await goTo(page, "Cameras");
    await settle(page);
    await shoot(page, "cameras");
    const [{ rtsp_url: address }] = (await (await fetch(`${url}/api/cameras`, { headers: { Authorization: `Bearer ${key}` } })).json()) as [{ rtsp_url: string }];
    await page.getByRole("link", { name: "Edit Hall" }).click();
    await page.waitForTimeout(2500);
    await shoot(page, "camera");
    await goTo(page, "Cameras");
    await page.getByRole("link", { name: "Add camera" }).click();
    await page.getByLabel("Name", { exact: true }).fill("Back door");
    await page.getByLabel("Address of the stream").fill(address);
    await page.getByRole("button", { name: "Test the connection" }).click();
    await until("its first picture", () => showsPicture(page, ".tried canvas"), 30);
    await shoot(page, "camera-test");
    await goTo(page, "Cameras");
    await shootDialog(page, "preferences", () => page.getByRole("button", { name: "Preferences" }).click());

    await page.setViewportSize({ width: 390, height: 844 });
    for (const name of ["Live", "Events", "Identities", "Cameras", "Timeline", "Analytics"]) {
      // What is not on the bar is behind "More".
      if (["Timeline", "Analytics"].includes(name)) {
        await page.getByRole("button", { name: "More" }).click();
        await page.getByRole("dialog").getByRole("link", { name, exact: true }).click();
      } else await goTo(page, name);
      await settle(page);
      await shoot(page, `phone-${name.toLowerCase()}`);
      if (name === "Events") {
        await page.locator(".list .row").filter({ hasNotText: /now|cut/ }).nth(1).locator("a").click();
        await page.waitForTimeout(2500);
        await shoot(page, "phone-event");
      }
      if (name === "Identities" && (await page.getByRole("article").count()) > 0) {
        await page.getByRole("article").first().getByRole("link").click();
        await settle(page);
        await shoot(page, "phone-identity");
      }
    }
    await page.setViewportSize({ width: 3840, height: 2160 });
    await goTo(page, "Live");
    await until("a picture on every tile", () => showsPicture(page, "article:last-of-type canvas"));
    await page.waitForTimeout(2500);
    await shoot(page, "wall");
  } finally {
    await browser.close();
  }
});
