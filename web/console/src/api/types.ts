/** What the desk api sends. Unknown fields are ignored; what is marked optional may be missing. */

export type Priority = "P0" | "P1" | "P2";
export type OwnerKind = "bot" | "queue" | "agent";
export type ConversationState = "queue" | "mine" | "bot" | "closed";

export interface Page<T> {
  items: T[];
  /** Goes back as `after` to get the following items; null at the end. */
  next?: string | null;
}

export interface Me {
  user: string;
  work_no: string;
  name: string;
  role: string;
}

export interface Colleague {
  work_no: string;
  name: string;
  role: string;
  /** Also `on`, `work` (in service hours) or `off`, as the roster keeps it. */
  on_duty: boolean | string;
}

export interface Owner {
  kind: OwnerKind;
  work_no?: string | null;
}

export interface ConversationItem {
  id: string;
  /** Grows with every change of owner; every action names the one it was decided on. */
  version: number;
  owner: Owner;
  waiting_since?: string | null;
  reason?: string | null;
  /** 0 calm … 4 losing control. */
  mood?: number | null;
  priority: Priority;
  ticket?: string | null;
  preview?: string | null;
  last_at?: string | null;
  customer?: string | null;
  closed_at?: string | null;
}

export interface Message {
  seq: number;
  id: string;
  by: "customer" | "bot" | "agent" | "system";
  text: string;
  buttons?: { title: string; choice: string }[] | null;
  agent?: { work_no: string; role?: string | null } | null;
  at: string;
  place?: string | null;
}

export interface Fact {
  value: unknown;
  status: string;
}

export interface Commitment {
  content: string;
  due_at: string;
  state: string;
}

export interface Change {
  kind: string;
  answer: string;
  offered_at?: string | null;
  executed_at?: string | null;
}

export interface Handoff {
  summary?: string | null;
  promised?: unknown[] | null;
  declined?: unknown[] | null;
  do_not_ask?: unknown[] | null;
  exclusions?: unknown[] | null;
  reason?: string | null;
  /** A colleague's words at a transfer, and his work number. */
  note?: string | null;
  from?: string | null;
  /** Promises of an answer that never reached the customer. */
  not_told?: unknown[] | null;
  /** The case was registered, but its number was never told. */
  customer_not_told?: boolean | null;
}

export interface Appointment {
  kind?: string | null;
  start: string;
  end?: string | null;
  place?: string | null;
  state?: string | null;
}

export interface Conversation extends ConversationItem {
  messages: Message[];
  facts?: Record<string, Fact> | null;
  moods?: number[] | null;
  promises?: Commitment[] | null;
  changes?: Change[] | null;
  tickets?: { number: string; state: string }[] | null;
  handoff?: Handoff | null;
  appointments?: Appointment[] | null;
}

export interface TicketItem {
  number: string;
  type: string;
  state: string;
  priority: Priority;
  owner?: string | null;
  received_at: string;
  answer_due?: string | null;
  decision_due?: string | null;
  what?: string | null;
  version: number;
}

export interface Grievance {
  what: string;
  cause_six?: number | null;
  cause_jrt?: string[] | null;
  amount?: unknown;
}

export interface Step {
  from?: string | null;
  to: string;
  by: string;
  at: string;
  reason?: string | null;
}

export interface Survey {
  state: string;
  answers?: Record<string, unknown> | null;
  index?: number | null;
  satisfied?: boolean | null;
  reason?: string | null;
  comment?: string | null;
  sent_at?: string | null;
}

export type Outcome = "upheld" | "partly_upheld" | "not_upheld" | "explained";

export interface Ticket extends TicketItem {
  items?: Grievance[] | null;
  facts?: Record<string, Fact> | null;
  promises?: Commitment[] | null;
  changes?: Change[] | null;
  history?: Step[] | null;
  surveys?: Survey[] | null;
  conversation_id?: string | null;
  decision?: { outcome: string; text: string; by?: string | null; at?: string | null } | null;
}
