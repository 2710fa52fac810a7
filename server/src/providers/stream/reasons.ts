// The table of the texts that come with a leave or a refusal, and what little each of them is worth.

/** What is written on a leave. None of them is intent. */
export type LeaveWord = "connection_lost" | "technical" | "unknown";

/**
 * The reason of a leave is a text that the client's own code makes up: the words of an app, of a version, of a forger. So
 * it never proves that somebody wished to go, and never that they stayed: the connection is over, whatever the text says.
 * A connection that was replaced after a reconnect is over too; the person is not, since their new one counts. Otherwise a
 * forged text would keep a payee present, and paid, who has long gone.
 */
export const leaveTexts: readonly { readonly pattern: RegExp; readonly word: LeaveWord; readonly meaning: string }[] = [
  {
    pattern: /closing previous ws|reconnect|rejoin|migrat/,
    word: "technical",
    meaning: "the client replaced the connection by another one",
  },
  {
    pattern:
      /timeout|timed out|network|offline|connection (lost|closed|failed|error)|ice (failed|disconnected)|no pong/,
    word: "connection_lost",
    meaning: "the client, or the media server, speaks of a lost network",
  },
  {
    pattern: /sfu error|\berror\b|failed|crash/,
    word: "technical",
    meaning: "something broke",
  },
];

/** The word for a leave's text; "unknown" for every text that is not clearly technical, and for none. */
export function readLeaveText(text: string | null): LeaveWord {
  const lowered = text?.toLowerCase() ?? "";
  return leaveTexts.find(({ pattern }) => pattern.test(lowered))?.word ?? "unknown";
}

/** The words that Stream's clients send with a refused call. The text is free: others are not repeated. */
const refusals: ReadonlySet<string> = new Set(["decline", "rejected", "cancel", "busy", "timeout"]);

/** The reason of a refused call. */
export function readRefusalText(text: string | null): string {
  return text !== null && refusals.has(text) ? text : "unknown";
}
