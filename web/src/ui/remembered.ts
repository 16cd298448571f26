// What this browser remembers of how somebody likes a view; losing it costs nothing.

export function recall<T>(key: string, otherwise: T): T {
  try {
    const text = localStorage.getItem(`iris.${key}`);
    return text === null ? otherwise : (JSON.parse(text) as T);
  } catch {
    return otherwise;
  }
}

export function remember(key: string, value: unknown): void {
  try {
    localStorage.setItem(`iris.${key}`, JSON.stringify(value));
  } catch {
    // A browser that is full or forbids it forgets.
  }
}
