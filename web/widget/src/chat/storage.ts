interface Shelf {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

/** localStorage, or memory where the browser forbids it (private windows, blocked cookies). */
function pickShelf(): Shelf {
  try {
    localStorage.setItem("sanbian.probe", "1");
    localStorage.removeItem("sanbian.probe");
    return localStorage;
  } catch {
    const memory = new Map<string, string>();
    return {
      getItem: (key) => memory.get(key) ?? null,
      setItem: (key, value) => void memory.set(key, value),
      removeItem: (key) => void memory.delete(key),
    };
  }
}

const shelf = pickShelf();

export function load<T>(key: string): T | null {
  try {
    return JSON.parse(shelf.getItem(key) ?? "null") as T | null;
  } catch {
    return null;
  }
}

/** Keeps a value as JSON; null forgets the key. */
export function save(key: string, value: unknown): void {
  try {
    if (value === null) shelf.removeItem(key);
    else shelf.setItem(key, JSON.stringify(value));
  } catch {
    // A full disk must not stop the conversation.
  }
}

/** A random UUID, also where `crypto.randomUUID` is missing (a page without https). */
export function uuid(): string {
  if (crypto.randomUUID) return crypto.randomUUID();
  const b = crypto.getRandomValues(new Uint8Array(16));
  b[6] = (b[6]! & 15) | 64;
  b[8] = (b[8]! & 63) | 128;
  const hex = [...b].map((x) => x.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
