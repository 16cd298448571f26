// Debian's Chromium, driven by Playwright, and a page of the Iris under test.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core";

const required = (name: string): string => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run this by web/e2e/stack`);
  return value;
};

export const url = required("IRIS_URL");
export const key = required("IRIS_API_KEY");

/** Asks Iris itself, beside the page. */
export const asked = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(url + path, { ...init, headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" } });

export async function launch(): Promise<Browser> {
  // A camera of its own that shows a test picture, for enrolling by webcam.
  const webcam = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"];
  // Without these Chromium looks for its maker's hosts at every start.
  const quiet = ["--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic"];
  return chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required", ...webcam, ...quiet] });
}

/** What went wrong on a page without anybody seeing it. */
export const complaints: string[] = [];

export async function open(context: BrowserContext, path = "/"): Promise<Page> {
  const page = await context.newPage();
  page.on("pageerror", (error) => complaints.push(`${page.url()}: ${error.message}`));
  page.on("console", (message) => {
    // A request that is refused on purpose is told by the browser as an error.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) complaints.push(`${page.url()}: ${message.text()}`);
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(url) && !/^(blob|data):/.test(request.url())) complaints.push(`asked another host: ${request.url()}`);
  });
  await page.goto(url + path);
  return page;
}

export async function signIn(page: Page): Promise<void> {
  await page.getByLabel("API key").fill(key);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("navigation", { name: "Main" }).waitFor();
}

/** Goes to a view as a person does: by the navigation, so that the key in the tab's memory stays. */
export async function goTo(page: Page, name: string): Promise<void> {
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name, exact: true }).click();
  await page.getByRole("heading", { level: 1, name, exact: true }).waitFor();
}

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Violation {
  id: string;
  nodes: { html: string }[];
}

/** What axe finds on a page, by some of its rules or by all. */
export async function violations(page: Page, rules: readonly string[] = []): Promise<string[]> {
  const options = rules.length > 0 ? JSON.stringify({ runOnly: rules }) : "{}";
  // Run by the debugger, since the page's policy lets no other script in.
  const found = (await page.evaluate(`(async () => { const module = undefined; ${axe}; return (await axe.run(${options})).violations; })()`)) as Violation[];
  return found.map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`);
}

/** What axe finds on a page in either theme. The dark one changes nothing but colours. */
export async function violationsInBoth(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const [colorScheme, rules] of [["dark", ["color-contrast"]], ["light", []]] as const) {
    await page.emulateMedia({ colorScheme });
    found.push(...(await violations(page, rules)).map((violation) => `${colorScheme}: ${violation}`));
  }
  return found;
}

/** Longer than anything takes on a machine that does much else. */
export const PATIENCE_S = 60;

/** Waits until something is so. */
export async function until(what: string, ask: () => Promise<boolean>, seconds = PATIENCE_S): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!(await ask())) {
    if (Date.now() > deadline) throw new Error(`not within ${seconds} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
}

/** Whether a canvas shows more than one colour. */
export async function showsPicture(page: Page, selector: string): Promise<boolean> {
  return page.evaluate((selector) => {
    const canvas = document.querySelector<HTMLCanvasElement>(selector);
    if (!canvas || canvas.width < 100) return false;
    const copy = document.createElement("canvas");
    [copy.width, copy.height] = [32, 18];
    const context = copy.getContext("2d");
    context?.drawImage(canvas, 0, 0, 32, 18);
    const pixels = context?.getImageData(0, 0, 32, 18).data ?? [];
    return new Set(Array.from({ length: 576 }, (_, index) => `${pixels[index * 4]! >> 4},${pixels[index * 4 + 1]! >> 4}`)).size > 8;
  }, selector);
}
