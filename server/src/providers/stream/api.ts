// Stream's REST API: one request, and the one way in which it fails.
import { FairminuteError } from "@fairminute/core";
import { signServerToken } from "./tokens.ts";
import { numberAt, textAt } from "./wire.ts";

/** Where the API is, and who asks. `apiUrl` null: Stream's own address. */
export type StreamApiConfig = {
  readonly apiKey: string;
  readonly secretKey: string;
  readonly apiUrl: string | null;
  /** How long one request may take; 5 seconds when it is not given. */
  readonly timeoutMs?: number;
};

/** An answer that means something: a success, or a refusal (status 400 to 499) that the caller has to read. */
export type StreamAnswer = { readonly status: number; readonly ok: boolean; readonly body: unknown };

/** Stream's API under one app's keys. */
export type StreamApi = {
  readonly apiUrl: string;
  send(method: "GET" | "POST" | "PATCH", path: string, options?: StreamRequest): Promise<StreamAnswer>;
};
export type StreamRequest = { query?: Readonly<Record<string, string>>; body?: unknown };

export const streamVideoUrl = "https://video.stream-io-api.com";
/** Users are kept by the part of Stream that serves chat; a base address of one's own serves everything. */
const streamUsersUrl = "https://chat.stream-io-api.com";
const timeoutMsDefault = 5_000;
const answerMaxBytes = 8 * 1024 * 1024;

/** A provider that did not answer, or not with sense. `details` never hold a key or a token. */
export function unavailable(what: string, details: Record<string, unknown> = {}, cause?: unknown): FairminuteError {
  return new FairminuteError("provider_unavailable", `Stream ${what}.`, {
    details: { provider: "stream", ...details },
    cause,
  });
}

/** The refusal of a request that should have been granted, told as what it is for us: Stream is of no use now. */
export function refused(what: string, { status, body }: StreamAnswer): FairminuteError {
  return unavailable(`refused ${what}`, { status, code: numberAt(body, "code"), says: textAt(body, "message") });
}

/**
 * Whether Stream itself says that there is no such thing. A 404 in any other shape comes from something in between, or from
 * a wrong address: it is no word about the call.
 */
export function saysMissing({ status, body }: StreamAnswer): boolean {
  return status === 404 && numberAt(body, "code") !== null;
}

/** These statuses say nothing about what was asked: our keys are wrong, or it is too much, or too slow. */
const meaningless = new Set([401, 403, 407, 408, 425, 429]);

async function readAnswer(response: Response, path: string): Promise<StreamAnswer> {
  const { status } = response;
  const text = await response.text();
  const isOk = status >= 200 && status < 300;
  if (status >= 500 || meaningless.has(status) || (!isOk && status < 400)) {
    throw unavailable(`answered ${status}`, { status, path });
  }
  if (text.length > answerMaxBytes) throw unavailable("answered without end", { status, path });
  let body: unknown = null;
  try {
    body = JSON.parse(text);
  } catch (error) {
    if (isOk) throw unavailable("answered something that is not JSON", { status, path }, error);
  }
  const isObject = typeof body === "object" && body !== null && !Array.isArray(body);
  if (isOk && !isObject) throw unavailable("answered nonsense", { status, path });
  return { status, ok: isOk, body: isObject ? body : null };
}

/** Makes the API of one app. Everything that is not a plain answer is refused with `provider_unavailable`. */
export function createStreamApi(config: StreamApiConfig, world: { fetch: typeof fetch }): StreamApi {
  const apiUrl = (config.apiUrl ?? streamVideoUrl).replace(/\/+$/, "");
  const usersUrl = config.apiUrl === null ? streamUsersUrl : apiUrl;
  const { apiKey, secretKey, timeoutMs = timeoutMsDefault } = config;
  const serverToken = signServerToken(secretKey);
  // A key that cannot sign shows when it is used, in the request that asked for it.
  serverToken.catch(() => {});
  return {
    apiUrl,
    async send(method, path, { query = {}, body } = {}) {
      const base = path.startsWith("/api/v2/users") ? usersUrl : apiUrl;
      const url = `${base}${path}?${new URLSearchParams({ api_key: apiKey, ...query })}`;
      const headers = {
        accept: "application/json",
        authorization: await serverToken,
        "stream-auth-type": "jwt",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      };
      const options: RequestInit = { method, headers, redirect: "manual", signal: AbortSignal.timeout(timeoutMs) };
      if (body !== undefined) options.body = JSON.stringify(body);
      try {
        return await readAnswer(await world.fetch(url, options), path);
      } catch (error) {
        if (error instanceof FairminuteError) throw error;
        throw unavailable("does not answer", { path }, error);
      }
    },
  };
}
