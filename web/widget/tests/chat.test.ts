import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ApiError } from "../src/chat/api";
import { Chat } from "../src/chat/chat";
import { Timeline } from "../src/chat/timeline";
import { FakeServer, message } from "./fake";

let server: FakeServer;
let chats: Chat[];

/** Every test has its own storage key, as storage outlives a test. */
let key = 0;

function open(): Chat {
  const hints = () => ({ connected: false, typing() {}, close() {} });
  const chat = new Chat({ api: server, hints, key: `test${key}`, locale: "zh-CN" });
  chats.push(chat);
  return chat;
}

const shown = (chat: Chat) => [
  ...chat.view().messages.map((m) => `${m.by}:${m.text}`),
  ...chat.view().pending.map((p) => `${p.state}:${p.text}`),
];

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("addEventListener", () => {});
  vi.stubGlobal("removeEventListener", () => {});
  vi.stubGlobal("navigator", { onLine: true });
  server = new FakeServer();
  chats = [];
  key += 1;
});

afterEach(() => {
  for (const chat of chats) chat.dispose();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("messages stand in the server's order and once, however they arrive", () => {
  const timeline = new Timeline();
  timeline.merge([message(3, "bot", "c"), message(1, "customer", "a")]);
  expect(timeline.merge([message(2, "bot", "b"), message(3, "bot", "c")]).map((m) => m.seq)).toEqual([2]);
  expect(timeline.messages.map((m) => m.text)).toEqual(["a", "b", "c"]);
  expect(timeline.cursor).toBe(3);
});

test("what was written before the session exists is sent afterwards, in order", async () => {
  const chat = open();
  chat.show(true);
  chat.say("一");
  chat.say("二");
  await vi.advanceTimersByTimeAsync(3000);
  expect(shown(chat)).toEqual(["customer:一", "customer:二"]);
  expect(server.sessions).toBe(1);
});

test("a refused connection keeps the message and repeats it with the same id", async () => {
  const chat = open();
  chat.show(true);
  await vi.advanceTimersByTimeAsync(100);
  server.failures = [new ApiError(503, "还没有收到", 0), new ApiError(0, "", 0)];
  chat.say("在吗");
  await vi.advanceTimersByTimeAsync(100);
  expect(shown(chat)).toEqual(["failed:在吗"]);
  expect(chat.view().link).toBe("refusing");
  expect(chat.view().detail).toBe("还没有收到");
  await vi.advanceTimersByTimeAsync(20_000);
  expect(shown(chat)).toEqual(["customer:在吗"]);
  expect(new Set(server.calls).size).toBe(1);
  expect(server.calls.length).toBe(3);
  expect(chat.view().link).toBe("ok");
});

test("Retry-After is obeyed", async () => {
  const chat = open();
  chat.show(true);
  await vi.advanceTimersByTimeAsync(100);
  server.failures = [new ApiError(429, "慢一点", 60)];
  chat.say("在吗");
  await vi.advanceTimersByTimeAsync(59_000);
  expect(server.calls.length).toBe(1);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(shown(chat)).toEqual(["customer:在吗"]);
});

test("a lost receipt never shows or stores the message twice", async () => {
  const chat = open();
  chat.show(true);
  await vi.advanceTimersByTimeAsync(2000);
  server.failures = ["lost"];
  chat.say("我要投诉");
  server.add("bot", "谢谢您愿意告诉我们");
  for (let i = 0; i < 60; i++) {
    await vi.advanceTimersByTimeAsync(100);
    expect(shown(chat).filter((line) => line.endsWith(":我要投诉")).length).toBe(1);
  }
  expect(server.stored.filter((m) => m.by === "customer").length).toBe(1);
});

test("a message the server will never take does not hold up the next", async () => {
  const chat = open();
  chat.show(true);
  await vi.advanceTimersByTimeAsync(100);
  server.failures = [new ApiError(422, "太长", 0)];
  chat.say("坏的");
  chat.say("好的");
  await vi.advanceTimersByTimeAsync(2000);
  expect(shown(chat)).toEqual(["customer:好的", "refused:坏的"]);
});

test("unsent messages outlive a reload", async () => {
  const first = open();
  first.show(true);
  await vi.advanceTimersByTimeAsync(100);
  server.failures = Array.from({ length: 9 }, () => new ApiError(503, "", 0));
  first.say("别丢了");
  await vi.advanceTimersByTimeAsync(100);
  first.dispose();
  server.failures = [];
  const second = open();
  await vi.advanceTimersByTimeAsync(3000);
  expect(shown(second)).toEqual(["customer:别丢了"]);
  expect(server.sessions).toBe(1);
  expect(new Set(server.calls).size).toBe(1);
});

test("a lost session is replaced, said plainly, and takes the unsent message along", async () => {
  const chat = open();
  chat.show(true);
  chat.say("旧的");
  await vi.advanceTimersByTimeAsync(1500);
  server.expired.add("t1");
  chat.say("新的");
  await vi.advanceTimersByTimeAsync(5000);
  expect(chat.view().restarted).toBe(true);
  expect(shown(chat)).toEqual(["customer:新的"]);
  expect(server.sessions).toBe(2);
});

test("two tabs share one conversation and keep each other's unsent messages", async () => {
  const one = open();
  one.show(true);
  await vi.advanceTimersByTimeAsync(100);
  const two = open();
  server.failures = Array.from({ length: 2 }, () => new ApiError(503, "", 0));
  one.say("甲");
  two.say("乙");
  await vi.advanceTimersByTimeAsync(100);
  const third = open();
  expect(third.view().pending.map((p) => p.text).sort()).toEqual(["乙", "甲"]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(server.stored.map((m) => m.text).sort()).toEqual(["乙", "甲"]);
  for (const chat of chats) expect(shown(chat).length).toBe(2);
});
