/** What the chat api sends. Unknown fields are ignored, so the server may add some. */

export type Speaker = "customer" | "bot" | "agent" | "system";
export type Owner = "bot" | "queue" | "agent";

export interface Choice {
  title: string;
  /** Option id issued by the server; goes back as it came. */
  choice: string;
}

export interface Agent {
  work_no: string;
  role?: string | null;
}

export interface Message {
  /** Place in the conversation; the only order messages are shown in. */
  seq: number;
  id: string;
  by: Speaker;
  text: string;
  buttons?: Choice[] | null;
  agent?: Agent | null;
  /** ISO 8601 with offset. */
  at: string;
  /** Only on own messages, and only if the server tells it. */
  client_id?: string | null;
}

export interface Update {
  messages: Message[];
  owner: Owner;
  queue?: { position?: number | null; eta_s?: number | null } | null;
  agent?: Agent | null;
  typing?: boolean | null;
  last_seq: number;
  /** Grows with every change of owner. */
  version?: number;
}

export interface Session {
  conversation_id: string;
  token: string;
  expires_at: string;
}

export interface Receipt {
  seq: number;
  message_id: string;
  duplicate: boolean;
}
