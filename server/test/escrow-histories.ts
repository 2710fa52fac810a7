// Random histories of calls that are paid on a chain: in the end what the contract paid equals what the ledger says, to the unit.
// By itself: npx tsx --conditions=development server/test/escrow-histories.ts 10000 [seed]
import { pathToFileURL } from "node:url";
import { escrowAbi, priceOfSeconds } from "@fairminute/contracts";
import type { Hex } from "viem";
import { audit } from "../src/charging/audit.ts";
import type { CallJson } from "../src/charging/charging.ts";
import { databaseKinds } from "./databases.ts";
import { type ChainStage, meterKey, openStage, type Person, raiseChain, type Stage, windows } from "./escrow-stage.ts";

/** What a run found. */
export interface HistoriesReport {
  histories: number;
  /** How each session ended on the chain, and how many never had a deposit. */
  endings: Record<string, number>;
  reorganisations: number;
  /** Deposits and payments that the chain took back after they had been believed. */
  reversals: number;
}

export interface HistoriesOptions {
  count: number;
  seed: number;
  onProgress?: (done: number) => void;
}

/** Histories that run at once on one chain, so that they get in each other's way. */
const AT_ONCE = 8;
const CONFIRMATIONS = 2;

/** A small generator (mulberry32): the same seed gives the same histories. */
function createChance(seed: number) {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    upTo: (limit: number) => Math.floor(next() * limit),
    isOneIn: (times: number) => next() * times < 1,
    oneOf: <T>(choices: readonly T[]): T => choices[Math.floor(next() * choices.length)] as T,
  };
}
type Chance = ReturnType<typeof createChance>;

interface History {
  leo: Person;
  mia: Person;
  call: CallJson;
  sessionId: Hex;
}

/** Does something that the contract or the server may refuse: a refusal is part of the story. */
async function attempt(act: () => Promise<unknown>): Promise<void> {
  try {
    await act();
  } catch {
    // What counts is what the chain and the ledger say in the end.
  }
}

/** Everything that may happen to a history, once or often. */
function actsOf(stage: Stage, chance: Chance, history: History): (() => Promise<unknown>)[] {
  const { chain } = stage;
  const { leo, mia, call, sessionId } = history;
  const join = (userId: string) => ({
    type: "joined" as const,
    userId,
    connectionId: `${call.id}-${userId}`,
    at: stage.seconds(),
  });
  const byVoucher = (who: Person) => () => stage.payByVoucher(call.id, who);
  return [
    () => stage.deposit(call.id, leo),
    () => stage.deposit(call.id, leo),
    () => stage.deposit(call.id, leo),
    () =>
      stage
        .deposit(call.id, leo, { languageId: 99 })
        .then(() => chain.send(leo.account, "endSession", [mia.account.address])),
    () => stage.world.tell(call.id, [join(leo.id), join(mia.id)]),
    () => stage.world.tell(call.id, [join(leo.id), join(mia.id)]),
    () => stage.passTo(stage.seconds() + 1 + chance.upTo(50)),
    () => stage.passTo(stage.seconds() + 1 + chance.upTo(50)),
    () => stage.world.as(chance.oneOf([leo.id, mia.id])).post(`/api/calls/${call.id}/end`, {}),
    byVoucher(leo),
    byVoucher(mia),
    () => (chance.isOneIn(3) ? chain.send(leo.account, "endSession", [mia.account.address]) : Promise.resolve()),
    () => (chance.isOneIn(3) ? chain.send(mia.account, "endByClock", [sessionId]) : Promise.resolve()),
    () => chain.send(leo.account, "dispute", [sessionId]),
    () => chain.send(leo.account, "settle", [sessionId]),
  ];
}

async function begin(stage: Stage, chance: Chance, leo: Person, mia: Person): Promise<History> {
  const call = await stage.open(leo, mia, 1 + chance.upTo(3), chance.upTo(5));
  const { sessionId } = await stage.read(call.id);
  return { leo, mia, call, sessionId: sessionId as Hex };
}

const statusOf = async ({ reader, escrow }: ChainStage, sessionId: Hex): Promise<number> =>
  (await reader.readContract({ address: escrow, abi: escrowAbi, functionName: "sessionOf", args: [sessionId] })).status;

const closed = 4;

