// Repeated requests: one Idempotency-Key has one effect and one answer, also across servers and crashes.
import { createHash } from "node:crypto";
import { FairminuteError } from "@fairminute/core";
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

/** @returns the answer of whoever has the key, or null when it is now ours to find one */
async function claim(db: Database, request: KeyedRequest, wait: (ms: number) => Promise<void>): Promise<Answer | null> {
  for (let waited = 0; ; waited += POLL_MS) {
    const claimed = await db.query(
      `insert into idempotency_keys (scope, key, fingerprint, created_at) values ($1, $2, $3, clock_timestamp())
       on conflict do nothing returning key`,
      [request.scope, request.key, request.fingerprint],
    );
    if (claimed.length > 0) return null;
    const row = await readKept(db, request);
    if (row === undefined) continue;
    checkSame(row.fingerprint, request);
    if (row.status !== null) return { status: row.status, body: row.answer };
    if (waited >= PATIENCE_MS || row.age_seconds > ABANDONED_AFTER_SECONDS) return null;
    await wait(POLL_MS);
  }
}

async function keep(db: Database, request: KeyedRequest, answer: Answer): Promise<Answer> {
  const kept = await db.query(
    "update idempotency_keys set status = $3, answer = $4::jsonb where scope = $1 and key = $2 and status is null returning key",
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

/** @param wait between two looks at a key that another server has */
export function createIdempotency(db: Database, wait: (ms: number) => Promise<void>): Idempotency {
  const underWay = new Map<string, { fingerprint: string; answer: Promise<Answer | null> }>();

  async function perform(request: KeyedRequest, effect: () => Promise<Answer>): ReturnType<Idempotency["once"]> {
    const known = await claim(db, request, wait);
    if (known !== null) return { answer: known, replayed: true };
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

  return {
    async once(request, effect) {
      const name = JSON.stringify([request.scope, request.key]);
      for (let other = underWay.get(name); other !== undefined; other = underWay.get(name)) {
        checkSame(other.fingerprint, request);
        const answer = await other.answer;
        if (answer !== null) return { answer, replayed: true };
      }
      const work = perform(request, effect);
      const answer = work.then((done) => done.answer).catch(() => null);
      underWay.set(name, { fingerprint: request.fingerprint, answer });
      try {
        return await work;
      } finally {
        underWay.delete(name);
      }
    },
  };
}
