/** Text for a value whose shape the api leaves open: words, numbers, lists, or an object that says itself in some field. */
export function sayValue(value: unknown): string {
  if (value === null || value === undefined || value === "") return "";
  if (typeof value === "boolean") return value ? "是" : "否";
  if (Array.isArray(value)) return value.map(sayValue).filter(Boolean).join("、");
  if (typeof value !== "object") return String(value);
  const fields = value as Record<string, unknown>;
  for (const name of ["said", "text", "content", "value", "raw", "name", "title", "detail", "phrase"]) {
    const said = sayValue(fields[name]);
    if (said) return said;
  }
  return Object.values(fields).map(sayValue).filter(Boolean).join(" ");
}

export function uuid(): string {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 15) | 64;
  bytes[8] = (bytes[8]! & 63) | 128;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
