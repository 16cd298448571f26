// How faces are grouped, as the address says it.

export interface GroupSettings {
  threshold: number;
  clothing: number;
  least: number;
  ignored: boolean;
}

/** The label of faces that nobody wants to see again. */
export const IGNORED = "ignored";

export function readSettings(query: URLSearchParams): GroupSettings {
  const number = (name: string, otherwise: number, min: number, max: number) => {
    const text = query.get(name);
    const value = text === null || text === "" ? Number.NaN : Number(text);
    return Number.isFinite(value) ? Math.min(max, Math.max(min, value)) : otherwise;
  };
  return { threshold: number("threshold", 0.5, 0, 1), clothing: number("clothing", 0, 0, 1), least: Math.round(number("least", 1, 1, 1000)), ignored: query.get("ignored") === "true" };
}
