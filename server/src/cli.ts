#!/usr/bin/env node
// The command line: fairminute start, migrate, audit, presets, reconcile, escrow, unmatched, adopt, release, fake,
// simulate.
import { FairminuteError } from "@fairminute/core";
import { Argument, Command, CommanderError } from "commander";
import { audit } from "./charging/audit.ts";
import { addSimulate } from "./cli/simulation.ts";
import { addFake } from "./cli/stand-ins.ts";
import { toldToStop } from "./cli/stopping.ts";
import { type AddCommand, type Environment, exitCodes, type Run, type Terminal, wholeNumber } from "./cli/terminal.ts";
import { openSandboxClock, systemClock } from "./clock/clock.ts";
import { ConfigError, readConfig, readDatabaseConfig, readPresetConfig } from "./config.ts";
import { type Database, DatabaseError } from "./db/database.ts";
import { isMigrated, migrate } from "./db/migrate.ts";
import { openDatabase } from "./db/open.ts";
import { fakeNames } from "./fakes/scenario.ts";
import type { AuditReport } from "./ledger/audit.ts";
import { describeDatabase, readText, readVersion } from "./main/about.ts";
import {
  type Adoption,
  adoptCall,
  listUnmatched,
  releaseWebhooks,
  writeAdopted,
  writeReleased,
  writeUnmatched,
} from "./main/adoption.ts";
import { examineEscrow, writeExamination } from "./main/examination.ts";
import type { Operated } from "./main/operated.ts";
import { presetsJson, writePresets } from "./main/presets.ts";
import { summarize, writeSummary } from "./reconciliation/summary.ts";
import type { Server } from "./server.ts";

const exitCodeHelp = `
Exit codes:
  0  done; the audit found nothing wrong, reconcile and escrow found nothing to see to
  1  the audit or the simulator found violations, reconcile or escrow found something, or the command failed
  2  wrong arguments or settings (all of them are listed)
  3  the database cannot be reached or opened

Settings are read from the environment: PORT, HOST, DATABASE_URL, FAIRMINUTE_MODE, FAIRMINUTE_DATA_DIR and others.
`;

/** Says what went wrong, for a person or for a program, and what the process ends with. */
function explain(error: unknown, env: Environment): { code: number; kind: string; message: string; more?: object } {
  if (error instanceof ConfigError) {
    return { code: exitCodes.usage, kind: "configuration", message: error.message, more: { problems: error.problems } };
  }
  if (error instanceof FairminuteError) return { code: exitCodes.failed, kind: error.code, message: error.message };
  const { code, message = String(error) } = error as NodeJS.ErrnoException;
  if (code === "EADDRINUSE") {
    const port = env.PORT ?? "4000";
    const hint = `Stop the other program, or choose another port: PORT=${Number(port) + 1} npm start`;
    return { code: exitCodes.failed, kind: "port_in_use", message: `Port ${port} is in use already. ${hint}` };
  }
  if (code === "EACCES" && message.includes("listen")) {
    return { code: exitCodes.failed, kind: "port_refused", message: `${message}. Choose a port above 1023: PORT=4000` };
  }
  if (error instanceof DatabaseError && (error.connectionLost || /^(28|3D|55006)/.test(error.sqlstate ?? ""))) {
    return {
      code: exitCodes.database,
      kind: "database_unavailable",
      message: `The database cannot be opened: ${message}`,
    };
  }
  return { code: exitCodes.failed, kind: "failed", message };
}

async function withDatabase<T>(env: Environment, work: (db: Database, described: string) => Promise<T>): Promise<T> {
  const config = readDatabaseConfig(env);
  const db = await openDatabase(config.databaseUrl, config.dataDir);
  try {
    return await work(db, describeDatabase(config));
  } finally {
    await db.close();
  }
}

function writeAudit(report: AuditReport): string {
  const lines = report.checks.map(({ id, title, ok, found, examples }) => {
    const head = `  ${ok ? "ok  " : "FAIL"}  ${id.padEnd(4)} ${title}`;
    return ok
      ? head
      : `${head}: ${found}\n${examples.map((example) => `          ${JSON.stringify(example)}`).join("\n")}`;
  });
  const sum = report.ok ? "Nothing is wrong" : "Something is wrong";
  return `${lines.join("\n")}\n\n${sum}: ${report.accounts} accounts and ${report.transfers} transfers were recomputed.\n`;
}

async function requireMigrated(db: Database): Promise<void> {
  if (!(await isMigrated(db)))
    throw new Error("The database lacks migrations of this version: run fairminute migrate first.");
}

async function runAudit(terminal: Terminal, json: boolean): Promise<number> {
  return withDatabase(terminal.env, async (db) => {
    await requireMigrated(db);
    // The sandbox's time may have been moved; a deadline is only late by the clock that it was set by.
    const { now } = await openSandboxClock(db, systemClock);
    const report = await audit(db, now());
    terminal.out(json ? `${JSON.stringify(report)}\n` : writeAudit(report));
    return report.ok ? exitCodes.ok : exitCodes.failed;
  });
}

