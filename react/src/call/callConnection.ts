// One person's connection to one call: joins, keeps proving that it is there, links to the other side, comes back after a loss, and ends cleanly.
import { FairminuteError } from "@fairminute/core";
import type { LiveConnection, Notice } from "../client/live.ts";
import { isRetryable } from "../client/problem.ts";
import { readInstant, type ServerClock } from "../client/serverClock.ts";
import { createStore, type Store } from "../client/store.ts";
import type { CallJson, JoinAnswer } from "../client/wire.ts";
import type { LocalMedia, LocalMediaState } from "./media.ts";
import type { Signal } from "./negotiation.ts";
import { createPeerLink, type PeerLink } from "./peerLink.ts";

/**
 * `idle`: not joined. `joining`: asking the server. `waiting`: joined and alone. `connecting`: media is being set up.
 * `connected`: media flows. `reconnecting`: our own line to the server, or the media, is lost and being sought.
 * `ended`: over, devices off. `refused`: the server does not let us in (see `problem`).
 */
export type CallPhase =
  | "idle"
  | "joining"
  | "waiting"
  | "connecting"
  | "connected"
  | "reconnecting"
  | "ended"
  | "refused";

export type RemoteState = {
  userId: string;
  connectionId: string;
  stream: MediaStream | null;
  camera: boolean | null;
  microphone: boolean | null;
};

export type CallConnectionState = {
  phase: CallPhase;
  connectionId: string | null;
  local: LocalMediaState;
  remote: RemoteState | null;
  problem: FairminuteError | null;
};

export type CallConnection = {
  readonly callId: string;
  state: Store<CallConnectionState>;
  /** Opens camera and microphone (the browser asks its user). */
  openDevices(): Promise<void>;
  /** Joins the call and stays joined over losses until `hangUp`, `leave` or the end of the call. */
  join(): void;
  /** Ends the call, acknowledged by the server: over the socket, else over HTTP. Devices are off when it returns, even if it throws. */
  hangUp(): Promise<CallJson>;
  /** Goes away without ending the call (a closed view is no hang-up); devices are off when it returns. */
  leave(): void;
  setMicrophone(on: boolean): Promise<void>;
  setCamera(on: boolean): Promise<void>;
  /** The browser's statistics of the media link; null while there is none. */
  readStats(): Promise<RTCStatsReport | null>;
};

export type CallConnectionWorld = {
  callId: string;
  live: LiveConnection;
  clock: ServerClock;
  media: LocalMedia;
  /** Who we are: one's own other windows are no peers. */
  readOwnId: () => Promise<string>;
  endOverHttp: (callId: string) => Promise<CallJson>;
  createPeer: (iceServers: RTCIceServer[]) => RTCPeerConnection;
  localNow: () => number;
  after: (ms: number, run: () => void) => () => void;
  /** Tells when the machine's network changed (came back, moved to another one). */
  onNetworkChange: (listener: () => void) => () => void;
};

const heartbeatEveryMs = 10_000;
const joinAgainAfterMs = 1500;
const hangUpTimeLimitMs = 4000;
/** The server says that there is no call to be in any more. */
const overCodes = new Set(["call_already_ended", "call_not_joinable", "call_not_found"]);
const finalNotices = new Set(["call:ended", "call:cancelled", "call:rejected", "call:missed"]);

/** Makes the connection of one call. Nothing happens before `openDevices` or `join`. */
export function createCallConnection(world: CallConnectionWorld): CallConnection {
  return new Connection(world);
}

class Connection implements CallConnection {
  readonly callId: string;
  readonly state: Store<CallConnectionState>;
  readonly #world: CallConnectionWorld;
  /** Links by the other side's connection id, oldest first. */
  readonly #links = new Map<string, PeerLink>();
  readonly #stops: (() => void)[] = [];
  #iceServers: RTCIceServer[] = [];
  #polite = true;
  #ownId: string | null = null;
  #wanted = false;
  #over = false;
  #everConnected = false;
  #attempt = 0;
  #stopTimer: () => void = () => {};

