// Every wire of the server, once: the rooms are made here and given to each other, and nowhere else.
import type { AddressInfo } from "node:net";
import type { FastifyInstance } from "fastify";
import { type CallJson, type Charging, createCharging } from "./charging/charging.ts";
import { carryOutUntil } from "./charging/ordered.ts";
import type { Clock, SandboxClock } from "./clock/clock.ts";
import { openSandboxClock } from "./clock/clock.ts";
import { createDeadlines, type Deadlines } from "./clock/deadlines.ts";
import type { Config } from "./config.ts";
import type { Database } from "./db/database.ts";
import { createApp } from "./http/app.ts";
import { toProblem } from "./http/errors.ts";
import { createTokenReader } from "./http/token.ts";
import { createIds, type Ids } from "./ids.ts";
import { createMatchmaking } from "./matchmaking/matchmaking.ts";
import { type Courier, createCourier } from "./outbox/courier.ts";
import type { JoinGrant } from "./providers/provider.ts";
import { createProviders, type ProviderRegistry } from "./providers/registry.ts";
import { createRealtime, type Realtime } from "./realtime/realtime.ts";
import { createReconciliation, type Reconciliation } from "./reconciliation/reconciliation.ts";
import { createStudy } from "./study/study.ts";
import { createSweep } from "./webhooks/sweep.ts";
import { createWebhooks, type Webhooks } from "./webhooks/webhooks.ts";

/** What comes from outside: everything that has an effect, or knows the time. */
export interface World {
  /** Opened and migrated. The server does not close it. */
  db: Database;
  /** The true time. */
  clock: Clock;
  random?: (size: number) => Uint8Array;
  /** The built web app; absent: the API alone. */
  webDir?: string;
  /** Told of whatever went wrong behind a request's back. */
  onFault: (error: unknown) => void;
  logStream?: { write(line: string): void };
}

export interface Server {
  app: FastifyInstance;
  charging: Charging;
  db: Database;
  clock: Clock;
  courier: Courier;
  deadlines: Deadlines;
  realtime: Realtime;
  reconciliation: Reconciliation;
  webhooks: Webhooks;
  ids: Ids;
  /** Starts listening, the clock's loop and the courier. @returns the address that it is reached at */
  listen(): Promise<{ url: string }>;
  /** Stops taking requests, lets what is under way finish, and stops the loops. Calls go on: their deadlines are in the database. */
  close(): Promise<void>;
}

/** Moves the sandbox's clock as if the time had passed: people stay connected, and every deadline on the way is carried out. */
function clockMover(world: {
  db: Database;
  clock: SandboxClock;
  charging: Charging;
  deadlines: Deadlines;
  reconciliation: Reconciliation;
  webhooks: Webhooks;
  realtime: () => Realtime;
}) {
  return async (seconds: number): Promise<number> => {
    const target = world.clock.now() + seconds * 1000;
    await world.realtime().carryConnections(target);
    await world.reconciliation.carryUntil(target);
    await carryOutUntil(world.db, world.charging, target);
    const now = await world.clock.advance(seconds);
    await world.deadlines.runDue();
    await world.webhooks.applyPending();
    await world.reconciliation.runDue();
    return now;
  };
}

/** Lets one party into the room of a call; a room of our own is made first. */
function joinMaker({ providers, reconciliation }: { providers: ProviderRegistry; reconciliation: Reconciliation }) {
  return async (call: CallJson, userId: string): Promise<JoinGrant> => {
    const provider = providers.require(call.provider);
    if (provider.name !== "webrtc") await reconciliation.ensureRoom(call.id);
    const { id: callId, roomName, payerId, payeeId, payerName, payeeName } = call;
    const { maximumDurationSeconds } = call.terms.tariff;
    const userIds = payeeId === null ? [payerId] : [payerId, payeeId];
    const name = userId === payerId ? payerName : payeeName;
    const role = userId === payerId ? "payer" : userId === payeeId ? "payee" : "attendee";
    return provider.createJoin({ callId, roomName, maximumDurationSeconds, userIds }, { userId, name, role });
  };
}

