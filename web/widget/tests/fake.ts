import { ApiError, type ChatApi } from "../src/chat/api";
import type { Message, Receipt, Update } from "../src/types";

export const message = (seq: number, by: Message["by"], text: string): Message => ({
  seq,
  id: `m${seq}`,
  by,
  text,
  buttons: [],
  at: "2026-11-21T03:20:00Z",
});

/** A server in memory that stores each client_id once; what goes wrong next is put into `failures`. */
export class FakeServer implements ChatApi {
  stored: Message[] = [];
  sessions = 0;
  calls: string[] = [];
  /** Consumed one per send: an error instead of storing, or "lost" to store and lose the receipt on its way. */
  failures: (ApiError | "lost")[] = [];
  expired = new Set<string>();
  /** Fetches that are held open wait for this. */
  private release: (() => void)[] = [];
  private readonly receipts = new Map<string, Receipt>();

  async start() {
    this.sessions += 1;
    this.stored = [];
    this.receipts.clear();
    return { conversation_id: `c${this.sessions}`, token: `t${this.sessions}`, expires_at: "2026-12-21T03:20:00Z" };
  }

  async send(token: string, body: { client_id: string; text: string }): Promise<Receipt> {
    this.calls.push(body.client_id);
    if (this.expired.has(token)) throw new ApiError(401, "会话已过期", 0);
    const failure = this.failures.shift();
    if (failure && failure !== "lost") throw failure;
    const before = this.receipts.get(body.client_id);
    if (before) return { ...before, duplicate: true };
    const one = this.add("customer", body.text);
    this.receipts.set(body.client_id, { seq: one.seq, message_id: one.id, duplicate: false });
    if (failure === "lost") {
      await new Promise((later) => setTimeout(later, 3000));
      throw new ApiError(0, "", 0);
    }
    return { seq: one.seq, message_id: one.id, duplicate: false };
  }

  add(by: Message["by"], text: string): Message {
    const one = message(this.stored.length + 1, by, text);
    this.stored.push(one);
    for (const go of this.release.splice(0)) go();
    return one;
  }

  async fetch(token: string, after: number, wait: number): Promise<Update> {
    if (this.expired.has(token)) throw new ApiError(401, "会话已过期", 0);
    if (wait && this.stored.length <= after) {
      await new Promise<void>((go) => {
        this.release.push(go);
        setTimeout(go, wait * 1000);
      });
    }
    const messages = this.stored.filter((m) => m.seq > after);
    return { messages, owner: "bot", queue: null, typing: false, last_seq: this.stored.length };
  }
}
