// Draws what people do in one call: who answers, who comes and goes on which connection, who ends it and how.
import type { FaultName } from "./faults.ts";
import type { Random } from "./random.ts";
import type { Act, CarrierName, Doing, Stay, Word } from "./script.ts";

/** How a stay ends, which decides what is told of it. */
export type Exit = "button" | "lost" | "killed" | "reload" | "removed" | "command";
export interface DrawnStay extends Stay {
  exit: Exit;
}

export interface People {
  payerId: string;
  payeeId: string;
}

/** One call while it is being drawn. */
export interface Draft {
  random: Random;
  faults: ReadonlySet<FaultName>;
  call: number;
  carrier: CarrierName;
  people: People;
  isRoom: boolean;
  requestedAt: number;
  /** Milliseconds count too; most histories happen in whole seconds. */
  isFine: boolean;
  /** The payer has had enough of each call soon, and says so. */
  isHasty: boolean;
  acts: Act[];
  stays: DrawnStay[];
  applied: FaultName[];
}

/** So many seconds, give or take the milliseconds of a fine history. */
export function after(draft: Draft, from: number, to: number): number {
  const { random } = draft;
  return random.whole(from, to) * 1000 + (draft.isFine ? random.whole(0, 999) : 0);
}

export function act(draft: Draft, at: number, does: Doing, more: Partial<Act> = {}): Act {
  const made: Act = { at, server: draft.random.whole(0, 1), call: draft.call, does, ...more };
  draft.acts.push(made);
  return made;
}

export function command(
  draft: Draft,
  at: number,
  kind: "accept" | "reject" | "cancel" | "end",
  userId: string | null,
): Act {
  return act(draft, at, { kind: "command", command: kind, userId });
}

/** Who answers the ringing, and when. @returns when the call was accepted; null when it never is */
export function drawAnswer(draft: Draft, accepted: string | null): number | null {
  const { random, people, requestedAt } = draft;
  const { payerId, payeeId } = people;
  if (accepted !== null) return requestedAt;
  const at = requestedAt + after(draft, 1, random.chance(0.1) ? 60 : 18);
  const fate = random.next();
  if (fate < 0.84) {
    const accept = command(draft, at, "accept", payeeId);
    if (draft.faults.has("simultaneous_commands") && random.chance(0.4)) {
      accept.rival = random.pick([
        { command: "cancel", userId: payerId },
        { command: "reject", userId: payeeId },
        { command: "accept", userId: null },
      ] as const);
    }
    return at;
  }
  if (fate < 0.89) command(draft, at, "reject", payeeId);
  else if (fate < 0.94) command(draft, at, "cancel", random.pick([payerId, payerId, null]));
  return null;
}

/** The connections of one person between two instants. */
function drawStaysOf(draft: Draft, userId: string, from: number, to: number, exit: Exit): void {
  const { random, faults, stays, applied } = draft;
  let [start, number] = [from, 0];
  const add = (until: number, how: Exit) => {
    number += 1;
    stays.push({ userId, connectionId: `${userId}-${number}`, from: start, to: until, exit: how });
  };
  const cut = (how: Exit, gap: number): void => {
    const at = start + after(draft, 2, Math.max(3, Math.floor((to - start) / 1000) - 2));
    if (at + gap >= to) return;
    add(at, how);
    start = at + gap;
  };
  if (faults.has("reload") && random.chance(0.6)) {
    cut("reload", after(draft, 0, 6));
    if (number > 0) applied.push("reload");
  }
  if (random.chance(0.15)) cut("lost", after(draft, 1, 50));
  const kills = faults.has("client_killed") && random.chance(0.5);
  if (kills && random.chance(0.5)) {
    const before = number;
    cut("killed", after(draft, 3, 50));
    if (number > before) applied.push("client_killed");
    add(to, exit);
  } else if (kills && exit !== "command") {
    add(to, "killed");
    applied.push("client_killed");
  } else add(to, exit);
  if (faults.has("second_device") && random.chance(0.6)) {
    start = from + after(draft, 0, Math.max(1, Math.floor((to - from) / 2000)));
    add(Math.max(start + 1000, to + after(draft, 0, 30) - 15_000), random.pick(["button", "lost"]));
    applied.push("second_device");
  }
}

/** Who ends the talk, and what everybody's connections look like. */
export function drawTalk(draft: Draft, acceptedAt: number): void {
  const { random, people, carrier } = draft;
  const [payer, payee] =
    draft.isHasty || random.chance(0.5) ? [people.payerId, people.payeeId] : [people.payeeId, people.payerId];
  const [firstAt, secondAt] = [
    acceptedAt + after(draft, 0, 12),
    acceptedAt + after(draft, 0, random.chance(0.08) ? 140 : 15),
  ];
  const absent = random.next();
  const startAt = Math.max(firstAt, secondAt);
  const talkSeconds = draft.isHasty
    ? random.whole(3, 70)
    : random.chance(0.03)
      ? random.spread(600, 9000)
      : random.spread(4, 400);
  const endAt = startAt + talkSeconds * 1000 + (draft.isFine ? random.whole(0, 999) : 0);
  const how = draft.isHasty
    ? "end"
    : random.pick([
        "end",
        "end",
        "end",
        "end",
        "leave",
        "leave",
        "lost",
        "operator",
        "word",
        "kick",
        "nobody",
      ] as const);
  let exit: Exit =
    how === "end" || how === "operator" || how === "word"
      ? "command"
      : how === "leave"
        ? "button"
        : how === "kick"
          ? "removed"
          : "lost";
  if (how === "nobody") exit = "button";
  const leaverEnd = how === "nobody" ? endAt + 4 * 3_600_000 : endAt;
  if (absent > 0.05) drawStaysOf(draft, payer, firstAt, leaverEnd, exit);
  if (absent > 0.1 || absent <= 0.05) {
    drawStaysOf(
      draft,
      payee,
      secondAt,
      leaverEnd + after(draft, 0, 20),
      exit === "command" ? "command" : random.pick(["button", "lost"]),
    );
  }
  // In a room without sides each hangs up for himself.
  if (draft.isRoom && random.chance(0.5)) command(draft, endAt + after(draft, 0, 90), "end", payee);
  if (how === "end") {
    const end = command(draft, endAt, "end", payer);
    if (draft.faults.has("simultaneous_commands")) end.rival = { command: "end", userId: payee };
  } else if (how === "operator") command(draft, endAt, "end", null);
  else if (how === "word" && carrier !== "webrtc")
    tell(draft, { what: "ended", userId: random.pick([payer, payee, null]), at: endAt });
  else if (how === "word") command(draft, endAt, "end", payee);
  if (random.chance(0.04))
    command(draft, Math.max(draft.requestedAt + 1000, startAt - after(draft, 0, 5)), "cancel", people.payerId);
}

/** One word of the provider, on its way to us. */
export function tell(draft: Draft, word: Pick<Word, "what" | "userId" | "at"> & Partial<Word>): Act {
  const id = `EV_${draft.call}_${draft.acts.length}`;
  const whole: Word = { id, connectionId: null, joinedAt: null, reason: "none", ...word };
  const late = draft.isFine ? draft.random.whole(0, 1500) : draft.random.whole(0, 1) * 1000;
  return act(draft, word.at + late, { kind: "word", word: whole, signedAt: null, damage: null });
}
