import { useEffect, useState } from "react";

const ZONE = "Asia/Shanghai";
const WEEKDAYS: Record<string, string> = { Mon: "一", Tue: "二", Wed: "三", Thu: "四", Fri: "五", Sat: "六", Sun: "日" };
const reader = new Intl.DateTimeFormat("en-GB", {
  timeZone: ZONE,
  year: "numeric",
  month: "numeric",
  day: "numeric",
  weekday: "short",
  hour: "2-digit",
  minute: "2-digit",
});

const DAY_ONLY = /^\d{4}-\d{2}-\d{2}$/;
const MINUTE = 60_000;

function read(date: Date): Record<string, string> {
  return Object.fromEntries(reader.formatToParts(date).map(({ type, value }) => [type, value]));
}

/** A moment; a bare date means the end of that day in the bank's time zone, as deadlines do. */
export function moment(at: string): Date {
  return new Date(DAY_ONLY.test(at) ? `${at}T23:59:59+08:00` : at);
}

/** `6月12日(周四) 11:20`, with the year when it is another one; a bare date without the time. */
export function sayTime(at: string | null | undefined, now: Date = new Date()): string {
  if (!at) return "";
  const date = moment(at);
  if (isNaN(+date)) return at;
  const { year, month, day, weekday, hour, minute } = read(date);
  const text = `${Number(month)}月${Number(day)}日(周${WEEKDAYS[weekday ?? ""]})`;
  const full = DAY_ONLY.test(at) ? text : `${text} ${hour}:${minute}`;
  return year === read(now).year ? full : `${year}年${full}`;
}

/** `11:20` today, otherwise like `sayTime`. */
export function sayShort(at: string | null | undefined, now: Date = new Date()): string {
  if (!at) return "";
  const then = read(moment(at));
  const today = read(now);
  const same = then.year === today.year && then.month === today.month && then.day === today.day;
  return same ? `${then.hour}:${then.minute}` : sayTime(at, now);
}

/** `3分12秒`, `2小时5分`, `3天4小时`; seconds only below an hour, because only then they matter. */
export function saySpan(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [days, hours, minutes] = [Math.floor(seconds / 86_400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60];
  if (days) return `${days}天${hours}小时`;
  if (hours) return `${hours}小时${minutes}分`;
  return minutes ? `${minutes}分${seconds % 60}秒` : `${seconds}秒`;
}

export type Due = "past" | "near" | "far";

/** Near is within four hours, or within two days when the deadline is a day and not an hour. */
export function dueness(at: string, now: Date): Due {
  const left = +moment(at) - +now;
  if (left < 0) return "past";
  return left < (DAY_ONLY.test(at) ? 48 : 4) * 60 * MINUTE ? "near" : "far";
}

/** The present, renewed every `ms`. */
export function useNow(ms: number): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), ms);
    return () => clearInterval(timer);
  }, [ms]);
  return now;
}
