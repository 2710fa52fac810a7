// Repeated requests: one Idempotency-Key has one effect and one answer, also across servers and crashes.
import { createHash } from "node:crypto";
import { FairminuteError } from "@fairminute/core";
import type { Keeping } from "../charging/charging.ts";
import type { Database } from "../db/database.ts";

/** An answer as it is kept: the body before it is written out. */
export interface Answer {
  status: number;
  body: unknown;
}

/** One request that carries a key. */
export interface KeyedRequest {
  /** Whose key it is: keys of different callers never meet. */
  scope: string;
  key: string;
  /** What was asked; the same key with another fingerprint is refused. */
  fingerprint: string;
}

/** Answers that say "not now" or "not you" are not kept: the next try may end otherwise. */
const passingStatuses = new Set([401, 403, 429, 503]);
export const isKept = (status: number): boolean => status < 500 && !passingStatuses.has(status);

/** Another server gets so long to finish; after that its crash is assumed and the work is done again, under the same identity. */
const PATIENCE_MS = 5000;
const ABANDONED_AFTER_SECONDS = 10;
const POLL_MS = 50;

/** Longer than anybody repeats a request. What came of it stays: calls and transfers carry identities of their own. */
const KEEP_DAYS = 3;
const FORGET_AT_ONCE = 10_000;

const base32 = "0123456789abcdefghjkmnpqrstvwxyz";

/** What a request's effect is called, so that doing it again has no second effect: 26 characters made from scope and key. */
export function identityOf(scope: string, key: string): string {
  const bytes = createHash("sha256")
    .update(JSON.stringify([scope, key]))
    .digest();
  return Array.from(bytes.subarray(0, 26), (byte) => base32[byte & 31]).join("");
}

/** A short text that is equal for equal requests; the order of a body's fields does not matter. */
export function fingerprintOf(request: { method: string; path: string; body: unknown }): string {
  return createHash("sha256")
    .update(JSON.stringify([request.method, request.path, sortFields(request.body)]))
    .digest("base64url");
}

function sortFields(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortFields);
  if (typeof value !== "object" || value === null) return value ?? null;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, field]) => [name, sortFields(field)]),
  );
}

interface Row {
  fingerprint: string;
  status: number | null;
  answer: unknown;
  age_seconds: number;
}

/** Keeps answers by key. */
export interface Idempotency {
  /**
   * Carries out a request once.
   * @param effect does the work; refusals that are to be kept are returned, passing ones thrown. It must be harmless to repeat,
   *   because the crash of a server between its effect and the keeping of its answer makes another server repeat it.
   * @returns the answer, and whether it is a repeated one
   * @throws FairminuteError idempotency_key_reused when the key was used for another request
   */
  once(request: KeyedRequest, effect: () => Promise<Answer>): Promise<{ answer: Answer; replayed: boolean }>;
  /**
   * The same for an effect that is one write of the hall: with `keeping` it keeps its own answer in that write, and has no effect
   * when the key was used before. So in the common case nothing is asked before it, and nothing is written after it.
   * @param request.status the status of a kept answer
   * @param effect as for `once`; without `keeping` it keeps nothing
   */
  onceJoined(
    request: KeyedRequest & { status: number },
    effect: (keeping?: Keeping) => Promise<Answer>,
  ): Promise<{ answer: Answer; replayed: boolean }>;
  /** Deletes answers that nobody asks for any more, some thousands at a time so that nobody waits for it. @returns how many */
  forget(): Promise<number>;
}

function checkSame(fingerprint: string, request: KeyedRequest): void {
  if (fingerprint === request.fingerprint) return;
  throw new FairminuteError(
    "idempotency_key_reused",
    "This Idempotency-Key was used for another request. Use a new key for each request.",
    { param: "Idempotency-Key" },
  );
}

async function readKept(db: Database, { scope, key }: KeyedRequest): Promise<Row | undefined> {
  const [row] = await db.query<Row>(
    `select fingerprint, status, answer, extract(epoch from clock_timestamp() - created_at)::float8 as age_seconds
       from idempotency_keys where scope = $1 and key = $2`,
    [scope, key],
  );
  return row;
}

/** A database that is away says no. */
async function hasAnswer(db: Database, request: KeyedRequest): Promise<boolean> {
  const row = await readKept(db, request).catch(() => undefined);
  return row !== undefined && row.status !== null;
}

/** What became of a claim: the key is ours, or was left without an answer and is taken over, or has had this answer. */
type Claim = "ours" | "taken_over" | Answer;

