// How histories come to their end: hung up, and every session closed by whoever may, in each way that the contract knows.
import { escrowAbi } from "@fairminute/contracts";
import type { Address, Hex } from "viem";
import { windows } from "../escrow-stage.ts";
import { type History, hangUp, payByVoucher } from "./acts.ts";
import type { Chance } from "./chance.ts";
import { DEPTH_MAX, type Field, SENDS_AFTER_SECONDS } from "./field.ts";
import { forgetWaiting, type Memory, type Mischief, mine, reorganise } from "./mischief.ts";

/** How somebody means to close what is open at the end. The contract may have closed it otherwise before. */
const ways = ["voucher", "voucher", "left to the servers", "time", "claim", "dispute", "reclaim"] as const;
type Way = (typeof ways)[number];

/** Where a session stands, by what the escrow said of it. */
type Standing = "open" | "claimed" | "disputed" | "closed";

const said = new Map<string, Standing>([
  ["SessionStarted", "open"],
  ["EndClaimed", "claimed"],
  ["SessionDisputed", "disputed"],
  ["SessionEnded", "closed"],
]);

/** Where each session stands on the chain, and who opened it; one without a deposit is not among them. */
async function readStandings({ chain }: Field, fromBlock: bigint) {
  const { reader, escrow: address } = chain;
  const logs = await reader.getContractEvents({ address, abi: escrowAbi, fromBlock });
  const standings = new Map<Hex, Standing>();
  const students = new Map<Hex, Address>();
  for (const { eventName, args } of logs) {
    const standing = said.get(eventName);
    if (standing !== undefined && "sessionId" in args) standings.set(args.sessionId as Hex, standing);
    if (eventName === "SessionStarted") students.set(args.sessionId as Hex, args.student as Address);
  }
  return { standings, students };
}

/** What a wave of histories needs while it ends. */
export interface Wave {
  field: Field;
  chance: Chance;
  histories: readonly History[];
  memory: Memory;
  done: Mischief;
  /** The first block of the wave. */
  fromBlock: bigint;
}

/** Those that still have something in the escrow. */
async function findUnclosed({ field, fromBlock, histories }: Wave) {
  const { standings } = await readStandings(field, fromBlock);
  return histories.flatMap((history) => {
    const standing = standings.get(history.sessionId);
    return standing === undefined || standing === "closed" ? [] : [{ history, standing }];
  });
}

/** Deposits on terms that nobody agreed on are taken back by who made them: they fund nothing, and stand in the way. */
async function closeStrays({ field, fromBlock, histories }: Wave): Promise<number> {
  const own = new Set(histories.map(({ sessionId }) => sessionId));
  const { standings, students } = await readStandings(field, fromBlock);
  const strays = [...standings].filter(([sessionId, standing]) => standing !== "closed" && !own.has(sessionId));
  for (const [sessionId] of strays) {
    const student = histories.find(({ leo }) => leo.account.address === students.get(sessionId));
    if (student !== undefined) await field.call(student.leo, "endByClock", [sessionId]);
  }
  return strays.length;
}

export async function runBoth({ servers }: Field): Promise<void> {
  await Promise.all(servers.map((server) => server.run()));
}

/** The first word of each way; most of it is said before anything lapses. */
async function beginToClose(wave: Wave, way: (history: History) => Way): Promise<void> {
  const { field, chance } = wave;
  const open = await findUnclosed(wave);
  const drawn = open.map((one) => ({ ...one, who: chance.oneOf([one.history.leo, one.history.mia]) }));
  await Promise.all(
    drawn.map(async ({ history, standing, who }) => {
      const { leo, mia, sessionId } = history;
      const wanted = way(history);
      if (wanted === "voucher") return payByVoucher(field, history, who);
      if (wanted === "time") return field.call(leo, "endByClock", [sessionId]);
      if (wanted === "dispute" && standing === "claimed") return field.call(leo, "dispute", [sessionId]);
      if (wanted === "claim" || wanted === "dispute") return field.call(mia, "endByClock", [sessionId]);
      return null;
    }),
  );
  await mine(field, 1, wave.memory);
  const claimed = await findUnclosed(wave);
  await Promise.all(
    claimed.map(async ({ history, standing }) => {
      if (standing === "claimed" && way(history) === "dispute") {
        await field.call(history.leo, "dispute", [history.sessionId]);
      }
    }),
  );
  await mine(field, 1, wave.memory);
}

/** The chain's time passes by every window, while no server looks: what was claimed or left in the escrow is taken. */
async function letLapse(wave: Wave, way: (history: History) => Way): Promise<void> {
  const { field, chance } = wave;
  await field.chain.pass(400 + windows.dispute + windows.reclaim);
  const open = await findUnclosed(wave);
  const drawn = open.map((one) => ({ ...one, who: chance.oneOf([one.history.leo, one.history.mia]) }));
  await Promise.all(
    drawn.map(async ({ history, standing, who }) => {
      const { leo, sessionId } = history;
      if (standing !== "open") return field.call(who, "settle", [sessionId]);
      return way(history) === "reclaim" ? field.call(leo, "reclaim", [sessionId]) : null;
    }),
  );
  await mine(field, 2, wave.memory);
}

/** What nobody closes the servers close, in the end, whatever was dropped, replaced or taken back before. @throws Error when not */
async function leaveToServers(wave: Wave): Promise<void> {
  const { field, chance, memory, done } = wave;
  const { stage } = field;
  for (let tries = 0; tries < 20; tries++) {
    await runBoth(field);
    await mine(field, 2, memory);
    // What the servers have paid, and believe, is taken back as well.
    if (tries < 4 && chance.isOneIn(2)) await runBoth(field);
    if (tries < 4 && chance.isOneIn(3)) {
      await reorganise(field, chance, memory, done);
      await mine(field, 1, memory);
    }
    const open = await findUnclosed(wave);
    const strays = await closeStrays(wave);
    if (open.length + strays === 0) return;
    await stage.passTo(stage.seconds() + (tries === 0 ? SENDS_AFTER_SECONDS + 1 : 20));
  }
  const left = (await findUnclosed(wave)).map(({ history, standing }) => `${history.call.id} (${standing})`);
  throw new Error(`the servers have not closed ${left.join(", ")}`);
}

/** Everything is deep enough, read, and told to the ledger. */
async function sinkIn({ field, memory }: Wave): Promise<void> {
  const { stage } = field;
  // What still waits behind a number that never came belongs to a story that is over.
  await forgetWaiting(field);
  await mine(field, DEPTH_MAX + 5, memory);
  for (let rounds = 0; rounds < 3; rounds++) {
    await runBoth(field);
    await stage.passTo(stage.seconds() + 5);
  }
}

/** Brings a wave to its end: calls over, sessions closed, everything deep enough and read. */
export async function finish(wave: Wave): Promise<void> {
  const { field, chance, histories, memory, done } = wave;
  for (const server of field.servers) server.isCut = false;
  const drawn = new Map(histories.map((history) => [history, chance.oneOf(ways)]));
  const way = (history: History) => drawn.get(history) as Way;
  await Promise.all(histories.map((history) => hangUp(field, history, chance.oneOf([history.leo, history.mia]))));
  await mine(field, 3, memory);
  await runBoth(field);
  await beginToClose(wave, way);
  if (chance.isOneIn(2)) await runBoth(field);
  if (chance.isOneIn(2)) await reorganise(field, chance, memory, done);
  await letLapse(wave, way);
  if (chance.isOneIn(2)) await runBoth(field);
  if (chance.isOneIn(3)) await reorganise(field, chance, memory, done);
  await leaveToServers(wave);
  await sinkIn(wave);
}
