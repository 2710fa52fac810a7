// People who use the product over HTTP while it is being broken: whole calls, refusals, repeats, top-ups, and some who just leave.
import { setTimeout as sleep } from "node:timers/promises";
import { ask } from "./http-client.mjs";
import { createClient } from "./insist.mjs";

/** The creators that a sandbox is born with, and what they take a minute. */
const rates = { mia: 10, noor: 25 };
const creators = Object.keys(rates);
const openingCoins = 1_000_000;
/** A call that nobody ends takes these; the deadlines take exactly all of them. */
const forgottenMinutes = 20;
const settleMs = 60_000;

/** People, their tokens and coins, and the stories that they play until they are told to stop. */
export class Load {
  /** Stories that are over. */
  finished = { stories: 0 };
  #world;
  #people = new Map();
  #running = [];
  #isWorking = true;
  #number = 0;

  /** @param {{ fleet: any, random: any, book: any, clients: number, name: string }} world */
  constructor(world) {
    this.#world = world;
    /** Asks until there is an answer. */
    this.insist = createClient(world);
  }

  #nextNumber() {
    this.#number += 1;
    return this.#number;
  }

  nextKey() {
    return `${this.#world.name}-${this.#nextNumber()}`;
  }

  /** Somebody with a token. */
  async become(userId) {
    const known = this.#people.get(userId);
    if (known !== undefined) return known;
    const { body } = await this.insist("POST", "/api/sandbox/tokens", { body: { userId, name: userId } });
    const person = { userId, token: body.token };
    this.#people.set(userId, person);
    return person;
  }

  async topUp(person, coins) {
    const { book } = this.#world;
    const options = { token: person.token, key: this.nextKey(), body: { amount: coins } };
    const answer = await this.insist("POST", `/api/sandbox/wallets/${person.userId}/credit`, options);
    if (answer.status !== 200) book.accuse("a top-up that was refused", answer.text);
    else book.topUp(person.userId, coins);
  }

  #post(path, person, body, key = this.nextKey()) {
    return this.insist("POST", path, { token: person.token, key, body });
  }

  #pickCreator() {
    return this.become(this.#world.random.pick(creators));
  }

  async #open(fan, creator, minutes) {
    const key = this.nextKey();
    const body = { creatorId: creator.userId, estimatedMinutes: minutes };
    const answer = await this.#post("/api/calls/initiate", fan, body, key);
    if (answer.status !== 201) throw new Error(`initiate answered ${answer.status} ${answer.text}`);
    this.#world.book.open(answer.body.call);
    return { id: answer.body.call.id, key, body, first: answer.text };
  }

  /** Evidence that both are there, as one message. */
  #join(id, fan, creator) {
    const events = [fan, creator].map(({ userId }) => ({
      type: "participant.joined",
      userId,
      connectionId: `${id}-${userId}`,
    }));
    return this.#post(`/api/sandbox/calls/${id}/events`, fan, events);
  }

  /** Asks how a call stands until it is settled; the clock may have ended it before us. */
  async #close(id, person) {
    const { book } = this.#world;
    const until = performance.now() + settleMs;
    for (;;) {
      const { body } = await this.insist("GET", `/api/calls/${id}`, { token: person.token });
      if (body.call.settledAt !== null) return book.close(body.call);
      if (performance.now() > until) return book.accuse("a call that was ended and is not settled", id);
      await sleep(50);
    }
  }

  /** Either side ends, or both at once; everybody gets the same final call. */
  async #end(id, sides) {
    const { book } = this.#world;
    const answers = await Promise.all(sides.map((person) => this.#post(`/api/calls/${id}/end`, person, {})));
    for (const { status, body, text } of answers) {
      if (status === 200) book.close(body.call);
      else book.accuse("an end that was refused", `${id}: ${status} ${text}`);
    }
  }

  async #wholeCall(fan) {
    const { random } = this.#world;
    const creator = await this.#pickCreator();
    const call = await this.#open(fan, creator, random.between(1, 6));
    const accepted = await this.#post(`/api/calls/${call.id}/accept`, creator, {});
    if (accepted.status !== 200) return this.#close(call.id, fan);
    await this.#join(call.id, fan, creator);
    if (random.chance(0.6)) await sleep(random.between(1, 250));
    await this.#end(call.id, random.pick([[fan], [creator], [fan, creator]]));
    if (random.chance(0.2)) await this.#repeat(call, fan);
  }

  /** The same request again, long after: the same answer, to the byte. */
  async #repeat(call, fan) {
    const again = await this.#post("/api/calls/initiate", fan, call.body, call.key);
    if (again.text !== call.first)
      this.#world.book.accuse("a repeated request with another answer", `${call.first}\n${again.text}`);
  }

  /** Refused, or taken back before it began. */
  async #shortCall(fan) {
    const { random } = this.#world;
    const creator = await this.#pickCreator();
    const { id } = await this.#open(fan, creator, random.between(1, 6));
    const [word, person] = random.pick([
      ["reject", creator],
      ["cancel", fan],
      ["cancel", creator],
    ]);
    if (word === "cancel" && random.chance(0.5)) await this.#post(`/api/calls/${id}/accept`, creator, {});
    await this.#post(`/api/calls/${id}/${word}`, person, {});
    await this.#close(id, fan);
  }

  /** A call that nobody ends: ringing, accepted or under way. Its deadlines must. */
  async #forgottenCall() {
    const { random, book, name } = this.#world;
    const fan = await this.become(`${name}-gone-${this.#nextNumber()}`);
    const creator = await this.#pickCreator();
    const coins = forgottenMinutes * rates[creator.userId];
    await this.topUp(fan, coins);
    const { id } = await this.#open(fan, creator, random.between(1, forgottenMinutes));
    const stage = random.below(3);
    book.expect(id, "missed", 0);
    if (stage === 0) return;
    const accepted = await this.#post(`/api/calls/${id}/accept`, creator, {});
    if (stage === 1 || accepted.status !== 200) return;
    const joined = await this.#join(id, fan, creator);
    if (joined.body.call?.status === "active") book.expect(id, "completed", coins);
  }

  /** A client that is gone before it hears anything. */
  async #leave() {
    const { random, book, fleet, name } = this.#world;
    const fan = await this.become(`${name}-left-${this.#nextNumber()}`);
    await this.topUp(fan, 1000);
    const url = fleet.url(random.below(fleet.size));
    book.leavers.add(fan.userId);
    if (url === null) return;
    const body = { creatorId: random.pick(creators), estimatedMinutes: 3 };
    const options = { token: fan.token, key: this.nextKey(), body, leaveAfterMs: random.below(15) };
    await ask(url, "POST", "/api/calls/initiate", options).catch(() => null);
  }

  async #playStory(fan) {
    const draw = this.#world.random.below(100);
    if (draw < 68) await this.#wholeCall(fan);
    else if (draw < 82) await this.#shortCall(fan);
    else if (draw < 88) await this.topUp(fan, this.#world.random.between(1, 500));
    else if (draw < 94) await this.#forgottenCall();
    else await this.#leave();
    this.finished.stories += 1;
  }

  async #work(index) {
    try {
      const fan = await this.become(`${this.#world.name}-fan-${index}`);
      await this.topUp(fan, openingCoins);
      while (this.#isWorking) await this.#playStory(fan);
    } catch (error) {
      this.#world.book.accuse("a client that could not go on", error.message);
    }
  }

  /** Time passes faster than it does, so that calls last minutes. */
  async #moveClock() {
    const { random, book } = this.#world;
    try {
      while (this.#isWorking) {
        const body = { seconds: random.between(5, 35) };
        await this.insist("POST", "/api/sandbox/clock/advance", { body, timeoutMs: 30_000 });
        await sleep(random.between(500, 1500));
      }
    } catch (error) {
      book.accuse("a clock that could not be moved", error.message);
    }
  }

  /** Sends everybody to work; a second call does nothing. */
  start() {
    const { clients } = this.#world;
    if (this.#running.length > 0 || clients === 0) return;
    for (let index = 0; index < clients; index += 1) this.#running.push(this.#work(index));
    this.#running.push(this.#moveClock());
  }

  /** Lets everybody finish what they are at. */
  async stop() {
    this.#isWorking = false;
    await Promise.all(this.#running);
  }
}
