// The fake's calls and who is in them, with Stream's rules of coming, going and ending.
import { FairminuteError } from "@fairminute/core";
import type { FakeCall, FakeConnection, FakeRun } from "./calls.ts";
import {
  callMessage,
  type Message,
  membersMessage,
  participantMessage,
  presentIn,
  timerEndsAt,
  userMessage,
  wire,
  writeText,
} from "./messages.ts";

/** What a call is made with. */
export type CallInput = {
  type?: string;
  id: string;
  createdBy: string;
  memberIds: readonly string[];
  limitSeconds?: number | null;
  inactivitySeconds?: number;
};

/** Something that happened, before it is written as a webhook: `fields` beside its type, its instant and its call. */
export type Happening = { type: string; cid: string; atMs: number; fields: Message };

/** The calls of a fake app. Whatever happens is told to `tell`, in its order. */
export type StreamState = {
  calls: Map<string, FakeCall>;
  users: Set<string>;
  create(input: CallInput): FakeCall;
  join(call: FakeCall, userId: string): FakeConnection;
  /** Ends the user's oldest open connection; null when there is none. */
  leave(call: FakeCall, userId: string, reason: string | null): FakeConnection | null;
  reconnect(call: FakeCall, userId: string): FakeConnection;
  answer(call: FakeCall, userId: string, type: "call.accepted" | "call.rejected", reason: string | null): void;
  end(call: FakeCall, userId: string | null): void;
  remove(call: FakeCall, userId: string, options: { byUserId: string | null; isBlocked: boolean }): void;
  /** Ends the calls whose time is up and the runs that have been empty for long enough, each at its own instant. */
  sweep(): void;
};

/** The words with which a client closes the connection that it has replaced. */
const replacedText = "Closing previous WS after reconnect with strategy: REJOIN";
const inactivitySecondsDefault = 30;

class Calls implements StreamState {
  readonly calls = new Map<string, FakeCall>();
  readonly users = new Set<string>();
  readonly #now: () => number;
  readonly #nextId: (prefix: string) => string;
  readonly #tell: (happening: Happening) => void;

  constructor(now: () => number, nextId: (prefix: string) => string, tell: (happening: Happening) => void) {
    this.#now = now;
    this.#nextId = nextId;
    this.#tell = tell;
  }

  create({ type = "default", id, createdBy, memberIds, limitSeconds = null, inactivitySeconds }: CallInput): FakeCall {
    const call: FakeCall = {
      cid: `${type}:${id}`,
      type,
      id,
      createdBy,
      createdAtMs: this.#now(),
      memberIds: [...memberIds],
      limitSeconds,
      inactivitySeconds: inactivitySeconds ?? inactivitySecondsDefault,
      blocked: new Set(),
      endedAtMs: null,
      runs: [],
    };
    for (const userId of [createdBy, ...memberIds]) this.users.add(userId);
    this.calls.set(call.cid, call);
    this.#say("call.created", call, { members: membersMessage(call, writeText) });
    return call;
  }