/** Brings everything to its end: calls over, sessions closed by whoever may, everything deep enough and read. */
async function finish(stage: Stage, chance: Chance, histories: readonly History[]): Promise<void> {
  const { chain } = stage;
  for (const { leo, call } of histories)
    await attempt(() => stage.world.as(leo.id).post(`/api/calls/${call.id}/end`, {}));
  await chain.mine(CONFIRMATIONS);
  await stage.run();
  // Some are left to the time of the chain: claims lapse, and deposits are taken back.
  const isLate = chance.isOneIn(3);
  if (isLate) await chain.pass(400 + windows.dispute + windows.reclaim);
  for (const { leo, mia, call, sessionId } of histories) {
    for (let tries = 0; tries < 5; tries++) {
      const status = await statusOf(chain, sessionId);
      if (status === 0 || status === closed) break;
      const last = tries > 2 ? ["endByClock"] : isLate ? ["reclaim", "settle"] : [];
      for (const verb of last) await attempt(() => chain.send(leo.account, verb, [sessionId]));
      await attempt(() => stage.payByVoucher(call.id, chance.oneOf([leo, mia])));
    }
  }
  for (let rounds = 0; rounds < 3; rounds++) {
    await chain.mine(CONFIRMATIONS);
    await stage.run();
    await stage.passTo(stage.seconds() + 5);
  }
}

/** What the contract itself said that it paid for a session, asked of the chain and not of the server. */
async function readPaid({ reader, escrow }: ChainStage, sessionId: Hex) {
  const query = { address: escrow, abi: escrowAbi, args: { sessionId }, fromBlock: 0n } as const;
  const [paid] = await reader.getContractEvents({ ...query, eventName: "SessionPaid" });
  const [ended] = await reader.getContractEvents({ ...query, eventName: "SessionEnded" });
  const { toTutor = 0n, fee = 0n, toStudent = 0n } = paid?.args ?? {};
  return { tutor: toTutor, platform: fee, student: toStudent, ending: ended?.args.ending ?? null };
}

/** What the ledger says of a call: what each claim sent to the escrow, less what came back, and what is left in it. */
async function readLedger(stage: Stage, { leo, mia, call }: History) {
  const rows = await stage.db.query<{ from_account: string; to_account: string; amount: bigint; name: string }>(
    "select from_account, to_account, amount, name from transfers where subject = $1",
    [call.id],
  );
  const of = (account: string) => {
    const sum = (fits: (row: (typeof rows)[number]) => boolean) =>
      rows.filter(fits).reduce((total, { amount }) => total + amount, 0n);
    const out = sum(
      (row) => row.from_account === account && row.to_account === "escrow:TEST" && !row.name.startsWith("gone"),
    );
    const back = sum((row) => row.to_account === account && row.from_account === "escrow:TEST");
    const lost = sum((row) => row.from_account === account && row.name.startsWith("gone"));
    const left = sum((row) => row.to_account === account) - sum((row) => row.from_account === account);
    return { paid: out + lost - back, left };
  };
  const [tutor, platform, student] = [
    of(`claim:TEST:${mia.id}`),
    of("claim:TEST:platform"),
    of(`claim:TEST:${leo.id}`),
  ];
  const reversals = rows.filter(({ name }) => name.startsWith("back:") || name.startsWith("gone:")).length;
  return { tutor, platform, student, reversals };
}

/** Holds one history against the chain. @throws Error with what differs */
async function compare(stage: Stage, history: History, report: HistoriesReport): Promise<void> {
  const { chain } = stage;
  const paid = await readPaid(chain, history.sessionId);
  const ledger = await readLedger(stage, history);
  const name =
    paid.ending === null ? "none" : ["time", "voucher", "claim_lapsed", "dispute_lapsed", "reclaimed"][paid.ending];
  report.endings[name ?? "none"] = (report.endings[name ?? "none"] ?? 0) + 1;
  report.reversals += ledger.reversals;
  for (const side of ["tutor", "platform", "student"] as const) {
    // What was lost and never came back was owed by nobody: the chain says nothing of it, and the ledger nothing either.
    const isLost = paid.ending === null;
    const { paid: told, left } = ledger[side];
    if (left !== 0n || (!isLost && told !== paid[side])) {
      throw new Error(`${history.call.id}: ${side} was paid ${paid[side]}, the ledger says ${told} and owes ${left}`);
    }
  }
  const { settledAt, actualCoins, billedSeconds } = await stage.readCall(history.call.id);
  const { voucher, terms } = await stage.read(history.call.id);
  if (settledAt === null) throw new Error(`${history.call.id} is not settled`);
  if (voucher === null) return;
  const price = priceOfSeconds(BigInt(terms.ratePerMinute), BigInt(voucher.provenSeconds));
  if (price !== BigInt(actualCoins ?? -1) || voucher.amount !== String(price)) {
    throw new Error(
      `${history.call.id}: the voucher costs ${price}, the ticker said ${actualCoins} for ${billedSeconds} s`,
    );
  }
}

