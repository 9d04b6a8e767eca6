import { expect, test } from "vitest";
import type { ConversationItem, Priority } from "../src/api/types";
import { draftOf, dropDraft, keepDraft } from "../src/conversations/drafts";
import { byUrgency } from "../src/conversations/order";
import { hashOf, parse } from "../src/lib/route";
import { dueness, saySpan, sayTime } from "../src/lib/time";
import { sayValue } from "../src/lib/value";

const item = (id: string, priority: Priority, waiting_since: string): ConversationItem => ({
  id,
  version: 1,
  owner: { kind: "queue" },
  priority,
  waiting_since,
});

test("the most urgent come first, then whoever has waited longest", () => {
  const items = [
    item("new", "P2", "2026-11-21T03:00:00Z"),
    item("danger", "P0", "2026-11-21T03:10:00Z"),
    item("old", "P2", "2026-11-21T02:00:00Z"),
    item("angry", "P1", "2026-11-21T03:09:00Z"),
  ];
  expect(byUrgency(items).map(({ id }) => id)).toEqual(["danger", "angry", "old", "new"]);
});

test("a repeat of the same text keeps its id, another text is another message", () => {
  const first = keepDraft("0101/c", "您好");
  expect(keepDraft("0101/c", "您好").client_id).toBe(first.client_id);
  expect(keepDraft("0101/c", "您好。").client_id).not.toBe(first.client_id);
  dropDraft("0101/c");
  expect(draftOf("0101/c").text).toBe("");
});

test("times are the bank's, whatever the machine's zone", () => {
  const now = new Date("2025-06-01T00:00:00Z");
  expect(sayTime("2025-06-12T03:20:00Z", now)).toBe("6月12日(周四) 11:20");
  expect(sayTime("2025-06-11T16:05:00Z", now)).toBe("6月12日(周四) 00:05");
  expect(sayTime("2025-06-05", now)).toBe("6月5日(周四)");
  expect(sayTime("2026-06-12T03:20:00Z", now)).toBe("2026年6月12日(周五) 11:20");
});

test("a deadline that is a day lasts to the end of that day", () => {
  expect(dueness("2026-12-06", new Date("2026-12-06T15:00:00Z"))).toBe("near");
  expect(dueness("2026-12-06", new Date("2026-12-06T16:00:00Z"))).toBe("past");
  expect(dueness("2026-12-06T10:00:00Z", new Date("2026-12-06T05:00:00Z"))).toBe("far");
  expect(dueness("2026-12-06T10:00:00Z", new Date("2026-12-06T07:00:00Z"))).toBe("near");
});

test("waits are said in the units that matter", () => {
  expect([saySpan(12_000), saySpan(192_000), saySpan(7_500_000), saySpan(277_200_000)]).toEqual([
    "12秒",
    "3分12秒",
    "2小时5分",
    "3天5小时",
  ]);
});

test("an address survives the way there and back", () => {
  for (const hash of ["#/conversations/mine/a%2Fb", "#/conversations/queue", "#/tickets", "#/tickets/TS20261121-0001"])
    expect(hashOf(parse(hash))).toBe(hash);
  expect(parse("#/nonsense")).toEqual({ page: "conversations", state: "queue", id: null });
});

test("a value says itself whatever its shape", () => {
  expect(sayValue(["道歉", { text: "说明原因" }])).toBe("道歉、说明原因");
  expect(sayValue({ said: "上周三下午", from: "x" })).toBe("上周三下午");
  expect(sayValue(null)).toBe("");
});
