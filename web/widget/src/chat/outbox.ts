import type { Message, Receipt } from "../types";
import { ApiError } from "./api";
import { load, save, uuid } from "./storage";

/**
 * queued: waits for its turn. sending: under way. failed: not received, tried again by itself.
 * sent: stored by the server, not fetched yet. refused: will never be accepted as it is.
 */
export type PendingState = "queued" | "sending" | "failed" | "sent" | "refused";

export interface Pending {
  client_id: string;
  text: string;
  choice?: string;
  at: string;
  state: PendingState;
  /** The server's own words about a failure. */
  detail?: string;
  /** Where the server stored it. */
  seq?: number;
  /** A fetched message that is probably this one, seen before the server's receipt. */
  seen?: number;
}

interface Wiring {
  key: string;
  /** Rejects with ApiError. Null means: no session now, ask again after `kick`. */
  send(item: Pending): Promise<Receipt> | null;
  changed(): void;
  /** Called after every attempt; null is a success. */
  outcome(error: ApiError | null): void;
}

const MAX_WAIT = 30_000;

function item(client_id: string, text: string, choice: string | undefined, at: string): Pending {
  return { client_id, text, ...(choice ? { choice } : {}), at, state: "queued" };
}

/**
 * Messages the server has not confirmed. They outlive the page, leave one at a time in the order they were
 * written, and are repeated with the same `client_id`, so that a lost receipt never makes a second message.
 */
export class Outbox {
  items: Pending[];
  /** Every id this page has had; other ids under the same key belong to another tab. */
  private readonly mine = new Set<string>();
  private busy = false;
  private failures = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly wiring: Wiring) {
    this.items = this.kept().map(({ client_id, text, choice, at }) => item(client_id, text, choice, at));
    for (const { client_id } of this.items) this.mine.add(client_id);
  }

  add(text: string, choice?: string): void {
    const added = item(uuid(), text, choice, new Date().toISOString());
    this.mine.add(added.client_id);
    this.items.push(added);
    this.keep();
    this.kick();
  }

  remove(clientId: string): void {
    this.items = this.items.filter((item) => item.client_id !== clientId);
    this.keep();
  }

  /** Try now: the customer asked, the network is back, or there is a session again. */
  kick(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    void this.run();
  }

  /** A new conversation: option ids and places of the old one mean nothing in it. */
  reset(): void {
    this.items = this.items.filter((item) => item.state !== "sent");
    for (const item of this.items) {
      delete item.choice;
      delete item.seen;
    }
    this.keep();
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  /** Tells apart, among freshly fetched messages, which are ours, so that none is shown twice. */
  recognise(fresh: readonly Message[]): void {
    for (const message of fresh) {
      if (message.by !== "customer" || this.items.some((item) => item.seq === message.seq)) continue;
      const own = this.items.find((item) => item.client_id === message.client_id);
      const underWay = this.items.find((item) => item.state === "sending" || item.state === "failed");
      const item = own ?? (message.client_id ? undefined : underWay);
      if (item && !item.seen) item.seen = message.seq;
    }
  }

  /** Drops what the timeline now shows. */
  settle(shown: (seq: number) => boolean): void {
    this.items = this.items.filter((item) => !(item.state === "sent" && shown(item.seq ?? 0)));
  }

  private kept(): Pending[] {
    const kept = load<Pending[]>(this.wiring.key);
    return Array.isArray(kept) ? kept : [];
  }

  private keep(): void {
    const unsent = this.items.filter((item) => item.state !== "sent" && item.state !== "refused");
    const all = [...this.kept().filter((item) => !this.mine.has(item.client_id)), ...unsent];
    save(this.wiring.key, all.length ? all : null);
    this.wiring.changed();
  }

  private async run(): Promise<void> {
    if (this.busy) return;
    const item = this.items.find((one) => one.state === "queued" || one.state === "failed");
    const sending = item && this.wiring.send(item);
    if (!item || !sending) return;
    this.busy = true;
    item.state = "sending";
    this.wiring.changed();
    let wait = 0;
    try {
      const { seq } = await sending;
      item.state = "sent";
      item.seq = seq;
      delete item.seen;
      delete item.detail;
      this.failures = 0;
      this.wiring.outcome(null);
    } catch (error) {
      wait = this.failed(item, error instanceof ApiError ? error : new ApiError(0, "", 0));
    }
    this.busy = false;
    this.keep();
    if (wait) this.timer ??= setTimeout(() => this.kick(), wait);
    else void this.run();
  }

  private failed(item: Pending, error: ApiError): number {
    item.detail = error.detail;
    // 401 ends the session, not the message: it leaves with the next session.
    item.state = error.temporary ? "failed" : error.status === 401 ? "queued" : "refused";
    if (item.state === "refused") delete item.seen;
    this.wiring.outcome(error);
    if (item.state === "refused") return 0;
    const backoff = Math.min(MAX_WAIT, 1000 * 2 ** this.failures++) * (0.75 + Math.random() / 2);
    return Math.max(backoff, error.retryAfter * 1000);
  }
}
