// Folds the whole log of a call into its state at one instant.
import { type CallFacts, type CallState, type Connection, type Decision, isOpenRoom } from "./call.ts";
import { closeDrafts, type LiveConnection, stillOpen } from "./connection.ts";
import { foldDeposit, isEscrow } from "./deposit.ts";
import { type Draft, foldDrafts } from "./draft.ts";
import { type Ending, endsByHangup, findDirectEnding, findEnding, isParty, toldWithoutProof } from "./ending.ts";
import { type CallEvent, type EventSource, orderEvents, sourceRank } from "./event.ts";
import type { Interval } from "./interval.ts";
import { firstTogether, foldPresence, type Presence, requiredSides, type Side } from "./presence.ts";

/**
 * What the log says about the call at `asOf` (ms since the epoch). Pure: the same set of events gives the same state in
 * whatever order and however often they came (I6), and status moves only along the arrows of the design (I10).
 * An event counts from the instant at which it occurred. Deadlines are half-open: at the very instant of a deadline
 * it has passed, except that a return exactly at the end of a grace is still in time.
 *
 * A call that is paid from an escrow starts no earlier than its deposit is in force.
 *
 * What was told stands (I10): after `facts.decided` an end only moves earlier; after `facts.started` no evidence makes the
 * call one that never began. If nobody turns out to have been together, somebody was away from its start on.
 *
 * Silence that was noticed only after a word, a refusal or a deadline had ended the call is not counted: who looks later finds the
 * same. An end by absence is known when every connection that was owed a heartbeat has given it, was closed, or is lost (`endKnownAt`).
 */
export function foldCall(facts: CallFacts, events: readonly CallEvent[], asOf: number): CallState {
  const log = orderEvents(events);
  const drafts = foldDrafts(facts, log, asOf);
  const deposit = isEscrow(facts.terms) ? foldDeposit(log, asOf) : null;
  let seen = see(facts, drafts, asOf, asOf);
  let { state, overAt } = foldStatus(facts, log, seen, deposit, asOf);
  const listensUntil = Math.min(asOf, overAt ?? asOf, toldWithoutProof(facts) ?? asOf);
  if (seen.live.some(({ noticedAt }) => noticedAt !== null && noticedAt > listensUntil)) {
    seen = see(facts, drafts, asOf, listensUntil, seen);
    ({ state, overAt } = foldStatus(facts, log, seen, deposit, asOf));
  }
  if (facts.decided !== null) applyDecision(state, facts.decided, facts.started ?? null);
  if (state.endedAt === null) noteNextEvent(state, log, seen.live, asOf);
  closeAt(state, seen, asOf);
  if (deposit !== null) noteDeposit(state, deposit, asOf);
  return state;
}

/** Who was there, connection by connection and person by person. */
type Seen = { live: LiveConnection[]; presence: Presence[] };

/** @param before what was seen with every silence: who passed for present, and so the start, stays as it was */
function see(
  facts: CallFacts,
  drafts: readonly Draft[],
  asOf: number,
  listensUntil: number,
  before: Seen | null = null,
): Seen {
  const live = closeDrafts(facts, drafts, asOf, listensUntil);
  before?.live.forEach(({ deemed }, i) => {
    (live[i] as LiveConnection).deemed = deemed;
  });
  return { live, presence: foldPresence(facts, live, "proven") };
}

function emptyState(): CallState {
  return {
    status: "pending",
    acceptedAt: null,
    acceptedBy: null,
    acceptanceId: null,
    acceptanceReason: null,
    startedAt: null,
    endedAt: null,
    endReason: null,
    endedBy: null,
    endKnownAt: null,
    endEvidenceId: null,
    cancelledBy: null,
    cancellationReason: null,
    missedReason: null,
    connections: [],
    presence: [],
    funded: [],
    fundedAt: null,
    interruptedSince: null,
    interruptedUserIds: [],
    wakeAt: null,
    startSource: null,
    durationSource: null,
  };
}

/** A state, and the instant from which on it was over without regard to who was there; null when nothing ended it so. */
type Folded = { state: CallState; overAt: number | null };

