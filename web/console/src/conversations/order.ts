import type { ConversationItem } from "../api/types";

/** Most urgent first, and among equals whoever has waited longest. */
export function byUrgency(items: readonly ConversationItem[]): ConversationItem[] {
  const since = (item: ConversationItem) => Date.parse(item.waiting_since ?? item.last_at ?? "") || Infinity;
  return [...items].sort((a, b) => a.priority.localeCompare(b.priority) || since(a) - since(b));
}
