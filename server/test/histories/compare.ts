// Holds histories against the chain: what the contract paid, asked of the chain and not of the server, is what the ledger says.
import { escrowAbi, endings as namesOfEndings, priceOfSeconds } from "@fairminute/contracts";
import type { Address, Hex } from "viem";
import { platform, type Stage } from "../escrow-stage.ts";
import type { History } from "./acts.ts";
import { type Field, readHoldings } from "./field.ts";

/** What the escrow itself said of a session. */
interface Paid {
  tutor: bigint;
  platform: bigint;
  student: bigint;
  /** Null: it was never closed, as it has no deposit. */
  ending: string | null;
}

const nothing: Paid = { tutor: 0n, platform: 0n, student: 0n, ending: null };

/** Everything that the escrow said since a block. */
async function readSaid({ chain }: Field, fromBlock: bigint) {
  const { reader, escrow: address } = chain;
  const query = { address, abi: escrowAbi, fromBlock } as const;
  const [started, paid, ended] = await Promise.all([
    reader.getContractEvents({ ...query, eventName: "SessionStarted" }),
    reader.getContractEvents({ ...query, eventName: "SessionPaid" }),
    reader.getContractEvents({ ...query, eventName: "SessionEnded" }),
  ]);
  return { started, paid, ended };
}
type Said = Awaited<ReturnType<typeof readSaid>>;

/** What was paid for each session. @throws Error for one that was paid, or ended, twice */
function payments({ paid, ended }: Said): Map<Hex, Paid> {
  const all = new Map<Hex, Paid>();
  for (const { args } of paid) {
    const sessionId = args.sessionId as Hex;
    if (all.has(sessionId)) throw new Error(`the contract paid the session ${sessionId} twice`);
    const { toTutor = 0n, fee = 0n, toStudent = 0n } = args;
    all.set(sessionId, { tutor: toTutor, platform: fee, student: toStudent, ending: null });
  }
  for (const { args } of ended) {
    const one = all.get(args.sessionId as Hex);
    if (one === undefined || one.ending !== null) throw new Error(`the session ${args.sessionId} ended strangely`);
    one.ending = namesOfEndings[Number(args.ending)] ?? String(args.ending);
  }
  return all;
}

/** Holdings of tutors, and of the escrow. */
export async function readPurses(
  field: Field,
  histories: readonly Pick<History, "mia">[],
): Promise<Map<Address, bigint>> {
  const owners = [...histories.map(({ mia }) => mia.account.address), field.chain.escrow];
  const holdings = await readHoldings(field.chain, owners);
  return new Map(owners.map((owner, index) => [owner, holdings[index] as bigint]));
}

/** The tokens have moved as the escrow says: to each tutor, and only the platform's fees stay in it, for the platform. @throws Error */
async function compareTokens(field: Field, said: Said, before: Map<Address, bigint>, histories: readonly History[]) {
  const tutorOf = new Map(said.started.map(({ args }) => [args.sessionId, args.tutor]));
  const expected = new Map(before);
  const add = (owner: Address, amount: bigint) => expected.set(owner, (expected.get(owner) ?? 0n) + amount);
  for (const { args } of said.paid) {
    add(tutorOf.get(args.sessionId) as Address, args.toTutor ?? 0n);
    add(field.chain.escrow, args.fee ?? 0n);
  }
  for (const [owner, holding] of await readPurses(field, histories)) {
    const foretold = expected.get(owner);
    if (holding !== foretold) throw new Error(`${owner} has ${holding} tokens, and should have ${foretold}`);
  }
  const waiting = await field.chain.reader.readContract({
    address: field.chain.escrow,
    abi: escrowAbi,
    functionName: "waitingOf",
    args: [field.chain.token, platform.address],
  });
  if (waiting !== expected.get(field.chain.escrow)) throw new Error(`${waiting} wait for the platform in the escrow`);
}

interface Moved {
  subject: string;
  from_account: string;
  to_account: string;
  amount: bigint;
  name: string;
}

