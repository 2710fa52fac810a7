// The face of the room: calls that are paid from the escrow, what their people see and prove, and the loop that follows the chain.
import { FairminuteError, isEscrow } from "@fairminute/core";
import type { Chain, ChainFacts } from "../chain/chain.ts";
import { readCursor, readStandingLogs } from "../chain/cursor.ts";
import { followChain } from "../chain/follow.ts";
import { runSends } from "../chain/sending.ts";
import type { StoredCall } from "../charging/stored.ts";
import { readCalls } from "../charging/write.ts";
import { agree, requestIdOf } from "./agreement.ts";
import { type Confirmation, confirmPayment } from "./confirm.ts";
import { type Difference, findDifferences } from "./differences.ts";
import { type ExaminationJson, examine, type Question } from "./examination.ts";
import { lookAtCall, readSeen } from "./look.ts";
import { createLoop } from "./loop.ts";
import {
  type EscrowRow,
  findByContractId,
  putEscrowRow,
  readEscrowCall,
  readParties,
  repairCalls,
  takeDueCalls,
  wakeCall,
  wakeRead,
} from "./rows.ts";
import { tellStory } from "./story.ts";
import { createTimes } from "./times.ts";
import { type EscrowJson, escrowJson, type PaymentJson, paymentJson, type Viewed } from "./view.ts";
import { createWallets, readWalletsOf, type Wallets } from "./wallets.ts";
import type { EscrowWorld } from "./world.ts";

export type { Confirmation } from "./confirm.ts";
export type { Difference } from "./differences.ts";
export type { ExaminationJson, StuckSendJson } from "./examination.ts";
export type { StrayDepositJson } from "./strays.ts";
export type { EscrowJson, PaymentJson } from "./view.ts";
export type { WalletJson, Wallets } from "./wallets.ts";

/** What the chain is, and how well it is reached. */
export interface ChainStatusJson {
  chainId: number;
  contract: string;
  token: string;
  currency: string;
  /** How many of the token's smallest units are one unit of the currency, as decimal digits. */
  unit: string;
  /** Of the token; null before the contract was asked for the first time. */
  decimals: number | null;
  /** The usual price, in the token's smallest units, as decimal digits. */
  pricePerMinute: string;
  confirmations: number;
  meter: string;
  /** The newest block that was read; null before the first. */
  head: number | null;
  /** What went wrong when the chain was asked last; null when nothing did. */
  error: string | null;
}

export interface Escrow {
  wallets: Wallets;
  /**
   * Keeps who deposits and who is paid, before the call opens.
   * @throws FairminuteError wallet_not_linked, naming whose
   */
  prepareCall(opening: { callId: string; payerId: string; payeeId: string; languageId: number }): Promise<void>;
  /** @param viewerId null: the operator. @throws FairminuteError call_not_found, not_found for a call that is paid otherwise */
  readEscrow(callId: string, viewerId: string | null): Promise<EscrowJson>;
  /** What the contract paid for a call; null when it has not, and for every other call. */
  readPayment(callId: string): Promise<PaymentJson | null>;
  /** Tutor and student of those of these calls that are paid on the chain. */
  readParties(callIds: readonly string[]): Promise<Map<string, { tutorAddress: string; studentAddress: string }>>;
  /**
   * A party says that a transaction has paid. Null: the name is no call of this escrow.
   * @throws FairminuteError call_not_found, forbidden, payment_not_proven with the reason, chain_unavailable
   */
  confirmEnd(notice: {
    callerId: string | null;
    sessionId: string;
    userAddress: string;
    transactionHash: string | undefined;
  }): Promise<({ callId: string } & Confirmation) | null>;
  readStatus(): Promise<ChainStatusJson>;
  /** Where ledger and chain differ although they should not: empty when all is well. Changes nothing. */
  findDifferences(): Promise<Difference[]>;
  /**
   * The same for some calls, with what else the operator should see: sends that do not get through, deposits that fund no call.
   * @throws FairminuteError invalid_cursor
   */
  examine(question: Question): Promise<ExaminationJson>;
  /** Reads on, looks at every call that is due, and sends what waits. A chain that does not answer is no fault. @returns how much was done */
  runDue(): Promise<number>;
  start(): void;
  stop(): Promise<void>;
}

