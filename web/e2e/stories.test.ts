// What an operator does, in a real browser, with a real Iris.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import type { Browser, BrowserContext, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { captureWithin, seedEvents, seedIdentities } from "./seed";
import { asked, complaints, goTo, key, launch, open, PATIENCE_S, showsPicture, signIn, until, url, violationsInBoth } from "./browser";
import { Way } from "./way";

let browser: Browser;
let context: BrowserContext;
let page: Page;

/** Goes to an address without loading the page anew, which would forget the key. */
const follow = (path: string) =>
  page.evaluate((path) => {
    window.history.pushState(null, "", path);
    window.dispatchEvent(new PopStateEvent("popstate"));
  }, path);

beforeAll(async () => {
  browser = await launch();
  context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "en-GB", acceptDownloads: true });
  context.setDefaultTimeout(PATIENCE_S * 1000);
  page = await open(context);
});

// What somebody would have seen who stood beside it.
afterEach(async ({ task }) => {
  if (task.result?.state !== "fail") return;
  const text = await page.locator("body").innerText().catch(String);
  console.log(`“${task.name}” failed at ${page.url()}, where it says:\n${text}`);
});

afterAll(async () => {
  await browser.close();
});

describe("signing in", () => {
  it("refuses a wrong key and takes the right one", async () => {
    await page.getByLabel("API key").fill("wrong");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("This is not the API key.").waitFor();
    expect(await violationsInBoth(page)).toEqual([]);
    await signIn(page);
    expect(new URL(page.url()).pathname).toBe("/live");
  });

  it("leaves the key in no storage, and a cookie that scripts cannot read", async () => {
    const stored = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));
    expect(stored).not.toContain(key);
    expect(stored).not.toContain("iris_session");
    const [cookie] = await context.cookies(`${url}/api`);
    expect(cookie).toMatchObject({ name: "iris_session", httpOnly: true, sameSite: "Strict" });
  });
});

describe("signing in by a proxy", () => {
  it("asks for no key, and shows who one is", async () => {
    const byProxy = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "en-GB", extraHTTPHeaders: { "X-User": "Grace Hopper", "X-Email": "grace@example.org" } });
    const other = await open(byProxy);
    const main = other.getByRole("navigation", { name: "Main" });
    await main.getByText("Signed in as Grace Hopper").waitFor();
    await until("a picture", () => showsPicture(other, "article canvas"));
    expect(await violationsInBoth(other)).toEqual([]);
    await main.getByRole("button", { name: "Preferences" }).click();
    await other.getByRole("dialog").getByText("grace@example.org").waitFor();
    expect(await other.getByRole("button", { name: "Sign out" }).count()).toBe(0);
    await other.keyboard.press("Escape");
    await other.setViewportSize({ width: 390, height: 800 });
    await other.getByRole("button", { name: "More" }).click();
    await other.getByRole("dialog").getByText("Signed in as Grace Hopper").waitFor();
    await byProxy.close();
  });
});

