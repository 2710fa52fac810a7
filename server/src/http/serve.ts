// Serves routes: asks who is calling, carries a keyed request out once, and writes every refusal as a problem.
import { type ErrorCode, errorCodes, FairminuteError } from "@fairminute/core";
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema } from "fastify";
import { z } from "zod";
import type { Keeping } from "../charging/charging.ts";
import type { Caller } from "./auth.ts";
import { type Problem, statusOf, toProblem, writeProblem } from "./errors.ts";
import { readHost } from "./headers.ts";
import { type Answer, fingerprintOf, type Idempotency, identityOf, isKept } from "./idempotency.ts";
import type { Route } from "./route.ts";
import { problemSchema } from "./schemas/problem.ts";

export interface ServeWorld {
  authenticate: (headers: FastifyRequest["headers"]) => Promise<Caller>;
  idempotency: Idempotency;
}

export const problemType = "application/problem+json; charset=utf-8";

const keyPattern = /^[\x21-\x7e]{1,255}$/;

/** The refusals that a route may make: its own, and those that every route of its kind may. */
export function refusalsOf(route: Route): ErrorCode[] {
  const all: ErrorCode[] = [...route.errors];
  // An id that is too long makes an address that no route has.
  if (route.params && !all.some((code) => statusOf[code] === 404)) all.push("not_found");
  if (route.body ?? route.params ?? queryOf(route)) all.push("invalid_request");
  if (route.who === "caller") all.push("unauthenticated", "forbidden", "invalid_request");
  if (route.method === "POST" && route.url.startsWith("/api/")) all.push("idempotency_key_reused", "invalid_request");
  if (route.body) all.push("payload_too_large", "unsupported_media_type");
  all.push("internal_error");
  if (route.url !== "/healthz") all.push("database_unavailable");
  return [...new Set(all)].sort((a, b) => statusOf[a] - statusOf[b]);
}

/** @returns the refusals of a route, those of one status together */
export function refusalsByStatus(route: Route): [number, ErrorCode[]][] {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of refusalsOf(route)) byStatus.set(statusOf[code], [...(byStatus.get(statusOf[code]) ?? []), code]);
  return [...byStatus];
}

const noQuery = z.strictObject({});

/** The API refuses parameters that it does not know, also where it knows none; probes of health may bring what they like. */
function queryOf(route: Route): z.ZodType | undefined {
  return route.query ?? (route.url.startsWith("/api/") ? noQuery : undefined);
}

/** The schema that Fastify checks by and OpenAPI is written from. */
function schemaOf(route: Route): FastifySchema {
  const problems = refusalsByStatus(route).map(([status, codes]) => [
    status,
    {
      description: codes.map((code) => `\`${code}\`: ${errorCodes[code].summary}`).join(" "),
      content: { "application/problem+json": { schema: problemSchema } },
    },
  ]);
  return {
    operationId: route.id,
    tags: [route.tag],
    summary: route.summary,
    description: route.description,
    security: route.who === "anyone" ? [] : [{ userToken: [] }, { secretKey: [] }],
    ...(route.params ? { params: route.params } : {}),
    ...(queryOf(route) ? { querystring: queryOf(route) } : {}),
    ...(route.body ? { body: route.body } : {}),
    response: {
      [route.status ?? 200]: { description: route.answers, content: { "application/json": { schema: route.answer } } },
      ...Object.fromEntries(problems),
    },
  } as FastifySchema;
}

/**
 * Writes answers that are what their schema says, and nothing beside it. Answers have no forms to be converted between, so reading
 * by the schema is enough; writing by it would go over everything twice.
 * @throws ZodError for an answer that is something else: a fault of ours
 */
export function writerOf(schema: unknown): (answer: unknown) => string {
  const { properties = schema } = schema as { properties?: unknown };
  if (!(properties instanceof z.ZodType)) throw new Error("an answer's schema is written with zod");
  return (answer) => JSON.stringify(properties.parse(answer));
}

/** What has failed for a moment is worth asking for again so soon. */
const RETRY_AFTER_SECONDS = 1;

/**
 * Sends a problem as it is; the fields stand in one order, so a repeated one is the same text.
 * @param retryAfter when to ask again after a 503, in seconds, where a second is not right for who asks
 */
