import { Tag } from "antd";
import type { Owner, Priority } from "../api/types";
import { MOODS } from "../lib/labels";
import { dueness, moment, saySpan, sayTime, useNow } from "../lib/time";

const PRIORITY: Record<Priority, { color: string; title: string }> = {
  P0: { color: "#b42318", title: "危急，立即处理" },
  P1: { color: "orange", title: "优先处理" },
  P2: { color: "default", title: "一般" },
};

export function PriorityTag({ priority }: { priority: Priority }) {
  const { color, title } = PRIORITY[priority] ?? PRIORITY.P2;
  return (
    <Tag color={color} variant={priority === "P0" ? "solid" : "filled"} title={title} className="tight">
      {priority}
    </Tag>
  );
}

export function MoodTag({ mood }: { mood: number | null | undefined }) {
  if (mood === null || mood === undefined) return null;
  return (
    <span className={`mood mood-${mood}`}>
      <i aria-hidden="true" />
      {MOODS[mood] ?? mood}
    </span>
  );
}

/** Time waited so far; red for a P0, which should not wait at all. */
export function Waiting({ since, urgent }: { since: string; urgent: boolean }) {
  const now = useNow(1000);
  return <span className={urgent ? "waiting urgent" : "waiting"}>已等 {saySpan(+now - +moment(since))}</span>;
}

export function When({ at }: { at: string | null | undefined }) {
  if (!at) return <span className="quiet">—</span>;
  return <time dateTime={at}>{sayTime(at)}</time>;
}

/** A deadline: amber when near, red when past, plain when it no longer counts. */
export function Due({ at, met = false }: { at: string | null | undefined; met?: boolean }) {
  const now = useNow(30_000);
  if (!at) return <span className="quiet">—</span>;
  const due = met ? "far" : dueness(at, now);
  return (
    <time dateTime={at} className={`due ${due}`}>
      {sayTime(at, now)}
      {due === "past" && <em>已超 {saySpan(+now - +moment(at)).replace(/\d+秒$/, "") || "1分"}</em>}
      {due === "near" && <em>还有 {saySpan(+moment(at) - +now).replace(/\d+秒$/, "") || "不到1分"}</em>}
    </time>
  );
}

export function sayOwner(owner: Owner, mine: string): string {
  if (owner.kind === "bot") return "智能客服应答中";
  if (owner.kind === "queue") return "排队等人工";
  return owner.work_no === mine ? "由我处理" : `由工号${owner.work_no ?? "—"}处理`;
}

/** A visitor has no name, only a long random id; its end is enough to tell two apart. */
export function sayCustomer(customer: string | null | undefined): string {
  if (!customer) return "访客";
  return /^[\w-]{20,}$/.test(customer) ? `访客 ${customer.slice(-4)}` : customer;
}
