// Where each entry of the history was scrolled to: who goes back finds the page as it was left, who goes on begins at the top.

/** What a person does who scrolls: then nothing else does. */
const OWN_HAND = ["wheel", "touchstart", "pointerdown", "keydown"] as const;
/** What is fetched makes the page long enough again within this, or it is not as it was. */
const GIVEN_UP_AFTER_MS = 8000;

const positions = new Map<string, number>();

/** Scrolls an element to where it was at an entry of the history, as soon as its content reaches so far, and remembers from then on
 * where it is scrolled to. The answer ends that. */
export function keepScroll(element: HTMLElement, entry: string): () => void {
  const wanted = positions.get(entry) ?? 0;
  const givenUp = performance.now() + GIVEN_UP_AFTER_MS;
  let settled = false;
  let frame = 0;

  const remember = () => void positions.set(entry, element.scrollTop);
  const settle = () => {
    if (settled) return;
    settled = true;
    cancelAnimationFrame(frame);
    OWN_HAND.forEach((kind) => element.removeEventListener(kind, settle));
    element.addEventListener("scroll", remember, { passive: true });
  };
  const reach = () => {
    element.scrollTop = wanted;
    // Browsers round to their own pixels.
    if (Math.abs(element.scrollTop - wanted) < 2 || performance.now() > givenUp) settle();
    else frame = requestAnimationFrame(reach);
  };
  OWN_HAND.forEach((kind) => element.addEventListener(kind, settle, { passive: true }));
  reach();

  return () => {
    settle();
    element.removeEventListener("scroll", remember);
  };
}
