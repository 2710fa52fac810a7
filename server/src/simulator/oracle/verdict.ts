// The verdict on a call at one instant: its status, start and end, and what of it each payer used.
import type { CallEvent, CallFacts, CallStatus, EndReason } from "@fairminute/core";
import { type End, endByWord, endOf, type Told } from "./end.ts";
import { ask, endsTheCall, isParty, type Question } from "./evidence.ts";
import { type Attendance, attend, firstTogether, useOf } from "./people.ts";
import { endOfSeconds, lengthOf, paidSeconds, type Used } from "./price.ts";

export type Verdict = {
  status: CallStatus;
  startedAt: number | null;
  endedAt: number | null;
  endReason: EndReason | null;
  endedBy: string | null;
  /** When the end could first be known. */
  knownAt: number | null;
  /** The event that proves the end. */
  proofId: string | null;
  acceptance: CallEvent | null;
  missed: "no_answer" | "nobody_joined" | null;
  attendance: Attendance;
  used: { payerId: string; used: Used; placed: bigint }[];
};

/** What is known besides the evidence. */
export type Known = {
  /** Whether anybody was told that it started, and when. */
  started: number | null;
  told: Told | null;
  /** Coins placed so far, by payer. */
  placed: Readonly<Record<string, bigint>>;
};

export function judge(facts: CallFacts, events: readonly CallEvent[], asOf: number, known: Known): Verdict {
  const question = ask(facts, events, asOf);
  const verdict: Verdict = {
    status: "pending",
    startedAt: null,
    endedAt: null,
    endReason: null,
    endedBy: null,
    knownAt: null,
    proofId: null,
    acceptance: null,
    missed: null,
    attendance: attend(question),
    used: [],
  };
  judgeStart(question, verdict, known.started);
  const { startedAt } = verdict;
  const word = startedAt === null ? null : endByWord(question, startedAt, known.told);
  const overAt = Math.min(
    ...[verdict.endedAt, word?.at ?? null, wordless(known.told)].map((at) => at ?? Number.POSITIVE_INFINITY),
  );
  if (overAt < asOf) {
    question.listensUntil = overAt;
    verdict.attendance = attend(question);
  }
  if (startedAt !== null) judgeEnd(question, verdict, startedAt, word, known.told);
  if (known.told !== null) keepWord(verdict, known.told, known.started);
  countUse(question, verdict, known);
  return verdict;
}

/** When an end was told of which no evidence says anything: the money's, the longest duration's, and that of a call that never began. */
function wordless(told: Told | null): number | null {
  if (told === null) return null;
  const isWordless = told.status !== "completed" || told.reason === "out_of_funds" || told.reason === "time_limit";
  return isWordless ? told.at : null;
}

function close(verdict: Verdict, status: CallStatus, at: number, proofId: string | null = null): void {
  Object.assign(verdict, { status, endedAt: at, knownAt: at, proofId });
}

/** A clock that runs behind cannot answer before it was asked. */
const answeredAt = ({ requestedAt }: CallFacts, { occurredAt }: CallEvent) => Math.max(requestedAt, occurredAt);

function isCallingOff(facts: CallFacts, event: CallEvent): boolean {
  if (event.type === "call.cancelled") return true;
  if (event.type === "call.ended") return event.source === "command" || isParty(facts, event.userId);
  return endsTheCall(facts, event);
}

/** Whether and when it began: it rings, is accepted, waits for its people; or it is called off, or missed. */
function judgeStart(question: Question, verdict: Verdict, toldStart: number | null): void {
  const { facts, known, asOf } = question;
  const { ringTimeoutSeconds, joinTimeoutSeconds } = facts.terms.limits;
  const words = known.filter(({ source }) => source !== "hint");
  const rejected = words.find(({ type }) => type === "call.rejected") ?? null;
  const cancelled = words.find((event) => isCallingOff(facts, event)) ?? null;
  const accepted = words.find(({ type }) => type === "call.accepted") ?? null;
  const ringsUntil = facts.requestedAt + ringTimeoutSeconds * 1000;
  const answers = [rejected, cancelled, accepted].filter((event) => event !== null);
  const firstAt = Math.min(...answers.map(({ occurredAt }) => occurredAt));
  // At one instant a refusal goes before an acceptance. Who was told that it started cannot be told that it was refused.
  const first = toldStart === null ? answers.find(({ occurredAt }) => occurredAt === firstAt) : accepted;
  if (first === undefined || first === null || answeredAt(facts, first) >= ringsUntil) {
    if (asOf >= ringsUntil) miss(verdict, "no_answer", ringsUntil);
    return;
  }
  if (first !== accepted) {
    close(verdict, first === rejected ? "rejected" : "cancelled", answeredAt(facts, first), first.id);
    return;
  }
  const acceptedAt = answeredAt(facts, first);
  const waitsUntil = acceptedAt + joinTimeoutSeconds * 1000;
  verdict.acceptance = first;
  const together = firstTogether(facts, verdict.attendance, acceptedAt) ?? Number.POSITIVE_INFINITY;
  if (toldStart !== null) {
    verdict.startedAt = Number.isFinite(together) ? together : toldStart;
    return;
  }
  const offAt = cancelled?.occurredAt ?? Number.POSITIVE_INFINITY;
  if (cancelled !== null && offAt < waitsUntil && offAt <= together) {
    close(verdict, "cancelled", offAt, cancelled.id);
    return;
  }
  if (together < waitsUntil) verdict.startedAt = together;
  else if (asOf >= waitsUntil) miss(verdict, "nobody_joined", waitsUntil);
  else verdict.status = "accepted";
}