export function sendProblem(reply: FastifyReply, problem: Problem, retryAfter = RETRY_AFTER_SECONDS): FastifyReply {
  if (problem.status === 401) {
    const { authorization } = reply.request.headers;
    const given =
      authorization === undefined
        ? ""
        : `, error="invalid_token", error_description="${problem.message.replace(/["\\]/g, "'")}"`;
    reply.header("www-authenticate", `Bearer realm="fairminute"${given}`);
  }
  if (problem.status === 503) reply.header("retry-after", String(retryAfter));
  const { retryAfterSeconds } = problem.details ?? {};
  if (typeof retryAfterSeconds === "number") reply.header("retry-after", String(retryAfterSeconds));
  return reply.code(problem.status).header("content-type", problemType).send(writeProblem(problem));
}

function readKey(request: FastifyRequest): string | null {
  const key = request.headers["idempotency-key"];
  if (key === undefined) return null;
  if (typeof key === "string" && keyPattern.test(key)) return key;
  throw new FairminuteError("invalid_request", "Idempotency-Key: expected 1 to 255 visible ASCII characters.", {
    param: "Idempotency-Key",
  });
}

/** Keys of different callers never meet. */
function scopeOf(caller: Caller): string {
  return caller.userId === null ? caller.kind : `${caller.kind}:${caller.userId}`;
}

function readOrigin(request: FastifyRequest): string | null {
  const host = readHost(request);
  const forwarded = request.headers["x-forwarded-proto"];
  return host === null ? null : `${forwarded === "https" ? "https" : request.protocol}://${host}`;
}

function sendAnswer(reply: FastifyReply, { status, body }: Answer): FastifyReply {
  return status >= 400
    ? sendProblem(reply, body as Problem)
    : reply.code(status).header("content-type", "application/json; charset=utf-8").send(body);
}

async function answer(
  route: Route,
  world: ServeWorld,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { caller, params, query, body } = request;
  const key = route.method === "POST" ? readKey(request) : null;
  const status = route.status ?? 200;
  const origin = readOrigin(request);
  if (key === null) {
    if (route.needsKey === true)
      throw new FairminuteError("invalid_request", "Idempotency-Key: this request is only taken with one.", {
        param: "Idempotency-Key",
      });
    const input = { caller, params, query, body, origin, identity: null, keeping: undefined };
    return sendAnswer(reply, { status, body: await route.run(input) });
  }

  const scope = scopeOf(caller);
  const keyed = { scope, key, fingerprint: fingerprintOf({ method: request.method, path: request.url, body }) };
  const effect = async (keeping?: Keeping): Promise<Answer> => {
    // Made when it is asked for: few routes need it.
    const input = {
      caller,
      params,
      query,
      body,
      origin,
      keeping,
      get identity() {
        return identityOf(scope, key);
      },
    };
    try {
      return { status, body: await route.run(input) };
    } catch (error) {
      const problem = toProblem(error, request.id);
      if (!isKept(problem.status)) throw error;
      return { status: problem.status, body: problem };
    }
  };
  const { answer: kept, replayed } = await (route.joined === true
    ? world.idempotency.onceJoined({ ...keyed, status }, effect)
    : world.idempotency.once(keyed, () => effect()));
  if (replayed) reply.header("idempotency-replayed", "true");
  return sendAnswer(reply, kept);
}

/** A body that is left out or null is one without fields. */
function fillBody(request: FastifyRequest, _reply: FastifyReply, done: () => void): void {
  request.body ??= {};
  done();
}

/** Registers the routes. `app` must already validate by zod. */
export function serveRoutes(app: FastifyInstance, routes: readonly Route[], world: ServeWorld): void {
  app.decorateRequest("caller");
  for (const route of routes) {
    app.route({
      method: route.method,
      url: route.url,
      schema: schemaOf(route),
      // Before the body is read: who may not come in is not listened to.
      onRequest: async (request) => {
        request.caller =
          route.who === "anyone" ? { kind: "anonymous", userId: null } : await world.authenticate(request.headers);
      },
      ...(route.body instanceof z.ZodObject ? { preValidation: fillBody } : {}),
      handler: (request, reply) => answer(route, world, request, reply),
    });
  }
}

declare module "fastify" {
  interface FastifyRequest {
    caller: Caller;
  }
}
