// Calls as LiveKit tells them, folded by the core: reconnects, lost and late webhooks, and a room that closes.
import { type CallEvent, type CallFacts, foldCall, presetTerms } from "@fairminute/core";
import { describe, expect, it } from "vitest";
import { type LivekitFake, startLivekitFake } from "../../fakes/livekit/fake.ts";
import { createLivekitProvider } from "../livekit.ts";

const keys = { apiKey: "APIevidence", apiSecret: "a-secret-of-the-test-with-32-characters" };
const noon = Date.UTC(2026, 10, 24, 12);
const facts: CallFacts = {
  callId: "call_1",
  parties: [
    { userId: "leo", role: "payer" },
    { userId: "mia", role: "payee" },
  ],
  terms: presetTerms("creator-call", { pricePerMinute: 10n }),
  requestedAt: noon,
  estimatedSeconds: 600,
  decided: null,
};
const accepted: CallEvent = {
  id: "cmd_accept",
  type: "call.accepted",
  source: "command",
  userId: "mia",
  connectionId: null,
  reason: null,
  occurredAt: noon,
  untilAt: null,
  receivedAt: noon,
};

type Scene = { fake: LivekitFake; passTo(second: number): void };

/** Plays a scene and folds what its webhooks say, five minutes after noon. `lost` names events that never came. */
async function play(scene: (scene: Scene) => void, lost: (event: string, identity: string) => boolean = () => false) {
  let at = noon;
  const fake = await startLivekitFake({ ...keys, now: () => at, trueNow: () => noon, sweepEveryMs: null });
  const provider = createLivekitProvider({ ...keys, url: fake.url }, { now: () => noon });
  scene({
    fake,
    passTo(second) {
      at = noon + second * 1000;
      fake.sweep();
    },
  });
  await fake.stop();
  const events = [accepted];
  for (const { webhook } of fake.recorded()) {
    const { participant } = JSON.parse(webhook.body.toString("utf8"));
    if (lost(webhook.event, participant?.identity ?? "")) continue;
    const reading = await provider.readWebhook?.(webhook);
    for (const event of reading?.events ?? []) events.push({ ...event, receivedAt: event.occurredAt });
  }
  const fold = (log: CallEvent[]) =>
    foldCall(
      facts,
      [...log].sort((a, b) => a.occurredAt - b.occurredAt),
      noon + 300_000,
    );
  const { status, startedAt, endedAt, endReason, endedBy } = fold(events);
  const second = (instant: number | null) => (instant === null ? null : (instant - noon) / 1000);
  return { status, from: second(startedAt), to: second(endedAt), endReason, endedBy };
}

/** Leo at second 1, Mia at second 2; gives the name of Leo's connection. */
const bothCome = ({ fake, passTo }: Scene): string => {
  passTo(1);
  const { sid } = fake.join("room_1", "leo");
  passTo(2);
  fake.join("room_1", "mia");
  return sid;
};
const bothGo = ({ fake, passTo }: Scene, second: number): void => {
  passTo(second);
  fake.leave("room_1", "leo");
  fake.leave("room_1", "mia", "CONNECTION_TIMEOUT");
};
const talked = { status: "completed", from: 2, endReason: "payer_hung_up", endedBy: "leo" };

describe("a call told by LiveKit", () => {
  it("lasts from the second join to the first leave", async () => {
    const call = await play((scene) => {
      bothCome(scene);
      scene.passTo(65);
      scene.fake.leave("room_1", "leo");
      scene.passTo(70);
      scene.fake.leave("room_1", "mia");
    });
    expect(call).toEqual({ ...talked, to: 65 });
  });

  it("goes on through a full reconnect, and ends when that person goes and not when the room closes", async () => {
    const call = await play((scene) => {
      bothCome(scene);
      scene.passTo(30);
      scene.fake.reconnectFull("room_1", "leo");
      scene.passTo(65);
      scene.fake.leave("room_1", "leo");
      scene.passTo(90);
      scene.fake.leave("room_1", "mia");
      scene.passTo(200);
    });
    expect(call).toEqual({ ...talked, to: 65 });
  });

  it("is not ended by a reconnect that nobody came back from: the network took them, not their wish", async () => {
    const call = await play((scene) => {
      bothCome(scene);
      scene.passTo(40);
      scene.fake.leave("room_1", "leo", "DUPLICATE_IDENTITY");
      scene.passTo(200);
      scene.fake.leave("room_1", "mia");
    });
    expect(call).toMatchObject({ to: 40, endReason: "connection_lost" });
  });

  it("goes on through a migration, of which LiveKit tells no second join", async () => {
    const call = await play((scene) => {
      const sid = bothCome(scene);
      scene.passTo(20);
      const leo = { sid, identity: "leo", joinedAtMs: `${noon + 1_000}`, disconnectReason: "MIGRATION" };
      scene.fake.tell("participant_left", "room_1", { participant: leo });
      scene.passTo(65);
      scene.fake.leave("room_1", "leo");
      scene.passTo(90);
      scene.fake.leave("room_1", "mia");
    });
    expect(call).toEqual({ ...talked, to: 65 });
  });

  describe("whose people open their sockets 25 s before media flows", () => {
    const late = { mediaAfterMs: 25_000, publishes: true };
    const scene = ({ fake, passTo }: Scene) => {
      passTo(1);
      fake.join("room_1", "leo", late);
      passTo(2);
      fake.join("room_1", "mia", late);
      passTo(26);
      passTo(27);
      passTo(92);
      fake.leave("room_1", "leo");
      passTo(95);
      fake.leave("room_1", "mia");
    };
    const billed = { ...talked, from: 27, to: 92 };

    it("lasts from the second one's media", async () => {
      expect(await play(scene)).toEqual(billed);
    });

    it("is the same when the webhooks of joins are lost: tracks tell of media, and the socket's moment is not asked", async () => {
      expect(await play(scene, (event, who) => event === "participant_joined" && who === "mia")).toEqual(billed);
      expect(await play(scene, (event) => event === "participant_joined")).toEqual(billed);
    });

    it("costs nothing when nothing but the leaves is told: they prove their own instant", async () => {
      const isLost = (event: string) => event === "participant_joined" || event === "track_published";
      const isAnyLost = (event: string) => isLost(event) || event === "track_unpublished";
      for (const lost of [isLost, isAnyLost]) {
        expect(await play(scene, lost)).toMatchObject({ from: null, status: "missed" });
      }
    });
  });

  it("ends with the room when both leaves are lost", async () => {
    const scene = (given: Scene) => {
      bothCome(given);
      bothGo(given, 65);
      given.passTo(100);
    };
    expect(await play(scene, (event) => event === "participant_left")).toMatchObject({ status: "completed", to: 85 });
  });

  it("never starts when one of the two has no media", async () => {
    const call = await play(({ fake, passTo }) => {
      passTo(1);
      fake.join("room_1", "leo");
      fake.abort("room_1", "mia");
      passTo(65);
      fake.leave("room_1", "leo");
    });
    expect(call).toMatchObject({ from: null, status: "missed" });
  });

  it("is empty when somebody comes and goes within a second", async () => {
    const call = await play((scene) => {
      bothCome(scene);
      scene.passTo(2.9);
      scene.fake.leave("room_1", "leo");
      scene.fake.leave("room_1", "mia");
    });
    expect(call.from === null || call.to === call.from).toBe(true);
  });
});
