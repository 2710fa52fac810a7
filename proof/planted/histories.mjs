// Runs histories in memory until one of them gives the plant away, and says after how many.
import fc from "fast-check";
import { chargeCall } from "../../core/src/index.ts";
import { faultNames } from "../../server/src/simulator/faults.ts";
import { billNow } from "../../server/src/simulator/oracle/bill.ts";
import { findDisagreements } from "../../server/src/simulator/oracle/expected.ts";
import { livedCall, liveThrough } from "../../server/src/simulator/oracle/lived.case.ts";
import { applyRules } from "../../server/src/simulator/oracle/policy.ts";
import { randomCall } from "../../server/src/simulator/oracle/random-calls.case.ts";
import { mixSeeds } from "../../server/src/simulator/random.ts";
import { playScript, scriptOf } from "../../server/src/simulator/simulate.ts";
import { createAdapters } from "../../server/src/simulator/words.ts";

const [limit = 20_000, seed = 7] = process.argv.slice(2).map(Number);

const adapters = createAdapters();

/** The simulator: two servers, faults, every invariant after every write, and the oracle at the end. */
async function simulate(index) {
  const { script, seed: own } = scriptOf(seed, index, faultNames);
  const { violation } = await playScript(script, own, adapters);
  return violation?.message ?? null;
}

const asks = 5000;
const lives = 2000;
/** Drawn block by block, when they are needed: most plants are given away before. */
const blockSize = 250;
const drawn = new Map();
function draw(what, arbitrary, index) {
  const block = Math.floor(index / blockSize);
  const [number, calls] = drawn.get(what) ?? [-1, []];
  if (number === block) return calls[index % blockSize];
  drawn.set(what, [block, fc.sample(arbitrary, { numRuns: blockSize, seed: mixSeeds(seed, block) })]);
  return draw(what, arbitrary, index);
}

const text = (value) => JSON.stringify(value, (_key, part) => (typeof part === "bigint" ? `${part}` : part));

/** Logs at random, all of it known at once: the charge of the core beside that of the oracle. */
function ask(index) {
  const call = draw("asked", randomCall, index);
  const { verdict, bills } = billNow(call.facts, call.events, call.asOf, call.placed);
  const { state, payers, penalties, bonuses } = chargeCall(call);
  const rules = applyRules(call.facts, verdict, (userId) => call.priorCount[userId] ?? 0);
  // Who of several on one side went first is not known when they go at once.
  const isCrowded = call.facts.parties.length !== 2 || call.facts.parties[1]?.role !== "payee";
  const amounts = (list) => (isCrowded ? [] : list.map(({ policy, userId, amount }) => [policy, userId, amount]));
  const of = ({ status, startedAt, endedAt, endReason }) => [status, startedAt, endedAt, endReason];
  const says = text([of(state), payers.map(({ total }) => total), amounts(penalties), amounts(bonuses)]);
  const should = text([of(verdict), bills.map(({ total }) => total), amounts(rules.penalties), amounts(rules.bonuses)]);
  return says === should ? null : `${says}, and should be ${should}`;
}

/** Logs at random that arrive late and in any order at a small hall. */
function live(index) {
  const call = draw("lived", livedCall, index);
  const history = liveThrough({ ...call, facts: { ...call.facts } });
  return history === null ? null : (findDisagreements(history)[0] ?? null);
}

/** How many histories of the simulator come first. */
const early = 100;

/** First the simulator, then logs at random, which meet what people seldom do; then the simulator again. */
const rounds = [
  ["simulator", simulate, 0, early],
  ["random logs", ask, 0, asks],
  ["random lives", live, 0, lives],
  ["simulator", simulate, early, limit - asks - lives],
];

async function detect() {
  let after = 0;
  for (const [by, look, from, to] of rounds) {
    for (let index = from; index < to && after < limit; index++) {
      after += 1;
      try {
        const says = await look(index);
        if (says !== null) return { by, after, says };
      } catch (error) {
        return { by, after, says: error instanceof Error ? error.message : String(error) };
      }
    }
  }
  return null;
}

console.log(JSON.stringify(await detect()));
