// A second opinion: what a call costs, worked out second by second in the plainest way, for histories in whole seconds.
// It shares no code with the rules. Slow, long-winded and obvious on purpose.
import type { CallEvent, CallFacts, Tariff } from "../src/index.ts";

export type Opinion = {
  status: string;
  startedAt: number | null;
  endedAt: number | null;
  endReason: string | null;
  billableSeconds: number;
  total: bigint;
  /** Terms with a line for each increment: when each paid one was completed in talking time, or the talk ended within it. */
  lineEnds: number[];
};

const second = 1000;
const strength = ["hint", "proof", "poll", "signalling", "webhook", "report", "command"];

/** The event of the strongest source, the earlier among equals. */
function best(events: CallEvent[]): CallEvent | null {
  let found: CallEvent | null = null;
  for (const e of events) {
    const better = found !== null ? strength.indexOf(e.source) - strength.indexOf(found.source) : 1;
    if (better > 0 || (better === 0 && found !== null && e.occurredAt < found.occurredAt)) found = e;
  }
  return found;
}

/** One connection: its name, when it began, and who saw it or saw it come. */
type Subject = { userId: string; name: string; from: number; seen: CallEvent[]; joins: CallEvent[] };

/** When a connection closed by the best evidence, heartbeats and hints apart; infinity while it is open. */
function closedAt(all: CallEvent[], { userId, name, from, seen, joins }: Subject): number {
  // A poll that missed somebody who was seen later is wrong.
  const isRefuted = (left: CallEvent) =>
    left.type === "participant.left" &&
    left.source === "poll" &&
    [...seen, ...joins].some((e) => Math.max(e.occurredAt, e.untilAt ?? 0) > left.occurredAt);
  const told = all.filter((e) => e.source !== "hint" && !isRefuted(e));
  // The strongest left that names it …
  const named = best(
    told.filter((e) => e.type === "participant.left" && (e.userId ?? userId) === userId && e.connectionId === name),
  );
  // … and what says only that nobody was there any more: kicks and emptied rooms, unless better evidence names it.
  const bounds = told.filter((e) => {
    if (e.type === "participant.left") return e.userId === null && e.connectionId === null && from < e.occurredAt;
    if (e.type !== "participant.kicked" || (e.userId !== null && e.userId !== userId)) return false;
    return e.connectionId === name || (e.userId !== null && e.connectionId === null && e.occurredAt >= from);
  });
  let to = named?.occurredAt ?? Number.POSITIVE_INFINITY;
  for (const e of bounds) {
    if (named === null || strength.indexOf(e.source) >= strength.indexOf(named.source)) to = Math.min(to, e.occurredAt);
  }
  for (const e of told) {
    if (e.type === "hangup" && e.userId === userId && e.occurredAt >= from && e.occurredAt < to) to = e.occurredAt;
  }
  return to;
}

/** Where a client's hint cuts it: at itself, or at the last sight before it where silence is absence. After the end it is no news. */
function hintedAt(all: CallEvent[], { userId, name, from, seen }: Subject, to: number): number {
  let earliest = Number.POSITIVE_INFINITY;
  for (const e of all) {
    const names =
      (e.type === "participant.left" && (e.userId ?? userId) === userId && e.connectionId === name) ||
      (e.type === "hangup" && e.userId === userId && e.occurredAt >= from);
    if (e.source !== "hint" || !names || e.occurredAt >= to) continue;
    const before = seen.filter((sight) => sight.occurredAt <= e.occurredAt);
    const isObliged = before.some((sight) => sight.source === "proof");
    const sights = before.map((sight) => sight.untilAt ?? 0);
    const cut = isObliged ? Math.min(e.occurredAt, Math.max(...sights)) : e.occurredAt;
    earliest = Math.min(earliest, Math.max(cut, from));
  }
  return earliest;
}

/**
 * Whether one connection is there in the second that begins at `at`, by all evidence up to `asOf`, where silence is noticed up to
 * `noticed`. Deemed: as it looked at that second, when nobody could know yet that no heartbeat would follow.
 */
