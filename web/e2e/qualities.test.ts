// What every view must be, whatever it shows: accessible, right for a phone, in the viewer's language and time, still for those who
// want it so, and plain about what it is waiting for and what went wrong.

import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { asked, complaints, goTo, launch, open, PATIENCE_S, signIn, until, violationsInBoth } from "./browser";

const VIEWS = ["Live", "Events", "Timeline", "Identities", "People", "Face groups", "Analytics", "Cameras", "System"];

let browser: Browser;
let context: BrowserContext;
let page: Page;

/** A page whose viewer is in New York. */
async function visit(path = "/"): Promise<Page> {
  context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "en-GB", timezoneId: "America/New_York" });
  context.setDefaultTimeout(PATIENCE_S * 1000);
  return open(context, path);
}

beforeAll(async () => {
  browser = await launch();
  page = await visit();
  await signIn(page);
  await until("all cameras are online", async () => ((await (await asked("/api/cameras")).json()) as { status: string }[]).every(({ status }) => status === "online"));
});

afterAll(() => browser.close());

describe("every view", () => {
  it("is accessible in light and dark", async () => {
    for (const name of VIEWS) {
      await goTo(page, name);
      await page.getByText("Loading…").waitFor({ state: "detached" });
      expect(await violationsInBoth(page), name).toEqual([]);
    }
  });

  it("fits a phone", async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    for (const name of VIEWS) {
      // What is not on the bar is behind "More".
      if (!["Live", "Events", "Identities", "Cameras"].includes(name)) await page.getByRole("button", { name: "More" }).click();
      await page.getByRole("link", { name, exact: true }).last().click();
      await page.getByRole("heading", { level: 1, name, exact: true }).waitFor();
      await page.getByText("Loading…").waitFor({ state: "detached" });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(wide, name).toBeLessThanOrEqual(0);
    }
    expect(await violationsInBoth(page)).toEqual([]);
    await page.getByRole("button", { name: "More" }).click();
    expect(await violationsInBoth(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  it("speaks German where it is chosen", async () => {
    await page.getByRole("button", { name: "Preferences" }).click();
    expect(await violationsInBoth(page)).toEqual([]);
    await page.getByLabel("Language").selectOption("de");
    await page.getByRole("dialog", { name: "Einstellungen" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("link", { name: "Ereignisse" }).first().click();
    await page.getByRole("heading", { name: "Ereignisse" }).waitFor();
    expect(await page.evaluate(() => document.documentElement.lang)).toBe("de");
    await page.getByRole("button", { name: "Einstellungen" }).click();
    await page.getByLabel("Sprache").selectOption("en");
    await page.keyboard.press("Escape");
  });

  it("has every control within reach of the tabulator, and shows where the focus is", async () => {
    /** A list gets rows as the focus goes down; nobody would go on for longer. */
    const PRESSES_MAX = 400;
    for (const name of VIEWS) {
      await goTo(page, name);
      await page.getByText("Loading…").waitFor({ state: "detached" });
      await page.evaluate(() => {
        for (const one of document.querySelectorAll<HTMLElement>("a[href], button, input, select, textarea, summary, [tabindex]")) {
          if (one.tabIndex >= 0 && !one.matches(":disabled") && one.checkVisibility({ visibilityProperty: true })) one.dataset["reached"] = "not";
        }
      });
      const unseen = new Set<string>();
      for (let press = 0, left = 1; press < PRESSES_MAX && left > 0; press += 1) {
        await page.keyboard.press("Tab");
        const step = await page.evaluate(() => {
          const focused = document.activeElement;
          let hidden = "";
          if ((focused instanceof HTMLElement || focused instanceof SVGElement) && focused !== document.body) {
            if (focused.dataset["reached"]) focused.dataset["reached"] = "yes";
            if (getComputedStyle(focused).outlineStyle === "none") hidden = focused.outerHTML.slice(0, 120);
          }
          return { hidden, left: document.querySelectorAll('[data-reached="not"]').length };
        });
        if (step.hidden) unseen.add(step.hidden);
        left = step.left;
      }
      const unreached = await page.evaluate(() => [...document.querySelectorAll('[data-reached="not"]')].filter((one) => one.checkVisibility()).map((one) => one.outerHTML.slice(0, 120)));
      expect(unreached, `${name}: not within reach`).toEqual([]);
      expect([...unseen], `${name}: focused without being seen`).toEqual([]);
    }
  });

  it("moves nothing where that is asked for", async () => {
    await page.emulateMedia({ reducedMotion: "reduce" });
    const longest = () =>
      page.evaluate(() => Math.max(0, ...document.getAnimations().map((animation) => Number(animation.effect?.getComputedTiming().endTime ?? 0))));
    for (const name of VIEWS) {
      await goTo(page, name);
      expect(await longest(), name).toBeLessThan(50);
    }
    await page.emulateMedia({ reducedMotion: "no-preference" });
  });

  it("gives times where the viewer is, and those of the camera on hover", async () => {
    const started = await (await asked("/api/live/3/record/start", { method: "POST" })).json();
    await new Promise((resolve) => setTimeout(resolve, 500));
    const { event_id } = (await (await asked("/api/live/3/record/stop", { method: "POST", body: JSON.stringify(started) })).json()) as { event_id: number };
    await goTo(page, "Events");
    const time = page.locator(".list .row time").first();
    const moment = new Date((await time.getAttribute("datetime"))!);
    const { timezone } = (await (await asked("/api/system")).json()) as { timezone: string };
    const clock = (timeZone: string) => moment.toLocaleTimeString("en-GB", { timeZone, hour: "2-digit", minute: "2-digit" });
    expect(await time.textContent()).toBe(clock("America/New_York"));
    expect(await time.getAttribute("title")).toContain(clock(timezone));
    // Other stories count what was recorded by hand.
    await asked(`/api/events/${event_id}`, { method: "DELETE" });
  });

  it("says that it is loading, and what went wrong", async () => {
    const other = await visit();
    let held: (() => void)[] = [];
    let refusing = false;
    // Between the page and Iris: nothing gets through, at first for long, then with a refusal.
    await other.route(/\/api\/(?!session)/, async (route) => {
      if (!refusing) await new Promise<void>((release) => held.push(release));
      await route.fulfill({ status: 400, contentType: "application/json", body: JSON.stringify({ detail: "not today" }) }).catch(() => {});
    });
    await signIn(other);
    for (const name of VIEWS) {
      refusing = false;
      await goTo(other, name);
      await other.getByRole("main").getByRole("status").first().waitFor();
      expect(await violationsInBoth(other), `${name}, loading`).toEqual([]);
      refusing = true;
      held.splice(0).forEach((release) => release());
      const alert = other.getByRole("main").getByRole("alert").first();
      await alert.getByText("not today").waitFor();
      await alert.getByRole("button", { name: "Try again" }).waitFor();
      expect(await violationsInBoth(other), `${name}, refused`).toEqual([]);
    }
    await other.context().close();
  });

  it("says where there is nothing", async () => {
    const other = await visit();
    const nothing: Record<string, unknown> = {
      cameras: [],
      people: [],
      events: { total: 0, items: [] },
      identities: { total: 0, items: [] },
      "identities/operations": { total: 0, items: [] },
      "face-groups": { total_samples: 0, total_groups: 0, settings: {}, groups: [] },
    };
    // A new Iris, as it were: nothing was added, seen or corrected.
    await other.route(/\/api\/[a-z/-]+(\?.*)?$/, async (route) => {
      const list = nothing[new URL(route.request().url()).pathname.slice("/api/".length)];
      if (list === undefined || route.request().method() !== "GET") return route.continue();
      await route.fulfill({ contentType: "application/json", body: JSON.stringify(list) });
    });
    await signIn(other);
    const words: [string, string][] = [
      ["Events", "Nothing was recorded yet"],
      ["Identities", "Nobody is known yet"],
      ["People", "Nobody is enrolled yet"],
      ["Face groups", "No group of faces"],
      ["Cameras", "No cameras yet"],
      ["Timeline", "No cameras yet"],
      ["Live", "No cameras yet"],
    ];
    for (const [name, text] of words) {
      await goTo(other, name);
      await other.getByRole("main").getByText(text).waitFor();
      expect(await violationsInBoth(other), `${name}, empty`).toEqual([]);
    }
    await goTo(other, "Identities");
    await other.getByRole("link", { name: "History" }).click();
    await other.getByText("Nothing was corrected yet").waitFor();
    expect(await violationsInBoth(other), "history, empty").toEqual([]);
    await other.context().close();
  });

  it("complains of nothing, and asks no other host", () => {
    expect(complaints).toEqual([]);
  });
});
