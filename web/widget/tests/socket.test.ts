import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openHints } from "../src/chat/socket";

class FakeSocket {
  static all: FakeSocket[] = [];
  sent: string[] = [];
  closed = false;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  constructor(readonly url: string) {
    FakeSocket.all.push(this);
  }
  send(text: string) {
    this.sent.push(text);
  }
  close() {
    this.closed = true;
  }
  hear(data: string) {
    this.onmessage?.({ data });
  }
  accept() {
    this.hear('0{"sid":"a","pingInterval":25000,"pingTimeout":20000}');
    this.hear('40/chat,{"sid":"b"}');
  }
}

const sockets = FakeSocket.all;
const listeners = { changed: vi.fn(), connected: vi.fn() };

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", FakeSocket);
  sockets.length = 0;
  vi.clearAllMocks();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("joins the namespace with the token, answers pings, passes hints on", () => {
  const hints = openHints("https://bank.example", "tok", listeners);
  const [socket] = sockets;
  expect(socket!.url).toBe("wss://bank.example/socket.io/?EIO=4&transport=websocket");
  socket!.accept();
  socket!.hear("2");
  socket!.hear('42/chat,["changed",{"last_seq":7}]');
  expect(socket!.sent).toEqual(['40/chat,{"token":"tok"}', "3"]);
  expect(listeners.connected).toHaveBeenCalledOnce();
  expect(listeners.changed).toHaveBeenCalledOnce();
  expect(hints.connected).toBe(true);
  hints.typing();
  hints.typing();
  expect(socket!.sent[2]).toBe('42/chat,["typing"]');
  expect(socket!.sent.length).toBe(3);
});

test("a silent line is taken for dead and opened again", () => {
  const hints = openHints("http://bank.example", "tok", listeners);
  sockets[0]!.accept();
  vi.advanceTimersByTime(45_001);
  expect(sockets[0]!.closed).toBe(true);
  expect(hints.connected).toBe(false);
  vi.advanceTimersByTime(1_501);
  expect(sockets.length).toBe(2);
});

test("a refusal is not repeated in haste, and nothing happens after close", () => {
  const hints = openHints("http://bank.example", "tok", listeners);
  sockets[0]!.hear('44/chat,{"message":"no"}');
  vi.advanceTimersByTime(59_000);
  expect(sockets.length).toBe(1);
  vi.advanceTimersByTime(2_000);
  expect(sockets.length).toBe(2);
  hints.close();
  sockets[1]!.onclose?.();
  vi.advanceTimersByTime(600_000);
  expect(sockets.length).toBe(2);
});
