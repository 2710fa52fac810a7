// Who may open a socket: the bearer of a valid token, asked for once, when the socket opens.
import { FairminuteError } from "@fairminute/core";
import type { WebrtcProvider } from "../providers/webrtc.ts";
import type { Directory } from "./directory.ts";
import type { RealtimeWorld } from "./world.ts";

/** Who a socket speaks for, and the only call it may touch (null: all calls of that user). */
export type Admission = { userId: string; name: string | null; onlyCallId: string | null };

/** Longer than any token; such a text is not even looked at. */
const tokenLengthMax = 8_192;
/** Nobody has more windows open; a program that leaks sockets should hear of it. */
const socketsMax = 20;

/**
 * Reads `auth: { token }` of a handshake: a user's own token, or the join token of one call.
 * A token that expires later does not close the socket: it was valid when the person came in, and a call that is
 * running must not be cut by the app's login. Coming in again needs a fresh one.
 * Refuses with `unauthenticated`, or `rate_limited` when the user has too many sockets.
 */
export async function admit(
  world: RealtimeWorld,
  directory: Directory,
  provider: WebrtcProvider,
  auth: Readonly<Record<string, unknown>>,
): Promise<Admission> {
  const { token } = auth;
  if (typeof token !== "string" || token === "" || token.length > tokenLengthMax) {
    throw new FairminuteError("unauthenticated", "Send a token: io(url, { auth: { token } }).", { param: "token" });
  }
  const claim = provider.readJoin(token);
  const admission =
    claim === null
      ? { ...(await world.verifyToken(token)), onlyCallId: null }
      : { userId: claim.userId, name: claim.name, onlyCallId: claim.callId };
  if (directory.channelsOf(admission.userId).size >= socketsMax) {
    throw new FairminuteError("rate_limited", `One user can have ${socketsMax} connections open. Close a window.`);
  }
  return { userId: admission.userId, name: admission.name, onlyCallId: admission.onlyCallId };
}

/** The refusal as socket.io hands it to the browser: `connect_error` with the problem in `data`. */
export function refuseEntry(world: RealtimeWorld, error: unknown): Error & { data: object } {
  if (!(error instanceof FairminuteError)) world.onFault(error);
  const problem = world.toProblem(error, world.ids.next("req"));
  const message = error instanceof FairminuteError ? error.message : "The connection could not be opened.";
  return Object.assign(new Error(message), { data: problem });
}
