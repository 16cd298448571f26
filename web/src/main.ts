import { mount } from "svelte";

import App from "./App.svelte";
import "./app.css";
import { loadLanguage } from "./i18n/i18n.svelte";

const target = document.getElementById("app");
if (!target) throw new Error("index.html has no #app");
const place = target;

// The page is not drawn in one language to be drawn again in another.
void loadLanguage().then(() => mount(App, { target: place }));
