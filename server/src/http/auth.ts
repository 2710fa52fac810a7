// Says who is calling: a user by token, a backend by the secret key (perhaps on behalf of a user), or nobody.
import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { FairminuteError } from "@fairminute/core";
import { type Identity, idPattern } from "./token.ts";

/** Who makes a request. A backend without a user is the operator: it may act for anybody. */
export type Caller =
  | { kind: "user"; userId: string; name: string | null; role: string | null }
  | { kind: "backend"; userId: string | null }
  | { kind: "anonymous"; userId: null };

/** The header by which a backend names the user it acts for. */
export const userHeader = "fairminute-user";

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

function readBearer(headers: IncomingHttpHeaders): string {
  const { authorization } = headers;
  if (authorization === undefined || authorization.trim() === "") {
    throw new FairminuteError("unauthenticated", "Send a token: Authorization: Bearer …", { param: "Authorization" });
  }
  const [scheme, credential, ...rest] = authorization.trim().split(/ +/);
  if (scheme?.toLowerCase() !== "bearer" || credential === undefined || rest.length > 0) {
    throw new FairminuteError("unauthenticated", "The Authorization header must read: Bearer, a space, the token.", {
      param: "Authorization",
    });
  }
  return credential;
}

function readUserHeader(headers: IncomingHttpHeaders): string | null {
  const value = headers[userHeader];
  if (value === undefined) return null;
  if (typeof value === "string" && idPattern.test(value)) return value;
  throw new FairminuteError(
    "invalid_request",
    "Fairminute-User is not a user id: 1 to 128 characters of A-Z a-z 0-9 . _ : @ -",
    {
      param: "Fairminute-User",
    },
  );
}

/**
 * Makes the function that says who is calling.
 * @param world.secretKey the backend's key, compared in constant time
 * @param world.readToken checks a user's token
 * @param world.remember told of everybody who is seen, before the request goes on
 * @returns a function of the request's headers that answers the caller, or throws `unauthenticated` (no or a wrong credential)
 *   or `forbidden` (a user's token with somebody else's Fairminute-User)
 */
export function createAuthenticator(world: {
  secretKey: string;
  readToken: (token: string) => Promise<Identity>;
  remember: (person: { id: string; name: string | null; role: string | null }) => Promise<void>;
}): (headers: IncomingHttpHeaders) => Promise<Caller> {
  const secret = digest(world.secretKey);
  return async (headers) => {
    const credential = readBearer(headers);
    const actsFor = readUserHeader(headers);
    // No token begins like a key, so telling them apart by their beginning tells nobody anything.
    if (credential.startsWith("fm_")) {
      // Digests have one length: the comparison takes the same time wherever the keys differ.
      if (world.secretKey === "" || !timingSafeEqual(digest(credential), secret)) {
        throw new FairminuteError("unauthenticated", "The secret key is not valid.", { param: "Authorization" });
      }
      if (actsFor !== null) await world.remember({ id: actsFor, name: null, role: null });
      return { kind: "backend", userId: actsFor };
    }
    const identity = await world.readToken(credential);
    if (actsFor !== null && actsFor !== identity.userId) {
      throw new FairminuteError(
        "forbidden",
        "Fairminute-User is for backends: a user's token speaks for that user only.",
        {
          param: "Fairminute-User",
        },
      );
    }
    await world.remember({ id: identity.userId, name: identity.name, role: identity.role });
    return { kind: "user", ...identity };
  };
}

/**
 * The user that a request is about.
 * @throws FairminuteError invalid_request when a backend named none
 */
export function actingUser(caller: Caller): string {
  if (caller.userId !== null) return caller.userId;
  throw new FairminuteError("invalid_request", "This is about one user: name them with the header Fairminute-User.", {
    param: "Fairminute-User",
  });
}
