/**
 * Listens on the Socket.IO namespace /chat for "something changed". A hint only makes a fetch happen earlier; nothing
 * depends on it.
 *
 * The protocol is spoken directly (Engine.IO 4, Socket.IO 5, text frames over a WebSocket) because socket.io-client
 * alone is half of the 25 kB a bank's page is asked to load, for parts not used here: long-polling, upgrades,
 * acknowledgements, binary attachments.
 */

export interface Hints {
  readonly connected: boolean;
  /** Tells the server that the customer is writing, so that it does not answer half a thought. */
  typing(): void;
  close(): void;
}

interface Listeners {
  changed(): void;
  connected(): void;
}

const NAMESPACE = "/chat,";
const [OPEN, PING, PONG] = ["0", "2", "3"];
const CONNECT = `40${NAMESPACE}`;
const DISCONNECT = `41${NAMESPACE}`;
const EVENT = `42${NAMESPACE}`;
const CONNECT_ERROR = `44${NAMESPACE}`;
/** A refused connection stays refused for a while: long polling does the work meanwhile. */
const REFUSED_MS = 60_000;

export function openHints(base: string, token: string, listeners: Listeners): Hints {
  let socket: WebSocket | null = null;
  let connected = false;
  let closed = false;
  let failures = 0;
  let told = 0;
  let again: ReturnType<typeof setTimeout> | undefined;
  let watchdog: ReturnType<typeof setTimeout> | undefined;
  let patience = 45_000;

  const retry = (least: number) => {
    clearTimeout(watchdog);
    connected = false;
    if (closed) return;
    const backoff = Math.min(30_000, 1000 * 2 ** failures++) * (0.5 + Math.random());
    clearTimeout(again);
    again = setTimeout(connect, Math.max(least, backoff));
  };
  const drop = (least = 0) => {
    const old = socket;
    socket = null;
    old?.close();
    retry(least);
  };
  // A dead line does not always say so: the server pings, and silence means it is gone.
  const heard = () => {
    clearTimeout(watchdog);
    watchdog = setTimeout(drop, patience);
  };

  function receive(text: string, from: WebSocket): void {
    heard();
    if (text === PING) from.send(PONG!);
    else if (text[0] === OPEN) {
      const { pingInterval, pingTimeout } = JSON.parse(text.slice(1)) as { pingInterval: number; pingTimeout: number };
      patience = pingInterval + pingTimeout;
      from.send(CONNECT + JSON.stringify({ token }));
    } else if (text.startsWith(CONNECT)) {
      connected = true;
      failures = 0;
      listeners.connected();
    } else if (text.startsWith(EVENT)) {
      const [name] = JSON.parse(text.slice(EVENT.length)) as [string];
      if (name === "changed") listeners.changed();
    } else if (text.startsWith(CONNECT_ERROR)) drop(REFUSED_MS);
    else if (text.startsWith(DISCONNECT)) drop();
  }

  function connect(): void {
    try {
      const next = new WebSocket(`${base.replace(/^http/, "ws")}/socket.io/?EIO=4&transport=websocket`);
      socket = next;
      heard();
      next.onmessage = ({ data }) => next === socket && receive(String(data), next);
      next.onclose = () => next === socket && drop();
    } catch {
      // The page's content security policy forbids it.
      retry(REFUSED_MS);
    }
  }

  connect();
  return {
    get connected() {
      return connected;
    },
    typing() {
      if (!connected || Date.now() - told < 2000) return;
      told = Date.now();
      socket?.send(`${EVENT}["typing"]`);
    },
    close() {
      closed = true;
      clearTimeout(again);
      drop();
    },
  };
}
