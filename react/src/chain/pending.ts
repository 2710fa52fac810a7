// The session that is not paid yet, kept in sessionStorage under the name that its document gave it, so that a reload finds it.
import type { Hex } from "./wire.ts";

const key = "pendingSession";

/** Why payment is due. */
export type EndCause = "ended" | "connection-lost" | "heartbeat-timeout" | "by-hand";

/** What is kept: the four fields of the document, and how far the end has come. */
export type PendingCall = {
  /** The application's name of the call. */
  requestId: string;
  tutorAddress: string;
  studentAddress: string;
  languageId: number;
  /** Why the parties were asked to pay; absent while the call goes on. */
  cause?: EndCause | undefined;
  /** The transaction that was sent to end it. */
  transactionHash?: Hex | undefined;
};

export type PendingStorage = Pick<Storage, "getItem" | "setItem" | "removeItem">;

const causes: readonly string[] = ["ended", "connection-lost", "heartbeat-timeout", "by-hand"];

/** What was kept; null when there is nothing, or something that is no pending call. */
export function readPending(storage: PendingStorage): PendingCall | null {
  try {
    const found = JSON.parse(storage.getItem(key) ?? "null") as Partial<PendingCall> | null;
    if (typeof found?.requestId !== "string" || found.requestId === "") return null;
    const { requestId, tutorAddress = "", studentAddress = "", languageId = 0, cause, transactionHash } = found;
    return {
      requestId,
      tutorAddress: String(tutorAddress),
      studentAddress: String(studentAddress),
      languageId: Number(languageId),
      cause: cause !== undefined && causes.includes(cause) ? cause : undefined,
      transactionHash: /^0x[0-9a-f]{64}$/i.test(transactionHash ?? "") ? transactionHash : undefined,
    };
  } catch {
    return null;
  }
}

/** Keeps it for this tab; null forgets it. Without storage a reload asks the server instead. */
export function keepPending(storage: PendingStorage, pending: PendingCall | null): void {
  try {
    if (pending === null) storage.removeItem(key);
    else storage.setItem(key, JSON.stringify(pending));
  } catch {
    // Storage may be forbidden or full.
  }
}
