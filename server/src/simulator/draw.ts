// Draws one history: its calls, their people and terms, and everything that goes wrong.
import { isEscrow, type Party, type Terms } from "@fairminute/core";
import { drawDeposit, drawEvidence, drawLooks } from "./draw-evidence.ts";
import {
  coincide,
  disturbMessages,
  disturbServers,
  disturbWrites,
  drawDueFates,
  moveBalances,
  signBodies,
} from "./draw-faults.ts";
import { act, type Draft, drawAnswer, drawTalk, type People } from "./draw-people.ts";
import { carriedBy, drawHabit, drawTerms } from "./draw-terms.ts";
import { askingFaults, drawFaults, type FaultName, signedFaults } from "./faults.ts";
import type { Random } from "./random.ts";
import { type Act, type CarrierName, carriers, type Script, type ScriptCall, scriptStart } from "./script.ts";

/** How many of the histories at a provider come as signed bodies; all of those do that need it. */
const SIGNED_SHARE = 0.05;
const LOOKED_SHARE = 0.25;
/** Histories of somebody who leaves early again and again, now within the period in which that counts, now after it. */
const HABIT_SHARE = 0.03;

interface Plan {
  call: ScriptCall;
  acts: Act[];
  applied: FaultName[];
}

function partiesOf(terms: Terms, { payerId, payeeId }: People): Party[] {
  if (terms.preset === "study-room") return [payerId, payeeId].map((userId) => ({ userId, role: "attendee" }));
  return [
    { userId: payerId, role: "payer" },
    { userId: payeeId, role: "payee" },
  ];
}

function drawCall(
  random: Random,
  faults: ReadonlySet<FaultName>,
  call: number,
  requestedAt: number,
  people: People,
  habit: Terms | null,
): Plan {
  const needsSigned = signedFaults.some((name) => faults.has(name));
  const needsProvider = needsSigned || askingFaults.some((name) => faults.has(name));
  const carrier = random.pick<CarrierName>(needsProvider ? ["livekit", "stream"] : carriers);
  const terms = habit === null ? drawTerms(random, carrier, requestedAt) : carriedBy(carrier, habit);
  const isRoom = terms.preset === "study-room";
  const accepted = isRoom
    ? "registered"
    : random.chance(0.25)
      ? random.pick(["registered", "matched", "auto_accept"])
      : null;
  const draft: Draft = {
    random,
    faults,
    call,
    carrier,
    people,
    isRoom,
    requestedAt,
    isFine: random.chance(0.15),
    isHasty: habit !== null,
    acts: [],
    stays: [],
    applied: [],
  };
  act(draft, requestedAt, { kind: "open" });
  const acceptedAt = drawAnswer(draft, accepted);
  if (acceptedAt !== null) {
    if (isEscrow(terms)) drawDeposit(draft, acceptedAt);
    drawTalk(draft, acceptedAt);
    drawEvidence(draft);
    drawLooks(draft, LOOKED_SHARE);
  }
  coincide(draft);
  disturbMessages(draft);
  signBodies(draft, carrier !== "webrtc" && (needsSigned || random.chance(SIGNED_SHARE)));
  disturbWrites(draft);
  const estimatedMinutes = random.pick([1, 1, 2, 5, 30]);
  const stays = draft.stays.map(({ exit: _exit, ...stay }) => stay);
  const parties = partiesOf(terms, people);
  return {
    call: { terms, carrier, parties, requestedAt, estimatedMinutes, accepted, stays },
    acts: draft.acts,
    applied: draft.applied,
  };
}

/** What the payer begins with: mostly enough for the first hold, sometimes not, sometimes for ever. */
function drawCoins(random: Random, calls: readonly ScriptCall[]): number {
  const need = calls.reduce((sum, { terms: { tariff, funding }, estimatedMinutes }) => {
    const minutes = funding.kind === "none" ? 0 : estimatedMinutes;
    return sum + Number(tariff.pricePerMinute) * minutes + Number(tariff.connectFee + tariff.minimumCharge);
  }, 0);
  const share = random.next();
  if (share < 0.04) return Math.floor(need / 2);
  if (share < 0.4) return need + random.whole(0, 20);
  if (share < 0.8) return need * 2 + random.whole(0, 60);
  return need + 2_000;
}

/** Draws a history with these operators allowed. */
export function drawScript(random: Random, allowed: readonly FaultName[]): Script {
  const faults = drawFaults(random, allowed);
  const habit = random.chance(HABIT_SHARE) ? drawHabit(random) : null;
  const count = habit !== null || random.chance(0.2) ? random.whole(2, 3) : 1;
  let requestedAt = scriptStart + random.whole(0, 86_399) * 1000;
  const plans: Plan[] = [];
  for (let call = 0; call < count; call++) {
    const payeeId = random.chance(0.6) ? "mia" : "zoe";
    plans.push(drawCall(random, faults, call, requestedAt, { payerId: "leo", payeeId }, habit));
    requestedAt += (habit === null ? random.spread(1, 900) : random.spread(90, 2_000)) * 1000;
  }
  const calls = plans.map(({ call }) => call);
  const from = (calls[0] as ScriptCall).requestedAt;
  const ends = calls.flatMap(({ stays }) => stays.map((stay) => Math.min(stay.to, stay.from + 1_200_000)));
  const to = Math.max(from + 60_000, ...ends);
  const people = { payerId: "leo", payeeId: "mia" };
  const acts = [
    ...plans.flatMap((plan) => plan.acts),
    ...disturbServers(random, faults, from, to),
    ...moveBalances(random, faults, people, from, to),
  ];
  return {
    calls,
    wallets: { leo: drawCoins(random, calls), mia: random.pick([0, 0, 3, 60]), zoe: 0 },
    acts: acts
      .map((one, index) => ({ one, index }))
      .sort((a, b) => a.one.at - b.one.at || a.index - b.index)
      .map(({ one }) => one),
    lagMs: random.pick([0, 0, 0, 1000, 400, 5000]),
    dueFates: drawDueFates(random, faults),
    faults: plans.flatMap(({ applied }) => applied),
  };
}