function connectionThere(
  facts: CallFacts,
  all: CallEvent[],
  userId: string,
  name: string,
  at: number,
  noticed: number,
  isDeemed: boolean,
): boolean {
  const mine = all.filter((e) => e.userId === userId && e.connectionId === name && e.source !== "hint");
  const seen = mine.filter((e) => e.type === "participant.seen");
  const joins = mine.filter((e) => e.type === "participant.joined");
  const joined = best(joins);
  const from = joined !== null ? joined.occurredAt : Math.min(...seen.map((e) => e.occurredAt));
  if (!(at >= from) || from === Number.POSITIVE_INFINITY) return false;
  const subject = { userId, name, from, seen, joins };
  const to = closedAt(all, subject);
  if (at >= hintedAt(all, subject, to)) return false;
  if (at >= to) return false;
  // Only its own proof of life obliges a connection to be seen again; from then on every sight counts.
  const obligedAt = Math.min(...seen.filter((e) => e.source === "proof").map((e) => e.occurredAt));
  if (obligedAt > at) return true;
  // The last sight up to this second, and the next one after it.
  const silence = facts.terms.limits.heartbeatTimeoutSeconds * second;
  const alive = seen.filter((e) => e.occurredAt <= to);
  let before = from;
  let after = to;
  for (const e of alive) {
    const until = e.untilAt ?? e.occurredAt;
    if (e.occurredAt <= at && until > at) return true;
    if (until <= at && until > before) before = until;
    if (e.occurredAt > at && e.occurredAt < after) after = e.occurredAt;
  }
  if (isDeemed) return at < before + silence;
  if (noticed < before + silence) return true;
  return after !== Number.POSITIVE_INFINITY && after - before <= silence;
}

export function personThere(
  facts: CallFacts,
  events: CallEvent[],
  userId: string,
  at: number,
  asOf: number,
  isDeemed = false,
  noticed = asOf,
): boolean {
  const known = events.filter((e) => e.occurredAt <= asOf);
  const names = new Set(known.filter((e) => e.userId === userId).map((e) => e.connectionId));
  for (const name of names) {
    if (name !== null && connectionThere(facts, known, userId, name, at, noticed, isDeemed)) return true;
  }
  return false;
}

function hungUp(facts: CallFacts, userId: string | null): string {
  return facts.parties.find((party) => party.userId === userId)?.role === "payee" ? "payee_hung_up" : "payer_hung_up";
}

/** What an opinion is asked about: a call of one payer (first party) and one payee (second) with nothing decided. */
type Question = {
  facts: CallFacts;
  events: CallEvent[];
  known: CallEvent[];
  asOf: number;
  /** Up to when silence is noticed: not after a word or the longest duration has ended the call. */
  noticed: number;
  payer: string;
  payee: string;
};

export function opine(facts: CallFacts, events: CallEvent[], asOf: number, placed: bigint): Opinion {
  const known = events.filter((e) => e.occurredAt <= asOf && e.source !== "hint");
  const [payer = "", payee = ""] = facts.parties.map(({ userId }) => userId);
  const question: Question = { facts, events, known, asOf, noticed: asOf, payer, payee };
  const opinion: Opinion = {
    status: "pending",
    startedAt: null,
    endedAt: null,
    endReason: null,
    billableSeconds: 0,
    total: 0n,
    lineEnds: [],
  };
  walkToStart(question, opinion);
  if (opinion.startedAt === null) return opinion;
  question.noticed = endedByWord(question, opinion.startedAt);
  const knownAt = walkToEnd(question, opinion, opinion.startedAt);
  countMoney(question, opinion, opinion.startedAt, knownAt, placed);
  return opinion;
}

