// Texts live in message files, one per language; English is the one that all others follow. A text may name values in braces,
// and comes in the forms of a plural as `key#one`, `key#other`.

import english from "./en.json";

type WithoutForm<K> = K extends `${infer Base}#${string}` ? Base : K;
export type MessageKey = WithoutForm<keyof typeof english>;
export type Values = Readonly<Record<string, string | number>>;
type Messages = Readonly<Record<string, string>>;

export const LANGUAGES = { en: "English", de: "Deutsch" } as const;
export type Language = keyof typeof LANGUAGES;

const REMEMBERED = "iris.language";

let language = $state<Language>("en");
let messages = $state.raw<Messages>(english);

export function currentLanguage(): Language {
  return language;
}

/** The viewer's own kind of the chosen language, such as British English, for times and numbers. */
export function locale(): string {
  const wanted = typeof navigator === "undefined" ? [] : (navigator.languages ?? []);
  return wanted.find((tag) => tag.toLowerCase().split("-")[0] === language) ?? language;
}

function isLanguage(text: string | null | undefined): text is Language {
  return text !== null && text !== undefined && text in LANGUAGES;
}

/** The remembered language, else the first of the browser's that there is, else English. */
export function preferredLanguage(remembered: string | null, wanted: readonly string[]): Language {
  if (isLanguage(remembered)) return remembered;
  return wanted.map((tag) => tag.toLowerCase().split("-")[0]).find(isLanguage) ?? "en";
}

export async function loadLanguage(): Promise<void> {
  await show(preferredLanguage(localStorage.getItem(REMEMBERED), navigator.languages));
}

export async function chooseLanguage(chosen: Language): Promise<void> {
  localStorage.setItem(REMEMBERED, chosen);
  await show(chosen);
}

async function show(wanted: Language): Promise<void> {
  messages = wanted === "en" ? english : (await import("./de.json")).default;
  language = wanted;
  document.documentElement.lang = wanted;
}

/** The text of a key in the chosen language. */
export function t(key: MessageKey, values: Values = {}): string {
  return render(messages, locale(), key, values);
}

/** The text of a key that is made while running, or `otherwise` when there is none. */
export function tOr(key: string, otherwise: string): string {
  return messages[key] ?? otherwise;
}

export function render(texts: Messages, tag: string, key: string, values: Values): string {
  const text = texts[key] ?? texts[`${key}#${form(tag, values)}`] ?? texts[`${key}#other`] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === "number" ? value.toLocaleString(tag) : value;
  });
}

function form(tag: string, values: Values): string {
  const count = values["count"];
  return typeof count === "number" ? new Intl.PluralRules(tag).select(count) : "other";
}
