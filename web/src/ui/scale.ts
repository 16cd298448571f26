// How much larger than usual everything is drawn, as on a wall screen: what is placed by pixels must be, too.

/** The type's size that all lengths in pixels were made for; app.css has it. */
const USUAL_PX = 15;

export function scale(): number {
  return (parseFloat(getComputedStyle(document.documentElement).fontSize) || USUAL_PX) / USUAL_PX;
}
