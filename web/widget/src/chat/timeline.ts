import type { Message } from "../types";

/** What the server has stored, in its order, each message once however often it is delivered. */
export class Timeline {
  private readonly bySeq = new Map<number, Message>();
  messages: Message[] = [];
  /** Everything up to here has been fetched; the next fetch asks for what comes after. */
  cursor = 0;

  has(seq: number): boolean {
    return this.bySeq.has(seq);
  }

  /** Adds a page and answers the messages that were not known before, in order. */
  merge(page: readonly Message[]): Message[] {
    const fresh: Message[] = [];
    for (const message of page) {
      if (!this.bySeq.has(message.seq)) fresh.push(message);
      this.bySeq.set(message.seq, message);
      this.cursor = Math.max(this.cursor, message.seq);
    }
    if (page.length) this.messages = [...this.bySeq.values()].sort((a, b) => a.seq - b.seq);
    return fresh.sort((a, b) => a.seq - b.seq);
  }
}
