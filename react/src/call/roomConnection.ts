// One person's connection to a call that a provider carries: the provider's client moves the pictures, our server counts.
import { FairminuteError } from "@fairminute/core";
import type { LiveConnection, Notice } from "../client/live.ts";
import { isRetryable } from "../client/problem.ts";
import { createStore, type Store } from "../client/store.ts";
import type { CallJson, JoinGrantJson } from "../client/wire.ts";
import type { CallConnection, CallConnectionState, CallPhase } from "./callConnection.ts";
import type { CarrierLoader, CarrierRoom } from "./carrier.ts";
import type { LocalMedia } from "./media.ts";

export type RoomConnectionWorld = {
  callId: string;
  /** The name of the provider, for words. */
  provider: string;
  /** Undefined when the app has no client for this provider. */
  carrier: CarrierLoader | undefined;
  readGrant: (callId: string) => Promise<JoinGrantJson>;
  endOverHttp: (callId: string) => Promise<CallJson>;
  live: LiveConnection;
  media: LocalMedia;
  after: (ms: number, run: () => void) => () => void;
};

const joinAgainAfterMs = 1500;
const overCodes = new Set(["call_already_ended", "call_not_joinable", "call_not_found"]);
const finalNotices = new Set(["call:ended", "call:cancelled", "call:rejected", "call:missed"]);

/** Makes the connection of one call at a provider. Nothing happens before `openDevices` or `join`. */
export function createRoomConnection(world: RoomConnectionWorld): CallConnection {
  return new RoomConnection(world);
}

class RoomConnection implements CallConnection {
  readonly callId: string;
  readonly state: Store<CallConnectionState>;
  readonly #world: RoomConnectionWorld;
  readonly #stops: (() => void)[] = [];
  #room: CarrierRoom | null = null;
  #stopRoom: () => void = () => {};
  #stopTimer: () => void = () => {};
  #wanted = false;
  #over = false;
  #everConnected = false;
  #attempt = 0;

  constructor(world: RoomConnectionWorld) {
    this.callId = world.callId;
    this.#world = world;
    this.state = createStore<CallConnectionState>({
      phase: "idle",
      connectionId: null,
      local: world.media.state.get(),
      remote: null,
      problem: null,
    });
    this.#stops.push(world.media.state.subscribe(() => this.#onMedia()));
  }

  openDevices(): Promise<void> {
    return this.#world.media.open();
  }

  join(): void {
    if (this.#wanted || this.#over) return;
    this.#wanted = true;
    const { live } = this.#world;
    this.#stops.push(
      live.onNotice((notice) => this.#onNotice(notice)),
      live.hold(),
    );
    this.#show({});
    void this.#enter();
  }

  async hangUp(): Promise<CallJson> {
    try {
      // Acknowledged by the server: a left that the provider reports is a closed tab as well as a wish.
      return await this.#world.endOverHttp(this.callId);
    } finally {
      this.#finish();
    }
  }

  leave(): void {
    this.#finish();
  }

  setMicrophone(on: boolean): Promise<void> {
    return this.#world.media.setMicrophone(on);
  }

  setCamera(on: boolean): Promise<void> {
    return this.#world.media.setCamera(on);
  }

  async readStats(): Promise<RTCStatsReport | null> {
    return (await this.#room?.readStats()) ?? null;
  }

  async #enter(): Promise<void> {
    const { carrier, provider, readGrant, media, after } = this.#world;
    const attempt = ++this.#attempt;
    this.#stopTimer();
    try {
      if (carrier === undefined) {
        throw new FairminuteError("provider_not_configured", `this app has no client for calls at ${provider}`);
      }
      const grant = await readGrant(this.callId);
      const enter = await carrier();
      const room = await enter(grant, media.state.get());
      if (attempt !== this.#attempt || this.#over) return room.leave();
      this.#take(room);
    } catch (error) {
      if (attempt !== this.#attempt || this.#over) return;
      if (error instanceof FairminuteError && !isRetryable(error)) return this.#refuse(error);
      this.#stopTimer = after(joinAgainAfterMs, () => void this.#enter());
    }
  }

  #take(room: CarrierRoom): void {
    this.#room = room;
    this.#stopRoom = room.state.subscribe(() => this.#onRoom());
    room.setMedia(this.#world.media.state.get());
    this.#onRoom();
  }

  #onRoom(): void {
    const room = this.#room;
    if (room === null || this.#over) return;
    const { link, remote } = room.state.get();
    if (link === "closed") {
      this.#dropRoom();
      this.#show({ connectionId: null, remote: null });
      // The provider put us out, or gave up: the server knows whether there is still a call to be in.
      this.#stopTimer = this.#world.after(joinAgainAfterMs, () => void this.#enter());
      return;
    }
    this.#show({ connectionId: room.connectionId, remote, problem: null });
  }

  #onMedia(): void {
    const local = this.#world.media.state.get();
    this.#room?.setMedia(local);
    this.#show({ local });
  }

  #onNotice(notice: Notice): void {
    if (notice.callId === this.callId && finalNotices.has(notice.type)) this.#finish();
  }

  #refuse(error: FairminuteError): void {
    if (overCodes.has(error.code)) {
      this.#finish(error);
    } else {
      this.#wanted = false;
      this.#show({ problem: error });
    }
  }

  #dropRoom(): void {
    this.#stopRoom();
    this.#stopRoom = () => {};
    this.#room?.leave();
    this.#room = null;
  }

  #show(part: Partial<CallConnectionState>): void {
    const next = { ...this.state.get(), ...part };
    this.state.set({ ...next, phase: this.#phaseOf(next) });
  }

  #phaseOf(state: CallConnectionState): CallPhase {
    if (this.#over) return "ended";
    if (state.problem !== null) return "refused";
    if (!this.#wanted) return "idle";
    const link = this.#room?.state.get().link;
    if (link === undefined || link === "connecting") return this.#everConnected ? "reconnecting" : "joining";
    if (link === "reconnecting") return "reconnecting";
    if (state.remote === null) return "waiting";
    if (state.remote.stream === null && !this.#everConnected) return "connecting";
    this.#everConnected = true;
    return "connected";
  }

  #finish(problem: FairminuteError | null = null): void {
    if (this.#over) return;
    this.#over = true;
    this.#attempt++;
    this.#stopTimer();
    for (const stop of this.#stops) stop();
    this.#dropRoom();
    this.#world.media.close();
    this.#show({ connectionId: null, remote: null, local: this.#world.media.state.get(), problem });
  }
}
