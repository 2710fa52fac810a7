// The shape of a provider's own browser client, as the call screen needs it: a room to be in, and one other person in it.
import type { Store } from "../client/store.ts";
import type { JoinGrantJson } from "../client/wire.ts";
import type { RemoteState } from "./callConnection.ts";
import type { LocalMediaState } from "./media.ts";

export type CarrierRoomState = {
  /** `closed`: the room let us go and will not take us back by itself. */
  link: "connecting" | "connected" | "reconnecting" | "closed";
  remote: RemoteState | null;
};

/** A provider's room that this browser is in. */
export type CarrierRoom = {
  state: Store<CarrierRoomState>;
  /** Our own connection in the room, as the provider names it. */
  connectionId: string;
  /** Sends these tracks from now on; a device that is off sends nothing. */
  setMedia(local: LocalMediaState): void;
  leave(): void;
  readStats(): Promise<RTCStatsReport | null>;
};

/**
 * Enters a room with what the server granted.
 * @throws when the room cannot be entered; it is tried again with a fresh grant
 */
export type Carrier = (grant: JoinGrantJson, local: LocalMediaState) => Promise<CarrierRoom>;

/** Loads a carrier when the first call needs it, so that nobody pays for a client that is not used. */
export type CarrierLoader = () => Promise<Carrier>;
