// The STUN and TURN servers that a browser may use, with TURN credentials by the shared-secret scheme of coturn.
import { createHmac } from "node:crypto";

/** One entry of RTCConfiguration.iceServers. */
export type IceServer = { urls: string[]; username?: string; credential?: string };

/** Where the relays are. `turnSecret` is coturn's `static-auth-secret`; null when there is no TURN server. */
export type IceConfig = {
  readonly stunUrls: readonly string[];
  readonly turnUrls: readonly string[];
  readonly turnSecret: string | null;
};

/**
 * The TURN password for a username: base64 of HMAC-SHA1(secret, username).
 * Source of the rule: draft-uberti-behave-turn-rest-00, section 2.2; coturn, `use-auth-secret`.
 */
export function turnCredential(secret: string, username: string): string {
  return createHmac("sha1", secret).update(username, "utf8").digest("base64");
}

/**
 * The servers for one user. The TURN username is `<expiry in whole seconds>:<user id>`, so coturn can check the expiry
 * by itself and an abuser can be named from its log. coturn looks at the expiry when an allocation is made and not
 * again, so `expiresAt` (milliseconds) should leave room for an ICE restart late in the call.
 * TURN addresses without a secret are left out: without credentials a browser rejects the whole list.
 */
export function iceServers(config: IceConfig, userId: string, expiresAt: number): IceServer[] {
  const servers: IceServer[] = [];
  if (config.stunUrls.length > 0) servers.push({ urls: [...config.stunUrls] });
  if (config.turnUrls.length > 0 && config.turnSecret !== null) {
    const username = `${Math.floor(expiresAt / 1000)}:${userId}`;
    servers.push({ urls: [...config.turnUrls], username, credential: turnCredential(config.turnSecret, username) });
  }
  return servers;
}
