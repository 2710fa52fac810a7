// The two signed tokens of Stream's world: the server's own, and a user's pass into one call.
import { SignJWT } from "jose";

/** Clocks differ: a token from the future is refused there, so it is dated back a little. */
const backdateSeconds = 30;
/** Stream's own default. A client that reconnects needs a token that still counts, so minutes would be too short. */
export const callTokenSeconds = 3_600;

function sign(secretKey: string, claims: Record<string, unknown>): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg: "HS256", typ: "JWT" }).sign(new TextEncoder().encode(secretKey));
}

/** The token of this server: it may do everything at Stream, and goes nowhere else. */
export function signServerToken(secretKey: string): Promise<string> {
  return sign(secretKey, { server: true });
}

/** What a call token is for. `role` is a role of the Stream app, which says what its holder may do in that call. */
export type CallTokenClaim = { userId: string; cid: string; role: string | null };

/** A user's token that opens one call and no other. `expiresAt` is in milliseconds. */
export async function signCallToken(
  secretKey: string,
  { userId, cid, role }: CallTokenClaim,
  now: number,
): Promise<{ token: string; expiresAt: number }> {
  const iat = Math.floor(now / 1000) - backdateSeconds;
  const exp = iat + callTokenSeconds;
  const claims = { user_id: userId, call_cids: [cid], ...(role === null ? {} : { role }), iat, exp };
  return { token: await sign(secretKey, claims), expiresAt: exp * 1000 };
}
