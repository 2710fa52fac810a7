// Some histories at once through the whole server: their people act, their webhooks go astray, time passes for all of them.
import type { CallJson } from "../../charging/charging.ts";
import { drawFaults, type FaultName } from "../faults.ts";
import type { CallHistory } from "../history.ts";
import { Violation } from "../invariants.ts";
import { findDisagreements } from "../oracle/expected.ts";
import { mixSeeds, Random } from "../random.ts";
import { wayOf } from "./network.ts";
import { drawPlan, type HttpAct, type HttpDoing, type HttpPlan, type Side } from "./plan.ts";
import { actAtProvider } from "./provider-acts.ts";
import { readHistory } from "./read-history.ts";
import type { HttpStage, Reply, Sent } from "./stage.ts";

export interface HttpHistory {
  index: number;
  /** Chance of its own: what befalls others changes nothing of it, so that it is met again in any run of its seed. */
  random: Random;
  plan: HttpPlan;
  room: string;
  callId: string | null;
  /** In a built-in call: the connections that each side has open, and how many there have been. */
  open: Record<Side, string[]>;
  connections: number;
  /** The answers that were given to a key. */
  answers: Map<string, string>;
  faults: FaultName[];
  result: CallHistory | null;
  violation: Violation | null;
}

interface Item {
  at: number;
  history: HttpHistory;
  run(): Promise<void>;
}

/** While people talk everybody looks around this often; later only when something comes. */
const LOOK_MS = 10_000;
const TALK_MS = 360_000;
const MAX_TRIES = 9;
const TICK_MS = 1000;

/** How many histories are lived through at once. */
export const BATCH = 125;
/** Refusals that a person may well get: the money is not there, or the call is past it. */
const COMMAND_REFUSALS = [402, 409, 410];

export class Batch {
  readonly #stage: HttpStage;
  readonly #random: Random;
  readonly histories: HttpHistory[] = [];
  readonly #queue: Item[] = [];
  readonly #start: number;

  /** @param from a multiple of BATCH */
  constructor(
    stage: HttpStage,
    { seed, from, count, faults: allowed }: { seed: number; from: number; count: number; faults: readonly FaultName[] },
  ) {
    this.#stage = stage;
    // The servers' chance is no history's own.
    this.#random = new Random(mixSeeds(~seed, from));
    this.#start = stage.now;
    for (let index = from; index < from + count; index++) {
      const random = new Random(mixSeeds(seed, index));
      const faults = drawFaults(random, allowed);
      const plan = drawPlan(random, faults);
      const room = `room-${index}`;
      const history: HttpHistory = {
        index,
        random,
        plan,
        room,
        callId: null,
        open: { payer: [], payee: [] },
        connections: 0,
        answers: new Map(),
        faults: [],
        result: null,
        violation: null,
      };
      this.histories.push(history);
      for (const act of plan.acts) this.#put(history, this.#start + act.at * 1000, () => this.#act(history, act));
    }
    this.#disturbServers(allowed);
  }

