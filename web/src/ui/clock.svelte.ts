// The present, for texts such as "3 minutes ago": ticks only while somebody reads it.

import { createSubscriber } from "svelte/reactivity";

const ticks = createSubscriber((update) => {
  const timer = setInterval(update, 1000);
  return () => clearInterval(timer);
});

export function now(): number {
  ticks();
  return Date.now();
}
