/** "use client" in a library addresses servers that render React; here everything is the client. */
const HARMLESS = ["MODULE_LEVEL_DIRECTIVE"];

/** Rolldown option: a warning fails the build, so that none is ever left standing. */
export function failOnWarning(level, log, handler) {
  if (HARMLESS.includes(log.code)) return;
  if (level === "warn") throw new Error(`build warning ${log.code ?? ""}: ${log.message}`);
  handler(level, log);
}
