// What the page must reach and only a machine with nothing else to do can tell: how smoothly a list of 100,000 events scrolls, and how
// soon a filter shows its pictures. Prints what it measures, and fails below the bars of docs/benchmarks.md.
//
//   web/e2e/stack npm --prefix web run measure

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";

import { goTo, launch, signIn, until, url } from "./browser";
import { seedEvents } from "./seed";

const EVENTS = 100_000;

let browser: Browser;
let page: Page;

beforeAll(async () => {
  browser = await launch();
  page = await (await browser.newContext({ viewport: { width: 1920, height: 1080 }, locale: "en-GB" })).newPage();
  await page.goto(url);
  await signIn(page);
});

afterAll(() => browser.close());

const sorted = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b);
const at = (numbers: readonly number[], share: number) => sorted(numbers)[Math.min(numbers.length - 1, Math.floor(numbers.length * share))] ?? 0;

it("scrolls a list of 100,000 events at 55 pictures a second", { timeout: 180_000 }, async () => {
  seedEvents(EVENTS);
  await goTo(page, "Events");
  await until("the list", async () => (await page.locator(".list .row").count()) > 3);
  const lengths = await page.evaluate(async () => {
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
    return lengths.slice(1);
  });
  const rate = 1000 / (lengths.reduce((sum, length) => sum + length, 0) / lengths.length);
  console.log(`scrolling ${EVENTS} events: ${rate.toFixed(1)} pictures a second; one takes ${at(lengths, 0.5).toFixed(1)} ms (median), ${at(lengths, 0.95).toFixed(1)} ms (95 %)`);
  expect(rate).toBeGreaterThanOrEqual(55);
});

it("shows what a filter finds within 300 ms", { timeout: 60_000 }, async () => {
  // From the choice to the rows drawn with their pictures, or to the word that there are none.
  const times: number[] = [];
  for (const [label, wanted] of [["manual", 0], ["person", 100_000], ["", 100_000], ["manual", 0], ["person", 100_000], ["", 100_000], ["person", 100_000]] as const) {
    times.push(
      await page.evaluate(
        async ([label, wanted]) => {
          const kind = document.querySelector<HTMLSelectElement>('select[aria-label="Kind"]')!;
          const count = () => Number(document.querySelector(".page-head .number")?.textContent?.replace(/\D/g, "") ?? NaN);
          const drawn = () =>
            wanted === 0
              ? document.querySelector(".list .state .title") !== null
              : document.querySelector(".list .row") !== null && count() >= wanted && [...document.querySelectorAll<HTMLImageElement>(".list .row img")].every((image) => image.complete);
          const before = performance.now();
          kind.value = label;
          kind.dispatchEvent(new Event("change", { bubbles: true }));
          // The rows of before go first: otherwise they would be taken for those that were asked for.
          await new Promise((next) => requestAnimationFrame(next));
          while (!drawn()) await new Promise((next) => requestAnimationFrame(next));
          return performance.now() - before;
        },
        [label, wanted] as const,
      ),
    );
    await page.waitForTimeout(300);
  }
  console.log(`from a filter to its pictures: ${times.map((time) => time.toFixed(0)).join(", ")} ms`);
  expect(Math.max(...times)).toBeLessThanOrEqual(300);
});
