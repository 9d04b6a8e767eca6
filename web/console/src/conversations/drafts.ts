import { uuid } from "../lib/value";

/** What an agent is writing. In memory only: an answer to a customer does not belong in a browser's storage. */
export interface Draft {
  text: string;
  /** Sent with this text until it is accepted, so that a repeat is not a second message. */
  client_id: string;
}

const drafts = new Map<string, Draft>();

export const draftKey = (workNo: string, conversation: string) => `${workNo}/${conversation}`;

export function draftOf(key: string): Draft {
  return drafts.get(key) ?? { text: "", client_id: uuid() };
}

/** A changed text is another message and gets another id. */
export function keepDraft(key: string, text: string): Draft {
  const before = drafts.get(key);
  const draft = before?.text === text ? before : { text, client_id: uuid() };
  drafts.set(key, draft);
  return draft;
}

export function dropDraft(key: string): void {
  drafts.delete(key);
}
