// What the fake's API stands on, and the shape of its answers.
import type { FakeConnection } from "./calls.ts";
import type { Message } from "./messages.ts";
import type { StreamState } from "./state.ts";

/**
 * What can be wrong with the API. `lies`: "commands" says yes to every command and does nothing, "empty" says that nobody is
 * there, "ghosts" goes on showing people who have left.
 */
export type ApiTroubles = {
  /** Connections are cut before any answer. */
  apiDown: boolean;
  /** Every request is answered with 500. */
  apiFails: boolean;
  /** Every request is answered with 429. */
  apiLimited: boolean;
  /** Every request is answered with 200 and a page that is not JSON. */
  apiNonsense: boolean;
  /** Every answer comes so many milliseconds late. */
  apiSlowMs: number;
  apiLies: "commands" | "empty" | "ghosts" | null;
};

/** What the API stands on. */
export type ApiWorld = {
  keys: { apiKey: string; secretKey: string };
  trueNow(): number;
  state: StreamState;
  troubles: ApiTroubles;
  /** People who left while the API lied about it, by cid. */
  ghosts: Map<string, FakeConnection[]>;
  sleep(ms: number): Promise<void>;
  requests: RecordedRequest[];
};

/** A request that came in, and what was answered; null while no answer was given. */
export type RecordedRequest = { method: string; path: string; body: Message; status: number | null };

/** An answer before it is written. */
export type RestAnswer = { status: number; body: Message };

/** An error in Stream's shape. `duration` is how long the request took, as in every answer of theirs. */
export function restError(status: number, code: number, message: string): RestAnswer {
  const body = { code, message, StatusCode: status, duration: "0.52ms", details: [] };
  return { status, body: { ...body, more_info: "https://getstream.io/chat/docs/api_errors_response" } };
}

/** A success. `duration` is a trap that Stream really sets: it is the time that the request took. */
export function restAnswer(status: number, body: Message): RestAnswer {
  return { status, body: { duration: "7.33ms", ...body } };
}
