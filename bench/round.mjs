// One round: the reference, every candidate at every load, the reference again, so that all share the same noise.
import { dropDatabase } from "../scripts/postgres.mjs";
import { gaugeMachine } from "./gauge.mjs";

async function measure(candidate, open, options, log) {
  const measurements = [];
  for (const inFlight of candidate.inFlight) {
    const result = await open.run(inFlight, options.seconds);
    const wrong = await open.verify();
    if (wrong !== null) throw new Error(`${candidate.name} at ${inFlight} in flight: ${wrong}`);
    log(`${candidate.name} at ${inFlight}: ${result.perSecond.toFixed(1)} lifecycles/s, verified`);
    measurements.push({ name: candidate.name, inFlight, ...result });
  }
  return measurements;
}

/**
 * @param world the PostgreSQL server, the reference (null: not asked for), the candidates and the options
 * @returns the reference's two measurements and all others, each verified; throws when coins are wrong
 */
export async function runRound({ postgres, tpcb, candidates, options, log }, number) {
  const gauge = gaugeMachine();
  const reference = [];
  const askReference = async () => {
    if (tpcb === null) return;
    const result = await tpcb.run(options.seconds);
    log(`TPC-B: ${result.perSecond.toFixed(1)} transactions/s`);
    reference.push(result);
  };
  await askReference();
  const measurements = [];
  for (const candidate of candidates) {
    const name = `round_${number}_${candidate.name.replace(/\W/g, "_")}`;
    const url = await postgres.createDatabase(name, { template: candidate.template });
    const open = await candidate.open(url);
    try {
      measurements.push(...(await measure(candidate, open, options, log)));
    } finally {
      await open.close();
    }
    await dropDatabase(postgres.url, name);
  }
  await askReference();
  return { gauge, tpcb: reference, measurements };
}