/** Every transfer of these calls. */
async function readTransfers(stage: Stage, histories: readonly History[]): Promise<Map<string, Moved[]>> {
  const rows = await stage.db.query<Moved>(
    "select subject, from_account, to_account, amount, name from transfers where subject = any($1)",
    [histories.map(({ call }) => call.id)],
  );
  const all = new Map<string, Moved[]>(histories.map(({ call }) => [call.id, []]));
  for (const row of rows) all.get(row.subject)?.push(row);
  return all;
}

/** What the ledger says of a call: what each claim sent to the escrow, less what came back, and what is left in it. */
function readLedger(rows: readonly Moved[], { leo, mia }: History) {
  const of = (account: string) => {
    const sum = (fits: (row: Moved) => boolean) => rows.filter(fits).reduce((total, { amount }) => total + amount, 0n);
    const out = sum(
      (row) => row.from_account === account && row.to_account === "escrow:TEST" && !row.name.startsWith("gone"),
    );
    const back = sum((row) => row.to_account === account && row.from_account === "escrow:TEST");
    const lost = sum((row) => row.from_account === account && row.name.startsWith("gone"));
    const left = sum((row) => row.to_account === account) - sum((row) => row.from_account === account);
    return { paid: out + lost - back, left };
  };
  const [tutor, platformsOwn, student] = [`claim:TEST:${mia.id}`, "claim:TEST:platform", `claim:TEST:${leo.id}`].map(
    of,
  );
  const reversals = rows.filter(({ name }) => name.startsWith("back:") || name.startsWith("gone:")).length;
  return { sides: { tutor, platform: platformsOwn, student }, reversals };
}

/** The voucher's price and the ticker's price are the same number. @throws Error with both */
async function comparePrices({ stage }: Field, { call }: History): Promise<void> {
  const { settledAt, actualCoins, billedSeconds } = await stage.readCall(call.id);
  const { voucher, terms } = await stage.read(call.id);
  if (settledAt === null) throw new Error(`${call.id} is not settled`);
  if (voucher === null) return;
  const price = priceOfSeconds(BigInt(terms.ratePerMinute), BigInt(voucher.provenSeconds));
  if (price !== BigInt(actualCoins ?? -1) || voucher.amount !== String(price)) {
    throw new Error(`${call.id}: the voucher costs ${price}, the ticker said ${actualCoins} for ${billedSeconds} s`);
  }
}

/** What a wave has come to. */
export interface Outcome {
  endings: string[];
  reversals: number;
}

/**
 * Holds a wave against the chain.
 * @param fromBlock the first block of the wave
 * @param before what tutors and the escrow had then
 * @throws Error with what differs
 */
export async function compareAll(
  field: Field,
  histories: readonly History[],
  fromBlock: bigint,
  before: Map<Address, bigint>,
): Promise<Outcome> {
  const said = await readSaid(field, fromBlock);
  const paidFor = payments(said);
  await compareTokens(field, said, before, histories);
  const transfers = await readTransfers(field.stage, histories);
  const outcome: Outcome = { endings: [], reversals: 0 };
  for (const history of histories) {
    const { call, sessionId } = history;
    const paid = paidFor.get(sessionId) ?? nothing;
    const { sides, reversals } = readLedger(transfers.get(call.id) ?? [], history);
    outcome.endings.push(paid.ending ?? "none");
    outcome.reversals += reversals;
    for (const side of ["tutor", "platform", "student"] as const) {
      const { paid: told, left } = sides[side] as { paid: bigint; left: bigint };
      // What was lost and never came back was owed by nobody: the chain says nothing of it, and the ledger nothing either.
      const isLost = paid.ending === null;
      if (left !== 0n || (!isLost && told !== paid[side])) {
        throw new Error(`${call.id}: ${side} was paid ${paid[side]}, the ledger says ${told} and owes ${left}`);
      }
    }
  }
  await Promise.all(histories.map((history) => comparePrices(field, history)));
  return outcome;
}