async function runMigrate(terminal: Terminal, json: boolean): Promise<number> {
  return withDatabase(terminal.env, async (db, described) => {
    const report = await migrate(db);
    const done = report.applied.length === 0 ? "up to date already" : `applied ${report.applied.join(", ")}`;
    terminal.out(json ? `${JSON.stringify(report)}\n` : `${described}: ${done}; ${report.total} migrations in all.\n`);
    return exitCodes.ok;
  });
}

/** The presets of the settings, or those that there would be with another file. */
async function runPresets({ env, out }: Terminal, json: boolean, { check }: { check?: string }): Promise<number> {
  const checked = check === undefined ? env : { ...env, FAIRMINUTE_PRESETS: check };
  const { presets } = readPresetConfig(checked, readText);
  out(json ? `${JSON.stringify({ presets: presetsJson(presets) })}\n` : writePresets(presets, check));
  return exitCodes.ok;
}

/** A server that nobody can reach, and whose loops do not run. It is loaded only now: most commands need none. */
async function withServer(
  terminal: Terminal,
  work: (server: Server, operated: Operated) => Promise<number>,
): Promise<number> {
  const config = readConfig(terminal.env, readText);
  const { buildServer } = await import("./server.ts");
  const db = await openDatabase(config.databaseUrl, config.dataDir);
  try {
    await requireMigrated(db);
    const onFault = (error: unknown) => terminal.err(`${error instanceof Error ? error.message : error}\n`);
    const server = await buildServer(config, { db, clock: systemClock, onFault });
    try {
      return await work(server, { app: server.app, secretKey: config.secretKey });
    } finally {
      await server.close();
    }
  } finally {
    await db.close();
  }
}

function runReconcile(terminal: Terminal, json: boolean, repair: boolean): Promise<number> {
  return withServer(terminal, async ({ reconciliation }) => {
    const summary = await summarize(reconciliation, { repair });
    terminal.out(json ? `${JSON.stringify(summary)}\n` : writeSummary(summary));
    return summary.ok ? exitCodes.ok : exitCodes.failed;
  });
}

function runEscrow(terminal: Terminal, json: boolean, { stuckAfter }: { stuckAfter: number }): Promise<number> {
  return withServer(terminal, async ({ escrow }, operated) => {
    if (escrow === null) {
      const hint = "Give the settings of the server whose calls are paid on a chain.";
      throw new ConfigError([
        { setting: "CHAIN_RPC_URL", problem: "is missing: there is no escrow to look at.", hint },
      ]);
    }
    const found = await examineEscrow(operated, stuckAfter);
    terminal.out(json ? `${JSON.stringify(found)}\n` : writeExamination(found));
    return found.ok ? exitCodes.ok : exitCodes.failed;
  });
}

function runUnmatched(terminal: Terminal, json: boolean): Promise<number> {
  return withServer(terminal, async (_, operated) => {
    const rooms = await listUnmatched(operated);
    terminal.out(json ? `${JSON.stringify({ rooms })}\n` : writeUnmatched(rooms));
    return exitCodes.ok;
  });
}

function runAdopt(terminal: Terminal, json: boolean, adoption: Adoption, [provider = "", room = ""]: string[]) {
  return withServer(terminal, async (_, operated) => {
    const call = await adoptCall(operated, provider, room, adoption);
    terminal.out(json ? `${JSON.stringify({ call })}\n` : writeAdopted(call));
    return exitCodes.ok;
  });
}

function runRelease(
  terminal: Terminal,
  json: boolean,
  { webhook }: { webhook?: string },
  [provider = "", room = ""]: string[],
) {
  return withServer(terminal, async (_, operated) => {
    const released = await releaseWebhooks(operated, provider, room, webhook);
    terminal.out(json ? `${JSON.stringify(released)}\n` : writeReleased(released));
    return released.kept.length === 0 ? exitCodes.ok : exitCodes.failed;
  });
}

/** Runs until it is told to stop, then lets what is under way finish. */
async function runStart(terminal: Terminal, json: boolean, { chain }: { chain: boolean }): Promise<number> {
  // Listened for before anything is started: a signal that comes while the server opens is obeyed when it is open.
  const stop = toldToStop();
  const env = chain ? { ...terminal.env, FAIRMINUTE_CHAIN: "sandbox" } : terminal.env;
  const { startServer } = await import("./main.ts");
  const running = await startServer(env, { json, write: terminal.out, log: { write: terminal.err } });
  await stop;
  if (!json) terminal.out("\n  Stopping. Calls go on: their deadlines are kept. Ctrl-C again stops at once.\n");
  await running.close();
  return exitCodes.ok;
}

