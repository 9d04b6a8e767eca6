import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { desk } from "../api/desk";
import type { ConversationItem, ConversationState } from "../api/types";
import { byUrgency } from "./order";

/** Polled whatever the live connection says: it may be down, and the list must be right all the same. */
const POLL = 5_000;

export function useConversations(state: ConversationState) {
  const pages = useInfiniteQuery({
    queryKey: ["conversations", state],
    queryFn: ({ pageParam }) => desk.conversations(state, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next ?? null,
    refetchInterval: POLL,
    refetchIntervalInBackground: state === "queue",
  });
  const items: ConversationItem[] = pages.data?.pages.flatMap((page) => page.items) ?? [];
  return { ...pages, items: state === "queue" ? byUrgency(items) : items };
}

export function useConversation(id: string) {
  return useQuery({ queryKey: ["conversation", id], queryFn: () => desk.conversation(id), refetchInterval: POLL });
}

export function useStaff(enabled: boolean) {
  return useQuery({ queryKey: ["staff"], queryFn: desk.staff, staleTime: 15_000, enabled });
}
