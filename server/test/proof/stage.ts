// A stage for acceptance stories: whole servers that listen, on one database, and providers that speak the real wire.

import { audit } from "../../src/charging/audit.ts";
import type { ReceiptJson } from "../../src/charging/charging.ts";
import { type Config, readConfig, sandboxSecretKey } from "../../src/config.ts";
import { openPostgres } from "../../src/db/postgres.ts";
import { type LivekitFake, startLivekitFake } from "../../src/fakes/livekit/fake.ts";
import { type StreamFake, startStreamFake } from "../../src/fakes/stream/fake.ts";
import { buildServer, type Server } from "../../src/server.ts";
import { type DatabaseKind, databaseKinds, type TestDatabase } from "../databases.ts";
import { type Answer, ask } from "../processes.ts";

/** When every story begins. */
export const noon = Date.UTC(2026, 10, 21, 12);
export const atSecond = (seconds: number): string => new Date(noon + seconds * 1000).toISOString();

export const livekitKeys = { apiKey: "APIproof", apiSecret: "a-secret-of-the-proof-0123456789abcdef" };
export const streamKeys = { apiKey: "streamproof", secretKey: "another-secret-of-the-proof-012345" };
export const webrtcSecret = "a shared secret of thirty-two or more characters";

type LivekitOptions = Partial<Parameters<typeof startLivekitFake>[0]>;
type StreamOptions = Partial<Parameters<typeof startStreamFake>[0]>;

export interface StageOptions {
  kind: DatabaseKind;
  /** How many servers share the database; more than one on PostgreSQL only. */
  servers?: number;
  settings?: Record<string, string>;
  livekit?: LivekitOptions;
  stream?: StreamOptions;
  /** Whether a provider that is silent is given up after the usual seconds; a story that does not ask so waits for it, however busy the machine. */
  isImpatient?: boolean;
}

/** Somebody with a token. */
export interface Person {
  userId: string;
  token: string;
}

export const onPostgres = databaseKinds.find(({ name }) => name === "PostgreSQL") as DatabaseKind;

/** Longer than any answer takes that comes at all. */
const PATIENT_MS = 60_000;

/** The settings with time enough for every request to a provider. */
function patient(config: Config): Config {
  const { livekit, stream } = config;
  const timeoutMs = PATIENT_MS;
  return {
    ...config,
    livekit: livekit && { ...livekit, timeoutMs },
    stream: stream && { ...stream, timeoutMs },
  };
}

/** One server as it runs: what it was told to log, and what went wrong behind a request's back. */
interface Running {
  server: Server;
  url: string;
  close(): Promise<void>;
}

/** Whoever waits, waits in the story's time. */
class Time {
  now = noon;
  #sleepers: { until: number; wake: () => void }[] = [];
  #watchers: (() => void)[] = [];

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#sleepers.push({ until: this.now + ms, wake: resolve });
      for (const tell of this.#watchers.splice(0)) tell();
    });
  }

  /** Resolves as soon as anybody waits. */
  somebodySleeps(): Promise<void> {
    return this.#sleepers.length > 0 ? Promise.resolve() : new Promise((resolve) => this.#watchers.push(resolve));
  }

  /** Nobody waits any longer, though no time has passed. */
  wakeAll(): void {
    for (const { wake } of this.#sleepers.splice(0)) wake();
  }

  pass(ms: number): void {
    this.now += ms;
    const due = this.#sleepers.filter(({ until }) => until <= this.now);
    this.#sleepers = this.#sleepers.filter(({ until }) => until > this.now);
    for (const { wake } of due) wake();
  }
}

const STEP_MS = 1000;

export class Stage {
  readonly log: Record<string, unknown>[] = [];
  readonly faults: unknown[] = [];
  readonly livekit: LivekitFake;
  readonly stream: StreamFake;
  readonly #time: Time;
  readonly #database: TestDatabase;
  readonly #settings: Record<string, string>;
  readonly #isImpatient: boolean;
  #running: (Running | null)[] = [];

