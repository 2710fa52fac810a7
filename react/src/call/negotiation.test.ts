// Perfect negotiation between two peers over a wire that a test delivers by hand.
import { expect, test } from "vitest";
import { FakePeer } from "../../test/fakePeer.ts";
import { createNegotiation, type Signal } from "./negotiation.ts";

function side(name: string, polite: boolean) {
  const peer = new FakePeer(name);
  const sent: Signal[] = [];
  const errors: unknown[] = [];
  const answered: string[] = [];
  const negotiation = createNegotiation({
    peer: peer.asPeer(),
    polite,
    send: (signal) => sent.push(signal),
    beforeAnswer: async () => void answered.push(peer.signalingState),
    onError: (error) => errors.push(error),
  });
  return { peer, sent, errors, answered, negotiation };
}

type Side = ReturnType<typeof side>;

/** Carries everything to the other side until nobody has anything to say. */
async function deliver(a: Side, b: Side): Promise<void> {
  while (a.sent.length + b.sent.length > 0) {
    const [fromA, fromB] = [a.sent.splice(0), b.sent.splice(0)];
    await Promise.all([
      ...fromA.map((signal) => b.negotiation.receive(signal)),
      ...fromB.map((signal) => a.negotiation.receive(signal)),
    ]);
  }
}

test("one offer and one answer make both sides stable", async () => {
  const [impolite, polite] = [side("a", false), side("b", true)];
  await impolite.negotiation.offer();
  await deliver(impolite, polite);
  expect([impolite.peer.signalingState, polite.peer.signalingState]).toEqual(["stable", "stable"]);
  expect(polite.answered).toEqual(["have-remote-offer"]);
  expect(impolite.peer.remoteDescription?.sdp).toBe("b answers a#1");
});

test("when both offer at once, the polite side gives way and the impolite offer is answered", async () => {
  const [impolite, polite] = [side("a", false), side("b", true)];
  await Promise.all([impolite.negotiation.offer(), polite.negotiation.offer()]);
  await deliver(impolite, polite);
  expect(polite.peer.rollbacks).toBe(1);
  expect(impolite.peer.rollbacks).toBe(0);
  expect([impolite.peer.signalingState, polite.peer.signalingState]).toEqual(["stable", "stable"]);
  expect(impolite.peer.remoteDescription?.sdp).toBe("b answers a#1");
  expect([...impolite.errors, ...polite.errors]).toEqual([]);
});

test("an offer that arrives while ours is being made collides as well", async () => {
  const impolite = side("a", false);
  const making = impolite.negotiation.offer();
  await impolite.negotiation.receive({ description: { type: "offer", sdp: "b#1" } });
  await making;
  expect(impolite.peer.remoteDescription).toBeNull();
  expect(impolite.peer.signalingState).toBe("have-local-offer");
});

test("candidates of an ignored offer are dropped without an error, others are reported", async () => {
  const impolite = side("a", false);
  const polite = side("b", true);
  await impolite.negotiation.offer();
  await deliver(impolite, polite);
  await impolite.negotiation.offer();
  await impolite.negotiation.receive({ description: { type: "offer", sdp: "b#9" } });
  await impolite.negotiation.receive({ candidate: { candidate: "bad one of the ignored offer" } });
  expect(impolite.errors).toEqual([]);
  await polite.negotiation.receive({ candidate: { candidate: "bad one" } });
  expect(polite.errors).toHaveLength(1);
});

test("candidates that overtake their description wait for it, in order", async () => {
  const polite = side("b", true);
  await polite.negotiation.receive({ candidate: { candidate: "first" } });
  await polite.negotiation.receive({ candidate: { candidate: "second" } });
  expect(polite.peer.candidates).toEqual([]);
  await polite.negotiation.receive({ description: { type: "offer", sdp: "a#1" } });
  expect(polite.peer.candidates).toEqual(["first", "second"]);
});

test("a signal that cannot be used is reported and the next one still works", async () => {
  const polite = side("b", true);
  await polite.negotiation.receive({ description: { type: "answer", sdp: "to nothing" } });
  expect(polite.errors).toHaveLength(1);
  await polite.negotiation.receive({ description: { type: "offer", sdp: "a#1" } });
  expect(polite.sent).toEqual([{ description: { type: "answer", sdp: "b answers a#1" } }]);
});

test("after an agreement either side may offer again, for an ICE restart", async () => {
  const [impolite, polite] = [side("a", false), side("b", true)];
  await impolite.negotiation.offer();
  await deliver(impolite, polite);
  await polite.negotiation.offer();
  await deliver(impolite, polite);
  expect(polite.peer.remoteDescription?.sdp).toBe("a answers b#1");
});