/** The rooms below the doors. */
async function buildRooms(config: Config, { db, clock: trueClock, random, onFault }: World) {
  const sandboxClock = config.mode === "sandbox" ? await openSandboxClock(db, trueClock) : null;
  const clock: Clock & { refresh?: () => Promise<void> } = sandboxClock ?? trueClock;
  const now = () => clock.now();
  const ids = createIds(now, random);
  const providers = createProviders(config, { now: () => trueClock.now(), clock, fetch: globalThis.fetch });
  const readCalls = (callIds: readonly string[]) => charging.tellCalls(callIds);
  const courier = createCourier({ db, now, readCalls, onError: onFault });
  const charging: Charging = createCharging({
    db,
    now,
    nextId: ids.next,
    // The embedded database has one session: a second lane would only wait for the first.
    lanes: db.kind === "pglite" ? 1 : config.lanes,
    onWritten: courier.poke,
    onFault,
  });
  const deadlines = createDeadlines({ advanceDue: charging.advanceDue, clock, onError: onFault });
  const matchmaking = createMatchmaking({
    db,
    now,
    nextId: ids.next,
    charging,
    providerFor: providers.nameFor,
    newRoomName: providers.newRoomName,
    callsAtOnce: config.callsAtOnce,
    onWritten: courier.poke,
    onFault,
  });
  // Study rooms that were named by Stream's id belong to Stream, where there is one.
  const study = createStudy({ db, charging, now, provider: providers.stream === null ? "webrtc" : "stream" });
  const reconciliation = createReconciliation({ db, charging, providers, now, nextId: ids.next, onFault });
  const webhooks = createWebhooks({ db, charging, providers, now, config, onLate: reconciliation.poke, onFault });
  const below = { db, clock, sandboxClock, ids, courier, charging, deadlines, providers };
  return { ...below, matchmaking, reconciliation, study, webhooks };
}

/** The two doors: the app, and on the same listener the sockets. */
async function openDoors(config: Config, world: World, rooms: Awaited<ReturnType<typeof buildRooms>>) {
  const { db, clock, sandboxClock, ids, courier, charging, providers } = rooms;
  const { matchmaking, reconciliation, study, webhooks } = rooms;
  let opened: Realtime | undefined;
  const realtime = (): Realtime => {
    if (opened === undefined) throw new Error("the sockets are opened after the app that they share a listener with");
    return opened;
  };
  const app = await createApp({
    config,
    charging,
    matchmaking,
    providers,
    reconciliation,
    study,
    webhooks,
    db,
    clock,
    ids,
    courier,
    createJoin: joinMaker(rooms),
    ...(sandboxClock && {
      advanceClock: clockMover({ ...rooms, clock: sandboxClock, realtime }),
      refreshClock: sandboxClock.refresh,
    }),
    presence: { isOnline: (userId) => realtime().isOnline(userId) },
    webDir: world.webDir,
    logStream: world.logStream,
  });
  opened = createRealtime({
    httpServer: app.server,
    charging,
    courier,
    db,
    clock,
    ids,
    verifyToken: createTokenReader(config, () => new Date(world.clock.now())),
    toProblem,
    config,
    onFault: world.onFault,
  });
  return { app, realtime: opened };
}

/**
 * Builds the whole server on an open, migrated database.
 * @param config checked settings
 * @param world the clock, the database and chance
 */
export async function buildServer(config: Config, world: World): Promise<Server> {
  const rooms = await buildRooms(config, world);
  const { app, realtime } = await openDoors(config, world, rooms);
  const { db, clock, ids, courier, charging, deadlines } = rooms;
  const sweep = createSweep({ webhooks: rooms.webhooks, onFault: world.onFault });
  return {
    app,
    charging,
    db,
    clock,
    courier,
    deadlines,
    realtime,
    webhooks: rooms.webhooks,
    ids,
    reconciliation: rooms.reconciliation,
    async listen() {
      await courier.start();
      // What fell due while no server was running is carried out before anybody is let in.
      await deadlines.runDue();
      deadlines.start();
      sweep.start();
      rooms.reconciliation.start();
      await app.listen({ port: config.port, host: config.host });
      const { port } = app.server.address() as AddressInfo;
      const host = config.host === "0.0.0.0" ? "localhost" : config.host;
      return { url: config.publicUrl ?? `http://${host}:${port}` };
    },
    async close() {
      await realtime.close();
      await app.close();
      await deadlines.stop();
      await sweep.stop();
      await rooms.reconciliation.stop();
      await charging.close();
      await courier.stop();
    },
  };
}
