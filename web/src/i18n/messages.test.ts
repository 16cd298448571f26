import { describe, expect, it } from "vitest";

import german from "./de.json";
import english from "./en.json";
import { preferredLanguage, render } from "./i18n.svelte";

const names = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();

describe("the message files", () => {
  it("have the same texts with the same values in every language", () => {
    expect(Object.keys(german)).toEqual(Object.keys(english));
    for (const [key, text] of Object.entries(english)) {
      expect(names(german[key as keyof typeof german]), key).toEqual(names(text));
    }
  });
});

describe("a text", () => {
  const texts = { hello: "Hello {name}", "event#one": "{count} event", "event#other": "{count} events" };

  it("takes values, and its form from the count", () => {
    expect(render(texts, "en", "hello", { name: "Ada" })).toBe("Hello Ada");
    expect(render(texts, "en", "event", { count: 1 })).toBe("1 event");
    expect(render(texts, "en", "event", { count: 12_345 })).toBe("12,345 events");
    expect(render(texts, "de", "event", { count: 12_345 })).toBe("12.345 events");
    expect(render(texts, "en", "hello", {})).toBe("Hello {name}");
  });
});

describe("the language", () => {
  it("is the remembered one, else the browser's, else English", () => {
    expect(preferredLanguage("de", ["en-GB"])).toBe("de");
    expect(preferredLanguage(null, ["fr-FR", "de-AT", "en"])).toBe("de");
    expect(preferredLanguage("xx", ["fr"])).toBe("en");
  });
});
