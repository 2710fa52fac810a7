// What each error code means and what to do about it. docs/errors.md and /docs/errors are written from this list.
import { type ErrorCode, errorCodes } from "@fairminute/core";
import { statusOf } from "./errors.ts";

interface Advice {
  /** When it happens. */
  means: string;
  /** What the caller can do. */
  todo: string;
}

export const errorGuide: Readonly<Record<ErrorCode, Advice>> = {
  invalid_request: {
    means:
      "A field, a parameter or a header is missing, unknown, of the wrong type or out of its range, or the body is not JSON. `param` names the first one; `details.issues` lists all of them.",
    todo: "Correct the field and send the request again, with a new Idempotency-Key.",
  },
  invalid_terms: {
    means:
      "Terms of a call contradict themselves or name a value that does not exist. The message says where, what was found and what was expected.",
    todo: "Correct the terms. Start from a preset and change one thing at a time.",
  },
  invalid_amount: {
    means: "An amount is not a whole number of coins from 0 to 9,007,199,254,740,991.",
    todo: "Send coins as a whole number. There are no fractions of a coin.",
  },
  amount_overflow: {
    means:
      "A sum is too large to be kept, or to be written in JSON, without losing a coin. It is refused rather than rounded.",
    todo: "Use smaller amounts.",
  },
  unauthenticated: {
    means:
      "There is no token or key, or it is not valid: expired, signed with another secret or algorithm, from another issuer, or for another audience. The header WWW-Authenticate says which.",
    todo: "Get a new token from your application and send it as `Authorization: Bearer …`. For every user's token `exp` and `sub` are required.",
  },
  forbidden: {
    means:
      "You are known, but this is not yours to do: only the person who is called can accept or reject, and a user's token speaks for that user only.",
    todo: "Let the other side do it, or let your backend do it with the secret key.",
  },
  not_found: {
    means: "There is nothing at this address. In production the sandbox's routes are such addresses.",
    todo: "Compare the address with /docs.",
  },
  call_not_found: {
    means:
      "There is no such call, or you are not one of its two parties. The two are not told apart, so that nobody can find out which calls exist.",
    todo: "Check the id, and whose token you send.",
  },
  creator_not_found: {
    means: "The person you want to call was never here.",
    todo: "Let the creator sign in once, or let your backend write their creator settings with `Fairminute-User`.",
  },
  creator_unavailable: {
    means: "The creator has switched calls off (`isAvailableForCalls`). Nothing was held.",
    todo: "Try later. GET /api/creators shows who can be called now.",
  },
  cannot_call_yourself: {
    means: "Payer and creator are the same user.",
    todo: "Call somebody else.",
  },
  insufficient_balance: {
    means:
      "The wallet cannot pay for the estimated minutes, or for the creator's minimum call duration if that is longer; or a payout is larger than what can be spent. `required` and `available` are in coins. No call was made, nothing was held or paid out.",
    todo: "Top up by the difference (`POST /api/wallets/:userId/top-ups`, by the backend), or estimate fewer minutes.",
  },
  not_funded: {
    means:
      "The call is paid from an escrow on a chain, and its deposit has not been seen there with enough confirmations, or the chain has taken it back. Nobody can enter the room before.",
    todo: "Open the session in the contract (GET /api/calls/{id}/escrow says how), wait for `call:funded`, then join.",
  },
  wallet_not_linked: {
    means:
      "A call that is paid on a chain needs the wallet of both people, each proved by a signed message. The message names whose is missing.",
    todo: "Link it: POST /api/wallets/challenge, sign, POST /api/wallets.",
  },
  wallet_taken: {
    means: "The wallet is linked to somebody else already. An address belongs to one person, for ever.",
    todo: "Link another wallet, or sign in as the person who linked this one.",
  },
  invalid_signature: {
    means:
      "The message is no challenge that was made for you, was answered before or is older than ten minutes, or the signature under it is not that of the wallet it names.",
    todo: "Ask for a new challenge and sign exactly its message with the wallet that it names.",
  },
  payment_not_proven: {
    means:
      "The transaction is in a block, and it did not pay this call: it failed, came from another contract, or ended another session. The message says which. Nothing was changed.",
    todo: "Send the transaction that ended this call's session. A payment that is not told is found on the chain as well.",
  },
  call_not_pending: {
    means: "The call no longer rings: it was rejected, cancelled, missed or is over.",
    todo: "Read the call and show its status.",
  },
  call_not_accepted: {
    means: "This needs a call that the creator has accepted.",
    todo: "Wait for the acceptance.",
  },
  call_already_started: {
    means: "Both people are talking, so the call can no longer be cancelled.",
    todo: "End it instead: POST /api/calls/{id}/end.",
  },
  call_already_ended: {
    means: "The call is over; its status and its charge are final.",
    todo: "Read the call or its receipt.",
  },
  call_not_joinable: {
    means: "A room can be entered while the call is accepted or active, and at no other time.",
    todo: "Wait for the acceptance; after the end, call again.",
  },
  too_many_calls: {
    means:
      "The terms or the server allow this user only so many calls at once; or who looks for a match is in a call already; or one socket is in four calls.",
    todo: "End one of them first.",
  },
  idempotency_key_reused: {
    means:
      "The same Idempotency-Key came with another request before. The first request stands; this one had no effect.",
    todo: "Use a new key for every new request, and the same key only to repeat one.",
  },
  unknown_preset: {
    means: "There is no set of terms of this name.",
    todo: "GET /api/presets lists the presets with their terms.",
  },
  currency_mismatch: {
    means: "Two amounts of different currencies met in one transfer.",
    todo: "Keep one currency in a call.",
  },
  rate_limited: {
    means: "Too many requests in a short time.",
    todo: "Wait, then try again more slowly.",
  },
  payload_too_large: {
    means: "The body is larger than 64 kB, or that of a webhook than 1 MB.",
    todo: "Send less at once.",
  },
  unsupported_media_type: {
    means: "The body is not sent as JSON.",
    todo: "Send `content-type: application/json`.",
  },
  method_not_allowed: {
    means: "The address exists, the method does not. The header Allow lists those that do.",
    todo: "Compare the method with /docs.",
  },
  invalid_cursor: {
    means: "The cursor of a list is not one that this list returned.",
    todo: "Send `nextCursor` exactly as it came, or begin again without a cursor.",
  },
  provider_not_configured: {
    means: "What this needs (a video provider, a secret) is not set up on this server.",
    todo: "Ask whoever runs the server to set it; the message names the setting.",
  },
  provider_unavailable: {
    means: "The video provider (LiveKit, Stream) does not answer, or answers nonsense. Nothing was changed.",
    todo: "Try again after a moment. Calls under way go on: they end by their deadlines at the latest.",
  },
  chain_unavailable: {
    means: "No node of the chain answers, or what answers is another chain or another contract than the settings say.",
    todo: "Try again in a moment. Payments that are made meanwhile are found afterwards.",
  },
  room_in_use: {
    means: "The provider's room carries another live call. One room has one call at a time.",
    todo: "End that call first, or name another room.",
  },
  webhook_not_found: {
    means: "No room of that name waits to be adopted, or none of its webhooks is in doubt.",
    todo: "List the unmatched ones: GET /api/webhooks/unmatched.",
  },
  already_in_queue: {
    means: "You wait in the matchmaking queue already, with other wishes than this request names.",
    todo: "Leave the queue first: POST /api/matchmaking/leave.",
  },
  database_unavailable: {
    means:
      "The database cannot be reached or is too busy at this moment. Whether the request had an effect may be unknown.",
    todo: "Try again after a moment, with the same Idempotency-Key: it has at most one effect.",
  },
  not_ready: {
    means:
      "The server is starting or stopping, its database lacks a migration or takes no writes, or the issuer's keys cannot be fetched.",
    todo: "Try again after a moment. If it stays, see /readyz and the server's log.",
  },
  internal_error: {
    means: "Something broke on our side. Details are in the server's log under the request id, and nowhere else.",
    todo: "Try again with the same Idempotency-Key. If it stays, report the `requestId`.",
  },
};

