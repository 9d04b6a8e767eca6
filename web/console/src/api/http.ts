/** A refusal, or (status 0) no answer. `detail` is a sentence for people. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly body: Record<string, unknown> = {},
  ) {
    super(detail);
  }
}

const SAYS: Record<number, string> = {
  0: "连接不上服务器，请检查网络后再试。",
  401: "登录已失效，请重新登录。",
  403: "您没有权限做这件事。",
  404: "没有找到，可能已被移走。",
  409: "刚刚有人改动过，请看最新情况后再操作。",
  429: "操作太频繁，请稍等再试。",
  503: "系统暂时不可用，刚才的操作没有生效。",
};

function cookie(name: string): string | null {
  const found = document.cookie.split("; ").find((pair) => pair.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : null;
}

async function refusal(response: Response): Promise<ApiError> {
  let body: Record<string, unknown> = {};
  try {
    body = (await response.json()) as Record<string, unknown>;
  } catch {
    // A proxy's error page: the status has to do.
  }
  const detail = typeof body.detail === "string" && body.detail ? body.detail : SAYS[response.status];
  const code = typeof body.error === "string" ? body.error : "";
  return new ApiError(response.status, code, detail ?? `出错了（${response.status}）。`, body);
}

/** Calls the desk api; a body makes it a POST, which carries the CSRF token. */
export async function request<T>(path: string, body?: unknown): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (body !== undefined) {
    headers["Content-Type"] = "application/json";
    const token = cookie("sanbian_csrf");
    if (token) headers["X-CSRF-Token"] = token;
  }
  let response: Response;
  try {
    response = await fetch(`/api/desk/${path}`, {
      method: body === undefined ? "GET" : "POST",
      headers,
      body: body === undefined ? null : JSON.stringify(body),
      cache: "no-store",
      signal: AbortSignal.timeout(20_000),
    });
  } catch {
    throw new ApiError(0, "no_answer", SAYS[0]!);
  }
  if (!response.ok) throw await refusal(response);
  if (response.status === 204) return undefined as T;
  try {
    return (await response.json()) as T;
  } catch {
    return undefined as T;
  }
}

export function detailOf(error: unknown): string {
  return error instanceof ApiError ? error.detail : "出错了，请重试。";
}