  private constructor(
    database: TestDatabase,
    settings: Record<string, string>,
    time: Time,
    fakes: [LivekitFake, StreamFake],
    isImpatient: boolean,
  ) {
    this.#database = database;
    this.#settings = settings;
    this.#isImpatient = isImpatient;
    this.#time = time;
    [this.livekit, this.stream] = fakes;
  }

  static async open(options: StageOptions): Promise<Stage> {
    const { kind, servers = 1 } = options;
    const database = await kind.open();
    const time = new Time();
    // The fakes' calls live by the clock of the first server, which a story may move; their keys by the true one.
    let stage: Stage | null = null;
    const clocks = {
      now: () => stage?.now ?? noon,
      trueNow: () => time.now,
      sleep: (ms: number) => time.sleep(ms),
      sweepEveryMs: null,
    };
    const livekit = await startLivekitFake({ ...livekitKeys, ...clocks, ...options.livekit });
    const stream = await startStreamFake({ ...streamKeys, ...clocks, ...options.stream });
    const settings = {
      DATABASE_URL: database.url ?? "memory:",
      PORT: "0",
      LIVEKIT_URL: livekit.url,
      LIVEKIT_API_KEY: livekitKeys.apiKey,
      LIVEKIT_API_SECRET: livekitKeys.apiSecret,
      STREAM_API_KEY: streamKeys.apiKey,
      STREAM_SECRET_KEY: streamKeys.secretKey,
      STREAM_API_URL: stream.url,
      FAIRMINUTE_LOG_LEVEL: "info",
      ...options.settings,
    };
    stage = new Stage(database, settings, time, [livekit, stream], options.isImpatient === true);
    for (let index = 0; index < servers; index++) await stage.startServer(index);
    stage.tellTo(0);
    return stage;
  }

