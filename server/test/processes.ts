// Real server processes for stories that need several of them, or need to kill one.
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { CallJson } from "../src/charging/charging.ts";
import { program } from "./program.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

export interface ServerProcess {
  url: string;
  child: ChildProcess;
  /** SIGKILL, as a machine that loses power; waits until the process is gone. */
  kill(): Promise<void>;
  /** SIGTERM; @returns the exit code */
  stop(): Promise<number | null>;
  isAlive(): boolean;
}

const gone = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode);
    else child.once("exit", (code) => resolve(code));
  });

/**
 * Starts `fairminute start --json` in the sandbox, on a free port unless `env` says otherwise.
 * @throws Error with everything the process said, when it ends before it is ready
 */
export async function startProcess(env: Record<string, string>): Promise<ServerProcess> {
  const child = spawn(process.execPath, [...program, "start", "--json"], {
    cwd: root,
    env: { ...process.env, FAIRMINUTE_LOG_LEVEL: "error", PORT: "0", HOST: "127.0.0.1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  const url = await new Promise<string>((resolve, reject) => {
    const listen = (chunk: Buffer) => {
      said += chunk;
      const line = said.split("\n").find((text) => text.startsWith("{") && text.includes('"url"'));
      if (line !== undefined) resolve(JSON.parse(line).url);
    };
    child.stdout?.on("data", listen);
    child.stderr?.on("data", listen);
    child.once("exit", (code) => reject(new Error(`the server ended with ${code}:\n${said}`)));
  });
  return {
    url,
    child,
    isAlive: () => child.exitCode === null && child.signalCode === null,
    async kill() {
      child.kill("SIGKILL");
      await gone(child);
    },
    stop() {
      child.kill("SIGTERM");
      return gone(child);
    },
  };
}

/** The fields of answers that stories read by name. */
export interface Body {
  call: CallJson;
  code: string;
  now: string;
  token: string;
  [field: string]: unknown;
}

export interface Answer {
  status: number;
  body: Body;
}

/** One request. Network failures throw. */
export async function ask(
  base: string,
  method: string,
  path: string,
  options: { token?: string; body?: unknown; key?: string } = {},
): Promise<Answer> {
  const headers: Record<string, string> = {};
  if (options.token !== undefined) headers.authorization = `Bearer ${options.token}`;
  if (options.key !== undefined) headers["idempotency-key"] = options.key;
  if (options.body !== undefined) headers["content-type"] = "application/json";
  const response = await fetch(`${base}${path}`, {
    method,
    headers,
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
  });
  return { status: response.status, body: (await response.json()) as Body };
}

/** A sandbox user with a token and so many coins. */
export async function person(base: string, userId: string, coins: number): Promise<{ userId: string; token: string }> {
  const { body } = await ask(base, "POST", "/api/sandbox/tokens", { body: { userId, name: userId } });
  if (coins > 0)
    await ask(base, "POST", `/api/sandbox/wallets/${userId}/credit`, {
      token: body.token,
      body: { amount: coins },
      key: `welcome-${userId}`,
    });
  return { userId, token: body.token };
}
