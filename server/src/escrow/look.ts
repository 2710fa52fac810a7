// One look at one call: what its session's logs say, what evidence follows from it, the voucher, and what the ledger still lacks.
import type { EscrowLog } from "../chain/chain.ts";
import { readCursor, readStandingLogs } from "../chain/cursor.ts";
import { REORG_DEPTH } from "../chain/follow.ts";
import { putSend, readSend, reopenSend } from "../chain/sends.ts";
import type { StoredCall } from "../charging/stored.ts";
import { readCalls } from "../charging/write.ts";
import type { Queryable } from "../db/database.ts";
import { putNotice } from "../outbox/notices.ts";
import { type Agreement, agree, voucherSecondsOf } from "./agreement.ts";
import { type Owing, postLoss, postPayout, postReverse, readOwed, sumOf } from "./owed.ts";
import { type Applied, type EscrowRow, type Found, giveBackCall, keepAgreed, NEVER } from "./rows.ts";
import { confirmationsOf, type Division, inUnits, type OnChain, type Story, tellStory } from "./story.ts";
import { escrowJson, paymentJson } from "./view.ts";
import type { EscrowWorld } from "./world.ts";

const RETRY_MS = 2000;
const RETRY_MAX_MS = 60_000;
/** Between the id of a deposit and the number of the time that the chain took it back; core reads it. */
const GONE = ":gone:";

/** Everything that a look goes by. */
interface Subject {
  world: EscrowWorld;
  row: EscrowRow;
  call: StoredCall;
  agreement: Agreement;
  story: Story;
  /** The newest block that was read. */
  head: number;
}

const isFirm = ({ world, head }: Subject, on: OnChain | null): boolean =>
  on !== null && confirmationsOf(on, head) >= world.chain.confirmations;

function unchanged(row: EscrowRow): Found {
  const { state, voucher, applied, applications, sends } = row;
  return { state, voucher, applied, applications, sends, nextLookAt: NEVER, waitsForBlock: null, error: null };
}

/** What the call's own log has been told of its deposit: how often, and the evidence that is in force. The log is the memory. */
function toldOf({ events }: StoredCall): { times: number; inForce: string | null } {
  const chain = events.filter(({ source }) => source === "chain");
  const funded = chain.filter(({ type }) => type === "call.funded");
  const isGone = (id: string) => chain.some((event) => event.id.startsWith(`${id}${GONE}`));
  return { times: funded.length, inForce: funded.find(({ id }) => !isGone(id))?.id ?? null };
}

/** The deposit as evidence: in force when it is deep enough, taken back when it is not (any more). @returns whether that is news */
async function recordDeposit(subject: Subject): Promise<boolean> {
  const { world, call, story } = subject;
  const told = toldOf(call);
  const isInForce = isFirm(subject, story.deposit);
  if (isInForce === (told.inForce !== null)) return false;
  const shared = { source: "chain", userId: null, connectionId: null, reason: null, untilAt: null } as const;
  const occurredAt = world.now();
  if (told.inForce !== null) {
    const id = `${told.inForce}${GONE}${told.times}`;
    await world.charging.recordEvents(call.id, [{ ...shared, id, type: "call.unfunded", occurredAt }]);
    return true;
  }
  const { transactionHash, logIndex } = story.deposit as OnChain;
  const again = told.times === 0 ? "" : `:${told.times + 1}`;
  const id = `deposit:${world.chain.chainId}:${transactionHash}:${logIndex}${again}`;
  await world.charging.recordEvents(call.id, [{ ...shared, id, type: "call.funded", occurredAt }]);
  return true;
}

/** Who stopped the session on the chain has ended the call: there is no more money for it. @returns whether it was told now */
async function endAsOnChain({ world, row, call, story }: Subject): Promise<boolean> {
  if (call.settledAt !== null || (story.payment === null && story.claim === null)) return false;
  const by = story.payment?.endedBy ?? row.tutor;
  const userId = by === row.student ? row.payerId : by === row.tutor ? row.payeeId : null;
  await world.charging.commandCall(call.id, { kind: "end", userId, reason: "ended on the chain" });
  return true;
}

/** What many looks go by, read at once. What changes afterwards wakes its call again. */
export interface Seen {
  calls: Map<string, StoredCall>;
  /** By session. */
  logs: Map<string, EscrowLog[]>;
  /** The newest block that was read. */
  head: number;
}

/** Reads what the looks at these calls go by. */
export async function readSeen(world: EscrowWorld, rows: readonly EscrowRow[]): Promise<Seen> {
  const { db, chain } = world;
  // First how far, then what: a log that is read in between is looked at again.
  const head = (await readCursor(db, chain))?.blockNumber ?? -1;
  const callIds = rows.map(({ callId }) => callId);
  const calls = new Map((await readCalls(db, callIds)).map((call) => [call.id, call]));
  const contractIds = rows.flatMap((row) => {
    const call = calls.get(row.callId);
    return call === undefined ? [] : [agree(chain, row, call, world.unit).sessionId];
  });
  const logs = new Map<string, EscrowLog[]>(contractIds.map((sessionId) => [sessionId, []]));
  for (const log of await readStandingLogs(db, chain, contractIds)) logs.get(log.sessionId)?.push(log);
  return { calls, logs, head };
}