function foldStatus(
  facts: CallFacts,
  log: readonly CallEvent[],
  seen: Seen,
  deposit: Interval[] | null,
  asOf: number,
): Folded {
  const { live } = seen;
  const { limits } = facts.terms;
  const state = emptyState();
  const answers = findAnswers(facts, log, asOf);
  answers.accepted ??= foundLater(facts, log, live);
  const told = facts.started ?? null;
  const first = told === null ? earliest(answers.rejected, answers.cancelled, answers.accepted) : answers.accepted;
  const ringUntil = facts.requestedAt + limits.ringTimeoutSeconds * 1000;
  if (first === null || answerAt(facts, first) >= ringUntil) {
    if (asOf >= ringUntil) finish(state, "missed", ringUntil).missedReason = "no_answer";
    else state.wakeAt = ringUntil;
    return { state, overAt: state.endedAt };
  }
  if (first !== answers.accepted) {
    return callOff(state, first === answers.rejected ? "rejected" : "cancelled", first, answerAt(facts, first));
  }
  const acceptedAt = acceptanceAt(facts, first, live);
  const joinUntil = acceptedAt + limits.joinTimeoutSeconds * 1000;
  state.acceptedAt = acceptedAt;
  state.acceptedBy = first.userId;
  state.acceptanceId = first.id;
  state.acceptanceReason = first.reason;
  const sides = requiredSides(facts, seen.presence);
  const together = findStart(facts, live, sides, deposit, acceptedAt);
  const cancelledAt = answers.cancelled?.occurredAt ?? stillOpen;
  if (
    told === null &&
    answers.cancelled !== null &&
    cancelledAt < joinUntil &&
    cancelledAt <= (together ?? stillOpen)
  ) {
    return callOff(state, "cancelled", answers.cancelled, cancelledAt);
  }
  const startedAt = together !== null && (together < joinUntil || told !== null) ? together : told;
  if (startedAt !== null) return foldActive(facts, log, seen, sides, state, startedAt, first.source, asOf);
  if (asOf >= joinUntil) finish(state, "missed", joinUntil).missedReason = "nobody_joined";
  else {
    state.status = "accepted";
    state.wakeAt = joinUntil;
  }
  return { state, overAt: state.endedAt };
}

/** The first instant, from the acceptance on, at which everybody needed passed for present, and the money is there. */
function findStart(
  facts: CallFacts,
  live: readonly LiveConnection[],
  proven: readonly Side[],
  deposit: Interval[] | null,
  acceptedAt: number,
): number | null {
  const isSame = live.every(({ connection, deemed }) => deemed === connection.intervals);
  const sides = isSame ? proven : requiredSides(facts, foldPresence(facts, live, "deemed"));
  const needed = deposit === null ? sides : [...sides, { userIds: [], intervals: deposit }];
  return firstTogether(needed, acceptedAt);
}

function foldActive(
  facts: CallFacts,
  log: readonly CallEvent[],
  { live, presence }: Seen,
  sides: readonly Side[],
  state: CallState,
  startedAt: number,
  acceptSource: EventSource,
  asOf: number,
): Folded {
  state.status = "active";
  state.startedAt = startedAt;
  const startSource = edgeSource(live, startedAt, "from") ?? acceptSource;
  state.startSource = startSource;
  state.durationSource = startSource;
  const direct = findDirectEnding(facts, log, startedAt, asOf);
  const overAt = direct?.at ?? null;
  const ending = findEnding(facts, direct, live, sides, startedAt, asOf);
  if ("at" in ending) {
    finish(state, "completed", ending.at);
    endAs(state, ending);
    const endSource = ending.evidence?.source ?? edgeSource(live, ending.at, "to");
    if (endSource !== null && sourceRank[endSource] < sourceRank[startSource]) state.durationSource = endSource;
    return { state, overAt };
  }
  state.interruptedSince = ending.interruptedSince;
  if (ending.interruptedSince !== null) {
    state.interruptedUserIds = ending.interruptedUserIds.filter((userId) => !isPresent(presence, userId));
  }
  state.wakeAt = ending.wakeAt === Number.POSITIVE_INFINITY ? null : ending.wakeAt;
  return { state, overAt };
}

