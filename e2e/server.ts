// A real server in a process of its own, on a free port, with nothing on disk, and what a test asks it over HTTP.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { freePort } from "../scripts/free-port.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const program = `${root}server/dist/cli.js`;

export type Server = {
  url: string;
  /** Asks the API; throws what the server answered when it is no success. */
  ask<Answer = Record<string, unknown>>(
    method: "GET" | "POST",
    path: string,
    body?: unknown,
    token?: string,
  ): Promise<Answer>;
  stop(): Promise<void>;
};

/**
 * Starts the built server in sandbox mode and waits until it is ready.
 * @param settings what differs from a server that keeps nothing, such as a chain, or `PORT` for one that comes back
 */
export async function startServer(settings: Readonly<Record<string, string>> = {}): Promise<Server> {
  for (const built of [program, `${root}web/dist/index.html`]) {
    if (!existsSync(built)) throw new Error(`${built} does not exist: run npm run build first`);
  }
  const port = settings.PORT === undefined ? await freePort() : Number(settings.PORT);
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(process.execPath, [program, "start"], {
    cwd: root,
    env: {
      ...process.env,
      HOST: "127.0.0.1",
      DATABASE_URL: "memory:",
      FAIRMINUTE_MODE: "sandbox",
      ...settings,
      PORT: String(port),
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said: string[] = [];
  child.stdout.on("data", (text) => said.push(String(text)));
  child.stderr.on("data", (text) => said.push(String(text)));
  await waitUntilReady(url, child, said);
  return {
    url,
    ask: (method, path, body, token) => ask(url, method, path, body, token),
    async stop() {
      if (child.exitCode !== null) return;
      const gone = new Promise((done) => child.once("exit", done));
      child.kill("SIGTERM");
      await gone;
    },
  };
}

async function waitUntilReady(url: string, child: ChildProcess, said: string[]): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt++) {
    if (child.exitCode !== null) throw new Error(`the server stopped by itself:\n${said.join("")}`);
    const ready = await fetch(`${url}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (ready) return;
    await new Promise((done) => setTimeout(done, 200));
  }
  child.kill("SIGKILL");
  throw new Error(`the server was not ready after a minute:\n${said.join("")}`);
}

async function ask<Answer>(url: string, method: string, path: string, body?: unknown, token?: string): Promise<Answer> {
  const response = await fetch(url + path, {
    method,
    headers: {
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`);
  return answer as Answer;
}
