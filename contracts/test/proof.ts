// The long proof: at least a million calls through the Gauntlet. `npm run proof -w contracts`, with a seed to repeat a run.
import { availableParallelism } from "node:os";
import { type GauntletResult, runGauntlet } from "./gauntlet.ts";

const wanted = Number(process.argv[2] ?? 1_000_000);
const seed = Number(process.argv[3] ?? (Date.now() & 0xffffffff) >>> 0);
const startedAt = performance.now();
const seconds = () => Math.round((performance.now() - startedAt) / 1000);

/** A node gets slower with all that it has kept: after so many calls the next ones go to a fresh one. */
const CALLS_A_CHAIN = 20_000;
const chains = Math.ceil(wanted / CALLS_A_CHAIN);

/** Everything that was counted on all chains. */
function add(sum: GauntletResult | null, one: GauntletResult): GauntletResult {
  if (sum === null) return one;
  const verbs = Object.entries(one.verbs).map(([name, { tried, passed }]) => {
    const before = sum.verbs[name] ?? { tried: 0, passed: 0 };
    return [name, { tried: before.tried + tried, passed: before.passed + passed }] as const;
  });
  const refusals = Object.entries(one.refusals).map(([name, n]) => [name, (sum.refusals[name] ?? 0) + n] as const);
  return {
    calls: sum.calls + one.calls,
    seasons: sum.seasons + one.seasons,
    verbs: Object.fromEntries(verbs),
    refusals: Object.fromEntries(refusals),
  };
}

let result: GauntletResult | null = null;
let next = 0;
let toldAt = 0;

/** Plays one chain after the other, each by a seed of its own, until none is left. */
async function playChains(): Promise<void> {
  while (next < chains) {
    const chain = next++;
    const calls = Math.min(CALLS_A_CHAIN, wanted - chain * CALLS_A_CHAIN);
    const one = await runGauntlet({ seed: seed + chain, calls, callsPerTransaction: 50, transactionsPerSeason: 100 });
    result = add(result, one);
    if (result.calls - toldAt < 50_000) continue;
    toldAt = result.calls;
    console.log(`${result.calls} calls after ${seconds()} s`);
  }
}

console.log(`${wanted} calls, seeds ${seed} to ${seed + chains - 1}`);
await Promise.all(Array.from({ length: Math.min(availableParallelism(), chains) }, playChains));
const { calls, seasons, verbs, refusals } = result as unknown as GauntletResult;
console.table(verbs);
console.table(refusals);
// A run that does not reach a verb, or a refusal, proves nothing about it.
const oneSided = Object.entries(verbs).filter(([, { tried, passed }]) => passed === 0 || passed === tried);
const unmet = Object.entries(refusals).filter(([, count]) => count === 0);
const idle = [...oneSided, ...unmet].map(([name]) => name);
if (idle.length > 0) throw new Error(`with seed ${seed}: the run did not meet ${idle.join(", ")} both ways`);
console.log(`${calls} calls in ${seasons} seasons on ${chains} chains, each checked, none wrong, in ${seconds()} s`);
