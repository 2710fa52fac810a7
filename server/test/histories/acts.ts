// What people may do in a history, in any order and as often as they like: most of it is refused by the contract or by the server.
import type { CallJson } from "../../src/charging/charging.ts";
import type { Person } from "../escrow-stage.ts";
import { atSecond, type Reply } from "../world.ts";
import type { Chance } from "./chance.ts";
import type { Field } from "./field.ts";

type Hex = `0x${string}`;

/** One call and its session. */
export interface History {
  leo: Person;
  mia: Person;
  call: CallJson;
  sessionId: Hex;
  /** As the contract is told them. */
  terms: Record<string, unknown>;
}

/** A refusal is part of a story; a fault is not. @throws Error for a fault of the server */
export function expectNoFault(reply: Reply): Reply {
  if (reply.status >= 500 && reply.body.code !== "chain_unavailable") {
    throw new Error(`the server answered ${reply.status}: ${reply.text}`);
  }
  return reply;
}

/** Leo calls Mia for one to three minutes, and she accepts. */
export async function beginHistory(field: Field, chance: Chance, leo: Person, mia: Person): Promise<History> {
  const { stage } = field;
  const [minutes, languageId] = [1 + chance.upTo(3), chance.upTo(5)];
  const call = await stage.open(leo, mia, minutes, languageId);
  const { sessionId, terms } = await stage.read(call.id);
  const numbers = { maxSeconds: Number(terms.maxSeconds), languageId: Number(terms.languageId) };
  return {
    leo,
    mia,
    call,
    sessionId: sessionId as Hex,
    terms: { ...terms, ...numbers, ratePerMinute: BigInt(terms.ratePerMinute) },
  };
}

/** A party pays with the meter's word, if it has spoken. */
export async function payByVoucher({ stage, call }: Field, history: History, who: Person): Promise<unknown> {
  const { voucher } = await stage.read(history.call.id);
  if (voucher === null) return null;
  return call(who, "endSession", [history.sessionId, BigInt(voucher.provenSeconds), voucher.signature]);
}

export async function hangUp({ stage }: Field, { call }: History, who: Person): Promise<void> {
  expectNoFault(await stage.world.as(who.id).post(`/api/calls/${call.id}/end`, {}));
}

async function join({ stage }: Field, { call, leo, mia }: History): Promise<void> {
  const occurredAt = atSecond(stage.seconds());
  const body = [leo, mia].map(({ id: userId }) => ({
    type: "participant.joined",
    userId,
    connectionId: `${call.id}-${userId}`,
    occurredAt,
  }));
  expectNoFault(await stage.world.anybody.post(`/api/sandbox/calls/${call.id}/events`, body));
}

/** Everything that may happen to a history, once or often. */
function actsOf(field: Field, chance: Chance, history: History): (() => Promise<unknown>)[] {
  const { call } = field;
  const { leo, mia, sessionId, terms } = history;
  const deposit = () => call(leo, "openSession", [terms]);
  const joined = () => join(field, history);
  const tutor = mia.account.address;
  const [isImpatient, isClaiming] = [chance.isOneIn(3), chance.isOneIn(3)];
  const either = chance.oneOf([leo, mia]);
  return [
    deposit,
    deposit,
    deposit,
    deposit,
    async () => {
      await call(leo, "openSession", [{ ...terms, languageId: 99 }]);
      await call(leo, "endSession", [tutor]);
    },
    joined,
    joined,
    joined,
    () => hangUp(field, history, either),
    () => payByVoucher(field, history, leo),
    () => payByVoucher(field, history, mia),
    () => (isImpatient ? call(leo, "endSession", [tutor]) : deposit()),
    () => (isClaiming ? call(mia, "endByClock", [sessionId]) : joined()),
    () => call(leo, "dispute", [sessionId]),
    () => call(either, "settle", [sessionId]),
  ];
}

/** Three of four histories go on, all at once: each does one thing. */
export async function actTogether(field: Field, chance: Chance, histories: readonly History[]): Promise<void> {
  // Everything is drawn before anything begins: the seed says what happens, whoever is faster.
  const acts = histories.flatMap((history) => {
    const act = chance.oneOf(actsOf(field, chance, history));
    return chance.isOneIn(4) ? [] : [act];
  });
  await Promise.all(acts.map((act) => act()));
}
