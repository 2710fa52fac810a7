// The conformance suite: what every provider must do alike. A provider's own test runs it and explains what it lacks.
import assert from "node:assert/strict";
import { FairminuteError } from "@fairminute/core";
import {
  type JoinGrant,
  type Provider,
  type ProviderAbility,
  type ProviderCall,
  providerAbilities,
  type WebhookRequest,
} from "./provider.ts";

/** A provider to be examined, with the world around it. `webhook` is one genuine request, where there are webhooks. */
export type ProviderSubject = {
  provider: Provider;
  now(): number;
  webhook?: WebhookRequest;
  /** Has a user enter the room of a call, where presence can be looked at. */
  enter?(call: ProviderCall, userId: string): Promise<void>;
  /** For each ability that is null: why this provider has no such thing, in words. */
  lacks: Partial<Record<ProviderAbility, string>>;
};

/** One case. `needs` names the ability it examines, or null where every provider must pass. */
export type ProviderCase = {
  name: string;
  needs: ProviderAbility | null;
  run(subject: ProviderSubject): Promise<void>;
};

const call: ProviderCall = {
  callId: "call_conformance",
  roomName: "call_conformance",
  maximumDurationSeconds: 3_600,
  userIds: ["user_ada", "user_ben"],
};
const otherCall: ProviderCall = { ...call, callId: "call_other", roomName: "call_other" };
const ada = { userId: "user_ada", name: "Ada", role: "payer" } as const;
const ben = { userId: "user_ben", name: null, role: "payee" } as const;
/** A pass that lives longer than this outlives most calls, and cannot be taken back. */
const grantMsMax = 6 * 3_600_000;

function ability<Name extends ProviderAbility>(subject: ProviderSubject, name: Name): NonNullable<Provider[Name]> {
  const found = subject.provider[name];
  assert.ok(found, `${subject.provider.name} has no ${name}`);
  return found as NonNullable<Provider[Name]>;
}

async function assertRefused(work: Promise<unknown>): Promise<void> {
  await assert.rejects(work, (error) => error instanceof FairminuteError && error.code === "unauthenticated");
}

const joinCases: ProviderCase[] = [
  {
    name: "a grant names the provider, the room of the call and an address",
    needs: null,
    async run({ provider }) {
      const grant: JoinGrant = await provider.createJoin(call, ada);
      assert.equal(grant.provider, provider.name);
      assert.equal(grant.roomName, call.roomName);
      assert.ok(grant.serverUrl.length > 0);
      assert.ok(grant.token.length > 0);
    },
  },
  {
    name: "a grant expires, and within six hours",
    needs: null,
    async run({ provider, now }) {
      const { expiresAt } = await provider.createJoin(call, ada);
      assert.ok(expiresAt > now(), "the grant is stale when it is made");
      assert.ok(expiresAt <= now() + grantMsMax, "the grant lives too long");
    },
  },
  {
    name: "each user and each call has a token of its own",
    needs: null,
    async run({ provider }) {
      const grants = [
        await provider.createJoin(call, ada),
        await provider.createJoin(call, ben),
        await provider.createJoin(otherCall, ada),
      ];
      assert.equal(new Set(grants.map((grant) => grant.token)).size, grants.length);
    },
  },
  {
    name: "a grant is plain JSON",
    needs: null,
    async run({ provider }) {
      const grant = await provider.createJoin(call, ada);
      assert.deepEqual(JSON.parse(JSON.stringify(grant)), grant);
    },
  },
];

const abilityCases: ProviderCase[] = [
  {
    name: "a genuine webhook reads twice into the same evidence, with the same identities",
    needs: "readWebhook",
    async run(subject) {
      const readWebhook = ability(subject, "readWebhook");
      assert.ok(subject.webhook, "a provider with webhooks hands in a genuine one");
      const first = await readWebhook(subject.webhook);
      assert.ok(first.events.length > 0, "the sample must carry evidence");
      assert.deepEqual(await readWebhook(subject.webhook), first);
    },
  },
  {
    name: "a webhook with one changed byte, or without its headers, is refused",
    needs: "readWebhook",
    async run(subject) {
      const readWebhook = ability(subject, "readWebhook");
      assert.ok(subject.webhook, "a provider with webhooks hands in a genuine one");
      const body = Uint8Array.from(subject.webhook.body);
      body[body.length >> 1] = (body[body.length >> 1] ?? 0) ^ 1;
      await assertRefused(readWebhook({ ...subject.webhook, body }));
      await assertRefused(readWebhook({ ...subject.webhook, headers: {} }));
    },
  },
  {
    name: "ending a call twice is ending it",
    needs: "endCall",
    async run(subject) {
      const endCall = ability(subject, "endCall");
      await endCall(call);
      await endCall(call);
    },
  },
  {
    name: "removing somebody who is not there is a success",
    needs: "removeParticipant",
    async run(subject) {
      await ability(subject, "removeParticipant")(call, { userId: "user_nobody", connectionId: null });
    },
  },
  {
    name: "nobody is present in a room that never was",
    needs: "listPresence",
    async run(subject) {
      assert.deepEqual(await ability(subject, "listPresence")({ ...call, roomName: "call_never" }), []);
    },
  },
  {
    name: "nothing is reported of a room that never was",
    needs: "reportDurations",
    async run(subject) {
      assert.deepEqual(await ability(subject, "reportDurations")({ ...call, roomName: "call_never" }), []);
    },
  },
];

