import { request } from "./http";
import type {
  Colleague,
  Conversation,
  ConversationItem,
  ConversationState,
  Me,
  Outcome,
  Page,
  Ticket,
  TicketItem,
} from "./types";

function query(values: Record<string, string | null | undefined>): string {
  const kept = Object.entries(values).filter((pair): pair is [string, string] => Boolean(pair[1]));
  return new URLSearchParams(kept).toString();
}

const id = encodeURIComponent;

export const desk = {
  me: () => request<Me>("me"),
  signIn: (body: { user: string; password: string; otp?: string }) => request<Me>("sign-in", body),
  signOut: () => request<void>("sign-out", {}),

  conversations: (state: ConversationState, after: string | null) =>
    request<Page<ConversationItem>>(`conversations?${query({ state, after })}`),
  conversation: (number: string) => request<Conversation>(`conversations/${id(number)}`),
  take: (number: string, version: number) => request<unknown>(`conversations/${id(number)}/take`, { version }),
  giveBack: (number: string, version: number) => request<unknown>(`conversations/${id(number)}/return`, { version }),
  close: (number: string, version: number) => request<unknown>(`conversations/${id(number)}/close`, { version }),
  transfer: (number: string, body: { version: number; to: string; note: string }) =>
    request<unknown>(`conversations/${id(number)}/transfer`, body),
  write: (number: string, body: { client_id: string; text: string }) =>
    request<{ warnings?: unknown[] | null } | undefined>(`conversations/${id(number)}/messages`, body),

  staff: () => request<Page<Colleague>>("staff"),

  tickets: (state: string, q: string, after: string | null) =>
    request<Page<TicketItem>>(`tickets?${query({ state, q, after })}`),
  ticket: (number: string) => request<Ticket>(`tickets/${id(number)}`),
  decide: (number: string, body: { version: number; outcome: Outcome; text: string }) =>
    request<unknown>(`tickets/${id(number)}/decide`, body),
};
