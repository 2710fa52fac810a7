// The problem that every error answer is.
import { type ErrorCode, errorCodes, FairminuteError } from "@fairminute/core";
import { z } from "zod";
import { type Problem, toProblem } from "../errors.ts";

const codes = Object.keys(errorCodes) as [ErrorCode, ...ErrorCode[]];

/** `application/problem+json` (RFC 9457). */
export const problemSchema = z
  .object({
    type: z.string().meta({ description: "Where this kind of error is explained." }),
    title: z.string(),
    status: z.int().min(400).max(599),
    code: z.enum(codes),
    message: z.string().meta({ description: "A sentence that can be shown to a person." }),
    param: z
      .string()
      .nullable()
      .meta({ description: "The field, header or parameter that was wrong, as a path with dots." }),
    requestId: z.string(),
    retryable: z.boolean().meta({ description: "Whether the same request may succeed later." }),
    required: z.int().optional().meta({ description: "insufficient_balance: the coins that were needed." }),
    available: z.int().optional().meta({ description: "insufficient_balance: the coins that there were." }),
    details: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ id: "Problem", description: "Every error, as application/problem+json (RFC 9457)." });

/** Fields that a code is about, for the examples. */
const exampleParams: { [C in ErrorCode]?: string } = {
  invalid_request: "estimatedMinutes",
  invalid_amount: "amount",
  invalid_cursor: "cursor",
  unknown_preset: "preset",
  unauthenticated: "Authorization",
  creator_not_found: "creatorId",
  creator_unavailable: "creatorId",
  cannot_call_yourself: "creatorId",
  idempotency_key_reused: "Idempotency-Key",
};

/** What one kind of problem looks like, for the documentation. */
export function exampleProblem(code: ErrorCode): Problem {
  const details = code === "insufficient_balance" ? { required: 300, available: 120 } : null;
  const error = new FairminuteError(code, `${errorCodes[code].summary}.`.replace(/\.\.$/, "."), {
    param: exampleParams[code] ?? null,
    details,
  });
  return toProblem(error, "req_01jd3v6k9q2m8r4t7w0x5y1z6a");
}
