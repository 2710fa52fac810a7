// The three signed tokens of Stream's world: the server's own, a user's, and a user's pass into one call.
import { SignJWT } from "jose";

/** Clocks differ: a token from the future is refused there, so it is dated back a little. */
const backdateSeconds = 30;
/** Stream's own default. A client that reconnects needs a token that still counts, so minutes would be too short. */
export const userTokenSeconds = 3_600;

function sign(secretKey: string, claims: Record<string, unknown>): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg: "HS256", typ: "JWT" }).sign(new TextEncoder().encode(secretKey));
}

/** The token of this server: it may do everything at Stream, and goes nowhere else. */
export function signServerToken(secretKey: string): Promise<string> {
  return sign(secretKey, { server: true });
}

/** What a call token is for. `role` is a role of the Stream app, which says what its holder may do in that call. */
export type CallTokenClaim = { userId: string; cid: string; role: string | null };

/** What a user's token says, and until when, in milliseconds. */
export type SignedToken = { token: string; expiresAt: number };

async function signUser(secretKey: string, claims: Record<string, unknown>, now: number): Promise<SignedToken> {
  const iat = Math.floor(now / 1000) - backdateSeconds;
  const exp = iat + userTokenSeconds;
  return { token: await sign(secretKey, { ...claims, iat, exp }), expiresAt: exp * 1000 };
}

/** A user's token, for a client that is connected before there is a call: it is who they say, and may do what the app's roles allow. */
export function signUserToken(secretKey: string, userId: string, now: number): Promise<SignedToken> {
  return signUser(secretKey, { user_id: userId }, now);
}

/** A user's token that opens one call and no other. */
export function signCallToken(
  secretKey: string,
  { userId, cid, role }: CallTokenClaim,
  now: number,
): Promise<SignedToken> {
  return signUser(secretKey, { user_id: userId, call_cids: [cid], ...(role === null ? {} : { role }) }, now);
}