function happens({ known }: Question, types: string[], at: number): CallEvent[] {
  return known.filter((e) => types.includes(e.type) && e.occurredAt === at).sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** When a word or the longest duration ends a call that started, whoever was there; the present instant when nothing does. */
function endedByWord({ facts, known, asOf, payer, payee }: Question, started: number): number {
  const limit = facts.terms.tariff.maximumDurationSeconds;
  const words = known.filter(
    (e) => e.type === "call.ended" || (e.type === "hangup" && [payer, payee].includes(e.userId ?? "")),
  );
  const times = words.map((e) => e.occurredAt).filter((at) => at >= started);
  return Math.min(asOf, ...times, limit === null ? asOf : started + limit * second);
}

function calledOff(question: Question, at: number): boolean {
  const { payer, payee } = question;
  return (
    happens(question, ["call.cancelled"], at).length > 0 ||
    happens(question, ["call.ended"], at).some(
      (e) => e.source === "command" || [payer, payee].includes(e.userId ?? ""),
    ) ||
    happens(question, ["hangup"], at).some((e) => e.userId === payer || e.userId === payee)
  );
}

/** Second by second until the call starts or is over without a start. */
function walkToStart(question: Question, opinion: Opinion): void {
  const { facts, known, asOf, payer, payee } = question;
  const { limits } = facts.terms;
  // Hints play no part in when a call starts.
  const seemed = (userId: string, at: number) => personThere(facts, known, userId, at, asOf, true);
  const over = (status: string, at: number) => Object.assign(opinion, { status, endedAt: at });
  let acceptedAt: number | null = null;
  for (let at = facts.requestedAt; at <= asOf; at += second) {
    if (acceptedAt === null) {
      if (at >= facts.requestedAt + limits.ringTimeoutSeconds * second) return void over("missed", at);
      if (happens(question, ["call.rejected"], at).length > 0) return void over("rejected", at);
      if (calledOff(question, at)) return void over("cancelled", at);
      if (happens(question, ["call.accepted"], at).length === 0) continue;
      acceptedAt = at;
      opinion.status = "accepted";
    }
    if (at >= acceptedAt + limits.joinTimeoutSeconds * second) return void over("missed", at);
    if (calledOff(question, at)) return void over("cancelled", at);
    if (seemed(payer, at) && seemed(payee, at)) {
      opinion.status = "active";
      opinion.startedAt = at;
      return;
    }
  }
}

/** Second by second until something ends the call. Returns when the end could be known. */
function walkToEnd(question: Question, opinion: Opinion, started: number): number {
  const { facts, events, asOf, noticed, payer, payee } = question;
  const { limits, tariff } = facts.terms;
  const grace = limits.reconnectGraceSeconds * second;
  const awaySince = new Map<string, number>();
  for (let at = started; at <= asOf; at += second) {
    for (const userId of [payer, payee]) {
      if (personThere(facts, events, userId, at, asOf, false, noticed)) awaySince.delete(userId);
      else if (!awaySince.has(userId)) awaySince.set(userId, at);
    }
    // A return exactly at the end of the grace has already been taken off the list.
    const lost = [...awaySince.values()].filter((since) => at - since >= grace);
    const hangup = happens(question, ["hangup"], at).find((e) => e.userId === payer || e.userId === payee);
    const closed = happens(question, ["call.ended"], at)[0];
    const limit = tariff.maximumDurationSeconds;
    if (lost.length > 0) opinion.endReason = "absence";
    else if (hangup !== undefined) opinion.endReason = hungUp(facts, hangup.userId);
    else if (closed !== undefined) {
      const nobody = closed.source === "command" ? "operator_ended" : "provider_ended";
      opinion.endReason = closed.userId === null ? nobody : hungUp(facts, closed.userId);
    } else if (limit !== null && at >= started + limit * second) opinion.endReason = "time_limit";
    else continue;
    opinion.status = "completed";
    opinion.endedAt = lost.length > 0 ? Math.min(...lost) : at;
    return knownFrom(question, opinion.endedAt, at);
  }
  return Number.POSITIVE_INFINITY;
}

/** The first second, from `at` on, at which everybody knows who was there at the end and in the second before it. */
function knownFrom({ facts, events, asOf, noticed, payer, payee }: Question, end: number, at: number): number {
  const isOpen = (known: number) =>
    [payer, payee].some((userId) =>
      [end - second, end].some((when) => {
        const there = (by: number) => personThere(facts, events, userId, when, asOf, false, by);
        return there(Math.min(known, noticed)) !== there(noticed);
      }),
    );
  let known = at;
  while (known < noticed && isOpen(known)) known += second;
  return known;
}

/** Counts the used seconds, ends the call where the money ends, and prices what is left. */
function countMoney(question: Question, opinion: Opinion, started: number, knownAt: number, placed: bigint): void {
  const { facts, events, asOf, noticed, payer, payee } = question;
  const { tariff, billable } = facts.terms;
  const there = (userId: string, at: number) => personThere(facts, events, userId, at, asOf, false, noticed);
  const end = opinion.endedAt;
  const used: number[] = [];
  for (let at = started; at < (end ?? asOf); at += second) {
    if (there(payer, at) && (billable === "own_presence" || there(payee, at))) used.push(at);
  }
  const affordable = affordableSeconds(tariff, used, placed, end ?? asOf);
  if (affordable <= used.length) {
    const spentAt = affordable === 0 ? started : (used[affordable - 1] as number) + second;
    if (end === null || (spentAt <= end && spentAt < knownAt)) {
      Object.assign(opinion, { status: "completed", endedAt: spentAt, endReason: "out_of_funds" });
      used.length = affordable;
    }
  }
  opinion.billableSeconds = used.length;
  opinion.total = priceOf(tariff, used);
  if (tariff.lines === "per_increment") opinion.lineEnds = endsOfSteps(tariff, used);
}

function endsOfSteps(tariff: Tariff, used: number[]): number[] {
  if (used.length < tariff.noChargeUnderSeconds) return [];
  const chargeable = used.slice(tariff.freeSeconds);
  return cut(tariff, chargeable.length)
    .filter((step) => isPaid(tariff, step))
    .map(({ first, used: seconds }) => (chargeable[first + seconds - 1] as number) + second);
}

function isPaid(tariff: Tariff, step: { size: number; used: number }): boolean {
  if (tariff.rounding === "up" || step.used === step.size) return true;
  return tariff.rounding === "nearest" && step.used >= step.size - step.used;
}

function minutePrice(tariff: Tariff, at: number): bigint {
  const local = new Date(at + tariff.utcOffsetMinutes * 60_000);
  const minute = local.getUTCHours() * 60 + local.getUTCMinutes();
  for (const window of tariff.windows) {
    const fits = window.weekdays.includes(local.getUTCDay());
    if (fits && minute >= window.fromMinute && minute < window.toMinute) return window.pricePerMinute;
  }
  return tariff.pricePerMinute;
}

/** Cuts `count` chargeable seconds into increments: their first second and their size. */
function cut(tariff: Tariff, count: number): { first: number; size: number; used: number }[] {
  const steps: { first: number; size: number; used: number }[] = [];
  for (let k = 0; k < count; k++) {
    const last = steps[steps.length - 1];
    if (last !== undefined && last.used < last.size) last.used++;
    else {
      const size = steps.length === 0 ? tariff.initialIncrementSeconds : tariff.incrementSeconds;
      steps.push({ first: k, size, used: 1 });
    }
  }
  return steps;
}

/** What the used seconds (the instants at which they begin) cost. */
export function priceOf(tariff: Tariff, used: number[]): bigint {
  if (used.length === 0 || used.length < tariff.noChargeUnderSeconds) return 0n;
  const chargeable = used.slice(tariff.freeSeconds);
  if (chargeable.length === 0) return 0n;
  let sixtieths = 0n;
  for (const step of cut(tariff, chargeable.length)) {
    if (isPaid(tariff, step)) sixtieths += minutePrice(tariff, chargeable[step.first] as number) * BigInt(step.size);
  }
  let coins = sixtieths / 60n;
  const rest = sixtieths - coins * 60n;
  if (tariff.rounding === "up" && rest > 0n) coins++;
  if (tariff.rounding === "nearest" && rest >= 30n) coins++;
  coins += tariff.connectFee;
  return coins < tariff.minimumCharge ? tariff.minimumCharge : coins;
}

/** How many seconds can be used before a started increment would cost more than what is placed. */
function affordableSeconds(tariff: Tariff, used: number[], placed: bigint, now: number): number {
  const last = used[used.length - 1];
  const goesOn = last === undefined ? now : last + second;
  let seconds = tariff.freeSeconds;
  let sixtieths = 0n;
  for (let steps = 0; ; steps++) {
    // Seconds that are not used yet are taken to follow the last one without a pause.
    const at = used[seconds] ?? goesOn + (seconds - used.length) * second;
    const size = steps === 0 ? tariff.initialIncrementSeconds : tariff.incrementSeconds;
    sixtieths += minutePrice(tariff, at) * BigInt(size);
    const coins = tariff.connectFee + (sixtieths + 59n) / 60n;
    if ((coins < tariff.minimumCharge ? tariff.minimumCharge : coins) > placed) return seconds;
    seconds += size;
    if (seconds > used.length) return seconds;
  }
}
