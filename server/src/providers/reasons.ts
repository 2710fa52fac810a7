// The table of socket.io's disconnect reasons, and what each of them proves about a connection.
import type { DisconnectReason } from "socket.io";

/**
 * What a disconnect means for the evidence. `leave` is the reason that is written on the event; null writes nothing.
 * `endsAt`: a closing packet proves life at the moment it arrives ("now"); everything else is only known to have lived
 * at its last proof ("last_proof"), and the seconds in between are not charged.
 */
export type DisconnectReading = {
  readonly leave: "closed" | "connection_lost" | "kicked" | null;
  readonly endsAt: "now" | "last_proof";
  readonly meaning: string;
};

/**
 * One row a reason. No row is intent: a reload, a closed tab, a dead battery and a pressed button can all look the same
 * from here, so only an acknowledged `call:hangup` ever proves that somebody wanted to go.
 */
export const disconnectReasons = {
  "client namespace disconnect": {
    leave: "closed",
    endsAt: "now",
    meaning: "the page's code closed the socket: a closed call screen or a page that unloads, not a proven wish",
  },
  "server namespace disconnect": {
    leave: "kicked",
    endsAt: "now",
    meaning: "this server cut the socket off",
  },
  "server shutting down": {
    leave: null,
    endsAt: "last_proof",
    meaning: "this server goes away; the people do not, they reconnect elsewhere within the grace",
  },
  "forced server close": {
    leave: "connection_lost",
    endsAt: "last_proof",
    meaning: "the server dropped the transport after a packet that made no sense",
  },
  "ping timeout": { leave: "connection_lost", endsAt: "last_proof", meaning: "the network went silent" },
  "transport error": { leave: "connection_lost", endsAt: "last_proof", meaning: "the network failed" },
  "transport close": {
    leave: "connection_lost",
    endsAt: "last_proof",
    meaning: "the socket was closed: a network switch, a reload or a closed tab, which look the same",
  },
  "forced close": { leave: "connection_lost", endsAt: "last_proof", meaning: "the engine closed the transport" },
  "parse error": { leave: "connection_lost", endsAt: "last_proof", meaning: "a packet could not be read" },
} as const satisfies Record<DisconnectReason, DisconnectReading>;

const unknownReason: DisconnectReading = {
  leave: "connection_lost",
  endsAt: "last_proof",
  meaning: "a reason that this version does not know: taken as the mildest, a lost network",
};

/** Reads a disconnect reason; one that is not in the table counts as a lost connection. */
export function readDisconnect(reason: string): DisconnectReading {
  return Object.hasOwn(disconnectReasons, reason) ? disconnectReasons[reason as DisconnectReason] : unknownReason;
}