/** The meter's word on a call that is settled: signed once, when there is a deposit that it speaks of. */
async function signVoucher({ world, call, agreement, story }: Subject, found: Found): Promise<boolean> {
  if (call.settledAt === null || story.deposit === null || found.voucher !== null) return false;
  const seconds = voucherSecondsOf(call);
  found.voucher = { seconds, signature: await world.chain.signVoucher(agreement.sessionId, seconds) };
  return true;
}

const numbers = ({ toTutor, fee, toStudent }: Division) => ({
  toTutor: String(toTutor),
  fee: String(fee),
  toStudent: String(toStudent),
});
const bigints = ({ toTutor, fee, toStudent }: Applied["owed"]): Division => ({
  toTutor: BigInt(toTutor),
  fee: BigInt(fee),
  toStudent: BigInt(toStudent),
});

/** What the ledger should have been told of the chain. */
function wantedOf(subject: Subject): { kind: Applied["kind"]; on: OnChain | null } | null {
  const { call, story } = subject;
  if (call.settledAt === null) return null;
  if (isFirm(subject, story.payment)) return { kind: "paid", on: story.payment };
  // A deposit that was believed and is nowhere: nothing is owed. One that is only not deep enough (yet) changes nothing.
  if (toldOf(call).times > 0 && story.deposit === null) return { kind: "gone", on: null };
  return null;
}

/** Posts the difference between what the ledger was told and what the chain says. @returns whether a payment is new */
async function applyChain(tx: Queryable, subject: Subject, found: Found): Promise<boolean> {
  const { world, row, call, story } = subject;
  const wanted = wantedOf(subject);
  const { applied } = row;
  const isSame = applied?.kind === wanted?.kind && (wanted?.kind !== "paid" || isSamePayment(applied, subject));
  if (isSame) {
    // The same amounts by another transaction: only their place has changed.
    if (applied !== null && wanted?.on) found.applied = { ...applied, transactionHash: wanted.on.transactionHash };
    return false;
  }
  const now = world.now();
  const owing: Owing = { callId: call.id, currency: call.terms.currency, payerId: row.payerId, payeeId: row.payeeId };
  if (applied !== null) {
    const undone = { owed: bigints(applied.owed), left: bigints(applied) };
    await postReverse(tx, owing, undone, row.applications, now);
    found.applied = null;
  }
  if (wanted === null) return false;
  const owed = await readOwed(tx, owing);
  const n = row.applications + 1;
  found.applications = n;
  if (wanted.kind === "gone") {
    await postLoss(tx, owing, owed, n, now);
    const transactionHash = "0x" as const;
    found.applied = { kind: "gone", transactionHash, ...numbers(owed), owed: numbers(owed) };
    return false;
  }
  const paid = inUnits(story.payment as Division, world.unit);
  if (sumOf(paid) !== sumOf(owed)) {
    throw new Error(`the contract paid ${sumOf(paid)} of ${call.id}, the ledger owes ${sumOf(owed)}`);
  }
  await postPayout(tx, owing, owed, paid, n, now);
  const { transactionHash } = wanted.on as OnChain;
  found.applied = { kind: "paid", transactionHash, ...numbers(paid), owed: numbers(owed) };
  return true;
}

function isSamePayment(applied: Applied | null, { story, world }: Subject): boolean {
  if (applied === null || story.payment === null) return false;
  const paid = inUnits(story.payment, world.unit);
  const before = bigints(applied);
  return paid.toTutor === before.toTutor && paid.fee === before.fee && paid.toStudent === before.toStudent;
}

/** The voucher goes into the line when nobody has used it in time. A send that came to nothing is followed by another one. */
async function sendVoucher(tx: Queryable, subject: Subject, found: Found): Promise<void> {
  const { world, row, call, agreement, story } = subject;
  const { sendsAfterSeconds } = world;
  if (sendsAfterSeconds === null || found.voucher === null || !isFirm(subject, story.deposit)) return;
  if (story.payment !== null) return;
  const dueAt = (call.settledAt as number) + sendsAfterSeconds * 1000;
  if (world.now() < dueAt) {
    found.nextLookAt = Math.min(found.nextLookAt, dueAt);
    return;
  }
  const last = row.sends === 0 ? null : await readSend(tx, `voucher:${call.id}:${row.sends}`);
  const isOver = last === null || ["done", "reverted", "replaced", "refused"].includes(last.state);
  if (!isOver) return;
  // A refusal stands until something changes; so the next try waits longer each time.
  const pause = last === null ? 0 : Math.min(RETRY_MAX_MS, RETRY_MS * 2 ** Math.min(row.sends, 10));
  if (last !== null && world.now() < last.takenUntil + pause) {
    found.nextLookAt = Math.min(found.nextLookAt, last.takenUntil + pause);
    return;
  }
  // It was paid from here, and the chain has taken that back, or has only not told us of it yet: the same one again, or none.
  if (last?.state === "done") return reopenSend(tx, last.id, world.now());
  found.sends = row.sends + 1;
  const { seconds, signature } = found.voucher;
  const data = world.chain.encodeVoucher(agreement.sessionId, seconds, signature);
  await putSend(tx, world.chain, `voucher:${call.id}:${found.sends}`, data, world.now());
}

