import type { Agent, Choice, Message, Owner, Session, Update } from "../types";
import { ApiError, type ChatApi } from "./api";
import { Outbox, type Pending } from "./outbox";
import type { Hints } from "./socket";
import { load, save } from "./storage";
import { Timeline } from "./timeline";

export type Link = "ok" | "offline" | "refusing";

/** All the user interface needs to know; a new object after every change. */
export interface View {
  ready: boolean;
  messages: Message[];
  pending: Pending[];
  owner: Owner;
  queue: { position?: number | null; eta_s?: number | null } | null;
  agent: Agent | null;
  typing: boolean;
  link: Link;
  /** The server's own words while `link` is "refusing". */
  detail: string;
  /** The former conversation was over and another one has begun. */
  restarted: boolean;
  unread: number;
}

interface Options {
  api: ChatApi;
  hints(token: string, listeners: { changed(): void; connected(): void }): Hints;
  /** Prefix of the storage keys, one for each server. */
  key: string;
  locale: string;
}

const LONG_POLL = 25;
const SLOW = 8_000;
const BRISK = 3_000;

/** One customer's conversation: session, outbox, fetching, and what is to be shown. */
export class Chat {
  private session: Session | null;
  private timeline = new Timeline();
  private readonly outbox: Outbox;
  private hints: Hints | null = null;
  private update: Pick<Update, "owner" | "queue" | "agent" | "typing" | "version"> = { owner: "bot" };
  private failures = 0;
  /** Sessions lost in a row without one good answer. */
  private expired = 0;
  private error: ApiError | null = null;
  private restarted = false;
  private starting = false;
  private open = false;
  private read: number;
  /** Grows with every session; a loop of an older one ends itself. */
  private generation = 0;
  private dirty = false;
  private wake: () => void = () => {};
  private readonly listeners = new Set<() => void>();

