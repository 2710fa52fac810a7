// Draws one history for the whole server: who calls whom, when they come and go, and what goes wrong.
import type { FaultName } from "../faults.ts";
import type { Random } from "../random.ts";
import type { Fate } from "../script.ts";

export type HttpDoing =
  | { kind: "open" }
  | { kind: "command"; command: "accept" | "reject" | "cancel" | "end"; who: Side | null }
  | { kind: "enter" | "leave" | "kick"; who: Side; how: "button" | "lost" }
  | { kind: "end_room" }
  /** Coins that come from outside; below zero: that go out. */
  | { kind: "coins"; who: Side; amount: number }
  | { kind: "fate"; fate: Fate }
  | { kind: "trouble"; trouble: "apiDown" | "apiFails"; isOn: boolean };

export type Side = "payer" | "payee";

export interface HttpAct {
  /** Seconds after the history's own beginning. */
  at: number;
  server: number;
  does: HttpDoing;
  /** Both servers are asked at once. */
  isRaced?: boolean;
  faults: readonly FaultName[];
}

export interface HttpPlan {
  carrier: "webrtc" | "livekit" | "stream";
  preset: "creator-call" | "coin-minutes" | "match";
  pricePerMinute: number;
  estimatedMinutes: number;
  coins: number;
  acts: HttpAct[];
  faults: ReadonlySet<FaultName>;
}

const fates = ["crash_before_commit", "crash_after_commit", "database_crash"] as const;

function drawMovements(
  random: Random,
  faults: ReadonlySet<FaultName>,
  add: (at: number, does: HttpDoing, more?: Partial<HttpAct>) => void,
  from: number,
  to: number,
): void {
  for (const who of ["payer", "payee"] as const) {
    const start = from + random.whole(0, 10);
    add(start, { kind: "enter", who, how: "button" });
    const middle = start + random.whole(2, Math.max(3, Math.floor((to - start) / 2)));
    if (faults.has("reload") && random.chance(0.6)) {
      add(middle, { kind: "leave", who, how: "button" });
      add(middle + random.whole(1, 6), { kind: "enter", who, how: "button" }, { faults: ["reload"] });
    } else if (faults.has("second_device") && random.chance(0.6))
      add(middle, { kind: "enter", who, how: "button" }, { faults: ["second_device"] });
    const isKilled = faults.has("client_killed") && random.chance(0.5);
    if (isKilled) add(to - random.whole(0, 5), { kind: "leave", who, how: "lost" }, { faults: ["client_killed"] });
    else
      add(to + random.whole(0, 6), {
        kind: random.chance(0.05) ? "kick" : "leave",
        who,
        how: random.pick(["button", "button", "lost"]),
      });
  }
}

/** Draws a history with these operators. */
export function drawPlan(random: Random, faults: ReadonlySet<FaultName>): HttpPlan {
  const carrier = random.pick(["webrtc", "livekit", "livekit", "stream", "stream"] as const);
  const preset = random.pick(["creator-call", "coin-minutes", "coin-minutes", "match"] as const);
  const pricePerMinute = random.pick([1, 10, 10, 25]);
  const estimatedMinutes = random.pick([1, 1, 2, 5]);
  const need = pricePerMinute * estimatedMinutes;
  const coins = random.chance(0.05) ? Math.floor(need / 2) : need * random.pick([1, 1, 2, 10]) + random.whole(0, 9);
  const acts: HttpAct[] = [];
  const add = (at: number, does: HttpDoing, more: Partial<HttpAct> = {}): void =>
    void acts.push({ at, server: random.whole(0, 1), does, faults: [], ...more });
  add(0, { kind: "open" });
  const answer = carrier === "webrtc" ? random.next() : 0;
  let acceptedAt = 0;
  if (carrier === "webrtc") {
    acceptedAt = random.whole(1, 12);
    const race = faults.has("simultaneous_commands") && random.chance(0.5);
    if (answer < 0.86) add(acceptedAt, { kind: "command", command: "accept", who: "payee" });
    else if (answer < 0.92) add(acceptedAt, { kind: "command", command: "reject", who: "payee" });
    if (race || answer > 0.96)
      add(
        acceptedAt,
        { kind: "command", command: "cancel", who: "payer" },
        race ? { faults: ["simultaneous_commands"] } : {},
      );
  }
  const talkUntil = acceptedAt + 10 + random.spread(4, 240);
  if (answer < 0.86) drawMovements(random, faults, add, acceptedAt, talkUntil);
  const end = random.next();
  if (end < 0.5) {
    const who = random.pick(["payer", "payee", null] as const);
    const isSimultaneous = faults.has("simultaneous_commands");
    add(
      talkUntil,
      { kind: "command", command: "end", who },
      { isRaced: faults.has("server_race"), faults: faults.has("server_race") ? ["server_race"] : [] },
    );
    if (isSimultaneous)
      add(
        talkUntil,
        { kind: "command", command: "end", who: who === "payer" ? "payee" : "payer" },
        { faults: ["simultaneous_commands"] },
      );
  } else if (end < 0.6 && carrier !== "webrtc") add(talkUntil, { kind: "end_room" });
  if (faults.has("balance_moved")) {
    add(
      random.whole(1, talkUntil),
      {
        kind: "coins",
        who: random.pick(["payer", "payer", "payee"]),
        amount: random.spread(1, 300) * random.pick([1, 1, -1]),
      },
      { faults: ["balance_moved"] },
    );
  }
  for (const fate of fates) if (faults.has(fate)) add(random.whole(0, talkUntil), { kind: "fate", fate });
  for (const [name, trouble] of [
    ["api_error", "apiFails"],
    ["api_timeout", "apiDown"],
  ] as const) {
    if (!faults.has(name) || carrier === "webrtc") continue;
    const at = random.whole(1, talkUntil);
    add(at, { kind: "trouble", trouble, isOn: true }, { faults: [name] });
    add(at + random.whole(5, 60), { kind: "trouble", trouble, isOn: false });
  }
  const ordered = acts
    .map((act, index) => ({ act, index }))
    .sort((one, other) => one.act.at - other.act.at || one.index - other.index);
  return { carrier, preset, pricePerMinute, estimatedMinutes, coins, acts: ordered.map(({ act }) => act), faults };
}
