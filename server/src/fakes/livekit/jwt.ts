// HS256 tokens for the fake, written from the standard and not from the provider's code, so that each checks the other.
import { createHmac, timingSafeEqual } from "node:crypto";

/** The video part of LiveKit's claims, as far as the fake looks at it. */
export type VideoClaims = {
  roomCreate?: boolean;
  roomList?: boolean;
  roomAdmin?: boolean;
  roomJoin?: boolean;
  room?: string;
};

/** What a LiveKit token says. Times are whole seconds. */
export type LivekitClaims = {
  iss?: string;
  sub?: string;
  nbf?: number;
  exp?: number;
  name?: string;
  metadata?: string;
  attributes?: Record<string, string>;
  sha256?: string;
  video?: VideoClaims;
};

/** As much as LiveKit's server allows clocks to differ. */
const leewaySeconds = 60;

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value), "utf8").toString("base64url");
}

function sign(secret: string, text: string): Buffer {
  return createHmac("sha256", secret).update(text).digest();
}

/** Signs claims as they are. */
export function signToken(secret: string, claims: LivekitClaims): string {
  const text = `${encode({ alg: "HS256", typ: "JWT" })}.${encode(claims)}`;
  return `${text}.${sign(secret, text).toString("base64url")}`;
}

/** The claims of a token that this key pair signed and that is valid at `now` (milliseconds); null for any other. */
export function readToken(
  keys: { apiKey: string; apiSecret: string },
  token: string,
  now: number,
): LivekitClaims | null {
  const [header = "", body = "", signature = "", rest] = token.split(".");
  const given = Buffer.from(signature, "base64url");
  const expected = sign(keys.apiSecret, `${header}.${body}`);
  if (rest !== undefined || given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
  const { alg } = JSON.parse(Buffer.from(header, "base64url").toString("utf8")) as { alg?: string };
  const claims = JSON.parse(Buffer.from(body, "base64url").toString("utf8")) as LivekitClaims;
  const seconds = now / 1000;
  const isTimely =
    (claims.exp ?? Number.NEGATIVE_INFINITY) + leewaySeconds > seconds &&
    (claims.nbf ?? Number.NEGATIVE_INFINITY) - leewaySeconds <= seconds;
  return alg === "HS256" && claims.iss === keys.apiKey && isTimely ? claims : null;
}