function endAs(state: CallState, ending: Ending): void {
  state.endReason = ending.reason;
  state.endedBy = ending.by;
  state.endKnownAt = ending.knownAt;
  state.endEvidenceId = ending.evidenceId;
}

function finish(state: CallState, status: Decision["status"], at: number): CallState {
  state.status = status;
  state.endedAt = at;
  state.endKnownAt = at;
  state.wakeAt = null;
  return state;
}

function callOff(state: CallState, status: "rejected" | "cancelled", event: CallEvent, at: number): Folded {
  finish(state, status, at);
  state.cancelledBy = event.userId;
  state.cancellationReason = event.reason;
  state.endEvidenceId = event.id;
  return { state, overAt: at };
}

type Answers = { accepted: CallEvent | null; rejected: CallEvent | null; cancelled: CallEvent | null };

/** The first acceptance, rejection and cancellation. Before the start a hang-up, or an end by a party or by command, cancels. */
function findAnswers(facts: CallFacts, log: readonly CallEvent[], asOf: number): Answers {
  const answers: Answers = { accepted: null, rejected: null, cancelled: null };
  for (const event of log) {
    if (event.occurredAt > asOf) break;
    if (event.source === "hint") continue;
    if (event.type === "call.accepted") answers.accepted ??= event;
    else if (event.type === "call.rejected") answers.rejected ??= event;
    else if (event.type === "call.cancelled") answers.cancelled ??= event;
    else if (event.type === "call.ended") {
      if (event.source === "command" || (event.userId !== null && isParty(facts, event.userId))) {
        answers.cancelled ??= event;
      }
    } else if (event.type === "hangup" && answers.cancelled === null && endsByHangup(facts, event)) {
      answers.cancelled = event;
    }
  }
  return answers;
}

/** The earliest event; on a tie the one named first, so that a refusal goes before an acceptance. */
function earliest(...events: (CallEvent | null)[]): CallEvent | null {
  let first: CallEvent | null = null;
  for (const event of events) {
    if (event !== null && (first === null || event.occurredAt < first.occurredAt)) first = event;
  }
  return first;
}

/** A clock that runs slightly behind ours cannot answer before the question. */
function answerAt(facts: CallFacts, event: CallEvent): number {
  return Math.max(event.occurredAt, facts.requestedAt);
}

/** The reason of the acceptance of a call that nobody announced: it was found by its evidence. */
const adopted = "adopted";

/** When a call was accepted: as its acceptance says, or from its people on when it was found, whatever it was found by. */
function acceptanceAt(facts: CallFacts, acceptance: CallEvent, live: readonly LiveConnection[]): number {
  const answeredAt = answerAt(facts, acceptance);
  const from = acceptance.reason === adopted ? countsFrom(facts, live) : null;
  return from === null ? answeredAt : Math.min(answeredAt, from);
}

/**
 * From when a call counts that was found: from the first of its people on. Who waited long for the other counts from shortly before
 * the other came: nobody is late for a call that was never announced. Null before everybody was there once.
 */
function countsFrom(facts: CallFacts, live: readonly LiveConnection[]): number | null {
  const firsts = new Map<string, number>();
  for (const { connection } of live) {
    const { userId, from } = connection;
    if (from !== null) firsts.set(userId, Math.min(from, firsts.get(userId) ?? from));
  }
  if (firsts.size === 0) return null;
  const first = Math.min(...firsts.values());
  if (isOpenRoom(facts)) return first;
  if (facts.parties.some(({ userId }) => !firsts.has(userId))) return null;
  return Math.max(first, Math.max(...firsts.values()) - facts.terms.limits.joinTimeoutSeconds * 500);
}

/** The acceptance of a call that was found by evidence of a later time than the one that is asked about. */
function foundLater(facts: CallFacts, log: readonly CallEvent[], live: readonly LiveConnection[]): CallEvent | null {
  const found = log.find(
    ({ type, reason, source }) => type === "call.accepted" && reason === adopted && source !== "hint",
  );
  return found !== undefined && countsFrom(facts, live) !== null ? found : null;
}

/**
 * An end that was told stands: later evidence may move it earlier, never later, and never to another status. Nor does a start that
 * was told become none, because evidence puts it behind the end: then nobody was there in between, and nothing is billed.
 */
