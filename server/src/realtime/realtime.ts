// The realtime room: sockets of browsers on this server, the signalling of built-in calls, and the news that reaches them.
import type { Server as HttpServer } from "node:http";
import { FairminuteError } from "@fairminute/core";
import { type Socket, Server as SocketServer } from "socket.io";
import type { Notice } from "../outbox/courier.ts";
import { createWebrtcProvider, type WebrtcProvider } from "../providers/webrtc.ts";
import { type Admission, admit, refuseEntry } from "./admission.ts";
import { type Channel, createChannel } from "./channel.ts";
import { closeCall, concerns, deliver } from "./deliver.ts";
import { createDirectory, type Directory } from "./directory.ts";
import { hangUp } from "./hangup.ts";
import { join, openMember } from "./join.ts";
import { disconnect, leave } from "./leave.ts";
import { watchLines } from "./lines.ts";
import { type MessageName, messages, readMessage, type Signal } from "./messages.ts";
import { createPresence, type Presence } from "./presence.ts";
import { recordHeartbeat, recordLastProof, recordPong, recordUntil } from "./proof.ts";
import { requireMember } from "./reach.ts";
import { relaySignal } from "./signal.ts";
import type { RealtimeWorld } from "./world.ts";

export type Realtime = {
  /** Whether a user has a socket open, on any server of this database. */
  isOnline(userId: string): boolean;
  /**
   * For the sandbox, before its clock is moved: everybody who is connected to a call here counts as present until
   * `untilAt` (milliseconds), because the people in a call do not vanish when its clock is turned forward.
   */
  carryConnections(untilAt: number): Promise<void>;
  /** Lets go of all sockets, without a word about the people: see the comment inside. The HTTP server stays open. */
  close(): Promise<void>;
};

/** How often the engine asks for a sign of life, and how long it waits for one: a silent loss is noticed within 20 s. */
export type PingTiming = { pingInterval: number; pingTimeout: number };
const pingTiming: PingTiming = { pingInterval: 10_000, pingTimeout: 10_000 };

/** A message larger than any signal closes its socket. */
const engine = {
  connectTimeout: 10_000,
  maxHttpBufferSize: 128 * 1024,
  serveClient: false,
};
/** How long a stopping server waits for the last proofs to be written. */
const lastProofsMs = 2_000;

/**
 * Opens the room on an HTTP server, at socket.io's default path.
 * @param world.ping milliseconds; every 10 s with 10 s of patience when absent
 */
export function createRealtime(world: RealtimeWorld & { httpServer: HttpServer; ping?: PingTiming }): Realtime {
  const provider = createWebrtcProvider(world.config, world.clock);
  const directory = createDirectory();
  const presence = createPresence({ ...world, serverId: world.ids.next("srv") });
  const room: Room = { world, directory, provider, presence, closing: false };
  const cors = world.config.corsOrigins.length > 0 ? { cors: { origin: [...world.config.corsOrigins] } } : {};
  const lines = watchLines(world.httpServer);
  const io = new SocketServer(world.httpServer, { ...engine, ...(world.ping ?? pingTiming), ...cors });
  io.use((socket, next) => {
    const entry = room.closing ? Promise.reject(stopping()) : admit(world, directory, provider, socket.handshake.auth);
    entry.then(
      (admission) => {
        socket.data = admission;
        next();
      },
      (error) => next(refuseEntry(world, error)),
    );
  });
  io.on("connection", (socket) => openChannel(room, socket, socket.data as Admission));
  const hear = (notice: Notice) => {
    // Before it is told: whoever hears that somebody came asks this server at once who is there.
    if (notice.type === "presence:updated") presence.learn(String(notice.data.userId), notice.data.online === true);
    deliver(directory, notice, world.clock.now());
  };
  const unsubscribe = world.courier.subscribe(hear, {
    wants: (notice) => concerns(directory, notice),
    isAnybodyHere: () => !directory.isEmpty(),
  });
  const members = () => [...directory.channels()].flatMap((channel) => [...channel.members.values()]);

  return {
    isOnline: (userId) => presence.isOnline(userId),
    async carryConnections(untilAt) {
      await Promise.all(members().map((member) => recordUntil(world, member, untilAt)));
    },
    async close() {
      room.closing = true;
      unsubscribe();
      // What is proved so far is written down, so that a restart costs nobody the seconds since the last heartbeat.
      const proofs = Promise.allSettled(members().map((member) => recordLastProof(world, member)));
      await Promise.race([proofs, new Promise((done) => setTimeout(done, lastProofsMs).unref())]);
      // The engine and not `io.close()`: that would say goodbye, upon which browsers stay away, and stop the HTTP server.
      io.engine.close();
      await Promise.all([lines.closeAll(), presence.close()]);
    },
  };
}