/** The calls that only their webhooks tell of, and that wait for somebody who says whose they are. */
function addAdoption(add: AddCommand): void {
  add("unmatched", "list the rooms of providers that belong to no call; changes nothing", runUnmatched);
  const command: Command = add<Adoption>(
    "adopt",
    "open the call of a room that belongs to none, under named terms",
    (given, json, options) => runAdopt(given, json, options, command.args),
  );
  command
    .addArgument(new Argument("<provider>", "who carries it").choices(fakeNames))
    .argument("<room>", "the room's name there: LiveKit's room, Stream's type:id")
    .requiredOption("--payer <id>", "who pays")
    .option("--payee <id>", "who is paid; left out in a room without sides")
    .requiredOption("--preset <name>", "the terms: coin-minutes, creator-call, match, study-room …")
    .option("--rate <coins>", "coins a minute; the preset's own price when absent", wholeNumber(1, 999_999))
    .option("--minutes <n>", "what the hold is made for; 1 when absent", wholeNumber(1, 1440))
    .addHelpText(
      "after",
      `\nEverything that was told of the room counts, also when the call is over already: it is then billed at once. Adopting it
again changes nothing. \`fairminute unmatched\` lists the rooms.\n`,
    );
}

/** The webhooks that were kept only because their times made no sense. */
function addRelease(add: AddCommand): void {
  const command: Command = add<{ webhook?: string }>(
    "release",
    "let webhooks in doubt count: their signatures are checked again, their times are not",
    (given, json, options) => runRelease(given, json, options, command.args),
  );
  command
    .addArgument(new Argument("<provider>", "who told them").choices(["webrtc", ...fakeNames]))
    .argument("<room>", "the room's name there")
    .option("--webhook <id>", "only this one; `fairminute unmatched` lists them")
    .addHelpText(
      "after",
      "\nWhat it says of a call that is over can only make its bill smaller. Again changes nothing.\n",
    );
}

/** @returns the program and, once it has parsed, the code it ends with */
function makeProgram(terminal: Terminal): { program: Command; code: () => number } {
  let code: number = exitCodes.ok;
  const program = new Command("fairminute")
    .description("Exact, self-hosted charging for live video calls.")
    .version(readVersion())
    .option("--json", "print JSON, one object a line; errors as JSON on stderr", false)
    .addHelpText("after", exitCodeHelp)
    .exitOverride()
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err });
  const add = <Options>(name: string, description: string, run: Run<Options>): Command => {
    const command = program.command(name).description(description).allowExcessArguments(false);
    return command.action(async (...given: unknown[]) => {
      const argument = typeof given[0] === "string" ? given[0] : "";
      code = await run(terminal, program.opts<{ json: boolean }>().json, command.opts() as Options, argument);
    });
  };
  add<{ chain: boolean }>("start", "start the server; Ctrl-C stops it", runStart).option(
    "--chain",
    "sandbox only: bring up a chain on this machine, with the escrow and a test token",
    false,
  );
  add("migrate", "bring the database up to date", runMigrate);
  add("audit", "recompute every balance from the transfers and check the invariants; changes nothing", runAudit);
  add<{ check?: string }>(
    "presets",
    "print the terms that calls can be opened under; needs no database",
    runPresets,
  ).option(
    "--check <file>",
    "those that there would be with this file as FAIRMINUTE_PRESETS, or all that is wrong with it",
  );
  add<{ repair: boolean }>(
    "reconcile",
    "ask the providers about every call under way, and say what does not fit together; changes nothing",
    (given, json, { repair }) => runReconcile(given, json, repair),
  ).option("--repair", "look at every call now: record what is found, empty rooms that should be empty", false);
  add<{ stuckAfter: number }>(
    "escrow",
    "compare the ledger with what the chain was read to say, and list stuck transactions and deposits that fund no call; changes nothing",
    runEscrow,
  ).option(
    "--stuck-after <seconds>",
    "a transaction in no block after so long is stuck",
    wholeNumber(1, 2_592_000),
    300,
  );
  addAdoption(add);
  addRelease(add);
  addFake(add);
  addSimulate(add);
  return { program, code: () => code };
}

async function runCli(argv: readonly string[], terminal: Terminal): Promise<number> {
  const { program, code } = makeProgram(terminal);
  try {
    await program.parseAsync([...argv]);
    return code();
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    const { code: exitCode, kind, message, more } = explain(error, terminal.env);
    const json = program.opts<{ json: boolean }>().json;
    terminal.err(json ? `${JSON.stringify({ error: { code: kind, message, ...more } })}\n` : `${message}\n`);
    return exitCode;
  }
}

process.exitCode = await runCli(process.argv, {
  env: process.env,
  isTerminal: process.stderr.isTTY === true,
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
});