  join(call: FakeCall, userId: string): FakeConnection {
    this.sweep();
    if (call.endedAtMs !== null) throw new FairminuteError("call_already_ended", `The fake's ${call.cid} has ended.`);
    if (call.blocked.has(userId)) throw new FairminuteError("forbidden", `${userId} is blocked in ${call.cid}.`);
    this.users.add(userId);
    const run = this.#liveRun(call) ?? this.#startRun(call);
    const connectionId = this.#nextId("us-");
    const connection = { userId, connectionId, joinedAtMs: this.#now(), leftAtMs: null };
    run.connections.push(connection);
    const participant = participantMessage(connection, writeText);
    this.#say("call.session_participant_joined", call, { [wire.runId]: run.id, participant });
    return connection;
  }

  leave(call: FakeCall, userId: string, reason: string | null): FakeConnection | null {
    this.sweep();
    const run = this.#liveRun(call);
    const connection = presentIn(run).find((one) => one.userId === userId);
    if (run === null || connection === undefined) return null;
    this.#close(call, run, connection, reason, this.#now());
    return connection;
  }

  reconnect(call: FakeCall, userId: string): FakeConnection {
    const connection = this.join(call, userId);
    // The new connection stands first; then the client closes the one before it.
    if (this.#oldest(call, userId) !== connection) this.leave(call, userId, replacedText);
    return connection;
  }

  answer(call: FakeCall, userId: string, type: "call.accepted" | "call.rejected", reason: string | null): void {
    this.#say(type, call, { user: userMessage(userId), ...(reason === null ? {} : { reason }) });
  }

  end(call: FakeCall, userId: string | null): void {
    this.sweep();
    if (call.endedAtMs === null) this.#endAt(call, userId, this.#now());
  }

  remove(
    call: FakeCall,
    userId: string,
    { byUserId, isBlocked }: { byUserId: string | null; isBlocked: boolean },
  ): void {
    this.sweep();
    const by = byUserId === null ? null : userMessage(byUserId);
    const user = userMessage(userId);
    if (isBlocked) {
      call.blocked.add(userId);
      this.#say("call.blocked_user", call, { user, ...(by === null ? {} : { blocked_by_user: by }) });
    }
    this.#say("call.kicked_user", call, { user, ...(by === null ? {} : { kicked_by_user: by }) });
    const run = this.#liveRun(call);
    for (const connection of presentIn(run)) {
      if (connection.userId === userId) this.#close(call, run as FakeRun, connection, null, this.#now());
    }
  }

  sweep(): void {
    const now = this.#now();
    for (const call of this.calls.values()) {
      const run = this.#liveRun(call);
      if (run === null) continue;
      const timer = timerEndsAt(call, run);
      const emptySince = presentIn(run).length === 0 ? run.lastLeftAtMs : null;
      const emptyUntil = emptySince === null ? null : emptySince + call.inactivitySeconds * 1000;
      if (timer !== null && timer <= now && (emptyUntil === null || timer <= emptyUntil)) {
        this.#endAt(call, null, Math.max(timer, run.startedAtMs));
      } else if (emptyUntil !== null && emptyUntil <= now) this.#endRun(call, run, emptyUntil);
    }
  }

  #oldest(call: FakeCall, userId: string): FakeConnection | undefined {
    return presentIn(this.#liveRun(call)).find((connection) => connection.userId === userId);
  }

  #liveRun(call: FakeCall): FakeRun | null {
    const run = call.runs.at(-1);
    return run === undefined || run.endedAtMs !== null ? null : run;
  }

  #startRun(call: FakeCall): FakeRun {
    const startedAtMs = this.#now();
    const run: FakeRun = {
      id: this.#nextId("run-"),
      startedAtMs,
      lastLeftAtMs: null,
      endedAtMs: null,
      connections: [],
    };
    call.runs.push(run);
    this.#say("call.session_started", call, { [wire.runId]: run.id });
    return run;
  }

  #close(call: FakeCall, run: FakeRun, connection: FakeConnection, reason: string | null, atMs: number): void {
    connection.leftAtMs = atMs;
    run.lastLeftAtMs = atMs;
    const fields = {
      [wire.runId]: run.id,
      participant: participantMessage(connection, writeText),
      duration_seconds: Math.floor((atMs - connection.joinedAtMs) / 1000),
      ...(reason === null ? {} : { reason }),
    };
    this.#say("call.session_participant_left", call, fields, atMs);
  }

  #endAt(call: FakeCall, userId: string | null, atMs: number): void {
    call.endedAtMs = atMs;
    const run = this.#liveRun(call);
    const members = membersMessage(call, writeText);
    this.#say("call.ended", call, { members, ...(userId === null ? {} : { user: userMessage(userId) }) }, atMs);
    if (run === null) return;
    for (const connection of presentIn(run)) this.#close(call, run, connection, null, atMs);
    this.#endRun(call, run, atMs);
  }

  #endRun(call: FakeCall, run: FakeRun, atMs: number): void {
    run.endedAtMs = atMs;
    this.#say("call.session_ended", call, { [wire.runId]: run.id }, atMs);
  }

  /** Participants' coming and going carries no `call`; everything else does. */
  #say(type: string, call: FakeCall, fields: Message, atMs = this.#now()): void {
    const about = type.includes("participant") ? fields : { ...fields, call: callMessage(call, writeText) };
    this.#tell({ type, cid: call.cid, atMs, fields: about });
  }
}

/** Makes an app without calls. */
export function createStreamState(
  now: () => number,
  nextId: (prefix: string) => string,
  tell: (happening: Happening) => void,
): StreamState {
  return new Calls(now, nextId, tell);
}
