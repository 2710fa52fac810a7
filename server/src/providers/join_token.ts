// The built-in provider's join token: a short-lived, signed pass of one user into one call.
import { createHmac, timingSafeEqual } from "node:crypto";
import { FairminuteError } from "@fairminute/core";

/** What a join token says. `expiresAt` is milliseconds since the epoch. */
export type JoinClaim = { callId: string; userId: string; name: string | null; expiresAt: number };

const prefix = "fm_join_";
/** Longer than any genuine token; anything beyond it is refused before it is parsed. */
const lengthMax = 2_048;

/** The signing key is derived, so that a join token can never pass for anything else signed with the same secret. */
function sign(secretKey: string, body: string): Buffer {
  const key = createHmac("sha256", secretKey).update("fairminute join token v1").digest();
  return createHmac("sha256", key).update(body).digest();
}

/** Signs a claim. The text is safe in a URL and starts with `fm_join_`, so that scanners know it. */
export function writeJoinToken(secretKey: string, claim: JoinClaim): string {
  const body = Buffer.from(JSON.stringify(claim), "utf8").toString("base64url");
  return `${prefix}${body}.${sign(secretKey, body).toString("base64url")}`;
}

/**
 * Reads a join token back. Returns null when the text is no join token at all (it may be a user's own token);
 * refuses with `unauthenticated` when it is one but is forged, damaged or expired at `now` (milliseconds).
 */
export function readJoinToken(secretKey: string, token: string, now: number): JoinClaim | null {
  if (!token.startsWith(prefix)) return null;
  const [body, signature, rest] = token.slice(prefix.length).split(".");
  const genuine =
    token.length <= lengthMax &&
    body !== undefined &&
    signature !== undefined &&
    rest === undefined &&
    sameBytes(Buffer.from(signature, "base64url"), sign(secretKey, body));
  if (!genuine) throw new FairminuteError("unauthenticated", "This join token is not genuine.");
  // The signature is ours, so the body has the shape that writeJoinToken gave it.
  const claim = JSON.parse(Buffer.from(body, "base64url").toString("utf8")) as JoinClaim;
  if (claim.expiresAt <= now) {
    throw new FairminuteError("unauthenticated", "This join token has expired. Ask for a new one.");
  }
  return claim;
}

function sameBytes(left: Buffer, right: Buffer): boolean {
  return left.length === right.length && timingSafeEqual(left, right);
}
