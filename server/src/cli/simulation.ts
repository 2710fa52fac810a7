// `fairminute simulate`: histories at random, and whether the money came out right.
import { InvalidArgumentError, Option } from "commander";
import { systemClock } from "../clock/clock.ts";
import type { SimulateOptions } from "../simulator/command.ts";
import { faultNames, readFaults } from "../simulator/faults.ts";
import { type AddCommand, exitCodes, wholeNumber } from "./terminal.ts";

/** What `--faults` says. */
function faultChoice(text: string): SimulateOptions["faults"] {
  const read = readFaults(text);
  if (!("unknown" in read)) return read;
  const names = `all, none, ${faultNames.join(", ")}`;
  throw new InvalidArgumentError(`${JSON.stringify(read.unknown)} is no operator. There are: ${names}`);
}

/** Thousands of calls in which everything goes wrong that can, and whether the money came out right. */
export function addSimulate(add: AddCommand): void {
  const command = add<SimulateOptions>(
    "simulate",
    "play thousands of calls with everything that can go wrong, and check the money after every step",
    async ({ out, err, isTerminal }, json, options) => {
      const world = { json, isTerminal, out, err, trueNow: systemClock.now };
      const { isSound, runSimulate } = await import("../simulator/command.ts");
      const { simulateThroughHttp } = await import("../simulator/http/run.ts");
      const report = await runSimulate(options, world, simulateThroughHttp);
      return isSound(report) ? exitCodes.ok : exitCodes.failed;
    },
  );
  command
    .option("--seed <n>", "the seed: the same one is the same run, to the last letter", wholeNumber(0, 2 ** 31 - 1), 7)
    .option("--calls <n>", "how many histories", wholeNumber(1, 100_000_000), 10_000)
    .option(
      "--faults <list>",
      "operators: all, none, or names with commas; -name takes one away",
      faultChoice,
      faultNames,
    )
    .option(
      "--history <n>",
      "only this history of the run; through http with those that it is lived through with",
      wholeNumber(0, 100_000_000),
    )
    .option("--workers <n>", "how many processor cores it may use; all when absent", wholeNumber(1, 64))
    .addOption(
      new Option("--through <what>", "the rules in memory, or the whole server")
        .choices(["memory", "http"])
        .default("memory"),
    )
    .option("--database <url>", "with --through http: a PostgreSQL of its own, instead of the embedded database")
    .addHelpText("after", `\nOperators:\n  ${faultNames.join(", ")}\n`);
}
