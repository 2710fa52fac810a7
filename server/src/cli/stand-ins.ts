// `fairminute fake`: a stand-in for a provider, as a process.
import { setTimeout as wait } from "node:timers/promises";
import { Argument, InvalidArgumentError, Option } from "commander";
import { systemClock } from "../clock/clock.ts";
import { sandboxSecretKey } from "../config.ts";
import type { FakeOptions } from "../fakes/command.ts";
import { fakeNames, scenarioNames, scenarioOf } from "../fakes/scenario.ts";
import { toldToStop } from "./stopping.ts";
import { type AddCommand, exitCodes, wholeNumber } from "./terminal.ts";

function webAddress(text: string): string {
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return text;
  throw new InvalidArgumentError("Give an http:// or https:// address.");
}

/** A fake provider that runs until it is told to stop, or until its scenario has been played. */
export function addFake(add: AddCommand): void {
  const command = add<FakeOptions>(
    "fake",
    "start a stand-in for a provider, to try everything without an account; Ctrl-C stops it",
    async ({ env, out }, json, options, provider) => {
      const stopped = toldToStop();
      const stopping = new AbortController();
      void stopped.then(() => stopping.abort());
      const sleep = (ms: number) => wait(ms, undefined, { signal: stopping.signal });
      const world = { env, out, json, trueNow: systemClock.now, fetch, sleep, secretKey: sandboxSecretKey, stopped };
      const { runFake } = await import("../fakes/command.ts");
      await runFake(provider as (typeof fakeNames)[number], options, world);
      return exitCodes.ok;
    },
  );
  const list = scenarioNames.map((name) => `  ${name.padEnd(12)} ${scenarioOf(name).title}`).join("\n");
  command
    .addArgument(new Argument("<provider>", "who it stands in for").choices(fakeNames))
    .addOption(
      new Option("--scenario <name>", "let two people come in, beside a running server").choices(scenarioNames),
    )
    .option("--port <n>", "where it listens; 7880 for livekit, 7890 for stream, 0 for any", wholeNumber(0, 65_535))
    .option("--webhook-url <url>", "where its webhooks go; the server on this machine when absent", webAddress)
    .option("--talk <seconds>", "how long the two talk", wholeNumber(1, 3600), 65)
    .option("--real-time", "wait as long as it says, instead of moving the sandbox's clock", false)
    .addHelpText("after", `\nScenarios:\n${list}\n\nKeys are read from the names that the server reads.\n`);
}