function miss(verdict: Verdict, why: "no_answer" | "nobody_joined", at: number): void {
  close(verdict, "missed", at);
  verdict.missed = why;
}

function judgeEnd(question: Question, verdict: Verdict, start: number, word: End | null, told: Told | null): void {
  verdict.status = "active";
  const end = endOf(question, verdict.attendance, start, word, wordless(told));
  if (end === null) return;
  close(verdict, "completed", end.at, end.proofId);
  Object.assign(verdict, { endReason: end.reason, endedBy: end.by, knownAt: end.knownAt });
}

/** What was told stands. Only a completed call may turn out to have ended earlier. */
function keepWord(verdict: Verdict, told: Told, start: number | null): void {
  const isEarlier = verdict.status === "completed" && verdict.endedAt !== null && verdict.endedAt < told.at;
  if (told.status === "completed" && isEarlier) return;
  const isSame = verdict.status === told.status && verdict.endedAt === told.at && verdict.endReason === told.reason;
  if (isSame) return;
  const isSameEnd = verdict.status === told.status && verdict.endedAt === told.at && verdict.endedBy === told.by;
  close(verdict, told.status, told.at, isSameEnd ? verdict.proofId : null);
  verdict.endReason = told.reason;
  verdict.endedBy = told.status === "completed" ? told.by : null;
  // A start that was told stays one, also where the evidence puts it behind the end by now: nobody was there in between.
  if (told.status !== "completed") verdict.startedAt = null;
  else if (verdict.startedAt === null || verdict.startedAt > told.at)
    verdict.startedAt = start !== null && start <= told.at ? start : null;
  if (verdict.acceptance !== null && verdict.acceptance.occurredAt > told.at) verdict.acceptance = null;
  verdict.missed =
    told.status === "missed" ? (verdict.missed ?? (verdict.acceptance === null ? "no_answer" : "nobody_joined")) : null;
}

/** The use of each payer up to the end; and the end that the money sets when it is used up before. */
function countUse({ facts, asOf }: Question, verdict: Verdict, { placed, told }: Known): void {
  const payers = facts.parties.filter(({ role }) => role === "payer").map(({ userId }) => userId);
  const until = Math.min(verdict.endedAt ?? asOf, asOf);
  const start = verdict.startedAt;
  const useUntil = (payerId: string, end: number): Used =>
    start === null ? [] : useOf(facts, verdict.attendance, payerId, start, end);
  let spentAt = Number.POSITIVE_INFINITY;
  for (const payerId of facts.terms.funding.kind === "none" || start === null ? [] : payers) {
    const used = useUntil(payerId, until);
    const seconds = heldSeconds(facts, placed[payerId] ?? 0n, used, until);
    if (seconds === null || seconds * 1000 > lengthOf(used)) continue;
    spentAt = Math.min(spentAt, seconds === 0 ? (start as number) : (endOfSeconds(used, seconds) as number));
  }
  if (spentAt !== Number.POSITIVE_INFINITY && isFirst(verdict, spentAt, told !== null)) {
    close(verdict, "completed", spentAt);
    Object.assign(verdict, { endReason: "out_of_funds", endedBy: null });
  }
  const end = Math.min(verdict.endedAt ?? asOf, asOf);
  verdict.used = payers.map((payerId) => ({ payerId, used: useUntil(payerId, end), placed: placed[payerId] ?? 0n }));
}

/** The seconds that the held coins pay for, null when more than were used. A contract on a chain pays no more than the estimate. */
function heldSeconds({ terms, estimatedSeconds }: CallFacts, held: bigint, used: Used, until: number): number | null {
  const seconds = paidSeconds(terms.tariff, held, used, until, Math.ceil(lengthOf(used) / 1000));
  if (terms.funding.kind !== "escrow") return seconds;
  return Math.min(seconds ?? estimatedSeconds, estimatedSeconds);
}

/** Whether the money was used up before anything else ended the call, as far as anybody could know then. */
function isFirst({ endedAt, knownAt }: Verdict, spentAt: number, isTold: boolean): boolean {
  if (endedAt === null) return true;
  if (isTold) return spentAt < endedAt;
  return spentAt <= endedAt && spentAt < (knownAt ?? endedAt);
}