/** All that the messages of a socket work on. */
type Room = {
  readonly world: RealtimeWorld;
  readonly directory: Directory;
  readonly provider: WebrtcProvider;
  readonly presence: Presence;
  closing: boolean;
};

function openChannel(room: Room, socket: Socket, admission: Admission): void {
  const { world, directory, presence } = room;
  const channel = createChannel(socket, admission, world.clock);
  if (directory.addChannel(channel)) presence.arrive(channel.userId);
  listenForProof(world, channel);
  for (const name of Object.keys(messages) as MessageName[]) {
    socket.on(name, (...sent: unknown[]) => void answer(room, channel, name, ...readArguments(sent)));
  }
  socket.onAny((name: string, ...sent: unknown[]) => {
    if (!Object.hasOwn(messages, name)) refuseUnknown(world, name, readArguments(sent)[1]);
  });
  socket.on("disconnect", (reason) => {
    // A server that stops writes no `left`: nobody left. The browsers reconnect to another server within the grace
    // and join as new connections; whoever does not is lost at the last proof, by the heartbeat timeout.
    if (room.closing) return;
    const gone = { reason, at: world.clock.now() };
    void channel
      .inOrder(() => disconnect(world, directory, channel, gone))
      .catch(world.onFault)
      .finally(() => {
        if (directory.removeChannel(channel)) presence.depart(channel.userId);
      });
  });
}

/** Answers one message of a socket, whatever it is: done, or a problem that says why not. */
async function answer(
  room: Room,
  channel: Channel,
  name: MessageName,
  payload: unknown,
  reply: (answer: object) => void,
): Promise<void> {
  const { world } = room;
  try {
    if (room.closing) throw stopping();
    channel.spend(name);
    const message = readMessage(name, payload) as Signal;
    await channel.inOrder(() => actions[name](room, channel, message, (result) => reply({ ok: true, ...result })));
  } catch (error) {
    reply({ ok: false, error: world.toProblem(error, world.ids.next("req")) });
    if (!(error instanceof FairminuteError)) world.onFault(error);
  }
}

type Action = (room: Room, channel: Channel, message: Signal, reply: (result: object) => void) => Promise<void>;

/** What each message does. All of them carry a `callId`; only a signal carries more. */
const actions: Record<MessageName, Action> = {
  async "call:join"(room, channel, { callId }, reply) {
    const answer = await join(room, channel, callId);
    reply(answer);
    const member = room.directory.member(answer.connectionId);
    if (member !== undefined) openMember(member);
  },
  async "call:heartbeat"({ world, directory }, channel, { callId }, reply) {
    const member = await requireMember(world, channel, callId);
    const call = await recordHeartbeat(world, member);
    if (call !== null && call.settledAt !== null) closeCall(directory, callId);
    reply({ serverTime: world.clock.now() });
  },
  async "call:hangup"({ world, directory }, channel, { callId }, reply) {
    reply({ call: await hangUp(world, directory, channel, callId) });
  },
  async "call:leave"({ world, directory }, channel, { callId }, reply) {
    await leave(world, directory, channel, callId);
    reply({});
  },
  async signal({ world, directory }, channel, signal, reply) {
    await relaySignal(world, directory, channel, signal);
    reply({});
  },
};

/** Every packet proves that the browser is there; a pong is written down where the page itself is silent. */
function listenForProof(world: RealtimeWorld, channel: Channel): void {
  channel.socket.conn.on("packet", (packet: { type: string }) => {
    channel.lastProofAt = Math.max(channel.lastProofAt, world.clock.now());
    if (packet.type !== "pong") return;
    for (const member of channel.members.values()) recordPong(world, member).catch(world.onFault);
  });
}

/** The message and where its answer goes; a browser that wants no answer gets none. */
function readArguments(sent: unknown[]): [payload: unknown, reply: (answer: object) => void] {
  const reply = sent.at(-1);
  const wantsAnswer = typeof reply === "function";
  const payload = wantsAnswer && sent.length === 1 ? undefined : sent[0];
  return [payload, wantsAnswer ? (reply as (answer: object) => void) : () => {}];
}

function refuseUnknown(world: RealtimeWorld, name: string, reply: (answer: object) => void): void {
  const error = new FairminuteError("invalid_request", `There is no message "${name.slice(0, 40)}".`, {
    param: "event",
  });
  reply({ ok: false, error: world.toProblem(error, world.ids.next("req")) });
}

function stopping(): FairminuteError {
  return new FairminuteError("not_ready", "This server is stopping. Connect again.");
}
