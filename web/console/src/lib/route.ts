import { useSyncExternalStore } from "react";
import type { ConversationState } from "../api/types";

export type Route =
  | { page: "conversations"; state: ConversationState; id: string | null }
  | { page: "tickets"; number: string | null };

const STATES: readonly string[] = ["queue", "mine", "bot", "closed"];

/** Addresses live behind the #, so that the server has one page to serve and a reload stays where it was. */
export function parse(hash: string): Route {
  const [page, first, second] = hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
  if (page === "tickets") return { page, number: first || null };
  const state = STATES.includes(first ?? "") ? (first as ConversationState) : "queue";
  return { page: "conversations", state, id: second || null };
}

export function hashOf(route: Route): string {
  const parts = route.page === "tickets" ? ["tickets", route.number] : ["conversations", route.state, route.id];
  return `#/${parts.filter((part): part is string => part !== null).map(encodeURIComponent).join("/")}`;
}

export function go(route: Route): void {
  location.hash = hashOf(route);
}

function subscribe(listener: () => void): () => void {
  addEventListener("hashchange", listener);
  return () => removeEventListener("hashchange", listener);
}

export function useRoute(): Route {
  return parse(useSyncExternalStore(subscribe, () => location.hash));
}
