// Pictures of the views, light and dark, into the folder that E2E_SCREENS names, to be looked at.
//
//   E2E_SCREENS=/tmp/screens web/e2e/stack npm --prefix web run screens

import { mkdirSync } from "node:fs";

import { it } from "vitest";

import { goTo, launch, open, showsPicture, signIn, until } from "./browser";

const VIEWS = ["Live", "Events", "Timeline", "Identities", "People", "Face groups", "Analytics", "Cameras", "System"];
/** Until there is something to be seen: people pass, and their clips are cut. */
const FILMED_FOR_MS = 45_000;

it("takes pictures of every view", { timeout: 300_000 }, async () => {
  const folder = process.env["E2E_SCREENS"] ?? "/tmp/screens";
  mkdirSync(folder, { recursive: true });
  const browser = await launch();
  try {
    const page = await open(await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en-GB" }));
    const shoot = async (name: string) => {
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        await page.waitForTimeout(300);
        await page.screenshot({ path: `${folder}/${name}-${colorScheme}.png` });
      }
    };
    await shoot("sign-in");
    await signIn(page);
    await until("a picture", () => showsPicture(page, "article canvas"), 40);
    await page.waitForTimeout(FILMED_FOR_MS);
    for (const name of VIEWS) {
      await goTo(page, name);
      await page.waitForTimeout(1500);
      await shoot(name.toLowerCase().replace(" ", "-"));
      if (name === "Live") {
        await page.getByRole("link", { name: "Show Street north large" }).click();
        await page.waitForTimeout(2500);
        await shoot("focus");
      }
      if (name === "Events") {
        await page.keyboard.press("j");
        await page.keyboard.press("j");
        await page.keyboard.press("j");
        await page.waitForTimeout(3500);
        await shoot("event");
      }
      // There is somebody where re-ID has networks.
      const card = page.locator("article a[href^='/identities/']").first();
      if (name === "Identities" && (await card.count()) > 0) {
        await card.click();
        await page.waitForTimeout(2000);
        await shoot("identity");
      }
      if (name === "Cameras") {
        await page.getByRole("link", { name: "Edit Hall" }).click();
        await page.waitForTimeout(2000);
        await shoot("camera");
      }
    }
  } finally {
    await browser.close();
  }
});
