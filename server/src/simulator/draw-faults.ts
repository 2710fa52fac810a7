// Draws what goes wrong: on the way of messages, in servers, their clocks and their database, and in the wallets.
import { after, type Draft, type People } from "./draw-people.ts";
import type { FaultName } from "./faults.ts";
import type { Random } from "./random.ts";
import type { Act, Fate } from "./script.ts";

const LATEST_MS = 24 * 3_600_000;

const isMessage = ({ does }: Act): boolean =>
  does.kind === "evidence" || does.kind === "word" || does.kind === "command";

/** The messages of a call on their way: doubled, lost, overtaken, late. */
export function disturbMessages(draft: Draft): void {
  const { random, faults, applied } = draft;
  const some = (name: FaultName): Act[] => {
    const messages = draft.acts.filter(isMessage);
    if (!faults.has(name) || messages.length === 0) return [];
    const taken = new Set(Array.from({ length: random.whole(1, 3) }, () => random.pick(messages)));
    for (const _ of taken) applied.push(name);
    return [...taken];
  };
  for (const act of some("duplicate")) {
    draft.acts.push({
      ...act,
      at: act.at + after(draft, 0, random.chance(0.2) ? 3600 : 20),
      server: random.whole(0, 1),
      rival: undefined,
    });
  }
  for (const act of some("reorder")) act.at += after(draft, 1, 18);
  for (const act of some("delay")) act.at += random.spread(5_000, LATEST_MS);
  // A command that is lost is given again by whoever gave it; what others tell may be lost for good.
  const lost = new Set(some("drop"));
  draft.acts = draft.acts.filter((act) => !lost.has(act) || act.does.kind === "command");
}

/** Commands that are given in the very instant of something else: people react to what they see, and chance does the rest. */
export function coincide({ random, acts }: Draft): void {
  for (const act of acts) {
    if (act.does.kind !== "command" || !random.chance(0.15)) continue;
    const near = acts.filter((other) => other !== act && isMessage(other) && Math.abs(other.at - act.at) <= 20_000);
    if (near.length > 0) act.at = random.pick(near).at;
  }
}

/** Bodies that are signed, and what people with other aims make of them. */
export function signBodies(draft: Draft, isSigned: boolean): void {
  const { random, faults } = draft;
  if (!isSigned) return;
  const words = draft.acts.filter(({ does }) => does.kind === "word");
  for (const act of words) if (act.does.kind === "word") act.does = { ...act.does, signedAt: act.does.word.at };
  if (words.length === 0) return;
  for (const damage of ["corrupt_body", "wrong_signature"] as const) {
    if (!faults.has(damage)) continue;
    const act = random.pick(words);
    if (act.does.kind === "word")
      draft.acts.push({ ...act, at: act.at, does: { ...act.does, damage }, faults: [damage] });
  }
  if (faults.has("stale_replay")) {
    const act = random.pick(words);
    draft.acts.push({
      ...act,
      at: act.at + random.spread(400_000, 2 * LATEST_MS),
      server: random.whole(0, 1),
      faults: ["stale_replay"],
    });
  }
}

/** Deaths of servers and of the database in the midst of a write, and races for one version. */
export function disturbWrites(draft: Draft): void {
  const { random, faults } = draft;
  const writes = draft.acts.filter((act) => isMessage(act) || act.does.kind === "open");
  for (const fate of ["crash_before_commit", "crash_after_commit", "database_crash"] as const) {
    if (faults.has(fate)) for (let n = random.whole(1, 3); n > 0; n--) random.pick(writes).fate = fate;
  }
  if (!faults.has("server_race")) return;
  for (let n = random.whole(1, 3); n > 0; n--) {
    const act = random.pick(writes);
    if (act.does.kind !== "open") act.rival ??= "look";
  }
}

/** What befalls whole servers. */
export function disturbServers(random: Random, faults: ReadonlySet<FaultName>, from: number, to: number): Act[] {
  const acts: Act[] = [];
  const within = () => from + random.whole(0, Math.max(1, Math.floor((to - from) / 1000))) * 1000;
  const add = (at: number, server: number, does: Act["does"], name: FaultName | null): void =>
    void acts.push({ at, server, call: 0, does, ...(name === null ? {} : { faults: [name] }) });
  if (faults.has("clock_skew")) {
    const offsetMs = random.whole(1, 8) * random.pick([-1000, 1000]) + random.pick([0, 0, 250]);
    add(from - 1, random.whole(0, 1), { kind: "clock", offsetMs, isJump: false }, "clock_skew");
  }
  if (faults.has("clock_jump")) {
    const [at, server] = [within(), random.whole(0, 1)];
    add(
      at,
      server,
      { kind: "clock", offsetMs: random.spread(2_000, 3_600_000) * random.pick([-1, 1]), isJump: true },
      "clock_jump",
    );
    add(at + random.spread(1_000, 600_000), server, { kind: "clock", offsetMs: 0, isJump: true }, null);
  }
  if (faults.has("server_pause")) {
    for (const server of random.chance(0.3) ? [0, 1] : [random.whole(0, 1)]) {
      const at = within();
      add(at, server, { kind: "pause", until: at + random.spread(2_000, 600_000) }, null);
    }
  }
  if (faults.has("database_unreachable")) {
    const at = within();
    add(at, 0, { kind: "outage", until: at + random.spread(2_000, 300_000) }, null);
  }
  return acts;
}

/** Coins that come or go while the call runs. */
export function moveBalances(
  random: Random,
  faults: ReadonlySet<FaultName>,
  { payerId, payeeId }: People,
  from: number,
  to: number,
): Act[] {
  if (!faults.has("balance_moved")) return [];
  return Array.from({ length: random.whole(1, 3) }, () => {
    const at = from + random.whole(0, Math.max(1, Math.floor((to - from) / 1000))) * 1000;
    const amount = random.spread(1, 600) * random.pick([1, -1, -3]);
    return {
      at,
      server: 0,
      call: 0,
      does: { kind: "balance", userId: random.pick([payerId, payerId, payeeId]), amount },
      faults: ["balance_moved"],
    };
  });
}

/** Which writes of due deadlines meet which fate. */
export function drawDueFates(random: Random, faults: ReadonlySet<FaultName>): Record<number, Fate> {
  const fates: Record<number, Fate> = {};
  for (const fate of ["crash_before_commit", "crash_after_commit", "database_crash"] as const) {
    if (faults.has(fate)) fates[random.whole(0, 6)] = fate;
  }
  return fates;
}