  /** Starts the server of this place, also after it was stopped. */
  async startServer(index: number): Promise<void> {
    // Servers on PostgreSQL share nothing but the database.
    const { db, url } = this.#database;
    const own = url === null ? null : openPostgres(url, { connections: 5 });
    const config = readConfig(this.#settings);
    // How many looks a second there are is measured in true time, which a story does not wait for.
    const looks = { perSecond: 1000, ...(this.#isImpatient ? {} : { answerMs: PATIENT_MS }) };
    const server = await buildServer(this.#isImpatient ? config : patient(config), {
      db: own ?? db,
      clock: { now: () => this.#time.now },
      looks,
      onFault: (error) => this.faults.push(error),
      logStream: { write: (line) => this.log.push(JSON.parse(line)) },
    });
    const { url: address } = await server.listen();
    const close = async () => {
      await server.close();
      await own?.close();
    };
    this.#running[index] = { server, url: address, close };
  }

  async stopServer(index: number): Promise<void> {
    const running = this.#running[index];
    this.#running[index] = null;
    await running?.close();
  }

  /** Which server the webhooks go to; an address of its own where a story says one. */
  tellTo(index: number): void {
    const url = this.url(index);
    this.livekit.sendWebhooksTo(`${url}/api/livekit/webhook`);
    this.stream.sendWebhooksTo(`${url}/api/stream/webhook`);
  }

  get #servers(): Server[] {
    return this.#running.flatMap((running) => (running === null ? [] : [running.server]));
  }

  /** The server of this place; any number: they take turns. */
  url(index: number): string {
    const all = this.#running.flatMap((running) => (running === null ? [] : [running.url]));
    return all[index % all.length] as string;
  }

  get db() {
    return this.#database.db;
  }

  /** The clock of calls, ms. */
  get now(): number {
    return this.#servers[0]?.clock.now() ?? this.#time.now;
  }

  /** Seconds after noon. */
  get second(): number {
    return (this.now - noon) / 1000;
  }

  /** Moves the sandbox's clock to so many seconds after noon. */
  async jumpTo(second: number): Promise<void> {
    const seconds = second - this.second;
    const answer = await this.ask("POST", "/api/sandbox/clock/advance", { body: { seconds } });
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
  }

  /** Time passes by itself, second by second, up to so many seconds after noon: servers look for what is due, providers clear up. */
  async passTo(second: number): Promise<void> {
    const until = this.#time.now + (second - this.second) * 1000;
    while (this.#time.now < until) {
      this.#time.pass(Math.min(STEP_MS, until - this.#time.now));
      this.livekit.sweep();
      this.stream.sweep();
      // A busy machine must not make webhooks later than they are: time passes when each has arrived, or waits for its next try.
      await Promise.race([this.#told(), this.#time.somebodySleeps()]);
      await this.lookAround();
    }
  }

  #told(): Promise<boolean> {
    return Promise.all([this.livekit.flush(), this.stream.flush()]).then(() => true);
  }

  /** Every webhook on its way has arrived or is given up, and no time has passed: who would wait for another try tries at once. */
  async hear(): Promise<void> {
    const told = this.#told();
    while (!(await Promise.race([told, this.#time.somebodySleeps().then(() => false)]))) this.#time.wakeAll();
  }

  /** Time passes at once: deadlines are carried out, and rooms are looked at when the servers come to it. */
  async leapTo(second: number): Promise<void> {
    await this.hear();
    this.#time.pass((second - this.second) * 1000);
    for (const server of this.#servers) await server.deadlines.runDue();
  }

  async lookAround(): Promise<void> {
    for (const server of this.#servers) {
      await server.webhooks.applyPending();
      await server.deadlines.runDue();
      await server.reconciliation.runDue();
    }
  }

  /** From now on nobody looks at rooms: whatever is known is known by webhooks. */
  async stopLooking(): Promise<void> {
    for (const server of this.#servers) await server.reconciliation.stop();
  }

  /** A request to the server of this place; of the first when absent. */
  ask(
    method: string,
    path: string,
    options: { token?: string; body?: unknown; key?: string; server?: number } = {},
  ): Promise<Answer> {
    const { server = 0, ...rest } = options;
    return ask(this.url(server), method, path, rest);
  }

  /** As `ask`, for answers that must be good. */
  async get<T>(path: string, token: string, server = 0): Promise<T> {
    const { status, body } = await this.ask("GET", path, { token, server });
    if (status !== 200) throw new Error(`GET ${path}: ${status} ${JSON.stringify(body)}`);
    return body as T;
  }

  async post<T>(path: string, token: string, body: unknown, server = 0): Promise<T> {
    const answer = await this.ask("POST", path, { token, body, server });
    if (answer.status >= 300) throw new Error(`POST ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body as T;
  }

  /** A person, with coins. */
  async meet(userId: string, { coins = 0, role }: { coins?: number; role?: string } = {}): Promise<Person> {
    const { token } = await this.post<{ token: string }>("/api/sandbox/tokens", "", {
      userId,
      name: userId,
      ...(role === undefined ? {} : { role }),
    });
    if (coins > 0) await this.post(`/api/sandbox/wallets/${userId}/credit`, token, { amount: coins });
    return { userId, token };
  }

  async coins({ token }: Person): Promise<{ available: number; held: number; earnings: number }> {
    const { available, held, earnings } = await this.get<Record<"available" | "held" | "earnings", number>>(
      "/api/wallet",
      token,
    );
    return { available, held, earnings };
  }

  receipt(callId: string, token: string = sandboxSecretKey): Promise<ReceiptJson> {
    return this.get(`/api/calls/${callId}/receipt`, token);
  }

  /** Whatever does not add up in the books. */
  async complaints(): Promise<unknown[]> {
    const report = await audit(this.db, this.now);
    return [...report.checks.filter(({ ok }) => !ok), ...this.faults];
  }

  async close(): Promise<void> {
    for (const index of this.#running.keys()) await this.stopServer(index);
    await this.livekit.stop();
    await this.stream.stop();
    await this.#database.close();
  }
}

export { sandboxSecretKey as operator };
