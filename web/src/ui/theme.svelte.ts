// Dark or light: as the system is, unless somebody chose.

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const REMEMBERED = "iris.theme";

let theme = $state<Theme>(THEMES.find((known) => known === localStorage.getItem(REMEMBERED)) ?? "system");
apply();

export function currentTheme(): Theme {
  return theme;
}

export function chooseTheme(chosen: Theme): void {
  theme = chosen;
  localStorage.setItem(REMEMBERED, chosen);
  apply();
}

function apply(): void {
  document.documentElement.style.colorScheme = theme === "system" ? "" : theme;
}
