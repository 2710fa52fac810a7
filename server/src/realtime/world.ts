// What the realtime room is given: everything that has an effect, or knows the time, comes from outside.
import type { Charging } from "../charging/charging.ts";
import type { Queryable } from "../db/database.ts";
import type { Courier } from "../outbox/courier.ts";
import type { WebrtcConfig } from "../providers/webrtc.ts";

export type RealtimeWorld = {
  charging: Pick<Charging, "readCall" | "readLive" | "recordEvents" | "commandCall">;
  courier: Pick<Courier, "subscribe">;
  /** For relaying signals to other servers, and for the table of who is online. */
  db: Queryable;
  clock: { now(): number };
  ids: { next(prefix: string): string };
  /** Says whose token it is; throws FairminuteError `unauthenticated`. Asked once, when a socket opens. */
  verifyToken(token: string): Promise<{ userId: string; name: string | null; role: string | null }>;
  /** The product's one way of telling an error, as over HTTP. */
  toProblem(error: unknown, requestId: string): object;
  config: WebrtcConfig & { readonly corsOrigins: readonly string[] };
  /** Told of whatever went wrong behind the back of a browser. */
  onFault(error: unknown): void;
};
