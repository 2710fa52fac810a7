// Turns what came back over the wire (RFC 9457 problems, or nothing at all) into the product's one error class.
import { type ErrorCode, errorCodes, FairminuteError } from "@fairminute/core";

type Problem = {
  code?: unknown;
  message?: unknown;
  title?: unknown;
  param?: unknown;
  status?: unknown;
  requestId?: unknown;
  details?: unknown;
  required?: unknown;
  available?: unknown;
};

/** Reads a problem body. A code this version does not know becomes internal_error and is kept in the details. */
export function readProblem(body: unknown, status: number): FairminuteError {
  const problem: Problem = typeof body === "object" && body !== null ? body : {};
  const given = typeof problem.code === "string" ? problem.code : "";
  const code: ErrorCode = Object.hasOwn(errorCodes, given) ? (given as ErrorCode) : codeOfStatus(status);
  const message = [problem.message, problem.title].find((text) => typeof text === "string") as string | undefined;
  const details: Record<string, unknown> = {
    ...(typeof problem.details === "object" && problem.details !== null ? problem.details : {}),
    status: typeof problem.status === "number" ? problem.status : status,
  };
  for (const name of ["required", "available", "requestId"] as const) {
    if (problem[name] !== undefined && problem[name] !== null) details[name] = problem[name];
  }
  if (given !== "" && given !== code) details.code = given;
  return new FairminuteError(code, message ?? errorCodes[code].summary, {
    param: typeof problem.param === "string" ? problem.param : null,
    details,
  });
}

function codeOfStatus(status: number): ErrorCode {
  if (status === 401) return "unauthenticated";
  if (status === 403) return "forbidden";
  if (status === 404) return "not_found";
  if (status === 429) return "rate_limited";
  if (status === 502 || status === 503 || status === 504) return "not_ready";
  return status >= 400 && status < 500 ? "invalid_request" : "internal_error";
}

/** The error of a server that gave no answer at all: whether the request arrived is unknown. */
export function unreachable(cause: unknown): FairminuteError {
  return new FairminuteError("not_ready", "The server did not answer.", { details: { unreachable: true }, cause });
}

/** True when no answer came back (offline, server down, time ran out). */
export function isUnreachable(error: unknown): boolean {
  return error instanceof FairminuteError && error.details?.unreachable === true;
}

/** True when the same request may be answered differently later. */
export function isRetryable(error: unknown): boolean {
  return error instanceof FairminuteError && errorCodes[error.code].retryable;
}