/** Every code in the order of its status, then by name. */
export function codesInOrder(): ErrorCode[] {
  const codes = Object.keys(errorGuide) as ErrorCode[];
  return codes.sort((a, b) => statusOf[a] - statusOf[b] || a.localeCompare(b));
}

/** The text of docs/errors.md. */
export function writeErrorGuide(): string {
  const chapters = codesInOrder().map((code) => {
    const { means, todo } = errorGuide[code];
    const again = errorCodes[code].retryable
      ? "The same request may succeed later."
      : "The same request will be refused again.";
    return `## ${code}\n\n**${statusOf[code]}** ${errorCodes[code].summary} ${again}\n\n${means}\n\n**What to do:** ${todo}\n`;
  });
  return `# Errors

Every error is an \`application/problem+json\` (RFC 9457) with these fields: \`type\` (a link to this page), \`title\`, \`status\`, \`code\`,
\`message\` (a sentence that can be shown to a person), \`param\` (the field that was wrong), \`requestId\`, \`retryable\`, and
\`required\` and \`available\` when money is short, and \`details\` where there is more to say. Programs should look at \`code\`; the list below
is closed. With an Idempotency-Key a refusal is kept like any other answer, but for 401, 403, 429 and those from 500 on: whoever tries
again later takes a new key.

${chapters.join("\n")}`;
}
