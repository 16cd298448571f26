// How many columns show all tiles as large as they can be without scrolling; where they would become too small, they scroll.

const TILE_WIDTH_MIN = 240;
const ASPECT = 16 / 9;

export interface Fit {
  columns: number;
  /** How wide a tile may be so that all are in sight; null where they scroll anyway. */
  tile: number | null;
}

export function fitTiles(tiles: number, width: number, height: number, gap: number): Fit {
  const widest = Math.max(1, Math.floor((width + gap) / (TILE_WIDTH_MIN + gap)));
  // A phone held upright scrolls: nobody wants four small pictures beside empty edges.
  if (widest === 1) return { columns: 1, tile: null };
  let best = { columns: widest, tile: 0 };
  for (let columns = 1; columns <= Math.min(tiles, widest); columns += 1) {
    const rows = Math.ceil(tiles / columns);
    const byWidth = (width - gap * (columns - 1)) / columns;
    const byHeight = ((height - gap * (rows - 1)) / rows) * ASPECT;
    const tile = Math.min(byWidth, byHeight);
    if (tile > best.tile) best = { columns, tile };
  }
  return best.tile >= TILE_WIDTH_MIN ? best : { columns: Math.min(widest, Math.max(1, tiles)), tile: null };
}

/** Cameras in the remembered order; new ones follow. */
export function ordered<T extends { id: number }>(items: readonly T[], order: readonly number[]): T[] {
  const place = new Map(order.map((id, index) => [id, index]));
  return [...items].sort((a, b) => (place.get(a.id) ?? order.length + a.id) - (place.get(b.id) ?? order.length + b.id));
}

/** The order after one item was moved by some places. */
export function moved(order: readonly number[], id: number, by: number): number[] {
  const from = order.indexOf(id);
  const to = Math.min(order.length - 1, Math.max(0, from + by));
  const rest = order.filter((other) => other !== id);
  return [...rest.slice(0, to), id, ...rest.slice(to)];
}
