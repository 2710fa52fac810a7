// The lifecycle over HTTP: a real server process, kept-alive connections, users with tokens, an idempotency key on every command.
import { fork } from "node:child_process";
import { createHmac, randomUUID } from "node:crypto";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { runClosedLoop } from "./closed-loop.mjs";
import { openConnection } from "./http-client.mjs";
import { pickPair, terms } from "./people.mjs";
import { verifyCalls } from "./verify.mjs";

const program = fileURLToPath(new URL("./server-process.mjs", import.meta.url));
const jwtSecret = "a secret of the benchmark only, long enough to be one";

const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
const head = encode({ alg: "HS256", typ: "JWT" });

/** A user's token as the host application would make it. */
function signToken(userId, role) {
  const now = Math.floor(Date.now() / 1000);
  // As the people were introduced: "Payer 7".
  const name = userId.replace(/^p(\w+)-/, "P$1 ");
  const text = `${head}.${encode({ sub: userId, name, role, iat: now, exp: now + 6 * 3600 })}`;
  return `${text}.${createHmac("sha256", jwtSecret).update(text).digest("base64url")}`;
}

async function startServer(url, lanes) {
  const env = {
    ...process.env,
    PORT: "0",
    HOST: "127.0.0.1",
    DATABASE_URL: url,
    FAIRMINUTE_MODE: "sandbox",
    FAIRMINUTE_JWT_SECRET: jwtSecret,
    FAIRMINUTE_LANES: String(lanes),
    FAIRMINUTE_LOG_LEVEL: "silent",
  };
  const child = fork(program, { env, stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const failed = once(child, "exit").then(([code]) => {
    throw new Error(`the server ended with ${code} before it listened`);
  });
  const [{ url: address }] = await Promise.race([once(child, "message"), failed]);
  failed.catch(() => {});
  return { child, port: Number(new URL(address).port) };
}

/** Kept-alive connections, one for each lifecycle in flight. */
function openConnections(port) {
  const free = [];
  const all = [];
  return {
    take() {
      const connection = free.pop() ?? openConnection(port);
      if (!all.includes(connection)) all.push(connection);
      return connection;
    },
    give: (connection) => free.push(connection),
    close: () => {
      for (const connection of all) connection.close();
    },
  };
}

/** Tokens are made once a user: an app fetches one for an hour, not for a request. */
function createTokens() {
  const tokens = new Map();
  return (userId, role) => {
    let token = tokens.get(userId);
    if (token === undefined) {
      token = signToken(userId, role);
      tokens.set(userId, token);
    }
    return token;
  };
}

/** The commands of one lifecycle as requests. Joining goes through the sandbox's route for evidence: a browser would use its socket. */
function createLifecycle({ connections, people, count }) {
  const tokenOf = createTokens();
  return async (step) => {
    const { payerId, payeeId } = pickPair(people);
    const tokens = { [payerId]: tokenOf(payerId, "fan"), [payeeId]: tokenOf(payeeId, "creator") };
    const connection = connections.take();
    const post = (path, userId, body) => connection.post(`/api${path}`, tokens[userId], body, randomUUID());
    const wanted = { creatorId: payeeId, estimatedMinutes: terms.estimatedMinutes };
    const { call } = await step("open", () => post("/calls/initiate", payerId, wanted));
    count.opened += 1;
    const path = `/calls/${call.id}`;
    await step("accept", () => post(`${path}/accept`, payeeId, {}));
    for (const userId of [payerId, payeeId]) {
      const connectionId = randomUUID();
      const events = ["participant.joined", "participant.seen"].map((type) => ({ type, userId, connectionId }));
      await step("join", () => post(`/sandbox${path}/events`, userId, events));
    }
    const { call: ended } = await step("end", () => post(`${path}/end`, payerId, {}));
    if (ended.status !== "completed" || ended.settledAt === null)
      throw new Error(`${call.id} is ${ended.status} after its end`);
    count.charged += ended.actualCoins;
    connections.give(connection);
  };
}

export async function openOverHttp({ url, server, people, lanes }) {
  const { child, port } = await startServer(url, lanes);
  const connections = openConnections(port);
  const count = { opened: 0, charged: 0 };
  const lifecycle = createLifecycle({ connections, people, count });
  let unsaid = 0;

  /** Told in handfuls: a message for every command would be a load of its own. */
  function tell(inFlight) {
    unsaid += 1;
    if (unsaid < Math.max(1, inFlight >> 2)) return;
    child.send({ commands: unsaid });
    unsaid = 0;
  }

  async function ask() {
    child.send({ usage: true });
    const [answer] = await once(child, "message");
    return answer;
  }

  return {
    async run(inFlight, seconds) {
      child.send({ inFlight });
      const before = await ask();
      const from = performance.now();
      const result = await runClosedLoop({ inFlight, seconds, lifecycle, onCommand: () => tell(inFlight) });
      const { usage } = await ask();
      const used = usage.user + usage.system - before.usage.user - before.usage.system;
      return { ...result, serverCores: Math.round(used / (performance.now() - from) / 10) / 100 };
    },
    async verify() {
      const { now, faults } = await ask();
      if (faults.length > 0) return `the server met ${faults.length} faults, the first: ${faults[0]}`;
      const db = server.openPostgres(url, { connections: 1 });
      try {
        return await verifyCalls({ db, server, people, now, ...count });
      } finally {
        await db.close();
      }
    },
    async close() {
      connections.close();
      const ended = once(child, "exit");
      child.send({ stop: true });
      await ended;
    },
  };
}