  constructor(world: CallConnectionWorld) {
    this.callId = world.callId;
    this.#world = world;
    const local = world.media.state.get();
    this.state = createStore<CallConnectionState>({
      phase: "idle",
      connectionId: null,
      local,
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
    const { live, onNetworkChange } = this.#world;
    const online = live.state.get() === "online";
    this.#stops.push(
      live.onNotice((notice) => this.#onNotice(notice)),
      live.onConnect(() => void this.#askToJoin()),
      live.state.subscribe(() => this.#onLiveState()),
      onNetworkChange(() => {
        for (const link of this.#links.values()) link.restartIce();
      }),
      live.hold(),
    );
    this.#show({});
    // A line that is only now being opened asks by itself, as soon as it stands.
    if (online) void this.#askToJoin();
  }

  async hangUp(): Promise<CallJson> {
    const { live, callId, endOverHttp } = this.#world;
    try {
      const answer = await live.ask<{ call: CallJson }>("call:hangup", { callId }, hangUpTimeLimitMs);
      return answer.call;
    } catch {
      // A lost line, or a socket the server no longer knows: the same command over HTTP has the same effect, once.
      return await endOverHttp(callId);
    } finally {
      this.#finish();
    }
  }

  leave(): void {
    if (this.#over) return;
    if (this.#wanted) this.#world.live.ask("call:leave", { callId: this.callId }).catch(() => {});
    this.#finish();
  }

  setMicrophone(on: boolean): Promise<void> {
    return this.#world.media.setMicrophone(on);
  }

  setCamera(on: boolean): Promise<void> {
    return this.#world.media.setCamera(on);
  }

  async readStats(): Promise<RTCStatsReport | null> {
    return (await this.#currentLink()?.peer.getStats()) ?? null;
  }

  async #askToJoin(): Promise<void> {
    const { live, callId, clock, localNow, after, readOwnId } = this.#world;
    const attempt = ++this.#attempt;
    this.#stopTimer();
    let sentAt = 0;
    let answer: JoinAnswer & { live?: { serverTime?: unknown } };
    try {
      this.#ownId ??= await readOwnId();
      sentAt = localNow();
      answer = await live.ask("call:join", { callId }, 8000);
    } catch (error) {
      if (attempt === this.#attempt && !this.#over) this.#onRefusal(error, () => void this.#askToJoin());
      return;
    }
    if (attempt !== this.#attempt || this.#over) return;
    const serverTime = readInstant(answer.live?.serverTime);
    if (serverTime !== null) clock.sample(sentAt, localNow(), serverTime);
    this.#iceServers = answer.iceServers;
    this.#polite = answer.polite;
    // Signals are addressed to connections; this is a new one, so every link begins anew.
    for (const connectionId of [...this.#links.keys()]) this.#dropLink(connectionId);
    this.#show({ connectionId: answer.connectionId, problem: null });
    for (const peer of answer.peers) this.#openLink(peer.userId, peer.connectionId);
    this.#stopTimer = after(heartbeatEveryMs, () => void this.#beat());
  }

  async #beat(): Promise<void> {
    const { live, callId, clock, localNow, after } = this.#world;
    const attempt = this.#attempt;
    const sentAt = localNow();
    try {
      const { serverTime } = await live.ask<{ serverTime: unknown }>("call:heartbeat", { callId });
      const instant = readInstant(serverTime);
      if (instant !== null) clock.sample(sentAt, localNow(), instant);
    } catch (error) {
      if (attempt !== this.#attempt || this.#over) return;
      // The socket stands but the server does not know this connection any more (it was restarted): join again.
      if (error instanceof FairminuteError && !isRetryable(error)) return void this.#askToJoin();
    }
    if (attempt === this.#attempt && !this.#over) {
      this.#stopTimer = after(heartbeatEveryMs, () => void this.#beat());
    }
  }

  #onRefusal(error: unknown, again: () => void): void {
    // A person in too many calls should know, not wait.
    if (error instanceof FairminuteError && (!isRetryable(error) || error.code === "too_many_calls")) {
      if (overCodes.has(error.code)) {
        this.#finish(error);
      } else {
        this.#wanted = false;
        this.#show({ problem: error });
      }
    } else if (this.#world.live.state.get() === "online") {
      this.#stopTimer = this.#world.after(joinAgainAfterMs, again);
    }
  }

  #onNotice(notice: Notice): void {
    if (notice.callId !== this.callId) return;
    const { userId, connectionId, from, fromUserId, ...rest } = notice.data as Record<string, unknown>;
    if (notice.type === "signal") {
      const link = this.#openLink(String(fromUserId), String(from));
      link?.receive(rest as Signal);
    } else if (notice.type === "call:peer-joined") {
      this.#openLink(String(userId), String(connectionId));
    } else if (notice.type === "call:peer-left") {
      this.#dropLink(String(connectionId));
      this.#show({});
    } else if (finalNotices.has(notice.type)) {
      this.#finish();
    }
  }

  #onLiveState(): void {
    if (this.#world.live.state.get() === "online") {
      this.#show({});
      return;
    }
    // Media may go on for a while without the server, but a new connection will have to be made.
    this.#attempt++;
    this.#stopTimer();
    this.#show({ connectionId: null });
  }

  #onMedia(): void {
    const local = this.#world.media.state.get();
    for (const link of this.#links.values()) link.setMedia(local);
    this.#show({ local });
  }

  #openLink(userId: string, connectionId: string): PeerLink | null {
    const known = this.#links.get(connectionId);
    const own = this.state.get().connectionId;
    // Without a connection of our own there is nobody to answer as; joining brings the list of who is there.
    if (known !== undefined || own === null || userId === this.#ownId) return known ?? null;
    const { live, callId, media, createPeer, after } = this.#world;
    const link = createPeerLink({
      userId,
      connectionId,
      polite: this.#polite,
      peer: createPeer(this.#iceServers),
      media: media.state.get(),
      send: (signal) => void live.ask("signal", { callId, to: connectionId, ...signal }).catch(() => {}),
      after,
    });
    this.#links.set(connectionId, link);
    link.state.subscribe(() => this.#show({}));
    this.#show({});
    return link;
  }

  #dropLink(connectionId: string): void {
    const link = this.#links.get(connectionId);
    this.#links.delete(connectionId);
    link?.close();
  }

  /** The newest link that carries media, else the newest. */
  #currentLink(): PeerLink | null {
    const links = [...this.#links.values()].reverse();
    return links.find((link) => link.state.get().connection === "connected") ?? links[0] ?? null;
  }

  #show(part: Partial<CallConnectionState>): void {
    const link = this.#currentLink();
    const shown = link?.state.get();
    const remote: RemoteState | null =
      link === null || shown === undefined
        ? null
        : {
            userId: link.userId,
            connectionId: link.connectionId,
            stream: shown.stream,
            camera: shown.camera,
            microphone: shown.microphone,
          };
    const next = { ...this.state.get(), ...part, remote };
    this.state.set({ ...next, phase: this.#phaseOf(next, shown?.connection ?? null) });
  }

  #phaseOf(state: CallConnectionState, media: RTCPeerConnectionState | null): CallPhase {
    if (this.#over) return "ended";
    if (state.problem !== null) return "refused";
    if (!this.#wanted) return "idle";
    if (media === "connected") this.#everConnected = true;
    if (state.connectionId === null) return this.#everConnected ? "reconnecting" : "joining";
    if (media === null) return "waiting";
    if (media === "connected") return "connected";
    return this.#everConnected ? "reconnecting" : "connecting";
  }

  #finish(problem: FairminuteError | null = null): void {
    if (this.#over) return;
    this.#over = true;
    this.#attempt++;
    this.#stopTimer();
    for (const stop of this.#stops) stop();
    for (const connectionId of [...this.#links.keys()]) this.#dropLink(connectionId);
    this.#world.media.close();
    this.#show({ connectionId: null, local: this.#world.media.state.get(), problem });
  }
}
