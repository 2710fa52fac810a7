// The shape of a route: what it takes, what it answers, who may call it, and the function that does it. Routes are data.
import type { ErrorCode } from "@fairminute/core";
import type { z } from "zod";
import type { Keeping } from "../charging/charging.ts";
import type { Caller } from "./auth.ts";

/** What a route's function gets, all of it checked. */
export interface RouteInput<P, Q, B> {
  caller: Caller;
  params: P;
  query: Q;
  body: B;
  /** The identity of a request that carries an Idempotency-Key: ids made from it make a repeated effect the same effect. */
  identity: string | null;
  /** The same request for the hall, which keeps the answer with its write. Only for routes that are `joined`. */
  keeping: Keeping | undefined;
  /** The address under which the client reached the server, as far as it told. */
  origin: string | null;
}

/** The chapters of the documentation. */
export type RouteTag =
  | "Calls"
  | "Creators"
  | "Wallet"
  | "Providers"
  | "Matchmaking"
  | "Study"
  | "Chain"
  | "Operator"
  | "Server"
  | "Sandbox";

interface Described {
  method: "GET" | "POST" | "PUT";
  url: string;
  /** The operation's name in OpenAPI and in generated clients. */
  id: string;
  tag: RouteTag;
  summary: string;
  description: string;
  /** `caller`: a user or a backend. `anyone`: no credential is asked for or looked at. */
  who: "caller" | "anyone";
  /** What it may refuse, beyond what every route may. */
  errors: readonly ErrorCode[];
  answers: string;
  status?: number;
  /** A request without an Idempotency-Key is refused: nobody could tell its repetition from another one. */
  needsKey?: boolean;
  /** Its effect is one write of the hall, which is given `keeping`: a request with a key is then one statement. It answers `{ call }`. */
  joined?: boolean;
  /** Fields in which the call of the documented answer differs from the usual example, a completed one. */
  shownCall?: Readonly<Record<string, unknown>>;
}

/** A route as the app registers it. */
export interface Route extends Described {
  params: z.ZodType | undefined;
  query: z.ZodType | undefined;
  body: z.ZodType | undefined;
  answer: z.ZodType;
  run: (input: RouteInput<unknown, unknown, unknown>) => Promise<unknown>;
}

type Read<S extends z.ZodType | undefined> = S extends z.ZodType ? z.output<S> : undefined;

/**
 * Writes down a route. The types of params, query and body come from their schemas, and the answer is checked against its own.
 * @param definition the route; `answers` is the sentence that describes the answer, `status` defaults to 200
 */
export function route<
  A extends z.ZodType,
  P extends z.ZodType | undefined = undefined,
  Q extends z.ZodType | undefined = undefined,
  B extends z.ZodType | undefined = undefined,
>(
  definition: Described & {
    params?: P;
    query?: Q;
    body?: B;
    answer: A;
    run: (input: RouteInput<Read<P>, Read<Q>, Read<B>>) => Promise<z.output<A>>;
  },
): Route {
  // The one place where the types of a single route are forgotten: the app checks the values by the same schemas.
  return { params: undefined, query: undefined, body: undefined, ...definition } as unknown as Route;
}
