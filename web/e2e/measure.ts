// What the page must reach and no story tells: how smoothly a list of 100,000 events scrolls, how soon a filter shows its picture,
// and whether a wall of sixteen tiles keeps its memory. Prints what it measures.
//
//   E2E_CAMERAS=16 web/e2e/stack npm --prefix web run measure

import type { Page } from "playwright-core";
import { it } from "vitest";

import { goTo, launch, open, showsPicture, signIn, until } from "./browser";
import { seedEvents } from "./seed";

const EVENTS = 100_000;
const WALL_MINUTES = 2;

async function scroll(page: Page): Promise<void> {
  await goTo(page, "Events");
  await until("the list", async () => (await page.locator(".list .row").count()) > 3);
  const frames = await page.evaluate(async () => {
    const box = document.querySelector<HTMLElement>(".list .box")!;
    const lengths: number[] = [];
    let last = performance.now();
    const end = last + 8000;
    await new Promise<void>((done) => {
      const frame = (now: number) => {
        lengths.push(now - last);
        last = now;
        box.scrollTop += 50;
        if (now < end) requestAnimationFrame(frame);
        else done();
      };
      requestAnimationFrame(frame);
    });
    return lengths.slice(1).sort((a, b) => a - b);
  });
  const mean = frames.reduce((sum, length) => sum + length, 0) / frames.length;
  const at = (share: number) => frames[Math.floor(frames.length * share)] ?? 0;
  console.log(`scrolling ${EVENTS} events: ${(1000 / mean).toFixed(1)} pictures a second; a picture takes ${at(0.5).toFixed(1)} ms (median), ${at(0.95).toFixed(1)} ms (95 %)`);
}

async function filter(page: Page): Promise<void> {
  const times: number[] = [];
  for (const label of ["person", "", "manual", "person", "", "person"]) {
    const before = Date.now();
    await page.getByLabel("Kind").selectOption(label);
    await page.waitForFunction(() => document.querySelector(".list .row") !== null || document.querySelector(".list .state .title") !== null);
    times.push(Date.now() - before);
  }
  console.log(`from a filter to its list: ${times.join(", ")} ms`);
}

async function wall(page: Page): Promise<void> {
  await goTo(page, "Live");
  await until("all tiles show a picture", async () => {
    const tiles = await page.locator("article canvas").count();
    for (let index = 0; index < tiles; index += 1) {
      const name = await page.locator("article").nth(index).getAttribute("aria-label");
      if (!(await showsPicture(page, `article[aria-label="${name}"] canvas`))) return false;
    }
    return tiles > 0;
  }, 120);
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.enable");
  const heap = async () => {
    await session.send("HeapProfiler.collectGarbage");
    return ((await session.send("Runtime.getHeapUsage")) as { usedSize: number }).usedSize / 1e6;
  };
  const sizes: number[] = [];
  for (let step = 0; step <= WALL_MINUTES * 4; step += 1) {
    sizes.push(await heap());
    if (step < WALL_MINUTES * 4) await page.waitForTimeout(15_000);
  }
  console.log(`a wall of ${await page.locator("article").count()} tiles for ${WALL_MINUTES} min: ${sizes.map((size) => size.toFixed(1)).join(", ")} MB of script memory`);
}

it("measures", { timeout: 600_000 }, async () => {
  const browser = await launch();
  try {
    const page = await open(await browser.newContext({ viewport: { width: 1920, height: 1080 }, locale: "en-GB" }));
    await signIn(page);
    await wall(page);
    seedEvents(EVENTS);
    await scroll(page);
    await filter(page);
  } finally {
    await browser.close();
  }
});