/** Each in a room of its own, so that no case finds the people of another. */
const roomCases: ProviderCase[] = [
  {
    name: "opening a room twice is opening it, and it is empty",
    needs: "openRoom",
    async run(subject) {
      const opened = { ...call, callId: "call_opened", roomName: "call_opened" };
      const openRoom = ability(subject, "openRoom");
      await openRoom(opened);
      await openRoom(opened);
      if (subject.provider.listPresence !== null) assert.deepEqual(await subject.provider.listPresence(opened), []);
    },
  },
  {
    name: "limiting a call twice, and to a longer time, is limiting it",
    needs: "limitCall",
    async run(subject) {
      const limited = { ...call, callId: "call_limited", roomName: "call_limited" };
      const limitCall = ability(subject, "limitCall");
      await subject.provider.openRoom?.(limited);
      await limitCall(limited, 60);
      await limitCall(limited, 60);
      await limitCall(limited, 3_600);
    },
  },
  {
    name: "the limit that is read is the one that was set, and a room that never was has none",
    needs: "readLimit",
    async run(subject) {
      const readLimit = ability(subject, "readLimit");
      const bounded = { ...call, callId: "call_bounded", roomName: "call_bounded" };
      await subject.provider.openRoom?.(bounded);
      await subject.provider.limitCall?.(bounded, 600);
      assert.equal(await readLimit(bounded), 600);
      assert.equal(await readLimit({ ...call, roomName: "call_never" }), null);
    },
  },
  {
    name: "who is in the room is present by a connection, there and nowhere else, until removed",
    needs: "listPresence",
    async run(subject) {
      const listPresence = ability(subject, "listPresence");
      assert.ok(subject.enter, "a provider with presence has somebody enter");
      const entered = { ...call, callId: "call_entered", roomName: "call_entered" };
      await subject.provider.openRoom?.(entered);
      await subject.enter(entered, ada.userId);
      const [one, ...others] = await listPresence(entered);
      assert.equal(one?.userId, ada.userId);
      assert.ok(one.connectionId.length > 0, "a presence without a connection");
      assert.deepEqual(others, []);
      assert.deepEqual(await listPresence({ ...call, callId: "call_elsewhere", roomName: "call_elsewhere" }), []);
      if (subject.provider.removeParticipant === null) return;
      await subject.provider.removeParticipant(entered, { userId: one.userId, connectionId: one.connectionId });
      assert.deepEqual(await listPresence(entered), []);
    },
  },
  {
    name: "who was in the room is reported by their connection, open until they are removed and closed after",
    needs: "reportDurations",
    async run(subject) {
      const reportDurations = ability(subject, "reportDurations");
      assert.ok(subject.enter, "a provider with a report has somebody enter");
      const reported = { ...call, callId: "call_reported", roomName: "call_reported" };
      await subject.provider.openRoom?.(reported);
      await subject.enter(reported, ada.userId);
      const [open, ...others] = await reportDurations(reported);
      assert.equal(open?.userId, ada.userId);
      assert.equal(open.to, null);
      assert.deepEqual(others, []);
      if (subject.provider.removeParticipant === null) return;
      await subject.provider.removeParticipant(reported, { userId: open.userId, connectionId: open.connectionId });
      const [closed] = await reportDurations(reported);
      assert.deepEqual({ ...closed, to: null }, open);
      assert.ok(
        closed?.to != null && closed.to >= open.from,
        "a connection that has ended is reported without its end",
      );
    },
  },
];

const honestyCase: ProviderCase = {
  name: "every missing ability has a written reason, and no other has",
  needs: null,
  async run({ provider, lacks }) {
    for (const name of providerAbilities) {
      const reason = lacks[name];
      if (provider[name] !== null) assert.equal(reason, undefined, `${name} exists: its excuse is stale`);
      else assert.ok(reason !== undefined && reason.length >= 20, `${name} is missing without a reason`);
    }
  },
};

/** Every case of the suite. */
export const providerCases: readonly ProviderCase[] = [honestyCase, ...joinCases, ...abilityCases, ...roomCases];

/** The cases that apply to a subject: all but those whose ability it lacks. */
export function casesFor(subject: ProviderSubject): ProviderCase[] {
  return providerCases.filter(({ needs }) => needs === null || subject.provider[needs] !== null);
}