function applyDecision(state: CallState, decided: Decision, told: number | null): void {
  const isShorter = state.status === "completed" && state.endedAt !== null && state.endedAt < decided.at;
  if (decided.status === "completed" && isShorter) return;
  if (decided.status === state.status && state.endedAt === decided.at && state.endReason === decided.reason) return;
  // What proves an end of another instant does not prove the one that was told.
  const isSameEnd = state.status === decided.status && state.endedAt === decided.at;
  const evidence = isSameEnd ? state.endEvidenceId : null;
  finish(state, decided.status, decided.at);
  state.endReason = decided.reason;
  state.endEvidenceId = state.endedBy === decided.by ? evidence : null;
  state.endedBy = decided.status === "completed" ? decided.by : null;
  const calledOffBy = decided.status === "cancelled" || decided.status === "rejected" ? decided.by : null;
  if (calledOffBy === null || state.cancelledBy !== calledOffBy) state.cancellationReason = null;
  state.cancelledBy = calledOffBy;
  if ((state.acceptedAt ?? 0) > decided.at) {
    state.acceptedAt = null;
    state.acceptedBy = null;
    state.acceptanceId = null;
    state.acceptanceReason = null;
  }
  if (decided.status !== "completed") state.startedAt = null;
  else if ((state.startedAt ?? stillOpen) > decided.at)
    state.startedAt = told !== null && told <= decided.at ? told : null;
  if (decided.status === "missed") state.missedReason ??= state.acceptedAt === null ? "no_answer" : "nobody_joined";
  else state.missedReason = null;
  state.interruptedSince = null;
  state.interruptedUserIds = [];
  if (state.startedAt === null) {
    state.startSource = null;
    state.durationSource = null;
  }
}

/** The wake time also keeps heartbeats that may run out, and events that are dated later than the fold. */
function noteNextEvent(
  state: CallState,
  log: readonly CallEvent[],
  live: readonly LiveConnection[],
  asOf: number,
): void {
  let wakeAt = state.wakeAt ?? stillOpen;
  for (const { lostAt } of live) if (lostAt !== null && lostAt > asOf && lostAt < wakeAt) wakeAt = lostAt;
  for (let i = log.length - 1; i >= 0; i--) {
    const at = (log[i] as CallEvent).occurredAt;
    if (at <= asOf) break;
    if (at < wakeAt) wakeAt = at;
  }
  state.wakeAt = wakeAt === stillOpen ? null : wakeAt;
}

/** Fills connections and presence, open stretches closed at the instant of the fold. */
function closeAt(state: CallState, { live, presence }: Seen, asOf: number): void {
  for (const { connection } of live) {
    closeOpen(connection.intervals, asOf);
    state.connections.push(connection);
  }
  for (const { userId, intervals } of presence) {
    closeOpen(intervals, asOf);
    state.presence.push({ userId, intervals });
  }
}

/** The deposit's stretches, the open one closed at the instant of the fold. */
function noteDeposit(state: CallState, deposit: Interval[], asOf: number): void {
  const last = deposit.at(-1);
  if (last?.to === stillOpen) state.fundedAt = last.from;
  closeOpen(deposit, asOf);
  state.funded = deposit;
}

/** Presence shares its list with a single connection, so closing a closed list must change nothing. */
function closeOpen(intervals: Interval[], asOf: number): void {
  const last = intervals[intervals.length - 1];
  if (last === undefined) return;
  if (last.to > asOf) last.to = asOf;
  if (last.from >= last.to) intervals.pop();
}

function isPresent(presence: readonly Presence[], userId: string): boolean {
  for (const person of presence) {
    if (person.userId === userId) return person.intervals[person.intervals.length - 1]?.to === stillOpen;
  }
  return false;
}

/** The strongest source among the connections that begin or end at the instant. */
function edgeSource(live: readonly LiveConnection[], at: number, edge: "from" | "to"): EventSource | null {
  let found: EventSource | null = null;
  for (const { connection } of live) {
    if (connection[edge] !== at) continue;
    const source: Connection["fromSource"] = edge === "from" ? connection.fromSource : connection.toSource;
    if (source !== null && (found === null || sourceRank[source] > sourceRank[found])) found = source;
  }
  return found;
}