export interface EscrowRoom extends Omit<EscrowWorld, "readFacts" | "readTime"> {
  newNonce: () => string;
  /** Told of what went wrong in a round; the next one tries again. */
  onFault: (error: unknown) => void;
  /** Milliseconds between two rounds. */
  everyMs: number;
}

const LEASE_MS = 30_000;
const BATCH = 50;
/** Rounds follow each other as long as they have an effect; so many are enough for whatever a moment can hold. */
const ROUNDS_MAX = 50;

/** Facts never change: asked until they are answered, then known. */
function createFacts(chain: Chain): { read: () => Promise<ChainFacts>; known: () => ChainFacts | null } {
  let known: ChainFacts | null = null;
  const read = async () => {
    known ??= await chain.readFacts();
    return known;
  };
  return { read, known: () => known };
}

async function viewCall(world: EscrowWorld, row: EscrowRow, call: StoredCall): Promise<Viewed> {
  const agreement = agree(world.chain, row, call, world.unit);
  const logs = await readStandingLogs(world.db, world.chain, [agreement.sessionId]);
  const head = (await readCursor(world.db, world.chain))?.blockNumber ?? -1;
  return { row, agreement, story: tellStory(logs, row.student, agreement), head };
}

async function view(world: EscrowWorld, row: EscrowRow): Promise<Viewed | null> {
  const [call] = await readCalls(world.db, [row.callId]);
  return call === undefined ? null : viewCall(world, row, call);
}

function createPrepare({ db, chain, now }: EscrowWorld): Escrow["prepareCall"] {
  return async ({ callId, payerId, payeeId, languageId }) => {
    const wallets = await readWalletsOf(db, [payerId, payeeId]);
    const walletOf = (userId: string, role: string) => {
      const wallet = wallets.get(userId);
      if (wallet !== undefined) return wallet;
      const message = `${userId}, who ${role}, has linked no wallet: POST /api/wallets/challenge`;
      throw new FairminuteError("wallet_not_linked", message, { details: { userId } });
    };
    const student = walletOf(payerId, "pays");
    const tutor = walletOf(payeeId, "is paid");
    const requestId = requestIdOf(callId);
    const row = { callId, payerId, payeeId, student, tutor, token: chain.token, languageId, requestId };
    await putEscrowRow(db, chain, row, now());
  };
}

const noCall = (name: string, param: string) =>
  new FairminuteError("call_not_found", `there is no call ${name} for you`, { param });

/** A call for one of its people, with its row. A call that was opened by another way than ours gets its agreement now. */
function createFind(world: EscrowWorld, prepare: Escrow["prepareCall"]) {
  return async (callId: string, viewerId: string | null): Promise<{ row: EscrowRow; call: StoredCall }> => {
    const known = await readEscrowCall(world.db, callId);
    const [call] = await readCalls(world.db, [callId]);
    if (call === undefined) throw noCall(callId, "id");
    const { payerId, payeeId } = call;
    if (viewerId !== null && viewerId !== payerId && viewerId !== payeeId) throw noCall(callId, "id");
    if (known !== null) return { row: known, call };
    if (!isEscrow(call.terms) || payeeId === null) {
      throw new FairminuteError("not_found", `the call ${callId} is not paid on a chain`, { param: "id" });
    }
    await prepare({ callId, payerId, payeeId, languageId: 0 });
    return { row: (await readEscrowCall(world.db, callId)) as EscrowRow, call };
  };
}

function createConfirm(world: EscrowWorld, poke: () => void): Escrow["confirmEnd"] {
  const { db, chain } = world;
  return async ({ callerId, sessionId, userAddress, transactionHash }) => {
    const isHex = /^0x[0-9a-fA-F]{64}$/.test(sessionId);
    const row = isHex ? await findByContractId(db, sessionId) : await readEscrowCall(db, sessionId);
    const viewed = row === null ? null : await view(world, row);
    if (row === null || viewed === null) return null;
    const own = callerId === row.payerId ? [row.student] : callerId === row.payeeId ? [row.tutor] : [];
    const allowed = callerId === null ? [row.student, row.tutor] : own;
    if (allowed.length === 0) throw noCall(sessionId, "sessionId");
    if (!allowed.some((address) => address.toLowerCase() === userAddress.toLowerCase())) {
      const message = `userAddress: ${userAddress} is not your wallet in this call`;
      throw new FairminuteError("forbidden", message, { param: "userAddress" });
    }
    if (transactionHash === undefined) {
      const message = "transactionHash is missing; expected the transaction that ended the session";
      throw new FairminuteError("invalid_request", message, { param: "transactionHash" });
    }
    const confirmation = await confirmPayment(chain, viewed.agreement, transactionHash as `0x${string}`);
    poke();
    return { callId: row.callId, ...confirmation };
  };
}

