// Every wire of the server, once: the rooms are made here and given to each other, and nowhere else.
import type { AddressInfo } from "node:net";
import { findPreset } from "@fairminute/core";
import type { FastifyInstance } from "fastify";
import { type CallJson, type Charging, createCharging, type EscrowOffer } from "./charging/charging.ts";
import { carryOutUntil } from "./charging/ordered.ts";
import type { Clock, SandboxClock } from "./clock/clock.ts";
import { openSandboxClock } from "./clock/clock.ts";
import { createDeadlines, type Deadlines } from "./clock/deadlines.ts";
import type { Config } from "./config.ts";
import type { Database } from "./db/database.ts";
import type { Escrow } from "./escrow/escrow.ts";
import { createApp } from "./http/app.ts";
import { toProblem } from "./http/errors.ts";
import type { SandboxChain } from "./http/sandbox-chain.ts";
import { createTokenReader } from "./http/token.ts";
import { createIds, type Ids } from "./ids.ts";
import { createMatchmaking } from "./matchmaking/matchmaking.ts";
import { type Courier, createCourier } from "./outbox/courier.ts";
import type { JoinGrant } from "./providers/provider.ts";
import { createProviders, type ProviderRegistry } from "./providers/registry.ts";
import { createRealtime, type Realtime } from "./realtime/realtime.ts";
import {
  boundsOf,
  createReconciliation,
  type LookLimits,
  type Reconciliation,
} from "./reconciliation/reconciliation.ts";
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
  /** Sandbox only: the chain of this machine, whose time goes with the clock. */
  sandboxChain?: SandboxChain | undefined;
  /** Told of whatever went wrong behind a request's back. */
  onFault: (error: unknown) => void;
  logStream?: { write(line: string): void };
  /** How the nodes of a chain are reached; the machine's own way when absent. */
  fetch?: typeof globalThis.fetch;
  /** Other bounds for the looks at providers than the usual ones. */
  looks?: Partial<LookLimits>;
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
  /** Null without a chain. */
  escrow: Escrow | null;
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
  sandboxChain: SandboxChain | undefined;
  escrow: Escrow | null;
}) {
  return async (seconds: number): Promise<number> => {
    const target = world.clock.now() + seconds * 1000;
    await world.realtime().carryConnections(target);
    await world.reconciliation.carryUntil(target);
    await carryOutUntil(world.db, world.charging, target);
    const now = await world.clock.advance(seconds);
    await world.sandboxChain?.moveTo(now);
    await world.deadlines.runDue();
    await world.webhooks.applyPending();
    await world.reconciliation.runDue();
    await world.escrow?.runDue();
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

/** Where blocks come every few seconds, who waits for one confirmation wants to see it at once; who waits for twelve need not. */
const ROUND_FAST_MS = 1000;
const ROUND_MS = 4000;

/** The preset that is funded on a chain. Its price is the usual one, as the settings and a file of presets have made it. */
const ESCROW_PRESET = "tutoring-onchain";

/** The escrow of the settings; null without a chain, and then nothing of it is loaded: it is most of what there is to load. */
async function buildEscrow(
  { chain: settings, presets }: Config,
  { fetch = globalThis.fetch, onFault }: World,
  rooms: { db: Database; charging: Charging; courier: Courier; ids: Ids; now: () => number },
): Promise<Escrow | null> {
  if (settings === null) return null;
  const [{ createChain }, { createEscrow }] = await Promise.all([
    import("./chain/chain.ts"),
    import("./escrow/escrow.ts"),
  ]);
  const { currency, unit, sendsAfterSeconds, confirmations } = settings;
  const { pricePerMinute } = findPreset(ESCROW_PRESET, presets).terms.tariff;
  return createEscrow({
    ...rooms,
    chain: createChain(settings, { fetch }),
    currency,
    unit,
    pricePerMinute,
    sendsAfterSeconds,
    newNonce: () => rooms.ids.next("nonce").slice("nonce_".length),
    everyMs: confirmations === 1 ? ROUND_FAST_MS : ROUND_MS,
    onWritten: rooms.courier.poke,
    onFault,
  });
}

/** What the hall offers of the escrow. */
function offerOf({ chain }: Config): EscrowOffer | null {
  if (chain === null) return null;
  return { currency: chain.currency, pricePerMinuteMultipleOf: chain.unit > 1n ? 60n : 1n };
}

/** Calls as notices carry them; those that are paid on a chain with the wallets of their people, for the news that name them. */
function callReader(charging: () => Charging, escrow: () => Escrow | null) {
  return async (callIds: readonly string[]): Promise<ReadonlyMap<string, object>> => {
    const calls = await charging().tellCalls(callIds);
    const paidOnChain = [...calls.values()].filter(({ terms }) => terms.funding.kind === "escrow").map(({ id }) => id);
    const room = escrow();
    if (room === null || paidOnChain.length === 0) return calls;
    const parties = await room.readParties(paidOnChain);
    return new Map([...calls].map(([id, call]) => [id, { ...call, onChain: parties.get(id) }]));
  };
}

/** The rooms below the doors. */
async function buildRooms(config: Config, world: World) {
  const { db, clock: trueClock, random, onFault, looks: limits } = world;
  const sandboxClock = config.mode === "sandbox" ? await openSandboxClock(db, trueClock) : null;
  const clock: Clock & { refresh?: () => Promise<void> } = sandboxClock ?? trueClock;
  const now = () => clock.now();
  const ids = createIds(now, random);
  const providers = createProviders(config, { now: () => trueClock.now(), clock, fetch: globalThis.fetch });
  const readCalls = callReader(
    () => charging,
    () => escrow,
  );
  const courier = createCourier({ db, now, readCalls, onError: onFault });
  const charging: Charging = createCharging({
    db,
    now,
    nextId: ids.next,
    escrow: offerOf(config),
    presets: config.presets,
    // The embedded database has one session: a second lane would only wait for the first.
    lanes: db.kind === "pglite" ? 1 : config.lanes,
    onWritten: courier.poke,
    onFault,
  });
  const escrow = await buildEscrow(config, world, { db, charging, courier, ids, now });
  const deadlines = createDeadlines({ advanceDue: charging.advanceDue, clock, onError: onFault });
  const matchmaking = createMatchmaking({
    db,
    now,
    nextId: ids.next,
    charging,
    providerFor: providers.nameFor,
    newRoomName: providers.newRoomName,
    callsAtOnce: config.callsAtOnce,
    presets: charging.presets,
    onWritten: courier.poke,
    onFault,
  });
  // Study rooms that were named by Stream's id belong to Stream, where there is one.
  const study = createStudy({ db, charging, now, provider: providers.stream === null ? "webrtc" : "stream" });
  const looks = { ...boundsOf(config.looksPerSecond), ...limits };
  const reconciliation = createReconciliation({
    db,
    charging,
    providers,
    now,
    nextId: ids.next,
    onFault,
    limits: looks,
  });
  const webhooks = createWebhooks({ db, charging, providers, now, config, onLate: reconciliation.poke, onFault });
  const below = { db, clock, sandboxClock, ids, courier, charging, deadlines, providers, escrow };
  return { ...below, matchmaking, reconciliation, study, webhooks };
}

/** The two doors: the app, and on the same listener the sockets. */
async function openDoors(config: Config, world: World, rooms: Awaited<ReturnType<typeof buildRooms>>) {
  const { db, clock, sandboxClock, ids, courier, charging, providers, escrow } = rooms;
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
    escrow: escrow ?? undefined,
    ...(sandboxClock && {
      advanceClock: clockMover({ ...rooms, clock: sandboxClock, realtime, sandboxChain: world.sandboxChain }),
      refreshClock: sandboxClock.refresh,
    }),
    presence: { isOnline: (userId) => realtime().isOnline(userId) },
    webDir: world.webDir,
    sandboxChain: world.sandboxChain,
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
  const sweep = createSweep({ webhooks: rooms.webhooks, now: () => clock.now(), onFault: world.onFault });
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
    escrow: rooms.escrow,
    async listen() {
      await courier.start();
      // What fell due while no server was running is carried out before anybody is let in.
      await deadlines.runDue();
      deadlines.start();
      sweep.start();
      rooms.reconciliation.start();
      rooms.escrow?.start();
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
      await rooms.escrow?.stop();
      await charging.close();
      await courier.stop();
    },
  };
}
