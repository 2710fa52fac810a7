// The one table from refusal codes to HTTP statuses, and the problem (RFC 9457) that every error becomes.
import { type ErrorCode, errorCodes, FairminuteError } from "@fairminute/core";
import { DatabaseError } from "../db/database.ts";

/** Every refusal code has exactly one status. */
export const statusOf: Readonly<Record<ErrorCode, number>> = {
  invalid_request: 400,
  invalid_terms: 400,
  invalid_amount: 400,
  amount_overflow: 400,
  invalid_cursor: 400,
  unknown_preset: 400,
  currency_mismatch: 400,
  cannot_call_yourself: 400,
  invalid_signature: 400,
  unauthenticated: 401,
  insufficient_balance: 402,
  not_funded: 402,
  forbidden: 403,
  not_found: 404,
  webhook_not_found: 404,
  call_not_found: 404,
  creator_not_found: 404,
  method_not_allowed: 405,
  creator_unavailable: 409,
  call_not_pending: 409,
  call_not_accepted: 409,
  call_already_started: 409,
  call_already_ended: 409,
  call_not_joinable: 409,
  too_many_calls: 409,
  wallet_not_linked: 409,
  wallet_taken: 409,
  payment_not_proven: 409,
  room_in_use: 409,
  already_in_queue: 409,
  idempotency_key_reused: 409,
  payload_too_large: 413,
  unsupported_media_type: 415,
  rate_limited: 429,
  internal_error: 500,
  provider_not_configured: 503,
  chain_unavailable: 503,
  provider_unavailable: 503,
  database_unavailable: 503,
  not_ready: 503,
};

/** What every error looks like on the wire, as `application/problem+json`. */
export interface Problem {
  /** Where this kind of error is explained. */
  type: string;
  title: string;
  status: number;
  code: ErrorCode;
  /** Safe to show to a person. */
  message: string;
  /** The field or header that was wrong, as a path with dots. */
  param: string | null;
  requestId: string;
  /** Whether the same request may succeed later. */
  retryable: boolean;
  /** insufficient_balance only: what was needed, and what there was. */
  required?: number;
  available?: number;
  details?: Record<string, unknown>;
}

interface ValidationIssue {
  instancePath: string;
  message: string;
  params?: { keys?: string[] };
}
interface ThrownByFastify {
  code?: string;
  statusCode?: number;
  message: string;
  validation?: ValidationIssue[];
  validationContext?: string;
}

/** Errors that Fastify itself throws before a route is reached. */
const fastifyErrors: Readonly<Record<string, [ErrorCode, string]>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    "unsupported_media_type",
    "The body must be JSON: send content-type: application/json.",
  ],
  FST_ERR_CTP_BODY_TOO_LARGE: ["payload_too_large", "The body is larger than 64 kB."],
  FST_ERR_CTP_INVALID_JSON_BODY: ["invalid_request", "The body is not valid JSON."],
  FST_ERR_CTP_EMPTY_JSON_BODY: ["invalid_request", "The body is empty."],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ["invalid_request", "The body is not as long as its content-length says."],
  FST_ERR_MAX_PARAM_LENGTH: ["not_found", "There is nothing at an address as long as this."],
  FST_ERR_BAD_URL: ["invalid_request", "The address is not a valid URL."],
};

/** What the database says about a request that no schema could catch. Everything else it says is our own fault. */
const sqlRefusals: Readonly<Record<string, [ErrorCode, string]>> = {
  "22003": ["amount_overflow", "An amount grew too large to be kept exactly."],
  "22021": ["invalid_request", "A text has characters that cannot be kept."],
  "22P05": ["invalid_request", "A text has characters that cannot be kept."],
};

/**
 * SQLSTATEs that say "not now": disk full, out of memory, too many connections, cancelled, serialization, deadlock, lock not
 * available, read-only (a standby, or somebody's decision), and a disk that fails.
 */
const passingSqlstates = new Set("53100 53200 53300 53400 57014 40001 40P01 55P03 25006 58030".split(" "));

/** One zod issue as a sentence with its field. Parameters of an address have no parts: `status=a,b` is one. */
function readIssue(issue: ValidationIssue, inQuery: boolean): { param: string | null; message: string } {
  const path = issue.instancePath
    .split("/")
    .filter((part) => part !== "")
    .slice(0, inQuery ? 1 : undefined);
  const keys = issue.params?.keys ?? [];
  if (keys.length > 0) {
    const param = [...path, keys[0]].join(".");
    return { param, message: `${param} is not a known field.` };
  }
  const param = path.length > 0 ? path.join(".") : null;
  if (param !== null && issue.message.endsWith("received undefined"))
    return { param, message: `${param} is required.` };
  return { param, message: param === null ? issue.message : `${param}: ${issue.message}` };
}

/** What a refusal says, whoever threw it. Nothing of an unknown error is told. */
function readError(error: unknown): {
  code: ErrorCode;
  message: string;
  param: string | null;
  details: Record<string, unknown> | null;
} {
  if (error instanceof FairminuteError) {
    return { code: error.code, message: error.message, param: error.param, details: error.details };
  }
  const plain = { param: null, details: null };
  if (error instanceof DatabaseError && (error.connectionLost || passingSqlstates.has(error.sqlstate ?? ""))) {
    return {
      code: "database_unavailable",
      message: "The database cannot be reached at the moment. Try again soon.",
      ...plain,
    };
  }
  const thrown = error as ThrownByFastify;
  if (Array.isArray(thrown?.validation)) {
    const issues = thrown.validation.map((issue) => readIssue(issue, thrown.validationContext === "querystring"));
    const { param, message } = issues[0] ?? { param: null, message: "The request is not valid." };
    return { code: "invalid_request", param, message, details: { issues } };
  }
  const known = error instanceof DatabaseError ? sqlRefusals[error.sqlstate ?? ""] : fastifyErrors[thrown?.code ?? ""];
  if (known) return { code: known[0], message: known[1], ...plain };
  // What is left are refusals of Fastify and of its file server: JSON that does not parse, and paths that lead out of the folder.
  const status = thrown?.statusCode ?? 500;
  if (status === 403 || status === 404) return { code: "not_found", message: "There is nothing here.", ...plain };
  if (status >= 400 && status < 500) return { code: "invalid_request", message: "The request is not valid.", ...plain };
  return {
    code: "internal_error",
    message: "Something went wrong on our side. Nothing was done twice; it is safe to try again.",
    ...plain,
  };
}

/**
 * Turns anything that was thrown into a problem.
 * @param error a FairminuteError says what it means; anything unknown becomes `internal_error` and tells nothing
 */
export function toProblem(error: unknown, requestId: string): Problem {
  const { code, message, param, details } = readError(error);
  const { summary, retryable } = errorCodes[code];
  const { required, available, ...more } = details ?? {};
  return {
    type: `/docs/errors#${code}`,
    title: summary,
    status: statusOf[code],
    code,
    message,
    param,
    requestId,
    retryable,
    ...(typeof required === "number" ? { required } : {}),
    ...(typeof available === "number" ? { available } : {}),
    ...(Object.keys(more).length > 0 ? { details: more } : {}),
  };
}

/** A problem as text, its fields always in one order, so that a repeated answer is the same to the last byte. */
export function writeProblem(problem: Problem): string {
  const { type, title, status, code, message, param, requestId, retryable, required, available, details } = problem;
  return JSON.stringify({
    type,
    title,
    status,
    code,
    message,
    param,
    requestId,
    retryable,
    required,
    available,
    details,
  });
}
