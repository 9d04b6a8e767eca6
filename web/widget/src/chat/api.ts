import type { Receipt, Session, Update } from "../types";

/** The server's refusal, or (status 0) no answer at all. `detail` is a sentence for the customer. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly detail: string,
    /** Seconds the server asked us to wait, 0 if it did not say. */
    readonly retryAfter: number,
  ) {
    super(detail || `HTTP ${status}`);
  }

  /** True when the same request may succeed later and must therefore be kept. */
  get temporary(): boolean {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

export interface ChatApi {
  start(locale: string): Promise<Session>;
  send(token: string, body: { client_id: string; text: string; choice?: string }): Promise<Receipt>;
  fetch(token: string, after: number, wait: number, seen?: number, signal?: AbortSignal): Promise<Update>;
}

async function refusal(response: Response): Promise<ApiError> {
  let detail = "";
  try {
    const body = (await response.json()) as { detail?: unknown };
    if (typeof body.detail === "string") detail = body.detail;
  } catch {
    // A proxy's error page is not for the customer.
  }
  return new ApiError(response.status, detail, Number(response.headers.get("Retry-After")) || 0);
}

async function call<T>(url: string, init: RequestInit, seconds: number, outer?: AbortSignal): Promise<T> {
  const abort = new AbortController();
  const stop = () => abort.abort();
  const timer = setTimeout(stop, seconds * 1000);
  outer?.addEventListener("abort", stop);
  try {
    const response = await fetch(url, { ...init, signal: abort.signal, cache: "no-store", credentials: "omit" });
    if (!response.ok) throw await refusal(response);
    return (await response.json()) as T;
  } catch (error) {
    throw error instanceof ApiError ? error : new ApiError(0, "", 0);
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener("abort", stop);
  }
}

export function httpApi(base: string): ChatApi {
  const path = `${base}/api/chat/`;
  const post = (body: unknown, headers: Record<string, string> = {}): RequestInit => ({
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
  return {
    start: (locale) => call(`${path}sessions`, post({ locale }), 15),
    send: (token, body) => call(`${path}messages`, post(body, bearer(token)), 20),
    fetch: (token, after, wait, seen, signal) =>
      call(`${path}messages?after=${after}&wait=${wait}${seen === undefined ? "" : `&seen=${seen}`}`, { headers: bearer(token) }, wait + 15, signal),
  };
}
