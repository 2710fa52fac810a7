// The answer to a request that carries a key, kept by the very statement that carries the request out: both or neither.
import type { CallJson } from "./json.ts";
import type { StoredCall } from "./stored.ts";

/** A request with a key, whose answer is the call as its one write leaves it. */
export interface Keeping {
  /** Whose key it is, the key, and what was asked with it. */
  scope: string;
  key: string;
  fingerprint: string;
  /** The answer's status. */
  status: number;
  /** The call as it was answered, once that is kept. It stays null when nothing had to be written: then there was no effect either. */
  kept: CallJson | null;
  /** Set when the key was used before: the request was not carried out. */
  isUsed: boolean;
}

/** What the hall needs to keep an answer: the request, and the call as whoever asks sees it. */
export interface Keep {
  keeping: Keeping;
  tell: (call: StoredCall) => CallJson;
}

/** One answer of a batch. */
export interface KeptAnswer {
  callId: string;
  keeping: Keeping;
  call: CallJson;
}

/** The rows of write_calls' parameter, the bodies beside them: those are long, and need no second quoting there. */
export function keptRows(answers: readonly KeptAnswer[]): { rows: unknown[][]; bodies: string[] } {
  return {
    rows: answers.map(({ callId, keeping: { scope, key, fingerprint, status } }) => [
      callId,
      scope,
      key,
      fingerprint,
      status,
    ]),
    bodies: answers.map(({ call }) => JSON.stringify({ call })),
  };
}