/** One round: read, look, send. */
function createRound(world: EscrowWorld, onFault: (error: unknown) => void, note: (error: string | null) => void) {
  const { db, chain, now } = world;
  const onEnd = async ({ id }: { id: string }) =>
    wakeCall(db, id.slice(id.indexOf(":") + 1, id.lastIndexOf(":")), now());
  /** @returns 0 when it failed: a chain that could not be asked is asked again in the next round */
  const attempt = async (work: () => Promise<number>): Promise<number> => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof FairminuteError && error.code === "chain_unavailable")) onFault(error);
      else note(error.message);
      return 0;
    }
  };
  const follow = async () => {
    await world.readFacts();
    const onRead = (tx: Parameters<typeof wakeRead>[0], read: Parameters<typeof wakeRead>[2]) =>
      wakeRead(tx, chain, read, now());
    const followed = await followChain({ db, chain, now, onRead });
    note(null);
    return followed === null ? 0 : 1;
  };
  const look = async () => {
    const rows = await takeDueCalls(db, now(), now() + LEASE_MS, BATCH);
    if (rows.length === 0) return 0;
    const seen = await readSeen(world, rows);
    for (const row of rows) await attempt(() => lookAtCall(world, row, seen).then(() => 1));
    return rows.length;
  };
  return async (): Promise<number> => {
    const followed = await attempt(follow);
    const looked = await look();
    const sent = world.sendsAfterSeconds === null ? 0 : await attempt(() => runSends({ db, chain, now, onEnd }));
    return followed + looked + sent;
  };
}

/** Makes the room. Nothing is asked of the chain before the first round. */
export function createEscrow(room: EscrowRoom): Escrow {
  const { db, chain, now, newNonce, onFault, everyMs, currency, unit, pricePerMinute } = room;
  const facts = createFacts(chain);
  const world: EscrowWorld = { ...room, readFacts: facts.read, readTime: createTimes(chain, now) };
  let lastError: string | null = null;
  const round = createRound(world, onFault, (error) => {
    lastError = error;
  });
  const runDue = async (): Promise<number> => {
    let done = 0;
    for (let rounds = 0; rounds < ROUNDS_MAX; rounds++) {
      const now = await round();
      if (now === 0) break;
      done += now;
    }
    return done;
  };
  const loop = createLoop({ runDue, repair: () => repairCalls(db, now()), now, everyMs, onFault });
  const prepareCall = createPrepare(world);
  const find = createFind(world, prepareCall);
  return {
    wallets: createWallets({ db, chain, now, newNonce }),
    prepareCall,
    async readEscrow(callId, viewerId) {
      const { row, call } = await find(callId, viewerId);
      return escrowJson(world, await viewCall(world, row, call));
    },
    async readPayment(callId) {
      const row = await readEscrowCall(db, callId);
      const viewed = row === null ? null : await view(world, row);
      return viewed === null ? null : paymentJson(world, viewed);
    },
    readParties: (callIds) => readParties(db, callIds),
    confirmEnd: createConfirm(world, loop.poke),
    async readStatus() {
      const cursor = await readCursor(db, chain);
      const { chainId, escrow: contract, token, confirmations, meter } = chain;
      const money = { currency, unit: String(unit), pricePerMinute: String(pricePerMinute * unit) };
      // Not asked for here: whoever is nobody must not make the server ask a node.
      const decimals = facts.known()?.decimals ?? null;
      const place = { chainId, contract, token, ...money, decimals, confirmations, meter };
      return { ...place, head: cursor?.blockNumber ?? null, error: lastError };
    },
    findDifferences: () => findDifferences(world),
    examine: (question) => examine(world, question),
    runDue,
    start: loop.start,
    stop: loop.stop,
  };
}