/** Several histories at once, with servers that look now and then and a chain that changes its mind. */
async function playTogether(
  stage: Stage,
  chance: Chance,
  pairs: [Person, Person][],
  report: HistoriesReport,
): Promise<void> {
  const { chain } = stage;
  const histories: History[] = [];
  for (const [leo, mia] of pairs) histories.push(await begin(stage, chance, leo, mia));
  for (let step = 0; step < histories.length * 7; step++) {
    await attempt(chance.oneOf(actsOf(stage, chance, chance.oneOf(histories))));
    if (chance.isOneIn(2)) await stage.run();
    if (chance.isOneIn(4)) await chain.mine(1 + chance.upTo(3));
    if (chance.isOneIn(20)) {
      await chain.reorganise(1 + chance.upTo(6));
      report.reorganisations += 1;
    }
  }
  await finish(stage, chance, histories);
  for (const history of histories) await compare(stage, history, report);
  report.histories += histories.length;
}

/**
 * Plays random histories on one stage.
 * @throws Error for the first history in which ledger and chain differ, or when the books are not right in the end
 */
export async function playHistories(
  stage: Stage,
  { count, seed, onProgress }: HistoriesOptions,
): Promise<HistoriesReport> {
  const chance = createChance(seed);
  const report: HistoriesReport = { histories: 0, endings: {}, reorganisations: 0, reversals: 0 };
  const pairs: [Person, Person][] = [];
  for (let i = 0; i < Math.min(AT_ONCE, count); i++) pairs.push([await stage.meet("leo"), await stage.meet("mia")]);
  // What was made for the people must not be taken back with the first reorganisation.
  await stage.chain.mine(10);
  while (report.histories < count) {
    await playTogether(stage, chance, pairs.slice(0, count - report.histories), report);
    await stage.chain.mine(10);
    onProgress?.(report.histories);
  }
  const books = await audit(stage.db, stage.world.server.clock.now());
  const wrong = books.checks.filter(({ ok }) => !ok);
  if (wrong.length > 0) throw new Error(`the audit found ${JSON.stringify(wrong)}`);
  const differences = await stage.escrow.findDifferences();
  if (differences.length > 0) throw new Error(`ledger and chain differ: ${JSON.stringify(differences.slice(0, 3))}`);
  if ((await stage.balanceOf("escrow:TEST")) !== 0n) throw new Error("the ledger still has something in the escrow");
  return report;
}

/** A stage that the histories are told on: a server that sends a voucher itself after two minutes. */
export async function openHistoriesStage(kind: (typeof databaseKinds)[number], chain: ChainStage): Promise<Stage> {
  return openStage(kind, chain, {
    CHAIN_CONFIRMATIONS: String(CONFIRMATIONS),
    BACKEND_PRIVATE_KEY: meterKey,
    ESCROW_SENDS_AFTER_SECONDS: "120",
    FAIRMINUTE_LOG_LEVEL: "silent",
  });
}

async function main(): Promise<void> {
  const [count = "1000", seed = "1"] = process.argv.slice(2);
  const kind = databaseKinds[0] as (typeof databaseKinds)[number];
  const chain = await raiseChain();
  const stage = await openHistoriesStage(kind, chain);
  try {
    const onProgress = (done: number) => process.stderr.write(`\r${done} of ${count} histories`);
    const report = await playHistories(stage, { count: Number(count), seed: Number(seed), onProgress });
    process.stdout.write(`\n${JSON.stringify(report)}\n`);
  } finally {
    await stage.close();
    await chain.stop();
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await main();
