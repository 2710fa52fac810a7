// The one closed list of reasons for which Fairminute refuses something, and the error that carries them.

/** Every refusal code of the product: what it means, and whether the same request may succeed later. */
export const errorCodes = {
  invalid_request: { retryable: false, summary: "The request is malformed: a field is missing, unknown or wrong." },
  invalid_terms: { retryable: false, summary: "The terms of a call are not valid." },
  invalid_amount: { retryable: false, summary: "An amount must be a whole number of coins that is not negative." },
  amount_overflow: { retryable: false, summary: "An amount is too large to be kept exactly." },
  unauthenticated: { retryable: false, summary: "No valid token or key was given." },
  forbidden: { retryable: false, summary: "You may not do this." },
  not_found: { retryable: false, summary: "There is nothing here." },
  call_not_found: { retryable: false, summary: "There is no such call, or you are not a party of it." },
  creator_not_found: { retryable: false, summary: "There is no such creator." },
  creator_unavailable: { retryable: true, summary: "The creator does not take calls now." },
  cannot_call_yourself: { retryable: false, summary: "Payer and payee must be two people." },
  insufficient_balance: { retryable: true, summary: "The wallet does not hold enough coins." },
  not_funded: { retryable: true, summary: "The deposit of the call has not been seen on the chain yet." },
  wallet_not_linked: {
    retryable: false,
    summary: "A call that is paid on a chain needs a linked wallet on both sides.",
  },
  wallet_taken: { retryable: false, summary: "The wallet is linked to somebody else." },
  invalid_signature: { retryable: false, summary: "The message was not signed as it should be." },
  payment_not_proven: { retryable: false, summary: "The transaction does not pay this call." },
  call_not_pending: { retryable: false, summary: "The call no longer waits for an answer." },
  call_not_accepted: { retryable: true, summary: "The call was not accepted yet." },
  call_already_started: { retryable: false, summary: "The call has started and can only be ended." },
  call_already_ended: { retryable: false, summary: "The call is over." },
  call_not_joinable: { retryable: false, summary: "The call cannot be joined in its present status." },
  too_many_calls: { retryable: true, summary: "The user has as many calls at once as the terms allow." },
  idempotency_key_reused: { retryable: false, summary: "The idempotency key was used with another request." },
  unknown_preset: { retryable: false, summary: "There is no preset of this name." },
  currency_mismatch: { retryable: false, summary: "Two amounts of different currencies cannot be joined." },
  rate_limited: { retryable: true, summary: "Too many requests." },
  payload_too_large: { retryable: false, summary: "The request body is too large." },
  unsupported_media_type: { retryable: false, summary: "The request body has a type that is not understood." },
  method_not_allowed: { retryable: false, summary: "This address does not know the method." },
  invalid_cursor: { retryable: false, summary: "The page cursor is not one that we gave." },
  provider_not_configured: { retryable: false, summary: "The provider of the call is not configured." },
  provider_unavailable: { retryable: true, summary: "The provider of the call does not answer." },
  chain_unavailable: { retryable: true, summary: "The chain cannot be asked." },
  room_in_use: { retryable: true, summary: "Another call is under way in the provider's room." },
  webhook_not_found: { retryable: false, summary: "There is no such webhook or room to adopt." },
  already_in_queue: { retryable: false, summary: "You are in the matchmaking queue already, for something else." },
  database_unavailable: { retryable: true, summary: "The database cannot be reached." },
  not_ready: { retryable: true, summary: "The server is starting or stopping." },
  internal_error: { retryable: true, summary: "Something broke on our side." },
} as const satisfies Record<string, { retryable: boolean; summary: string }>;

export type ErrorCode = keyof typeof errorCodes;

/**
 * A refusal. `code` comes from the closed list, `param` names the field at fault (or null), `details` carries
 * figures such as `{ required, available }` (or null).
 */
export class FairminuteError extends Error {
  readonly code: ErrorCode;
  readonly param: string | null;
  readonly details: Record<string, unknown> | null;

  constructor(
    code: ErrorCode,
    message: string,
    options: { param?: string | null; details?: Record<string, unknown> | null; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "FairminuteError";
    this.code = code;
    this.param = options.param ?? null;
    this.details = options.details ?? null;
  }

  /** Whether the same request may succeed when it is sent again later. */
  get retryable(): boolean {
    return errorCodes[this.code].retryable;
  }
}