describe("the live view", () => {
  it("shows all cameras, and one of them large", async () => {
    for (const name of ["Street north", "Street south", "Hall", "Yard"]) {
      await until(`a picture of ${name}`, () => showsPicture(page, `article[aria-label="${name}"] canvas`));
    }
    await page.getByRole("link", { name: "Show Hall large" }).click();
    await page.getByRole("heading", { name: "Hall" }).waitFor();
    await until("the large picture", () => showsPicture(page, ".stage canvas"));
    expect(await violationsInBoth(page)).toEqual([]);
    await page.keyboard.press("ArrowRight");
    await page.getByRole("heading", { name: "Yard" }).waitFor();
    await page.goBack();
    await page.getByRole("heading", { name: "Live" }).waitFor();
  });

  it("saves a picture", async () => {
    await page.getByRole("article", { name: "Hall" }).hover();
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save a picture of Hall" }).click()]);
    expect(download.suggestedFilename()).toMatch(/^Hall .*\.jpg$/);
    expect(readFileSync(await download.path()).subarray(0, 2)).toEqual(Buffer.from([0xff, 0xd8]));
  });

  it("records by hand and leads to the clip", async () => {
    const recorded = async () => ((await (await asked("/api/events?label=manual")).json()) as { total: number }).total;
    for (const [before, name] of ["Hall", "Yard"].entries()) {
      await page.getByRole("article", { name }).hover();
      await page.getByRole("button", { name: `Record ${name}` }).click();
      await page.getByRole("button", { name: `Stop recording ${name}` }).getByText(/^0:0[2-9]|^0:[1-5]/).waitFor();
      await page.getByRole("button", { name: `Stop recording ${name}` }).click();
      await until("the clip", async () => (await recorded()) === before + 1);
    }
    // The note of the second one; that of the first may be gone.
    await page.getByRole("button", { name: "Open" }).last().click();
    await page.getByRole("region", { name: "Event", exact: true }).waitFor();
    expect(await violationsInBoth(page)).toEqual([]);
  });

  it("remembers order, size and what is being recorded over a reload", async () => {
    await goTo(page, "Live");
    const names = () => page.locator("article").evaluateAll((all) => all.map((one) => one.getAttribute("aria-label")));
    const columns = () => page.locator(".grid").evaluate((grid) => getComputedStyle(grid).gridTemplateColumns.split(" ").length);
    expect(await names()).toEqual(["Street north", "Street south", "Hall", "Yard"]);
    await page.getByRole("button", { name: "Arrange" }).click();
    await page.getByRole("button", { name: "Move Hall back" }).click();
    await page.getByRole("button", { name: "Move Hall back" }).click();
    await page.getByRole("button", { name: "Arrange" }).click();
    await page.getByLabel("Columns").selectOption("3");
    await page.getByRole("article", { name: "Yard" }).hover();
    await page.getByRole("button", { name: "Record Yard" }).click();
    await page.getByRole("button", { name: "Stop recording Yard" }).waitFor();
    await page.reload();
    // The key is forgotten, and the session goes on until it ends.
    await page.getByRole("article", { name: "Yard" }).waitFor();
    expect(await names()).toEqual(["Hall", "Street north", "Street south", "Yard"]);
    expect(await columns()).toBe(3);
    await page.getByRole("button", { name: "Stop recording Yard" }).getByText(/^0:[0-5][1-9]/).waitFor();
    await page.getByRole("button", { name: "Stop recording Yard" }).click();
    const recorded = async () => (await (await asked("/api/events?label=manual")).json()) as { total: number; items: { id: number }[] };
    await until("its clip", async () => (await recorded()).total === 3);
    // The stories that follow count what was recorded by hand.
    await asked("/api/events/bulk-delete", { method: "POST", body: JSON.stringify({ ids: [(await recorded()).items[0]?.id] }) });
    await page.getByLabel("Columns").selectOption("0");
    await until("two columns, since four cameras fit so", async () => (await columns()) === 2);
    await page.getByRole("button", { name: "Preferences" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Sign out" }).click();
    await signIn(page);
  });

  it("fills the screen, with all cameras or with one", async () => {
    const filling = () => page.evaluate(() => document.fullscreenElement?.className.split(" ")[0]);
    await page.getByRole("button", { name: "Full screen" }).click();
    await until("the wall fills the screen", async () => (await filling()) === "room");
    await page.evaluate(() => document.exitFullscreen());
    await page.getByRole("link", { name: "Show Hall large" }).click();
    await page.getByRole("button", { name: "Full screen" }).click();
    await until("the camera fills the screen", async () => (await filling()) === "stage");
    await until("its picture", () => showsPicture(page, ".stage canvas"));
    await page.evaluate(() => document.exitFullscreen());
    await page.goBack();
  });

  it("plays with sound", async () => {
    await goTo(page, "Live");
    await page.getByRole("link", { name: "Show Hall large" }).click();
    await page.getByRole("button", { name: "Sound" }).click();
    await until("live video", () => page.evaluate(() => (document.querySelector("video")?.currentTime ?? 0) > 0.5));
    await page.getByRole("button", { name: "Sound" }).click();
    await until("the picture again", () => showsPicture(page, ".stage canvas"));
  });
});

describe("the events view, by keyboard alone", () => {
  it("goes through events, plays, seeks, steps", async () => {
    await page.getByRole("link", { name: "Events", exact: true }).first().focus();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Events" }).waitFor();
    await page.getByRole("main").focus();
    await page.getByLabel("Kind").focus();
    await page.keyboard.press("Tab");
    await page.evaluate(() => (document.activeElement as HTMLElement).blur());
    // Only what was recorded by hand, since presences come and go meanwhile.
    await page.getByLabel("Kind").selectOption("manual");
    await page.getByText("2 events").waitFor();
    await page.evaluate(() => (document.activeElement as HTMLElement).blur());
    await page.keyboard.press("j");
    await page.waitForURL(/\/events\/\d+\?label=manual/);
    const first = page.url();
    await page.keyboard.press("j");
    await until("the next event", async () => page.url() !== first);
    const second = page.url();
    // Each key counts, however fast they follow each other.
    for (const key of ["k", "j", "k", "j", "k"]) await page.keyboard.press(key);
    await until("the first event", async () => page.url() === first);
    for (const key of ["j", "k", "j"]) await page.keyboard.press(key);
    await until("the second event", async () => page.url() === second);
    await page.keyboard.press("k");
    await until("the first event again", async () => page.url() === first);
    const position = () => page.evaluate(() => document.querySelector("video")?.currentTime ?? -1);
    const paused = () => page.evaluate(() => document.querySelector("video")?.paused ?? true);
    await until("the clip plays", async () => !(await paused()) && (await position()) > 0.2);
    await page.keyboard.press(" ");
    await until("the clip stands", paused);
    const before = await position();
    await page.keyboard.press(".");
    await until("a picture on", async () => (await position()) > before && (await position()) < before + 0.5);
    await page.keyboard.press("ArrowLeft");
    await until("back", async () => (await position()) < before);
    await page.goBack();
    await page.waitForURL(/\/events\?label=manual/);
    expect(await page.getByText("Choose an event").isVisible()).toBe(true);
  });

  it("goes on from an event that an address names, wherever it is in the list", async () => {
    seedEvents(200, "dog");
    const { items } = (await (await asked("/api/events?label=dog&offset=149&limit=4")).json()) as { items: { id: number }[] };
    const [newer, named, older, oldest] = items.map(({ id }) => `/events/${id}?label=dog`);
    const path = () => page.url().slice(url.length);
    await follow(named!);
    await page.locator('.row a[aria-current="true"]').waitFor();
    await page.keyboard.press("j");
    await until("the next older one", async () => path() === older);
    for (const key of ["j", "k", "k", "k"]) await page.keyboard.press(key);
    await until("the next newer one", async () => path() === newer);
    for (const key of ["j", "j", "j"]) await page.keyboard.press(key);
    await until("the oldest of them", async () => path() === oldest);
    await asked("/api/events/clear-all", { method: "POST", body: JSON.stringify({ confirm: true, label: "dog" }) });
    await follow("/events?label=manual");
    await page.getByText("2 events").waitFor();
  });

  it("explains its keys", async () => {
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keys" }).waitFor();
    expect(await violationsInBoth(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog", { name: "Keys" }).waitFor({ state: "detached" });
  });

  it("selects, deletes and takes it back", async () => {
    await page.keyboard.press("j");
    await page.keyboard.press("x");
    await page.getByText("1 selected").waitFor();
    expect(await violationsInBoth(page)).toEqual([]);
    await page.keyboard.press("Delete");
    await page.getByRole("dialog", { name: "Delete 1 event?" }).waitFor();
    expect(await violationsInBoth(page)).toEqual([]);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.getByText("1 event deleted").waitFor();
    await page.getByText("1 event", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Undo" }).focus();
    await page.keyboard.press("Enter");
    await page.getByText("2 events").waitFor();
  });

  it("selects rows that were never in sight, and tells how far their deletion is", async () => {
    const COUNT = 1500;
    seedEvents(COUNT, "dog");
    await follow("/events?label=dog");
    await page.getByText("1,500 events", { exact: true }).waitFor();
    await page.locator(".row input").first().check();
    await page.locator(".list .box").evaluate((box) => box.scrollTo(0, box.scrollHeight));
    await page.locator(`li[aria-posinset="${COUNT}"] .row input`).click({ modifiers: ["Shift"] });
    await page.getByText("1,500 selected").waitFor();
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    let asked = 0;
    // The second half waits until the first was seen to be done.
    await page.route("**/api/events/bulk-delete", async (route) => {
      asked += 1;
      if (asked > 1) await held;
      await route.continue();
    });
    await page.getByRole("region", { name: "Selection" }).getByRole("button", { name: "Delete" }).click();
    await page.getByRole("dialog", { name: "Delete 1,500 events?" }).getByRole("button", { name: "Delete" }).click();
    await page.getByText("1,500 events deleted").waitFor();
    await page.getByText("0 events", { exact: true }).waitFor();
    const progress = page.getByRole("progressbar", { name: "Deleting events…" });
    await until("two thirds", async () => (await progress.count()) === 1 && (await progress.getAttribute("value")) === "1000");
    expect(await violationsInBoth(page)).toEqual([]);
    release();
    await progress.waitFor({ state: "detached" });
    await page.unroute("**/api/events/bulk-delete");
    await page.getByText("0 events", { exact: true }).waitFor();
    await follow("/events?label=manual");
    await page.getByText("2 events").waitFor();
  });

  it("deletes for good when nobody takes it back", async () => {
    const count = async () => ((await (await asked("/api/events?label=manual")).json()) as { total: number }).total;
    expect(await count()).toBe(2);
    await page.evaluate(() => (document.activeElement as HTMLElement).blur());
    if (!/events\/\d+/.test(page.url())) await page.keyboard.press("j");
    await page.waitForURL(/\/events\/\d+/);
    await page.keyboard.press("Delete");
    await page.getByText("1 event deleted").waitFor();
    await until("the server deleted it", async () => (await count()) === 1);
  });

  it("finds what was recorded between two times of a day", async () => {
    await page.getByLabel("From", { exact: true }).fill("2001-02-03");
    await page.getByLabel("From, time of day").fill("00:00");
    await page.getByLabel("To", { exact: true }).fill("2001-02-03");
    await page.getByLabel("To, time of day").fill("06:30");
    await page.waitForURL(/from=2001-02-03T00%3A00&to=2001-02-03T06%3A30/);
    await page.getByText("0 events").waitFor();
    await page.getByLabel("To", { exact: true }).fill("2099-11-23");
    await page.getByText("1 event", { exact: true }).waitFor();
    await page.getByLabel("From, time of day").fill("");
    await page.waitForURL(/from=2001-02-03&/);
    await page.getByRole("button", { name: "Clear" }).click();
    await page.getByLabel("Kind").selectOption("manual");
    await page.getByText("1 event", { exact: true }).waitFor();
  });

  it("shows what comes meanwhile by itself, and only counts it while something is open", async () => {
    const record = async () => {
      const started = await (await asked("/api/live/3/record/start", { method: "POST" })).json();
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect((await asked("/api/live/3/record/stop", { method: "POST", body: JSON.stringify(started) })).status).toBe(200);
    };
    if (/events\/\d+/.test(page.url())) await page.keyboard.press("Escape");
    await page.getByText("1 event", { exact: true }).waitFor();
    await record();
    await page.getByText("2 events").waitFor();
    await page.keyboard.press("j");
    await page.getByRole("region", { name: "Event", exact: true }).waitFor();
    await record();
    await page.getByRole("button", { name: "1 new event" }).click();
    await page.getByText("3 events").waitFor();
  });
});

describe("the cameras view", () => {
  it("says what is wrong with a new camera", async () => {
    await goTo(page, "Cameras");
    await page.getByRole("link", { name: "Add camera" }).click();
    await page.getByLabel("Name", { exact: true }).fill("Nowhere");
    await page.getByLabel("Address of the stream").fill("ftp://127.0.0.1/stream");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Not saved: see the marked fields").waitFor();
    await until("the marked field", async () => (await page.getByLabel("Address of the stream").getAttribute("aria-invalid")) === "true");
    expect(await violationsInBoth(page)).toEqual([]);
  });

  const addresses = async () => ((await (await asked("/api/cameras")).json()) as { name: string; rtsp_url: string }[]).map((camera) => `${camera.name} ${camera.rtsp_url}`);

  it("shows the first picture of an address before it is saved, and forgets an address that is not", async () => {
    const known = await addresses();
    const real = known[0]!.split(" ").at(-1)!;
    await page.getByLabel("Address of the stream").fill(real);
    await page.getByRole("button", { name: "Test the connection" }).click();
    await until("its first picture", () => showsPicture(page, ".tried canvas"));
    // Pictures are the proof: nothing says otherwise beside them.
    expect(await page.locator(".try .chip").textContent()).toMatch(/Online|Connecting/);
    await page.locator(".try").getByText("Online", { exact: true }).waitFor();
    expect(await violationsInBoth(page)).toEqual([]);
    await page.getByLabel("Address of the stream").fill("rtsp://user:secret@127.0.0.1:9/stream");
    await page.getByRole("button", { name: "Test again" }).click();
    await page.getByText("connection refused").waitFor();
    await page.getByRole("link", { name: "Cancel" }).click();
    await until("nothing was added", async () => JSON.stringify(await addresses()) === JSON.stringify(known));
  });

  it("adds one, says why it has no picture, and deletes it", async () => {
    await page.getByRole("link", { name: "Add camera" }).click();
    await page.getByLabel("Name", { exact: true }).fill("Nowhere");
    await page.getByLabel("Address of the stream").fill("rtsp://user:secret@127.0.0.1:9/stream");
    await page.getByRole("button", { name: "Test the connection" }).click();
    await page.getByText("connection refused").waitFor();
    await page.getByRole("button", { name: "Save" }).click();
    await page.waitForURL(/\/cameras\/\d+$/);
    expect(await page.getByLabel("Address of the stream").inputValue()).toBe("rtsp://***@127.0.0.1:9/stream");
    expect((await addresses()).at(-1)).toBe("Nowhere rtsp://***@127.0.0.1:9/stream");
    await page.getByText("connection refused").waitFor();
    await page.getByRole("button", { name: "Delete camera" }).click();
    await page.getByRole("dialog").getByText("all events and clips").waitFor();
    expect(await violationsInBoth(page)).toEqual([]);
    await page.getByRole("dialog").getByRole("button", { name: "Delete camera" }).click();
    await page.getByText("Camera deleted").waitFor();
    await until("it is gone", async () => (await page.getByRole("heading", { name: "Nowhere" }).count()) === 0);
  });

  it("saves tuning, and warns before another address deletes events", async () => {
    await page.getByRole("link", { name: "Edit Yard" }).click();
    await page.getByLabel("Seconds after").fill("4");
    await page.getByRole("button", { name: "Car", exact: true }).click();
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved").waitFor();
    const cameras = (await (await asked("/api/cameras")).json()) as { name: string; post_seconds: number; trigger_classes: string }[];
    expect(cameras.find((camera) => camera.name === "Yard")).toMatchObject({ post_seconds: 4, trigger_classes: "person,cat,car" });
    await page.getByRole("link", { name: "Edit Yard" }).click();
    await page.getByLabel("Address of the stream").fill("rtsp://127.0.0.1:9/other");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("dialog").getByText("counts as another camera").waitFor();
    expect(await violationsInBoth(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.getByRole("link", { name: "Cancel" }).click();
  });
});

describe("the timeline", () => {
  /** Two fingers that go apart. */
  async function pinch(place: Locator): Promise<void> {
    const { x, y, width, height } = (await place.boundingBox())!;
    const session = await page.context().newCDPSession(page);
    const fingers = (apart: number) => [-1, 1].map((side) => ({ x: x + width / 2 + side * apart, y: y + height / 2, id: side + 1 }));
    await session.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: fingers(40) });
    for (const apart of [60, 90, 130, 180]) await session.send("Input.dispatchTouchEvent", { type: "touchMove", touchPoints: fingers(apart) });
    await session.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
    await session.detach();
  }

  it("zooms by wheel, keys and pinch, and a bar plays", async () => {
    await goTo(page, "Timeline");
    const chart = page.getByRole("group", { name: /^Timeline/ });
    const ticks = () => chart.locator(".time").allTextContents();
    await until("the hours of the day", async () => (await ticks()).length === 9);
    const day = await ticks();
    await chart.hover();
    await page.mouse.wheel(0, -600);
    await until("a shorter stretch", async () => JSON.stringify(await ticks()) !== JSON.stringify(day));
    await chart.focus();
    for (let press = 0; press < 3; press += 1) await page.keyboard.press("-");
    await until("the whole day", async () => JSON.stringify(await ticks()) === JSON.stringify(day));
    await pinch(chart);
    await until("a shorter stretch again", async () => JSON.stringify(await ticks()) !== JSON.stringify(day));
    for (let press = 0; press < 5; press += 1) await page.keyboard.press("-");
    await until("the whole day again", async () => JSON.stringify(await ticks()) === JSON.stringify(day));
    expect(await violationsInBoth(page)).toEqual([]);
    await chart.getByRole("link").first().focus();
    await page.keyboard.press("Enter");
    await page.getByRole("region", { name: "Event", exact: true }).waitFor();
    await page.goBack();
    await page.getByRole("heading", { name: "Timeline" }).waitFor();
  });

  it("shows what a bar is of before it is clicked, and names every camera in full on a phone", async () => {
    const chart = page.getByRole("group", { name: /^Timeline/ });
    // Bars of the whole day lie over each other: the last one is on top.
    const bar = chart.getByRole("link").last();
    const [who, camera] = ((await bar.getAttribute("aria-label")) ?? "").split(", ");
    await bar.hover();
    await chart.locator(".told").getByText(who!).waitFor();
    await chart.locator(".told").getByText(camera!).waitFor();
    expect(await violationsInBoth(page)).toEqual([]);
    await page.setViewportSize({ width: 360, height: 740 });
    const names = (await (await asked("/api/cameras")).json()) as { name: string }[];
    await until("all names", async () => {
      const shown = await chart.locator("svg > text").evaluateAll((all) => all.map((one) => one.firstChild?.textContent));
      return names.every(({ name }) => shown.includes(name));
    });
    await page.setViewportSize({ width: 1440, height: 900 });
    await bar.click();
    await page.getByRole("region", { name: "Event", exact: true }).waitFor();
    await page.goBack();
    await page.getByRole("heading", { name: "Timeline" }).waitFor();
  });
});

describe("a camera that fails", () => {
  it("is told of: why and since when, on the timeline and the system view, until it is back", async () => {
    const yard = ((await (await asked("/api/cameras")).json()) as { name: string; rtsp_url: string }[]).find((camera) => camera.name === "Yard");
    const real = new URL(yard!.rtsp_url);
    const way = new Way(Number(real.port));
    const address = `rtsp://127.0.0.1:${await way.open()}${real.pathname}`;
    const shed = (await (await asked("/api/cameras", { method: "POST", body: JSON.stringify({ name: "Shed", rtsp_url: address }) })).json()) as { id: number };
    const status = async () => ((await (await asked(`/api/cameras/${shed.id}/status`)).json()) as { status: string }).status;
    await until("the camera is online", async () => (await status()) === "online");
    await goTo(page, "Live");
    const tile = page.getByRole("article", { name: "Shed" });
    await until("its picture", () => showsPicture(page, 'article[aria-label="Shed"] canvas'));
    await way.cut();
    await tile.getByText("No picture", { exact: true }).waitFor();
    await tile.getByText(/connection refused|ended the stream/).waitFor();
    expect(await violationsInBoth(page)).toEqual([]);
    await goTo(page, "Timeline");
    const table = page.getByRole("region", { name: "Times without pictures" });
    const row = table.getByRole("row").filter({ hasText: "Shed" });
    await row.getByText("goes on").waitFor();
    await page.getByRole("img", { name: /^No pictures of Shed since/ }).waitFor();
    expect(await violationsInBoth(page)).toEqual([]);
    await way.open();
    await until("the camera is online again", async () => (await status()) === "online");
    await row.getByText("goes on").waitFor({ state: "detached" });
    const why = (await row.getByRole("cell").last().textContent()) ?? "";
    expect(why).toMatch(/connection refused|ended the stream/);
    await page.getByRole("img", { name: new RegExp(`^No pictures of Shed, .* to .*: ${why}$`) }).waitFor();
    await goTo(page, "System");
    await row.getByText(why).waitFor();
    expect(await violationsInBoth(page)).toEqual([]);
    await asked(`/api/cameras/${shed.id}`, { method: "DELETE" });
    await row.waitFor({ state: "detached" });
    await way.cut();
  });
});

describe("analytics and the system", () => {
  it("tells the numbers of a chart, by pointing and as a table", async () => {
    const ids = seedIdentities(2, 8, "cat");
    await goTo(page, "Analytics");
    await page.getByText("Nothing was seen yet").first().waitFor();
    await page.getByLabel("Kind").selectOption("cat");
    const chart = page.getByRole("region", { name: "Sightings by camera" });
    await chart.locator(".column").first().hover();
    await until("the number of a bar", async () => /Street north/.test((await chart.locator("header").textContent()) ?? ""));
    await chart.getByText("As a table").click();
    await chart.getByRole("row", { name: /Street north/ }).waitFor();
    expect(await violationsInBoth(page)).toEqual([]);
    await asked("/api/identities/bulk-delete", { method: "POST", body: JSON.stringify({ ids }) });
  });

  it("names all services, cameras and disks", async () => {
    await goTo(page, "System");
    for (const name of ["gateway", "ingest", "recorder"]) await page.getByRole("rowheader", { name, exact: true }).waitFor();
    await page.getByRole("region", { name: "Cameras at work" }).getByRole("link", { name: "Hall" }).waitFor();
    await page.getByRole("region", { name: "Disks" }).getByRole("cell", { name: "Lasts at this rate" }).or(page.getByRole("cell", { name: /^For .* more/ })).waitFor();
  });
});

describe("identities", () => {
  const shown = () => page.getByRole("article");
  let ids: number[];

  it("are named where they stand", async () => {
    ids = seedIdentities(3, 4, "cat");
    await goTo(page, "Identities");
    await page.getByLabel("Kind").selectOption("cat");
    await until("three of them", async () => (await shown().count()) === 3);
    await page.getByRole("button", { name: `Rename Cat ${ids[0]}` }).click();
    await page.getByRole("textbox", { name: "Name" }).fill("Rex");
    expect(await violationsInBoth(page)).toEqual([]);
    await page.keyboard.press("Enter");
    await page.getByRole("article", { name: "Rex" }).waitFor();
    expect(await violationsInBoth(page)).toEqual([]);
  });

  it("lead to their events", async () => {
    await page.getByRole("link", { name: "Open Rex" }).click();
    await page.getByRole("heading", { level: 1, name: "Rex" }).waitFor();
    await page.getByText("Loading…").waitFor({ state: "detached" });
    expect(await violationsInBoth(page)).toEqual([]);
    await page.getByRole("main").getByRole("link", { name: "Events", exact: true }).click();
    await page.getByText("1 event", { exact: true }).waitFor();
    expect(await page.getByLabel("Identity").locator("option:checked").textContent()).toBe("Rex");
    await page.goBack();
    await page.getByRole("heading", { level: 1, name: "Rex" }).waitFor();
    await page.goBack();
  });

  it("become one, and two again", async () => {
    await page.getByLabel("Select Rex").check();
    await page.getByLabel(`Select Cat ${ids[1]}`).check();
    await page.getByRole("button", { name: "Merge" }).click();
    const dialog = page.getByRole("dialog", { name: "Merge 2 identities" });
    await dialog.getByText("4 sightings move to “Rex”, with their faces and clips.").waitFor();
    expect(await violationsInBoth(page)).toEqual([]);
    await dialog.getByRole("button", { name: "Merge" }).click();
    await page.getByText("Merged; 4 sightings moved").waitFor();
    await until("two of them", async () => (await shown().count()) === 2);
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByText("Undone", { exact: true }).waitFor();
    await until("three again", async () => (await shown().count()) === 3);
  });

  it("become one where one is dropped onto another, with all that are selected beside it", async () => {
    const [rex, second, third] = ["Rex", `Cat ${ids[1]}`, `Cat ${ids[2]}`] as const;
    await page.getByRole("article", { name: rex }).dragTo(page.getByRole("article", { name: third }));
    const two = page.getByRole("dialog", { name: "Merge 2 identities" });
    // Where it was dropped is where it goes to, whoever has the name.
    await two.getByText(`4 sightings move to “${third}”`).waitFor();
    await two.getByText("It takes over the name “Rex”.").waitFor();
    await until("what moves is shown", async () => (await two.locator(".small-picture").count()) === 4);
    expect(await violationsInBoth(page)).toEqual([]);
    await two.getByRole("button", { name: "Cancel" }).click();
    await page.getByLabel(`Select ${second}`).check();
    await page.getByLabel(`Select ${third}`).check();
    await page.getByRole("article", { name: second }).dragTo(page.getByRole("article", { name: rex }));
    const three = page.getByRole("dialog", { name: "Merge 3 identities" });
    await three.getByText("8 sightings move to “Rex”").waitFor();
    await three.getByRole("button", { name: "Merge" }).click();
    await until("one of them", async () => (await shown().count()) === 1);
    await page.getByRole("link", { name: "History" }).click();
    const merge = page.getByRole("listitem").filter({ hasText: "Merged" }).first();
    await merge.getByText("8 sightings moved").waitFor();
    await merge.getByRole("button", { name: "Undo" }).click();
    await merge.getByText("Undone").waitFor();
    await page.goBack();
    await until("three again", async () => (await shown().count()) === 3);
  });

  it("are explained, split, and put together again from the history", async () => {
    await page.getByRole("link", { name: "Open Rex" }).click();
    await page.getByRole("heading", { level: 1, name: "Rex" }).waitFor();
    await page.locator(".sighting button").first().click();
    await page.getByRole("dialog").getByText("the face is the same").waitFor();
    // What it was compared with stands beside it, by face and by appearance.
    expect(await page.getByRole("dialog").getByText("Compared with").count()).toBe(2);
    await page.getByRole("button", { name: "Find similar" }).click();
    await page.getByRole("region", { name: "Who else looks like this" }).waitFor();
    await page.getByText("Loading…").waitFor({ state: "detached" });
    expect(await violationsInBoth(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.locator(".sighting input").nth(0).check();
    await page.locator(".sighting input").nth(1).check();
    await page.getByRole("button", { name: "Split off…" }).click();
    await page.getByLabel("Name of the new identity, if you know it").fill("Bello");
    expect(await violationsInBoth(page)).toEqual([]);
    await page.getByRole("dialog").getByRole("button", { name: "Split", exact: true }).click();
    await page.getByText("2 sightings split off").waitFor();
    await until("two sightings are left", async () => (await page.locator(".sighting").count()) === 2);
    await page.goBack();
    await page.getByRole("article", { name: "Bello" }).waitFor();
    await page.getByRole("link", { name: "History" }).click();
    const split = page.getByRole("listitem").filter({ hasText: "Split" }).first();
    await split.getByRole("button", { name: "Undo" }).click();
    await split.getByText("Undone").waitFor();
    await page.goBack();
    await page.getByRole("article", { name: "Rex" }).getByText("4 sightings").waitFor();
    expect(await page.getByRole("article", { name: "Bello" }).count()).toBe(0);
  });

  it("are split by their faces, shown first, and what is not theirs is taken out; all of it can be undone", async () => {
    await page.getByRole("link", { name: "Open Rex" }).click();
    const sightings = async () => page.locator(".sighting").count();
    await until("all sightings", async () => (await sightings()) === 4);
    await page.getByRole("button", { name: "Split in two" }).click();
    const dialog = page.getByRole("dialog", { name: "Split off 2 sightings" });
    await dialog.getByText("look like somebody else").waitFor();
    expect(await violationsInBoth(page)).toEqual([]);
    await dialog.getByRole("button", { name: "Cancel" }).click();
    expect(await sightings()).toBe(4);
    await page.getByRole("button", { name: "Split in two" }).click();
    await dialog.getByRole("button", { name: "Split", exact: true }).click();
    await until("two are left", async () => (await sightings()) === 2);
    await page.getByRole("button", { name: "Undo" }).last().click();
    await until("all are back", async () => (await sightings()) === 4);
    await page.locator(".sighting input").first().check();
    await page.getByRole("button", { name: "Not this one" }).click();
    await until("one is gone", async () => (await sightings()) === 3);
    await page.goBack();
    await page.getByRole("link", { name: "History" }).click();
    expect(await violationsInBoth(page)).toEqual([]);
    for (const [kind, name] of [["Taken out", "Rex"], ["Renamed", `Cat ${ids[0]}`]] as const) {
      await page.getByRole("listitem").filter({ hasText: kind }).first().getByRole("button", { name: "Undo" }).click();
      await page.getByRole("listitem").filter({ hasText: kind }).first().getByText("Undone").waitFor();
      await page.goBack();
      await page.getByRole("article", { name }).getByText("4 sightings").waitFor();
      await page.getByRole("link", { name: "History" }).click();
    }
    await page.goBack();
  });

  it("are deleted with everything of theirs", async () => {
    for (const name of ids.map((id) => `Cat ${id}`)) await page.getByLabel(`Select ${name}`).check();
    await page.getByRole("button", { name: "Delete" }).click();
    await page.getByRole("dialog", { name: "Delete 3 identities?" }).waitFor();
    expect(await violationsInBoth(page)).toEqual([]);
    await page.getByRole("dialog", { name: "Delete 3 identities?" }).getByRole("button", { name: "Delete" }).click();
    await page.getByText("3 identities deleted").waitFor();
    await page.getByText("Nobody is known yet").waitFor();
  });

  it("are found where they were by the back button, and so is a page that was scrolled", async () => {
    const many = seedIdentities(40, 2, "cat");
    await goTo(page, "Analytics");
    await follow("/identities?kind=cat");
    await page.getByText("40 identities").waitFor();
    const list = page.getByRole("main").locator(".box");
    const scrolled = () => list.evaluate((box) => box.scrollTop);
    await list.evaluate((box) => box.scrollTo(0, 900));
    await until("further cards", async () => (await scrolled()) === 900);
    // One that is wholly in sight, so that nothing is scrolled for the click.
    const name = await list.evaluate((box) => {
      const { top, bottom } = box.getBoundingClientRect();
      const cards = [...box.querySelectorAll("article")].map((card) => ({ card, place: card.getBoundingClientRect() }));
      return cards.find(({ place }) => place.top > top && place.bottom < bottom)?.card.ariaLabel;
    });
    await page.getByRole("link", { name: `Open ${name}`, exact: true }).click();
    await page.getByRole("tablist").waitFor();
    await page.goBack();
    await until("the same place", async () => (await list.count()) === 1 && (await scrolled()) === 900);
    await page.goForward();
    await page.getByRole("tablist").waitFor();
    await page.setViewportSize({ width: 900, height: 420 });
    const main = page.getByRole("main");
    await page.locator(".sighting button").first().click();
    const left = await main.evaluate((main) => main.scrollTop);
    expect(left).toBeGreaterThan(100);
    await page.getByRole("dialog", { name: "Why this identity?" }).getByRole("link", { name: "Show the clip" }).click();
    await page.getByRole("region", { name: "Event", exact: true }).waitFor();
    expect(await page.getByRole("dialog").count()).toBe(0);
    await page.goBack();
    await page.getByRole("tablist").waitFor();
    await until("the same place again", async () => Math.abs((await main.evaluate((main) => main.scrollTop)) - left) < 2);
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.goBack();
    await asked("/api/identities/bulk-delete", { method: "POST", body: JSON.stringify({ ids: many }) });
    await page.getByText("Nobody is known yet").waitFor();
  });
});

describe("face groups", () => {
  const groups = () => page.locator(".groups > li");

  it("are labelled, lead to clips, are ignored, shown again, and become people", async () => {
    const ids = seedIdentities(1, 6, "cat");
    await goTo(page, "Face groups");
    await until("two groups", async () => (await groups().count()) === 2);
    await groups().first().getByRole("button", { name: "Label" }).click();
    await page.getByRole("dialog").getByLabel("Name").fill("the postman");
    await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    await page.getByRole("heading", { name: "the postman" }).waitFor();
    const started = await (await asked("/api/live/3/record/start", { method: "POST" })).json();
    await new Promise((resolve) => setTimeout(resolve, 500));
    const recorded = (await (await asked("/api/live/3/record/stop", { method: "POST", body: JSON.stringify(started) })).json()) as { event_id: number };
    captureWithin(recorded.event_id, ids[0]!);
    const clip = page.getByRole("dialog", { name: /^Clips: / }).locator(`a[href="/events/${recorded.event_id}"]`);
    let shownBy = 0;
    for (const group of [0, 1]) {
      await groups().nth(group).getByRole("button", { name: "Clips" }).click();
      const dialog = page.getByRole("dialog", { name: /^Clips: / });
      await dialog.getByRole("link").or(dialog.getByText("There is no clip")).first().waitFor();
      shownBy += await clip.count();
      expect(await violationsInBoth(page)).toEqual([]);
      await page.keyboard.press("Escape");
    }
    expect(shownBy).toBe(1);
    await groups().filter({ hasText: "the postman" }).getByRole("button", { name: "Label" }).click();
    await page.getByRole("dialog").getByLabel("Name").fill("");
    await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    await page.getByRole("heading", { name: "the postman" }).waitFor({ state: "detached" });
    expect(await violationsInBoth(page)).toEqual([]);
    await page.getByRole("slider", { name: "At least" }).fill("4");
    await page.getByText("No group of faces").waitFor();
    await page.getByRole("slider", { name: "At least" }).fill("1");
    await until("two groups again", async () => (await groups().count()) === 2);
    // Those who share nothing but their clothes are one as soon as clothes count for enough; here they have none.
    for (const [name, value] of [["Likeness", "0.7"], ["Clothes count", "0.5"]] as const) {
      await page.getByRole("slider", { name }).fill(value);
      await page.waitForURL(new RegExp(`=${value}`));
    }
    await page.getByText("Comparing faces…").waitFor({ state: "detached" });
    await until("two groups still", async () => (await groups().count()) === 2);
    await groups().first().getByRole("button", { name: "Ignore" }).click();
    await until("one group", async () => (await groups().count()) === 1);
    await page.getByRole("button", { name: "Undo" }).click();
    await until("two groups once more", async () => (await groups().count()) === 2);
    await groups().first().getByRole("button", { name: "Make a person" }).click();
    await page.getByRole("dialog").getByLabel("Name").fill("Grace Hopper");
    await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    await page.getByText("“Grace Hopper” enrolled with 3 faces").waitFor();
    await until("one group is hers", async () => (await groups().filter({ hasText: "Grace Hopper" }).count()) === 1);
    await groups().filter({ hasText: "Unknown" }).getByRole("button", { name: "Make a person" }).click();
    await page.getByLabel("Whose faces are they?").selectOption("Grace Hopper");
    expect(await violationsInBoth(page)).toEqual([]);
    await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    await until("both are hers", async () => (await groups().filter({ hasText: "Grace Hopper" }).count()) === 2);
    await asked("/api/identities/bulk-delete", { method: "POST", body: JSON.stringify({ ids }) });
    const [grace] = (await (await asked("/api/people")).json()) as { id: number; num_faces: number }[];
    expect(grace?.num_faces).toBe(6);
    await asked(`/api/people/${grace?.id}`, { method: "DELETE" });
  });
});

describe("people", () => {
  it("are created, and each photo has a result", async () => {
    await goTo(page, "People");
    await page.getByRole("button", { name: "Add person" }).click();
    await page.getByRole("dialog").getByLabel("Name").fill("Ada Lovelace");
    expect(await violationsInBoth(page)).toEqual([]);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Ada Lovelace" }).waitFor();
    const picture = Buffer.from(await (await asked("/api/live/1/snapshot")).arrayBuffer());
    await page.getByLabel("Choose photos").setInputFiles([
      { name: "street.jpg", mimeType: "image/jpeg", buffer: picture },
      { name: "letter.jpg", mimeType: "image/jpeg", buffer: Buffer.from("no picture at all") },
    ]);
    const results = page.getByRole("list", { name: "What became of the photos" });
    await results.getByText("Not a JPEG, PNG or WebP").waitFor();
    await until("a result of each", async () => (await results.locator(".failed, .enrolled").count()) === 2);
    // Beside the frame, too: the whole page takes them.
    const faces = readdirSync(process.env["E2E_PHOTOS"]!).filter((name) => name.startsWith("00000-"));
    const files = faces.map((name) => [name, readFileSync(join(process.env["E2E_PHOTOS"]!, name)).toString("base64")] as const);
    const dropped = await page.evaluateHandle((files) => {
      const transfer = new DataTransfer();
      for (const [name, base64] of files) transfer.items.add(new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], name, { type: "image/jpeg" }));
      return transfer;
    }, files);
    for (const kind of ["dragover", "drop"]) await page.getByRole("heading", { level: 1 }).dispatchEvent(kind, { dataTransfer: dropped });
    await until("a result of each that was dropped", async () => (await results.locator(".failed, .enrolled").count()) === 2 + faces.length);
    const enrolled = await results.locator(".enrolled").count();
    expect(enrolled).toBeGreaterThanOrEqual(3);
    await until("the faces", async () => (await page.locator(".faces li").count()) === enrolled);
    await until("their pictures, by the session's cookie", () => page.locator(".faces img").evaluateAll((all) => all.length > 0 && all.every((one) => (one as HTMLImageElement).naturalWidth > 0)));
    await page.getByRole("button", { name: "Take photos" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Take", exact: true }).click();
    await page.getByRole("dialog").getByText("1 photo taken").waitFor();
    expect(await violationsInBoth(page)).toEqual([]);
    await page.getByRole("dialog").getByRole("button", { name: "Close" }).last().click();
    await until("a result of the webcam's too", async () => (await results.locator(".failed, .enrolled").count()) === 3 + faces.length);
    expect(await violationsInBoth(page)).toEqual([]);
    await page.getByRole("button", { name: "Delete", exact: true }).click();
    expect(await violationsInBoth(page)).toEqual([]);
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await page.getByRole("heading", { level: 1, name: "People" }).waitFor();
    await page.getByRole("link", { name: /Ada Lovelace/ }).waitFor({ state: "detached" });
  });
});

it("complains of nothing, and asks no other host", () => {
  expect(complaints).toEqual([]);
});
