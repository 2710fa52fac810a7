// Verifies that a webhook comes from LiveKit: a bare JWT in Authorization that is bound to the raw bytes of the body.
import { createHash, timingSafeEqual } from "node:crypto";
import { FairminuteError } from "@fairminute/core";
import { compactVerify, decodeJwt, decodeProtectedHeader, type JWTPayload } from "jose";
import type { WebhookRequest } from "../provider.ts";
import type { LivekitKeys } from "./tokens.ts";

/** Why a webhook is not genuine, in one word for the log. */
export type SignatureRefusal =
  | "missing_signature"
  | "malformed_signature"
  | "wrong_algorithm"
  | "wrong_key"
  | "bad_signature"
  | "missing_body_hash"
  | "body_changed"
  | "missing_expiry";

/** A genuine signature. `signedAt` in milliseconds; `doubt` is a sentence when its times do not fit ours. */
export type GenuineSignature = { signedAt: number; doubt: string | null };

/** Clocks differ: as much as LiveKit's own receivers allow. */
const skewMs = 10_000;
/** LiveKit signs for five minutes; used only where a token does not say from when it is valid. */
const lifetimeMs = 5 * 60_000;
/** Longer than any genuine token of a webhook; anything beyond it is refused before it is parsed. */
const lengthMax = 4_096;

const sentences: Readonly<Record<SignatureRefusal, string>> = {
  missing_signature: "The Authorization header is missing: LiveKit signs every webhook there.",
  malformed_signature: "The Authorization header is not a bare JWT.",
  wrong_algorithm: "The webhook's token is not signed with HS256.",
  wrong_key: "The webhook was signed with another API key than LIVEKIT_API_KEY.",
  bad_signature: "The webhook's signature does not fit LIVEKIT_API_SECRET.",
  missing_body_hash: "The token is one of ours, but it does not sign a body.",
  body_changed: "The body is not the one that was signed.",
  missing_expiry: "The webhook's token never expires: LiveKit's do.",
};

/** A webhook that is not genuine: `unauthenticated`, with the reason in its details. */
export function refuseSignature(reason: SignatureRefusal): FairminuteError {
  return new FairminuteError("unauthenticated", sentences[reason], { details: { reason } });
}

/**
 * Verifies a webhook at `now` (milliseconds of the true clock, never of a sandbox). Refuses what is not genuine. A token that is
 * genuine but outside its time is no refusal: a 401 would make LiveKit drop the event for good, when perhaps only a clock is off.
 */
export async function verifySignature(
  keys: LivekitKeys,
  request: WebhookRequest,
  now: number,
): Promise<GenuineSignature> {
  const token = request.headers.authorization;
  if (token === undefined || token === "") throw refuseSignature("missing_signature");
  const payload = readUnverified(token);
  // The key's name is no secret and proves nothing; it is read first so that a mix-up of projects is told by its own word.
  if (payload.iss !== keys.apiKey) throw refuseSignature("wrong_key");
  try {
    await compactVerify(token, new TextEncoder().encode(keys.apiSecret), { algorithms: ["HS256"] });
  } catch {
    throw refuseSignature("bad_signature");
  }
  if (typeof payload.sha256 !== "string") throw refuseSignature("missing_body_hash");
  const signed = Buffer.from(payload.sha256, "base64");
  const actual = createHash("sha256").update(request.body).digest();
  if (signed.length !== actual.length || !timingSafeEqual(signed, actual)) throw refuseSignature("body_changed");
  return readTimes(payload, now);
}

function readUnverified(token: string): JWTPayload {
  let algorithm: unknown;
  let payload: JWTPayload;
  try {
    if (token.length > lengthMax) throw new Error("too long");
    algorithm = decodeProtectedHeader(token).alg;
    payload = decodeJwt(token);
  } catch {
    throw refuseSignature("malformed_signature");
  }
  if (algorithm !== "HS256") throw refuseSignature("wrong_algorithm");
  return payload;
}

function readTimes({ nbf, exp }: JWTPayload, now: number): GenuineSignature {
  if (typeof exp !== "number") throw refuseSignature("missing_expiry");
  const until = exp * 1000;
  const signedAt = typeof nbf === "number" ? nbf * 1000 : until - lifetimeMs;
  const isEarly = now < signedAt - skewMs;
  const isLate = now >= until + skewMs;
  if (!isEarly && !isLate) return { signedAt, doubt: null };
  const seconds = Math.round((isEarly ? signedAt - now : now - until) / 1000);
  const doubt = isEarly
    ? `Its signature becomes valid ${seconds} seconds after it arrived: a clock is off.`
    : `Its signature had expired ${seconds} seconds before it arrived: it is old, or a clock is off.`;
  return { signedAt, doubt };
}
