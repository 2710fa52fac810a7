// Users' tokens (JWT): checked with pinned algorithms, and made by the sandbox only.
import { webcrypto } from "node:crypto";
import { FairminuteError } from "@fairminute/core";
import {
  createRemoteJWKSet,
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
  SignJWT,
} from "jose";
import type { Config } from "../config.ts";

/** Who a token says somebody is. */
export interface Identity {
  userId: string;
  name: string | null;
  role: string | null;
}

/** Ids of users, calls and connections: what may stand in an address, a log line and a database without quoting. */
export const idPattern = /^[A-Za-z0-9._:@-]{1,128}$/;

/** Clocks of two machines may differ by so much. */
const CLOCK_TOLERANCE_SECONDS = 5;
/** A shared secret signs with this one only; a token cannot choose another. */
const SECRET_ALGORITHMS = ["HS256"];
/** Published keys verify these only. A public key is never taken for a shared secret: the two lists do not meet. */
const JWKS_ALGORITHMS = ["RS256", "ES256", "EdDSA"];
const JWKS_TIMEOUT_MS = 5000;
/** Published keys may be taken back, so a token that they verified is looked at again after this long. The secret stays. */
const PUBLISHED_GOOD_MS = 60_000;
/** How many good tokens are remembered. Checking a signature costs more than the rest of a small request. */
const GOOD_MAX = 20_000;

type TokenSettings = Pick<Config, "jwtSecret" | "jwksUrl" | "jwtIssuer" | "jwtAudience">;

function refuse(message: string, cause?: unknown): FairminuteError {
  return new FairminuteError("unauthenticated", message, { param: "Authorization", cause });
}

function claimText(payload: JWTPayload, claim: string, longest: number): string | null {
  const value = payload[claim];
  if (typeof value !== "string") return null;
  const clean = value.replace(/[\p{Cc}\p{Cs}]/gu, "").trim();
  return clean === "" ? null : clean.slice(0, longest);
}

function readIdentity(payload: JWTPayload): Identity {
  const { sub } = payload;
  if (typeof sub !== "string" || !idPattern.test(sub)) {
    throw refuse("The token's subject (sub) is not a user id: 1 to 128 characters of A-Z a-z 0-9 . _ : @ -");
  }
  return { userId: sub, name: claimText(payload, "name", 120), role: claimText(payload, "role", 40) };
}

function explain(error: unknown): Error {
  if (error instanceof FairminuteError) return error;
  if (error instanceof errors.JWTExpired) return refuse("The token has expired.", error);
  if (error instanceof errors.JWTClaimValidationFailed)
    return refuse(`The token's ${error.claim} is not accepted.`, error);
  return refuse("The token is not valid.", error);
}

/** The issuer's published keys. That they cannot be fetched says nothing about the token, so it is not a 401. */
function openKeys(url: string): JWTVerifyGetKey {
  const remote = createRemoteJWKSet(new URL(url), { timeoutDuration: JWKS_TIMEOUT_MS });
  return async (header, token) => {
    try {
      return await remote(header, token);
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) throw error;
      throw new FairminuteError("not_ready", "The keys that tokens are checked with cannot be fetched at the moment.", {
        cause: error,
      });
    }
  };
}

interface Verified {
  payload: JWTPayload;
  /** Ms for which this is true whatever happens elsewhere; the token's own expiry comes on top. */
  goodFor: number;
}

/** The secret as a key, made once: making it anew costs as much as the check. */
async function importSecret(secret: string): Promise<webcrypto.CryptoKey> {
  const bytes = new TextEncoder().encode(secret);
  return webcrypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
}

/** Checks one token by signature and claims. */
function createVerifier(settings: TokenSettings): (token: string, now: Date) => Promise<Verified> {
  const secret = settings.jwtSecret === null ? null : importSecret(settings.jwtSecret);
  secret?.catch(() => {});
  const keys = settings.jwksUrl === null ? null : openKeys(settings.jwksUrl);
  const expected = {
    ...(settings.jwtIssuer === null ? {} : { issuer: settings.jwtIssuer }),
    ...(settings.jwtAudience === null ? {} : { audience: settings.jwtAudience }),
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
    requiredClaims: ["exp", "sub"],
  };
  return async (token, now) => {
    const options = { ...expected, currentDate: now };
    const { alg } = decodeProtectedHeader(token);
    if (secret !== null && SECRET_ALGORITHMS.includes(alg ?? "")) {
      const { payload } = await jwtVerify(token, await secret, { ...options, algorithms: SECRET_ALGORITHMS });
      return { payload, goodFor: Number.POSITIVE_INFINITY };
    }
    if (keys !== null && JWKS_ALGORITHMS.includes(alg ?? "")) {
      const { payload } = await jwtVerify(token, keys, { ...options, algorithms: JWKS_ALGORITHMS });
      return { payload, goodFor: PUBLISHED_GOOD_MS };
    }
    throw refuse("The token is signed with an algorithm that is not accepted.");
  };
}

/**
 * Makes the function that checks tokens. A token that was good is good until its expiry without another look at its signature (one
 * of a published key for a minute): browsers send the same one with every request.
 * @param settings the secret, the JWKS, or both; issuer and audience are checked when they are set
 * @param now the real time: a sandbox's moved clock must not let tokens expire
 * @returns a function that answers who the token names, or throws FairminuteError `unauthenticated`
 *   (`not_ready` when the keys cannot be fetched)
 */
export function createTokenReader(settings: TokenSettings, now: () => Date): (token: string) => Promise<Identity> {
  const verify = createVerifier(settings);
  const good = new Map<string, { identity: Identity; from: number; until: number }>();
  return async (token) => {
    const at = now();
    const known = good.get(token);
    if (known !== undefined && at.getTime() >= known.from && at.getTime() < known.until) return known.identity;
    good.delete(token);
    try {
      const { payload, goodFor } = await verify(token, at);
      const identity = readIdentity(payload);
      const expiry = ((payload.exp ?? 0) + CLOCK_TOLERANCE_SECONDS) * 1000;
      good.set(token, { identity, from: at.getTime(), until: Math.min(expiry, at.getTime() + goodFor) });
      // A map keeps the order of insertion: the one that was checked longest ago goes first.
      if (good.size > GOOD_MAX) good.delete(good.keys().next().value as string);
      return identity;
    } catch (error) {
      throw explain(error);
    }
  };
}

/**
 * Makes a token. For the sandbox and for tests; in production the host application makes its own.
 * @param settings `jwtSecret` must be set
 * @param lifetimeSeconds how long it is valid from `now`
 */
export async function signToken(
  settings: TokenSettings,
  identity: Identity,
  now: Date,
  lifetimeSeconds: number,
): Promise<string> {
  if (settings.jwtSecret === null) {
    throw new FairminuteError(
      "provider_not_configured",
      "FAIRMINUTE_JWT_SECRET is not set, so no token can be made here.",
    );
  }
  const claims = {
    ...(identity.name === null ? {} : { name: identity.name }),
    ...(identity.role === null ? {} : { role: identity.role }),
  };
  const token = new SignJWT(claims)
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setSubject(identity.userId)
    .setIssuedAt(now)
    .setExpirationTime(new Date(now.getTime() + lifetimeSeconds * 1000));
  if (settings.jwtIssuer !== null) token.setIssuer(settings.jwtIssuer);
  if (settings.jwtAudience !== null) token.setAudience(settings.jwtAudience);
  return token.sign(new TextEncoder().encode(settings.jwtSecret));
}
