// Starts a chain of one node on this machine (anvil), for tests and the sandbox, and stops it again.
import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);

/** A chain that runs. */
export interface LocalChain {
  url: string;
  port: number;
  pid: number;
  /** Ends the chain and waits until it is gone. Everything on it is lost. */
  stop(): Promise<void>;
}

export interface LocalChainOptions {
  /** A free port is taken by default. */
  port?: number;
  chainId?: number;
  /** What anvil is told besides, as on its command line. */
  arguments?: readonly string[];
  startTimeoutMs?: number;
}

const systems: Readonly<Record<string, string>> = { win32: "win32", darwin: "darwin", linux: "linux" };
const processors: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" };

/**
 * The native program of this platform. The wrapper of the package is not used: ending it leaves the program behind.
 * Throws when the registry's package for this platform is not installed.
 */
export function findAnvil(platform: string = process.platform, architecture: string = process.arch): string {
  const name = `@foundry-rs/anvil-${systems[platform] ?? platform}-${processors[architecture] ?? architecture}`;
  try {
    const folder = dirname(require.resolve(`${name}/package.json`));
    return join(folder, "bin", platform === "win32" ? "anvil.exe" : "anvil");
  } catch {
    throw new Error(`a local chain needs the package ${name}, which is not installed: is there one for this platform?`);
  }
}

/** Waits for the line that says where it listens; a program that ends first says why. */
function readPort(child: ChildProcess, timeoutMs: number): Promise<number> {
  return new Promise((resolve, reject) => {
    let said = "";
    const fail = (reason: string) => {
      clearTimeout(timer);
      child.kill("SIGKILL");
      reject(new Error(`the local chain did not start: ${reason}\n${said}`.trimEnd()));
    };
    const timer = setTimeout(() => fail(`nothing was heard for ${timeoutMs} ms`), timeoutMs);
    const read = (chunk: Buffer) => {
      said += chunk.toString();
      const match = /Listening on [^\s:]+:(\d+)/.exec(said);
      if (!match) return;
      clearTimeout(timer);
      resolve(Number(match[1]));
    };
    child.stdout?.on("data", read);
    child.stderr?.on("data", read);
    child.on("error", (error) => fail(error.message));
    child.on("exit", (code, signal) => fail(`it ended with ${signal ?? code}`));
  });
}

/** Starts a chain on 127.0.0.1 with anvil's ten funded accounts; each transaction is a block. */
export async function startAnvil(options: LocalChainOptions = {}): Promise<LocalChain> {
  const { port: asked = 0, chainId = 31_337, startTimeoutMs = 60_000 } = options;
  const flags = ["--host", "127.0.0.1", "--port", String(asked), "--chain-id", String(chainId)];
  const child = spawn(findAnvil(), [...flags, ...(options.arguments ?? [])], { stdio: ["ignore", "pipe", "pipe"] });
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const endWithUs = () => child.kill("SIGKILL");
  process.once("exit", endWithUs);
  const port = await readPort(child, startTimeoutMs);
  // It goes on telling every request; a pipe that nobody reads would fill and stop it.
  child.stdout?.removeAllListeners("data").resume();
  child.stderr?.removeAllListeners("data").resume();
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    pid: child.pid ?? 0,
    stop: async () => {
      process.removeListener("exit", endWithUs);
      child.kill("SIGTERM");
      const late = setTimeout(() => child.kill("SIGKILL"), 5000);
      await gone;
      clearTimeout(late);
    },
  };
}
