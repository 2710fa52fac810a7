// The long proof: at least a million calls through the Gauntlet. `npm run proof -w contracts`, with a seed to repeat a run.
import { runGauntlet } from "./gauntlet.ts";

const wanted = Number(process.argv[2] ?? 1_000_000);
const seed = Number(process.argv[3] ?? (Date.now() & 0xffffffff) >>> 0);
const startedAt = performance.now();
const seconds = () => Math.round((performance.now() - startedAt) / 1000);

console.log(`${wanted} calls, seed ${seed}`);
let toldAt = 0;
const result = await runGauntlet({
  seed,
  calls: wanted,
  callsPerTransaction: 50,
  transactionsPerSeason: 100,
  tell: (done) => {
    if (done - toldAt < 50_000) return;
    toldAt = done;
    console.log(`${done} calls after ${seconds()} s`);
  },
});
console.table(result.verbs);
console.table(result.refusals);
// A run that does not reach a verb, or a refusal, proves nothing about it.
const verbs = Object.entries(result.verbs).filter(([, { tried, passed }]) => passed === 0 || passed === tried);
const refusals = Object.entries(result.refusals).filter(([, count]) => count === 0);
const idle = [...verbs, ...refusals].map(([name]) => name);
if (idle.length > 0) throw new Error(`with seed ${seed}: the run did not meet ${idle.join(", ")} both ways`);
console.log(`${result.calls} calls in ${result.seasons} seasons, each checked, none wrong, in ${seconds()} s`);
