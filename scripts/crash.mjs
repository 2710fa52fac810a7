// `npm run crash`: servers and databases killed, stopped, cut off and filled up under load; then everything is summed up again.
import { readOptions, usage } from "../proof/crash/options.mjs";
import { countFindings, unfinishedOf, writeReport } from "../proof/crash/report.mjs";
import { runRig } from "../proof/crash/rig.mjs";
import { secondsSince } from "./step.mjs";

async function main(args) {
  let options;
  try {
    options = readOptions(args);
  } catch (error) {
    console.error(`${error.message}\n\n${usage}`);
    return 2;
  }
  if (options === null) {
    console.log(usage);
    return 0;
  }
  const startedAt = performance.now();
  const log = (text) => console.log(`  ${secondsSince(startedAt).padStart(9)}  ${text}`);
  const results = await runRig({ ...options, sources: false, log });
  console.log(`\n${writeReport(results)}`);
  if (options.json) console.log(JSON.stringify({ options, results }));
  return countFindings(results) + unfinishedOf(results).length === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