/** Where the call stands, and the block that it waits for. */
function place(subject: Subject, found: Found): void {
  const { world, call, story, head } = subject;
  const { confirmations } = world.chain;
  const waits: number[] = [];
  for (const on of [story.deposit, story.payment]) {
    if (on !== null && confirmationsOf(on, head) < confirmations) waits.push(on.blockNumber + confirmations - 1);
  }
  const isDeep = story.payment !== null && confirmationsOf(story.payment, head) > REORG_DEPTH;
  if (found.applied?.kind === "paid" && story.payment !== null && !isDeep) {
    waits.push(story.payment.blockNumber + REORG_DEPTH);
  }
  if (found.applied?.kind === "paid") found.state = isDeep ? "closed" : "paid";
  else if (call.settledAt !== null) found.state = story.deposit === null ? "closed" : "closing";
  else found.state = toldOf(call).inForce === null ? "awaiting_deposit" : "funded";
  found.waitsForBlock = waits.length === 0 ? null : Math.min(...waits);
}

/** That a deposit is in force, or is not, the hall tells itself. */
async function tell(tx: Queryable, subject: Subject, found: Found, isNew: { voucher: boolean; paid: boolean }) {
  if (!isNew.voucher && !isNew.paid) return;
  const { world, row, call } = subject;
  const audience = [row.payerId, row.payeeId];
  const put = (type: string, data: Record<string, unknown>) =>
    putNotice(tx, { callId: call.id, audience, type, data: { callId: call.id, ...data } }, world.now());
  const viewed = { ...subject, row: { ...row, ...found } };
  if (isNew.voucher) await put("call:voucher", { escrow: await escrowJson(world, viewed) });
  if (isNew.paid) await put("call:paid", { payment: paymentJson(world, viewed) });
}

/** Looks. @throws whatever failed: the row is tried again later, and nothing of the ledger was written */
async function examine(world: EscrowWorld, row: EscrowRow, call: StoredCall, seen: Seen): Promise<boolean> {
  const agreement = agree(world.chain, row, call, world.unit);
  const { ratePerMinute, maxSeconds } = agreement.terms;
  if (row.sessionId === null) {
    await keepAgreed(world.db, call.id, { sessionId: agreement.sessionId, ratePerMinute, maxSeconds });
  }
  const story = tellStory(seen.logs.get(agreement.sessionId) ?? [], row.student, agreement);
  const subject: Subject = { world, row, call, agreement, story, head: seen.head };
  const found = unchanged(row);
  const news = [await recordDeposit(subject), await endAsOnChain(subject)];
  if (news.includes(true)) subject.call = (await readCalls(world.db, [call.id]))[0] ?? call;
  const voucher = await signVoucher(subject, found);
  // The news of a voucher tells the time of the deposit: asked here, because in the transaction nobody waits for a node.
  if (voucher && story.deposit !== null) await world.readTime(story.deposit);
  const written = await world.db.transaction(async (tx) => {
    const paid = await applyChain(tx, subject, found);
    await sendVoucher(tx, subject, found);
    place(subject, found);
    if (!(await giveBackCall(tx, row, found))) throw new Overtaken();
    await tell(tx, subject, found, { voucher, paid });
    return true;
  });
  world.onWritten();
  return written;
}

/** Another server has taken the row meanwhile: what this one wanted to write is rolled back. */
class Overtaken extends Error {}

/**
 * Looks at one call that was taken.
 * @param seen read after it was taken
 * @throws what failed, after the row was given back for a later try
 */
export async function lookAtCall(world: EscrowWorld, row: EscrowRow, seen: Seen): Promise<void> {
  const call = seen.calls.get(row.callId);
  if (call === undefined) {
    // It is about to open, or never will.
    await giveBackCall(world.db, row, {
      ...unchanged(row),
      nextLookAt: world.now() + RETRY_MS * 2 ** Math.min(Number(row.looks), 12),
    });
    return;
  }
  try {
    await examine(world, row, call, seen);
  } catch (error) {
    if (error instanceof Overtaken) return;
    const pause = Math.min(RETRY_MAX_MS, RETRY_MS * 2 ** Math.min(row.failures, 5));
    const message = error instanceof Error ? error.message : String(error);
    await giveBackCall(world.db, row, {
      ...unchanged(row),
      nextLookAt: world.now() + pause,
      error: message.slice(0, 500),
    });
    throw error;
  }
}
