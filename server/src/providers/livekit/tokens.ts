// Signs LiveKit's access tokens: the same claims as the SDK's AccessToken, with the time as a parameter.
import { SignJWT } from "jose";
import type { VideoGrant } from "livekit-server-sdk";

/** The key pair of a LiveKit project. The secret signs tokens and webhooks alike. */
export type LivekitKeys = { readonly apiKey: string; readonly apiSecret: string };

/** What a token allows, and whom: `identity` and the rest only for one who joins. */
export type Grants = { video: VideoGrant; identity?: string; name?: string; metadata?: string };

/**
 * A token that is valid from `now` (milliseconds, the true time: the LiveKit server checks by its own clock) for so many seconds.
 * The SDK's AccessToken takes the time from the machine by itself, so the signing is done here; a test reads the result back with
 * the SDK's own TokenVerifier.
 */
export async function signGrants(keys: LivekitKeys, grants: Grants, now: number, seconds: number): Promise<string> {
  const { identity, ...claims } = grants;
  const signedAt = Math.floor(now / 1000);
  const token = new SignJWT(claims)
    .setProtectedHeader({ alg: "HS256" })
    .setIssuer(keys.apiKey)
    .setNotBefore(signedAt)
    .setExpirationTime(signedAt + seconds);
  if (identity !== undefined) token.setSubject(identity);
  return token.sign(new TextEncoder().encode(keys.apiSecret));
}
