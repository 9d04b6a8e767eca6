import type { Texts } from "../texts";

const parts = new Intl.DateTimeFormat("en-GB", {
  timeZone: "Asia/Shanghai",
  month: "numeric",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
});

function read(date: Date): Record<string, string> {
  return Object.fromEntries(parts.formatToParts(date).map(({ type, value }) => [type, value]));
}

/** `11:20` today, `6月12日 11:20` otherwise; the bank's time, wherever the reader is. */
export function dayAndTime(at: string, texts: Texts): string {
  const date = new Date(at);
  if (isNaN(+date)) return "";
  const then = read(date);
  const now = read(new Date());
  const time = `${then.hour}:${then.minute}`;
  if (then.month === now.month && then.day === now.day) return time;
  return `${texts.day(Number(then.month), Number(then.day))} ${time}`;
}