  constructor(private readonly options: Options) {
    this.session = load<Session>(`${options.key}.session`);
    this.read = load<number>(`${options.key}.read`) ?? 0;
    this.outbox = new Outbox({
      key: `${options.key}.outbox`,
      changed: () => this.emit(),
      send: ({ client_id, text, choice }) =>
        this.session ? options.api.send(this.session.token, { client_id, text, ...(choice ? { choice } : {}) }) : null,
      outcome: (error) => this.sent(error),
    });
    addEventListener("online", this.retry);
    addEventListener("offline", this.emit);
    if (this.session) this.begin();
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  view(): View {
    const { messages } = this.timeline;
    const online = navigator.onLine !== false;
    const silent = this.error?.status === 0 && this.failures > 1;
    return {
      ready: this.session !== null,
      messages,
      pending: this.outbox.items.filter((item) => !item.seen),
      owner: this.update.owner,
      queue: this.update.queue ?? null,
      agent: this.update.agent ?? lastAgent(messages),
      typing: this.update.typing === true,
      link: !online || silent ? "offline" : this.error && this.error.status > 0 ? "refusing" : "ok",
      detail: this.error?.detail ?? "",
      restarted: this.restarted,
      unread: this.open ? 0 : messages.filter((m) => m.seq > this.read && m.by !== "customer").length,
    };
  }

  /** The window was opened or closed; the first opening begins a conversation. */
  show(open: boolean): void {
    this.open = open;
    if (open && !this.session) void this.start();
    this.markRead();
    this.emit();
  }

  say(text: string): void {
    this.outbox.add(text);
    if (!this.session) void this.start();
  }

  choose(choice: Choice): void {
    this.outbox.add(choice.title, choice.choice);
  }

  discard(clientId: string): void {
    this.outbox.remove(clientId);
  }

  typing(): void {
    this.hints?.typing();
  }

  readonly retry = (): void => {
    this.failures = 0;
    this.hurry();
    if (this.session) this.outbox.kick();
    else if (this.open) void this.start();
    this.emit();
  };

  dispose(): void {
    removeEventListener("online", this.retry);
    removeEventListener("offline", this.emit);
    this.end();
    this.outbox.stop();
  }

  private readonly emit = (): void => {
    for (const listener of this.listeners) listener();
  };

  private async start(): Promise<void> {
    if (this.starting) return;
    this.starting = true;
    while (!this.session) {
      this.session = load<Session>(`${this.options.key}.session`);
      if (this.session) break;
      try {
        this.session = await this.options.api.start(this.options.locale);
        save(`${this.options.key}.session`, this.session);
        this.error = null;
      } catch (error) {
        await this.fail(error);
      }
    }
    this.starting = false;
    this.begin();
  }

  private begin(): void {
    const generation = ++this.generation;
    this.hints = this.options.hints(this.session!.token, { changed: this.hinted, connected: this.hurry });
    this.outbox.kick();
    void this.follow(generation);
    this.emit();
  }

  private end(): void {
    this.generation++;
    this.hints?.close();
    this.hints = null;
    this.wake();
  }

  /** The server no longer knows this session: nothing of it can be shown as current any more. */
  private expire(): void {
    if (!this.session) return;
    this.end();
    const stored = load<Session>(`${this.options.key}.session`);
    // Another tab may have begun the next conversation already; that one is joined then.
    if (stored?.token === this.session.token) save(`${this.options.key}.session`, null);
    this.session = null;
    this.timeline = new Timeline();
    this.update = { owner: "bot" };
    this.read = 0;
    this.restarted = true;
    save(`${this.options.key}.read`, null);
    this.outbox.reset();
    if (this.open || this.outbox.items.length) void this.pause(500 * 2 ** this.expired++).then(() => this.start());
  }

  private sent(error: ApiError | null): void {
    if (!error) {
      this.outbox.settle((seq) => this.timeline.has(seq));
      if (this.error) this.error = null;
      this.hurry();
    } else if (error.status === 401) this.expire();
    else if (error.temporary) this.error = error;
  }

  private async follow(generation: number): Promise<void> {
    let wait = 0;
    while (generation === this.generation && this.session) {
      const asked = Date.now();
      const held = wait > 0;
      this.dirty = false;
      try {
        const update = await this.options.api.fetch(this.session.token, this.timeline.cursor, wait, this.update.version);
        if (generation !== this.generation) return;
        const more = this.apply(update);
        if (more || this.dirty) continue;
        const restless = this.restless();
        wait = this.hints?.connected ? 0 : restless ? BRISK / 1000 : LONG_POLL;
        // A server that does not hold the request must not be asked in a tight circle.
        if (held && wait && asked + 1000 > Date.now()) await this.pause(1000);
        else if (!wait) await this.pause(restless ? BRISK : SLOW);
      } catch (error) {
        if (generation !== this.generation) return;
        wait = 0;
        if (error instanceof ApiError && error.status === 401) return this.expire();
        await this.fail(error);
      }
    }
  }

  private apply(update: Update): boolean {
    const fresh = this.timeline.merge(update.messages ?? []);
    this.outbox.recognise(fresh);
    this.outbox.settle((seq) => this.timeline.has(seq));
    this.update = update;
    this.failures = this.expired = 0;
    if (!this.outbox.items.some((item) => item.state === "failed")) this.error = null;
    else if (this.error?.status === 0) this.outbox.kick();
    this.markRead();
    this.emit();
    return fresh.length > 0 && this.timeline.cursor < update.last_seq;
  }

  /** True while something is likely to change soon although no hint may tell. */
  private restless(): boolean {
    const { messages } = this.timeline;
    return this.update.typing === true || this.update.owner === "queue" || messages[messages.length - 1]?.by === "customer";
  }

  private markRead(): void {
    if (!this.open || this.timeline.cursor <= this.read) return;
    this.read = this.timeline.cursor;
    save(`${this.options.key}.read`, this.read);
  }

  private async fail(error: unknown): Promise<void> {
    this.error = error instanceof ApiError ? error : new ApiError(0, "", 0);
    const backoff = Math.min(30_000, 1000 * 2 ** this.failures++) * (0.75 + Math.random() / 2);
    this.emit();
    await this.pause(Math.max(backoff, this.error.retryAfter * 1000));
  }

  /** Ends the present pause, and makes the running fetch be followed by another at once. */
  private readonly hurry = (): void => {
    this.dirty = true;
    this.wake();
  };

  /** A hint must not shorten the pause after a failure: many hints would become many failing requests. */
  private readonly hinted = (): void => {
    this.dirty = true;
    if (!this.failures) this.wake();
  };

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function lastAgent(messages: Message[]): Agent | null {
  return messages.filter((message) => message.by === "agent").pop()?.agent ?? null;
}
