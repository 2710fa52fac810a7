// A look at a call that is not over: who is in its room, who is gone, and how long the provider may let it run.
import { FairminuteError } from "@fairminute/core";
import type { CallJson, Evidence } from "../charging/charging.ts";
import {
  absencesOf,
  lacksReport,
  type Poll,
  providerConnections,
  restartsOf,
  sightingsOf,
  weighAbsences,
} from "./evidence.ts";
import { intervalMsOf, nextConfirmation, nextLiveLook, nextTry } from "./limits.ts";
import { readReport } from "./report.ts";
import { type Found, markAppLimit, type Watched } from "./watched.ts";
import { isAppsRoom, type LookWorld, ofCall, type Subject } from "./world.ts";

/** The provider's own limit lies so far behind ours: it is the net, and must not cut what is paid for. */
const LIMIT_MARGIN_SECONDS = 30;

/** What stays as it was. */
export function unchanged({
  state,
  limitUntil,
  endAskedAt,
  closedAt,
  reportTries,
  missing,
}: Watched): Omit<Found, "nextLookAt"> {
  return { state, limitUntil, endAskedAt, closedAt, reportTries, missing, error: null };
}

const graceMsOf = ({ call }: Subject): number => call.terms.limits.reconnectGraceSeconds * 1000;

/**
 * Whether the provider's own record is worth asking for: everybody has gone, or nobody looked for longer than the grace and the
 * record may know of a return that nobody saw, or the provider was away for a while.
 */
function wantsReport(subject: Subject, { present, askedAt }: Poll, absences: readonly Evidence[]): boolean {
  const { provider, state, watched } = subject;
  if (provider.reportDurations === null) return false;
  if (present.length > 0) return absences.some(({ occurredAt }) => askedAt - occurredAt >= graceMsOf(subject));
  const isSilent = providerConnections(state).length === 0;
  return isSilent ? watched.failures > 0 : lacksReport(state);
}

const noReport = { evidence: [] as Evidence[], refusal: null as unknown };

/** The record, or why there is none: what was seen is written down either way. */
async function tryReport(world: LookWorld, subject: Subject, { present }: Poll): Promise<typeof noReport> {
  const open = present.length === 0 ? {} : { present: new Set(present.map(({ connectionId }) => connectionId)) };
  try {
    return { evidence: (await readReport(world, subject, { isLast: false, ...open })).evidence, refusal: null };
  } catch (refusal) {
    return { evidence: [], refusal };
  }
}

/** Until when the held money and the terms let the call run. */
function limitOf(call: CallJson): number | null {
  if (call.status !== "active" || call.startedAt === null || call.fundedUntil === null) return null;
  const { maximumDurationSeconds } = call.terms.tariff;
  const longest = maximumDurationSeconds === null ? null : Date.parse(call.startedAt) + maximumDurationSeconds * 1000;
  const fundedUntil = Date.parse(call.fundedUntil);
  return longest === null ? fundedUntil : Math.min(fundedUntil, longest);
}

/** The limit that an app gave its own call before we said anything, in seconds; null when there is none. Asked for once. */
async function readAppLimit(
  { db, ask }: LookWorld,
  { call, provider, providerCall, watched }: Subject,
): Promise<number | null> {
  if (provider.readLimit === null || !isAppsRoom(call)) return null;
  if (watched.appLimit !== null) return watched.appLimit === 0 ? null : watched.appLimit;
  const seconds = await ask(provider.readLimit(providerCall));
  await markAppLimit(db, call.id, seconds ?? 0);
  return seconds;
}

/**
 * Tells the provider how long the call may run, when that has moved. An app's own limit stands above ours: nothing is told where it
 * is the stricter one, and one that was shortened is never made longer than it was.
 * @returns what the provider knows now, and why it does not obey
 */