  /** What is to happen within one second happens at its end, for all histories at once: so the servers have much to do at a time. */
  #put(history: HttpHistory, on: number, run: () => Promise<void>): void {
    const at = this.#start + Math.ceil((on - this.#start) / TICK_MS) * TICK_MS;
    const item = { at, history, run };
    const index = this.#queue.findIndex((other) => other.at > at);
    this.#queue.splice(index === -1 ? this.#queue.length : index, 0, item);
  }

  /** What befalls whole servers befalls every history of the batch. */
  #disturbServers(allowed: readonly FaultName[]): void {
    const random = this.#random;
    const [first] = this.histories;
    if (first === undefined) return;
    const within = () => this.#start + random.whole(5, 200) * 1000;
    // Each of them has its turn, so that a short run knows them all; beyond that chance decides.
    const turn = (first.index / BATCH) % 4;
    const drawn = (name: FaultName, share: number): boolean => {
      const isTurn = ["clock_skew", "server_pause", "clock_jump", "database_unreachable"].indexOf(name) === turn;
      if (!allowed.includes(name) || !(isTurn || random.chance(share))) return false;
      for (const history of this.histories) history.faults.push(name);
      return true;
    };
    for (const entry of this.#stage.servers) entry.offsetMs = 0;
    const entry = this.#stage.at(random.whole(0, 1));
    if (drawn("clock_skew", 0.05)) entry.offsetMs = random.whole(200, 4000);
    if (drawn("clock_jump", 0.05)) {
      const offsetMs = random.spread(1000, 20_000);
      this.#put(first, within(), async () => {
        entry.offsetMs += offsetMs;
      });
    }
    if (drawn("server_pause", 0.2))
      this.#put(first, within(), async () => {
        entry.pausedUntil = this.#stage.now + random.spread(2_000, 60_000);
      });
    if (drawn("database_unreachable", 0.2)) {
      const at = within();
      this.#put(first, at, async () => {
        entry.db.isAway = true;
      });
      this.#put(first, at + random.spread(2_000, 60_000), async () => {
        entry.db.isAway = false;
      });
    }
  }

  /** Lives through all of it. */
  async run(): Promise<void> {
    for (const history of this.histories) await this.#meet(history);
    for (let item = this.#queue[0]; item !== undefined; item = this.#queue[0]) {
      await this.#passTo(item.at);
      const due: Item[] = [];
      while (this.#queue[0] !== undefined && this.#queue[0].at <= this.#stage.now)
        due.push(this.#queue.shift() as Item);
      await Promise.all(this.histories.map((history) => this.#runOf(history, due)));
      await this.#hear();
    }
    for (const entry of this.#stage.servers) Object.assign(entry, { offsetMs: 0, pausedUntil: 0 });
    for (const { db } of this.#stage.servers) {
      db.isAway = false;
      db.disarm();
    }
    Object.assign(this.#stage.livekit.troubles, { apiDown: false, apiFails: false });
    Object.assign(this.#stage.stream.troubles, { apiDown: false, apiFails: false });
    // The longest call, and then some: whatever is open has come to its end.
    for (const hours of [0.2, 1, 4.5]) {
      this.#stage.now += hours * 3_600_000;
      await this.#stage.lookAround(true);
      await this.#hear();
    }
    for (const history of this.histories) await this.#judge(history);
  }

  async #runOf(history: HttpHistory, due: readonly Item[]): Promise<void> {
    for (const item of due) if (item.history === history) await item.run();
  }

  async #passTo(at: number): Promise<void> {
    const stage = this.#stage;
    while (stage.now < at) {
      const isTalking = stage.now - this.#start < TALK_MS;
      stage.now = isTalking ? Math.min(at, stage.now + LOOK_MS) : at;
      await stage.lookAround(isTalking);
      this.#noteFates();
      await this.#hear();
    }
  }

  async #meet({ plan, index }: HttpHistory): Promise<void> {
    const stage = this.#stage;
    const [payerId, payeeId] = this.#people(index);
    await stage.ask(0, "/api/sandbox/tokens", { userId: payerId });
    await stage.ask(0, "/api/sandbox/tokens", { userId: payeeId, role: "creator" });
    if (plan.coins > 0)
      await stage.ask(0, `/api/sandbox/wallets/${payerId}/credit`, { amount: plan.coins }, { key: `coins-${index}` });
  }

  #people(index: number): [payerId: string, payeeId: string] {
    return [`leo-${index}`, `mia-${index}`];
  }

  #idOf({ index }: HttpHistory, side: Side): string {
    return this.#people(index)[side === "payer" ? 0 : 1];
  }

  /** A request that must have its answer: whoever sends it tries again until it has one. */
  async #insist(
    history: HttpHistory,
    server: number,
    send: (server: number) => Promise<Reply>,
    onReply: (reply: Reply) => void,
    tries: number,
  ): Promise<void> {
    const entry = this.#stage.at(server);
    const again = (at: number) =>
      this.#put(history, at, () => this.#insist(history, server + 1, send, onReply, tries + 1));
    if (entry.pausedUntil > this.#stage.now) return again(entry.pausedUntil + 1);
    const reply = await send(server);
    this.#noteFates(history);
    // A server that is cut off says so (503); whoever gets a 500 has found something, whatever the next try says.
    if (reply.status === 500) history.violation ??= new Violation("answer", `an answer was 500: ${reply.text}`);
    if (reply.status >= 500 && tries < MAX_TRIES) again(this.#stage.now + 1000 * 2 ** tries);
    else onReply(reply);
  }

  /** A reply that nobody should get, whatever happened to the servers. @returns whether it was carried out */
  #isDone(history: HttpHistory, what: string, { status, text }: Reply, refusals: readonly number[]): boolean {
    if (status < 300) return true;
    if (!refusals.includes(status))
      history.violation ??= new Violation("answer", `${what} was answered ${status}: ${text}`);
    return false;
  }

  /** Which fates have met their write since the last time. */
  #noteFates(history?: HttpHistory): void {
    for (const { db } of this.#stage.servers) {
      const met = db.takeMet();
      for (const fate of met) (history ?? this.histories[0])?.faults.push(fate);
    }
  }

  async #act(history: HttpHistory, act: HttpAct): Promise<void> {
    history.faults.push(...act.faults);
    const { does, server } = act;
    if (does.kind === "fate") return this.#stage.at(server).db.arm(does.fate);
    if (does.kind === "trouble") {
      const fake = history.plan.carrier === "livekit" ? this.#stage.livekit : this.#stage.stream;
      fake.troubles[does.trouble] = does.isOn;
      return;
    }
    if (does.kind === "coins") {
      const userId = this.#idOf(history, does.who);
      const isOut = does.amount < 0;
      const path = `/api/wallets/${userId}/${isOut ? "payouts" : "top-ups"}`;
      const body = { amount: Math.abs(does.amount) };
      const key = `more-${history.index}-${act.at}`;
      const send = (at: number) => this.#stage.ask(at, path, body, { key });
      const onReply = (reply: Reply) => void this.#isDone(history, path, reply, isOut ? [402] : []);
      return this.#insist(history, server, send, onReply, 0);
    }
    if (does.kind === "open") return this.#open(history, server);
    if (history.callId === null) return;
    if (does.kind === "command") await this.#command(history, act, does);
    else if (history.plan.carrier === "webrtc") await this.#signal(history, act, does);
    else
      actAtProvider(
        this.#stage,
        history,
        does,
        "who" in does && does.who !== null ? this.#idOf(history, does.who) : "",
      );
  }

  async #open(history: HttpHistory, server: number): Promise<void> {
    const { plan, room, index } = history;
    const [payerId, payeeId] = this.#people(index);
    const { carrier, preset, estimatedMinutes } = plan;
    if (carrier === "stream")
      this.#stage.stream.createCall({ id: room, createdBy: payerId, memberIds: [payerId, payeeId] });
    const registration = {
      provider: carrier,
      providerCallId: room,
      payerId,
      payeeId,
      preset,
      estimatedMinutes,
      ratePerMinute: plan.pricePerMinute,
    };
    const send = (at: number): Promise<Reply> =>
      carrier === "webrtc"
        ? this.#stage.ask(
            at,
            "/api/calls/initiate",
            { creatorId: payeeId, estimatedMinutes, preset },
            { userId: payerId, key: `open-${index}` },
          )
        : this.#stage.ask(at, "/api/calls", registration);
    await this.#insist(
      history,
      server,
      send,
      (reply) => {
        if (this.#isDone(history, "an opening", reply, [402]))
          history.callId = (JSON.parse(reply.text) as { call: CallJson }).call.id;
      },
      0,
    );
  }

  async #command(
    history: HttpHistory,
    { server, isRaced, at }: HttpAct,
    { command, who }: Extract<HttpDoing, { kind: "command" }>,
  ): Promise<void> {
    const userId = who === null ? undefined : this.#idOf(history, who);
    const key = `${command}-${userId ?? "operator"}-${history.index}-${at}`;
    const send = (index: number) =>
      this.#stage.ask(index, `/api/calls/${history.callId}/${command}`, {}, { userId, key });
    // The same key has the same answer for ever, whichever server is asked (I7).
    const onReply = (reply: Reply): void => {
      if (!this.#isDone(history, key, reply, COMMAND_REFUSALS)) return;
      const first = history.answers.get(key);
      history.answers.set(key, first ?? reply.text);
      if (first !== undefined && first !== reply.text)
        history.violation ??= new Violation("I7", `${key} was answered ${first} and ${reply.text}`);
    };
    const isDoubled = history.plan.faults.has("duplicate");
    if (isDoubled) {
      history.faults.push("duplicate");
      this.#put(history, this.#stage.now + history.random.whole(0, 30) * 1000, () =>
        this.#insist(history, server + 1, send, onReply, 0),
      );
    }
    if (isRaced === true) await Promise.all([0, 1].map((index) => this.#insist(history, index, send, onReply, 0)));
    else await this.#insist(history, server, send, onReply, 0);
  }

  /** Built-in calls have no webhooks: what our signalling sees is told by the sandbox's door for it. */
  async #signal(history: HttpHistory, { server, at }: HttpAct, does: HttpDoing): Promise<void> {
    if (does.kind !== "enter" && does.kind !== "leave") return;
    const userId = this.#idOf(history, does.who);
    const occurredAt = new Date(this.#start + at * 1000).toISOString();
    const isEntering = does.kind === "enter";
    if (isEntering) history.open[does.who].push(`${userId}-${++history.connections}`);
    const told = isEntering ? history.open[does.who].slice(-1) : history.open[does.who].splice(0);
    const type = isEntering ? "participant.joined" : "participant.left";
    const events = told.map((connectionId) => ({ type, userId, connectionId, occurredAt }));
    if (events.length === 0) return;
    const send = (index: number) => this.#stage.ask(index, `/api/sandbox/calls/${history.callId}/events`, events);
    // A server whose clock is ahead may have opened the call later than this is said to have happened.
    const isDatedByOthers = history.faults.some((name) => name === "clock_skew" || name === "clock_jump");
    const onReply = (reply: Reply) => void this.#isDone(history, type, reply, isDatedByOthers ? [400] : []);
    await this.#insist(history, server, send, onReply, 0);
  }

  /** What the fakes have sent goes on its way, each webhook on its own. */
  async #hear(): Promise<void> {
    await this.#stage.livekit.flush();
    await this.#stage.stream.flush();
    for (const sent of this.#stage.sent.splice(0)) {
      const history = this.histories.find(({ room }) => sent.room === room || sent.room === `default:${room}`);
      if (history !== undefined) this.#send(history, sent);
    }
  }

  #send(history: HttpHistory, sent: Sent): void {
    const { random } = history;
    const { faults } = history.plan;
    const way = wayOf(sent, random, (name, share) => {
      if (!faults.has(name) || !random.chance(share)) return false;
      history.faults.push(name);
      return true;
    });
    for (const { afterMs, sent: what, isGenuine } of way) {
      const server = random.whole(0, 1);
      const tell = (index: number) => this.#stage.tell(index, what);
      const onReply = ({ status, text }: Reply): void => {
        if (isGenuine === status < 300) return;
        const said = isGenuine
          ? `a genuine webhook was answered ${status}: ${text}`
          : "a changed body was taken for genuine";
        history.violation ??= new Violation("I7", said);
      };
      this.#put(history, this.#stage.now + afterMs, () => this.#insist(history, server, tell, onReply, 0));
    }
  }

  async #judge(history: HttpHistory): Promise<void> {
    if (history.callId === null || history.violation !== null) return;
    history.result = await readHistory(this.#stage.db, history.callId);
    if (history.result === null) {
      history.violation = new Violation("I11", `${history.callId} is not settled long after everything`);
      return;
    }
    const found = findDisagreements(history.result);
    if (found.length > 0)
      history.violation = new Violation("I4", `of ${history.callId} the oracle says: ${found.join("; ")}`);
  }
}
