// Reads the fake's tokens as Stream reads them: HS256 with the app's secret, and nothing else.
import { createHmac, timingSafeEqual } from "node:crypto";

/** What a token of Stream's says: a server's, or a user's with the calls that it opens. Times are in seconds. */
export type StreamClaims = {
  server?: boolean;
  user_id?: string;
  call_cids?: string[];
  role?: string;
  iat?: number;
  exp?: number;
};

function decode(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
  } catch {
    return null;
  }
}

/** The claims of a genuine token that counts at `now` (milliseconds), or null. */
export function readToken(secretKey: string, token: string, now: number): StreamClaims | null {
  const [header = "", payload = "", signature = "", rest] = token.split(".");
  const expected = createHmac("sha256", secretKey).update(`${header}.${payload}`).digest();
  const given = Buffer.from(signature, "base64url");
  const isGenuine = rest === undefined && given.length === expected.length && timingSafeEqual(given, expected);
  if (!isGenuine || (decode(header) as { alg?: unknown } | null)?.alg !== "HS256") return null;
  const claims = decode(payload) as StreamClaims | null;
  if (claims === null) return null;
  const seconds = now / 1000;
  return (claims.exp ?? seconds + 1) > seconds && (claims.iat ?? 0) <= seconds ? claims : null;
}
