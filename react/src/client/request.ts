// One HTTP request to the server: token, JSON, idempotency key, time limit, a few retries, and errors that explain themselves.
import { FairminuteError } from "@fairminute/core";
import type { KeyRing } from "./keyRing.ts";
import { readProblem, unreachable } from "./problem.ts";

/** Gives the bearer token, or null when nobody is signed in. */
export type TokenSource = string | null | (() => string | null | Promise<string | null>);

export type RequestWorld = {
  baseUrl: string;
  token: TokenSource;
  fetch: typeof fetch;
  keys: KeyRing;
  wait: (ms: number) => Promise<void>;
};

export type Method = "GET" | "POST" | "PUT";
export type Request = <Answer>(method: Method, path: string, body?: unknown, manner?: Manner) => Promise<Answer>;

export type Manner = {
  /** The request outlives the page that makes it: for a last word when the page goes away. */
  keepalive?: boolean;
  /** A POST that may be repeated by nature, such as a heartbeat: it carries no key, so that no answer is ever given twice. */
  repeatable?: boolean;
};

const timeLimitMs = 15_000;
const retryAfterMs = [300, 1200];

/**
 * Makes the function that asks the server. GET and PUT may be repeated by nature, POST because every attempt of one request
 * carries the same Idempotency-Key (or says that it needs none). Throws FairminuteError; `isUnreachable` tells a missing answer from a refusal.
 */
export function createRequest(world: RequestWorld): Request {
  return async function request<Answer>(
    method: Method,
    path: string,
    body?: unknown,
    manner: Manner = {},
  ): Promise<Answer> {
    const text = body === undefined ? null : JSON.stringify(body);
    const identity = `${method} ${path} ${text ?? ""}`;
    const key = method === "POST" && manner.repeatable !== true ? world.keys.keyFor(identity) : null;
    const keepalive = manner.keepalive === true;
    for (let attempt = 0; ; attempt++) {
      try {
        const answer = await sendOnce<Answer>(world, { method, path, text, key, keepalive });
        world.keys.settle(identity);
        return answer;
      } catch (error) {
        const definite = !isOutcomeUnknown(error);
        if (definite) world.keys.settle(identity);
        const delay = retryAfterMs[attempt];
        if (definite || delay === undefined) throw error;
        await world.wait(delay);
      }
    }
  };
}

type Attempt = { method: Method; path: string; text: string | null; key: string | null; keepalive: boolean };

async function sendOnce<Answer>(world: RequestWorld, attempt: Attempt): Promise<Answer> {
  const { method, path, text, key, keepalive } = attempt;
  const headers: Record<string, string> = { accept: "application/json" };
  const token = typeof world.token === "function" ? await world.token() : world.token;
  if (token !== null) headers.authorization = `Bearer ${token}`;
  if (text !== null) headers["content-type"] = "application/json";
  if (key !== null) headers["idempotency-key"] = key;
  let status: number;
  let answerText: string;
  try {
    const response = await world.fetch(world.baseUrl + path, {
      method,
      headers,
      signal: AbortSignal.timeout(timeLimitMs),
      ...(text === null ? {} : { body: text }),
      ...(keepalive ? { keepalive } : {}),
    });
    status = response.status;
    answerText = await response.text();
  } catch (cause) {
    throw unreachable(cause);
  }
  const answer = readJson(answerText);
  if (status >= 200 && status < 300) return answer as Answer;
  throw readProblem(answer, status);
}

function readJson(text: string): unknown {
  try {
    return text === "" ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

/** No answer, or an answer of the machinery (5xx, 429): the request may or may not have had its effect. */
function isOutcomeUnknown(error: unknown): boolean {
  if (!(error instanceof FairminuteError)) return true;
  const status = error.details?.status;
  return typeof status !== "number" || status >= 500 || status === 429;
}