/** @param known the answer, when there is one already: it is kept with the claim */
async function claim(
  db: Database,
  request: KeyedRequest,
  wait: (ms: number) => Promise<void>,
  known?: Answer,
): Promise<Claim> {
  for (let waited = 0; ; waited += POLL_MS) {
    const claimed = await db.query(
      `insert into idempotency_keys (scope, key, fingerprint, status, answer, created_at)
       values ($1, $2, $3, $4, $5::json, clock_timestamp()) on conflict do nothing returning key`,
      [
        request.scope,
        request.key,
        request.fingerprint,
        known?.status ?? null,
        known === undefined ? null : JSON.stringify(known.body),
      ],
    );
    if (claimed.length > 0) return "ours";
    const row = await readKept(db, request);
    if (row === undefined) continue;
    checkSame(row.fingerprint, request);
    if (row.status !== null) return { status: row.status, body: row.answer };
    if (waited >= PATIENCE_MS || row.age_seconds > ABANDONED_AFTER_SECONDS) return "taken_over";
    await wait(POLL_MS);
  }
}

async function keep(db: Database, request: KeyedRequest, answer: Answer): Promise<Answer> {
  const kept = await db.query(
    "update idempotency_keys set status = $3, answer = $4::json where scope = $1 and key = $2 and status is null returning key",
    [request.scope, request.key, answer.status, JSON.stringify(answer.body)],
  );
  if (kept.length > 0) return answer;
  // Another server took over and was first: everybody gets its answer.
  const row = await readKept(db, request);
  return row !== undefined && row.status !== null ? { status: row.status, body: row.answer } : answer;
}

async function release(db: Database, { scope, key }: KeyedRequest): Promise<void> {
  await db.query("delete from idempotency_keys where scope = $1 and key = $2 and status is null", [scope, key]);
}

async function forget(db: Database): Promise<number> {
  const gone = await db.query(
    `delete from idempotency_keys where ctid = any (array(
       select ctid from idempotency_keys where created_at < clock_timestamp() - make_interval(days => $1)
        limit $2 for update skip locked)) returning 1`,
    [KEEP_DAYS, FORGET_AT_ONCE],
  );
  return gone.length;
}

/** @param wait between two looks at a key that another server has */
export function createIdempotency(db: Database, wait: (ms: number) => Promise<void>): Idempotency {
  const underWay = new Map<string, { fingerprint: string; answer: Promise<Answer | null> }>();

  async function perform(request: KeyedRequest, effect: () => Promise<Answer>): ReturnType<Idempotency["once"]> {
    const claimed = await claim(db, request, wait);
    if (typeof claimed === "object") return { answer: claimed, replayed: true };
    let answer: Answer;
    try {
      answer = await effect();
    } catch (error) {
      // If even this fails, the key is taken over when its claim has grown old.
      await release(db, request).catch(() => undefined);
      throw error;
    }
    return { answer: await keep(db, request, answer), replayed: false };
  }

  async function performJoined(
    request: KeyedRequest & { status: number },
    effect: (keeping?: Keeping) => Promise<Answer>,
  ): ReturnType<Idempotency["once"]> {
    const keeping: Keeping = { ...request, kept: null, isUsed: false };
    let answer: Answer | null = null;
    try {
      answer = await effect(keeping);
    } catch (error) {
      // "Not now", said to a request that has had its answer: the answer counts.
      if (!keeping.isUsed && !(await hasAnswer(db, request))) throw error;
    }
    if (keeping.kept !== null && answer !== null) return { answer, replayed: false };
    // Somebody has the key: their answer counts, or they are waited for, or their work is taken over.
    if (keeping.isUsed || answer === null) return perform(request, () => effect());
    const claimed = await claim(db, request, wait, answer);
    if (typeof claimed === "object") return { answer: claimed, replayed: true };
    return { answer: claimed === "ours" ? answer : await keep(db, request, answer), replayed: false };
  }

  /** In this process a second request with the key waits for the first one's answer. */
  async function oneByOne(
    request: KeyedRequest,
    work: () => ReturnType<Idempotency["once"]>,
  ): ReturnType<Idempotency["once"]> {
    const name = `${request.scope} ${request.key}`;
    for (let other = underWay.get(name); other !== undefined; other = underWay.get(name)) {
      checkSame(other.fingerprint, request);
      const answer = await other.answer;
      if (answer !== null) return { answer, replayed: true };
    }
    const done = work();
    const answer = done.then((found) => found.answer).catch(() => null);
    underWay.set(name, { fingerprint: request.fingerprint, answer });
    try {
      return await done;
    } finally {
      underWay.delete(name);
    }
  }

  return {
    once: (request, effect) => oneByOne(request, () => perform(request, effect)),
    onceJoined: (request, effect) => oneByOne(request, () => performJoined(request, effect)),
    forget: () => forget(db),
  };
}