async function moveLimit(
  world: LookWorld,
  subject: Subject,
  updated: CallJson,
): Promise<{ limitUntil: number | null; error: string | null }> {
  const { call, state, provider, providerCall, watched } = subject;
  const { limitUntil } = watched;
  const wanted = provider.limitCall === null ? null : limitOf(updated);
  if (wanted === null || wanted === limitUntil || provider.limitCall === null) return { limitUntil, error: null };
  // The provider counts from the first person in the room, we from both.
  const firstAt = Math.min(
    ...providerConnections(state).map(({ from }) => from ?? wanted),
    Date.parse(updated.startedAt ?? updated.requestedAt),
  );
  const seconds = Math.ceil((wanted - Math.max(firstAt, call.requestedAt)) / 1000) + LIMIT_MARGIN_SECONDS;
  try {
    const appLimit = (await readAppLimit(world, subject)) ?? Number.POSITIVE_INFINITY;
    if (limitUntil === null && seconds >= appLimit) return { limitUntil, error: null };
    await world.ask(provider.limitCall(providerCall, Math.min(seconds, appLimit)));
    return { limitUntil: wanted, error: null };
  } catch (error) {
    return { limitUntil, error: `the time limit was not taken: ${error instanceof Error ? error.message : error}` };
  }
}

/** When this call is looked at again, as it stands after what was found. */
function nextLook({ call }: Subject, at: number, isAnybodyThere: boolean, updated: CallJson): number {
  const ms = (instant: string | null): number | null => (instant === null ? null : Date.parse(instant));
  const { status, acceptedAt, interruptedSince } = updated;
  const { limits } = call.terms;
  const live = { status, acceptedAt: ms(acceptedAt), interruptedSince: ms(interruptedSince), isAnybodyThere, limits };
  return nextLiveLook(live, at);
}

interface Look {
  /** What is written down. */
  evidence: Evidence[];
  /** Absences that wait for a second answer. */
  missing: Watched["missing"];
  /** Why the record could not be had. */
  refusal: unknown;
}

/** What an answer proves together with the log, the record, and the answer before it. */
async function readAnswer(world: LookWorld, subject: Subject, poll: Poll, untilAt: number | null): Promise<Look> {
  const { call, state, watched } = subject;
  const graceMs = graceMsOf(subject);
  const absences = absencesOf(call.events, state, poll);
  // Where nobody looked for longer than the grace, an absence settles the call at once, and later word makes a bill only
  // smaller: so the record is read first, and both are one write.
  const report = wantsReport(subject, poll, absences) ? await tryReport(world, subject, poll) : noReport;
  const { sure, missing } = weighAbsences(absences, {
    poll,
    graceMs,
    report: report.evidence,
    before: watched.missing,
  });
  const seen = [...sightingsOf(poll, untilAt), ...sure, ...restartsOf(state, poll, graceMs)];
  return { evidence: [...seen, ...report.evidence], missing, refusal: report.refusal };
}

/**
 * Looks who is in the room and writes it down.
 * @param untilAt up to when those who are there are known to stay, when the sandbox's clock is about to be moved there; else null
 * @throws FairminuteError provider_unavailable: nothing is proved then
 */
export async function lookAtLive(
  world: LookWorld,
  subject: Subject,
  at: number,
  untilAt: number | null,
): Promise<Found> {
  const { call, provider, providerCall, watched } = subject;
  // Nobody is let into the room of a call that rings; and a provider that cannot be asked tells all by webhooks.
  if (call.status === "pending" || provider.listPresence === null) {
    return { ...unchanged(watched), nextLookAt: at + intervalMsOf(call.terms.limits) };
  }
  const present = ofCall(call, await world.ask(provider.listPresence(providerCall)));
  const poll = { present, askedAt: at, answeredAt: Math.max(at, world.now()) };
  const { evidence, missing, refusal } = await readAnswer(world, subject, poll, untilAt);
  const updated = await world.charging.recordEvents(call.id, evidence);
  if (refusal !== null) {
    if (!(refusal instanceof FairminuteError)) throw refusal;
    return { ...unchanged(watched), missing, error: refusal.message, nextLookAt: nextTry(watched.failures + 1, at) };
  }
  const { limitUntil, error } = await moveLimit(world, subject, updated);
  const next = nextLook(subject, at, present.length > 0, updated);
  const again = nextConfirmation(Object.values(missing));
  const nextLookAt = Math.min(next, again ?? next, error === null ? next : nextTry(watched.failures + 1, at));
  return { ...unchanged(watched), limitUntil, missing, error, nextLookAt };
}
