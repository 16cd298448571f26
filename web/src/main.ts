import { mount } from "svelte";

import App from "./App.svelte";
import "./app.css";
import { loadLanguage } from "./i18n/i18n.svelte";
import { match } from "./router/routes";
import { HOME, routes } from "./routes";

const target = document.getElementById("app");
if (!target) throw new Error("index.html has no #app");
const place = target;

// The view is fetched beside the language, not after it; the page says what is wrong where it cannot be.
const path = window.location.pathname;
match(routes, path === "/" ? HOME : path)?.route.load().catch(() => {});

// The page is not drawn in one language to be drawn again in another.
void loadLanguage().then(() => mount(App, { target: place }));
