// Starts a server process: settings, database, migrations, the server, the sandbox's people, and the word that it runs.
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock } from "./clock/clock.ts";
import { type Config, readConfig } from "./config.ts";
import type { Database } from "./db/database.ts";
import { migrate } from "./db/migrate.ts";
import { openDatabase } from "./db/open.ts";
import { describeDatabase, readText, readVersion } from "./main/about.ts";
import { writeBanner, writeStartedJson } from "./main/banner.ts";
import { wantsLocalChain } from "./main/chain-wish.ts";
import type { StartedChain } from "./main/local-chain.ts";
import { welcomePeople } from "./main/people.ts";
import { buildServer } from "./server.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Where words go. */
export interface Out {
  /** One line of JSON instead of a banner. */
  json: boolean;
  write(text: string): void;
  /** Log lines and faults. */
  log: { write(line: string): void };
}

export interface Running {
  url: string;
  /** Lets what is under way finish, then closes everything. */
  close(): Promise<void>;
}

const webDir = fileURLToPath(new URL("../../web/dist", import.meta.url));

/** The chain in words; null without one. */
function describeChain({ CHAIN_RPC_URL: url, CHAIN_ID: id, ESCROW_ADDRESS: escrow }: Environment): string | null {
  return url === undefined || !URL.canParse(url) ? null : `${id} at ${new URL(url).host}, escrow ${escrow}`;
}

const isLoopback = (host: string): boolean => host === "localhost" || host === "::1" || host.startsWith("127.");

/** The same fault again and again (a database that is away) is said once in so long. */
const REPEAT_MS = 5000;

function createFaultLog(out: Out, now: () => number): (error: unknown) => void {
  const said = new Map<string, number>();
  return (error) => {
    const message = error instanceof Error ? error.message : String(error);
    if ((said.get(message) ?? Number.NEGATIVE_INFINITY) > now() - REPEAT_MS) return;
    if (said.size > 100) said.clear();
    said.set(message, now());
    const stack = error instanceof Error ? error.stack : undefined;
    out.log.write(`${JSON.stringify({ level: "error", time: new Date(now()).toISOString(), message, stack })}\n`);
  };
}

/** Starts the sandbox's own chain when it is asked for. It is kept beside an embedded database, and forgotten with one in memory. */
async function startWantedChain(env: Environment): Promise<StartedChain | null> {
  const { mode, databaseUrl, dataDir } = readConfig(env, readText);
  if (!wantsLocalChain(env, mode)) return null;
  const { startLocalChain } = await import("./main/local-chain.ts");
  if (databaseUrl !== undefined) return startLocalChain(null);
  await mkdir(dataDir, { recursive: true });
  return startLocalChain(join(dataDir, "chain.json"));
}

/** What the lab and the faucet work on: a chain of development that the settings name, in the sandbox only. */
async function openLab({ mode }: Config, env: Environment) {
  const { CHAIN_RPC_URL: url, ESCROW_ADDRESS: contract, ESCROW_TOKEN: token = "native" } = env;
  if (mode !== "sandbox" || url === undefined || contract === undefined) return undefined;
  const { openChainLab } = await import("./main/chain-lab.ts");
  return (await openChainLab({ url, contract, token }, globalThis.fetch)) ?? undefined;
}

async function serve(config: Config, db: Database, env: Environment, out: Out): Promise<Running> {
  await migrate(db);
  const web = existsSync(webDir);
  const sandboxChain = await openLab(config, env);
  const server = await buildServer(config, {
    db,
    clock: systemClock,
    onFault: createFaultLog(out, systemClock.now),
    logStream: out.log,
    sandboxChain,
    ...(web ? { webDir } : {}),
  });
  try {
    // The clock may have been moved before this start; blocks tell the same time.
    await sandboxChain?.moveTo(server.clock.now());
    const people = config.mode === "sandbox" ? await welcomePeople(db, server.clock.now()) : [];
    const { url } = await server.listen();
    const started = {
      version: readVersion(),
      url,
      mode: config.mode,
      database: describeDatabase(config),
      chain: describeChain(env),
      web,
      people,
      open: config.mode === "sandbox" && !isLoopback(config.host),
    };
    out.write(`${out.json ? writeStartedJson(started) : writeBanner(started)}\n`);
    return {
      url,
      async close() {
        await server.close();
        await db.close();
      },
    };
  } catch (error) {
    await server.close();
    throw error;
  }
}

async function openAndServe(env: Environment, out: Out): Promise<Running> {
  const config = readConfig(env, readText);
  const db = await openDatabase(config.databaseUrl, config.dataDir);
  try {
    return await serve(config, db, env, out);
  } catch (error) {
    await db.close();
    throw error;
  }
}

/**
 * Starts a server, and before it the sandbox's own chain when `FAIRMINUTE_CHAIN=sandbox` asks for it.
 * @param env the environment, as `process.env` has it
 * @throws ConfigError with all wrong settings; DatabaseError when the database cannot be opened; an error of `listen` such as EADDRINUSE
 */
export async function startServer(env: Environment, out: Out): Promise<Running> {
  const chain = await startWantedChain(env);
  if (chain === null) return openAndServe(env, out);
  try {
    const running = await openAndServe({ ...chain.settings, ...env }, out);
    return {
      url: running.url,
      async close() {
        await running.close();
        await chain.stop();
      },
    };
  } catch (error) {
    await chain.stop();
    throw error;
  }
}
