// The toast says what the server says of a penalty: once, to the one who paid, and not of old calls.
// @vitest-environment happy-dom
import { presetTerms, writeTerms } from "@fairminute/core";
import { act, cleanup, fireEvent, screen, waitFor } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { activeCallJson } from "../../test/calls.ts";
import { draw, serverOfLeo } from "../../test/draw.tsx";
import { settle } from "../../test/fakeServer.ts";
import type { CallJson, PenaltyJson } from "../client/wire.ts";
import { useCall } from "../hooks/useCall.ts";
import { useWallet } from "../hooks/useWallet.ts";
import { PenaltyToast } from "./PenaltyToast.tsx";

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

const penalty: PenaltyJson = {
  userId: "leo",
  policy: "early_exit",
  amount: 1,
  reason: "ended on purpose after 20 s, before 60 s",
  evidenceId: "hangup:leo",
  reversedAt: null,
  reversalReason: null,
};
const running = activeCallJson({ preset: "match", terms: writeTerms(presetTerms("match")) });
const ended: CallJson = { ...running, status: "completed", durationSeconds: 20, penalties: [penalty] };
const sentence = "Early exit: 1 coin was taken because you ended the call after 20 s, before 60 s.";

/** The call and the wallet are on screen beside the toast, as in the app. */
function App() {
  useCall("call_1");
  return (
    <>
      <p data-testid="coins">{useWallet().data?.available}</p>
      <PenaltyToast receiptLink={(callId, text) => <a href={`/calls/${callId}/receipt`}>{text}</a>} />
    </>
  );
}

async function drawCall(first: CallJson) {
  const server = serverOfLeo();
  const at = { call: first, coins: 5 };
  server.routes["GET /api/calls/call_1"] = () => ({ body: { call: at.call } });
  server.routes["GET /api/wallet"] = () => ({
    body: { userId: "leo", currency: "coin", available: at.coins, held: 0, earnings: 0, total: at.coins },
  });
  draw(server, <App />);
  await waitFor(() => expect(screen.getByTestId("coins").textContent).toBe("5"));
  await waitFor(() => expect(server.to("/api/calls/call_1").length).toBe(1));
  await settle();
  return { server, at };
}

const text = () => screen.queryByTestId("penalty-toast")?.textContent ?? null;

test("by the news: the sentence in the region that is always there, a way to the receipt, and the new balance", async () => {
  const { server, at } = await drawCall(running);
  expect(screen.getByRole("status").textContent).toBe("");
  Object.assign(at, { call: ended, coins: 4 });
  server.socket.tell("call:penalty", { callId: "call_1", seq: 1, call: ended, penalty });
  await waitFor(() => expect(text()).toBe(`${sentence} View receipt`));
  expect(screen.getByRole("status").contains(screen.getByTestId("penalty-toast"))).toBe(true);
  expect(screen.getByText("View receipt").getAttribute("href")).toBe("/calls/call_1/receipt");
  await waitFor(() => expect(screen.getByTestId("coins").textContent).toBe("4"));
});

test("the news is lost: the call that ended before one's eyes says it", async () => {
  const { server, at } = await drawCall(running);
  Object.assign(at, { call: ended, coins: 4 });
  server.socket.tell("call:ended", { callId: "call_1", seq: 1 });
  await waitFor(() => expect(text()).toContain(sentence));
  await waitFor(() => expect(screen.getByTestId("coins").textContent).toBe("4"));
});

test("both: told once; closed, it stays closed", async () => {
  const { server, at } = await drawCall(running);
  at.call = ended;
  server.socket.tell("call:penalty", { callId: "call_1", seq: 1, call: ended, penalty });
  server.socket.tell("call:ended", { callId: "call_1", seq: 2 });
  await waitFor(() => expect(screen.getAllByTestId("penalty-toast").length).toBe(1));
  fireEvent.click(screen.getByTestId("toast-close"));
  server.socket.tell("call:penalty", { callId: "call_1", seq: 3, call: ended, penalty });
  await settle();
  expect(text()).toBeNull();
});

test.each<[string, CallJson, CallJson]>([
  ["a call that was over when it was opened", ended, ended],
  ["a call that cost nothing", running, { ...ended, penalties: [] }],
  ["somebody else's penalty", running, { ...ended, penalties: [{ ...penalty, userId: "mia" }] }],
  ["one that went back", running, { ...ended, penalties: [{ ...penalty, reversedAt: "2026-03-01T13:00:00.000Z" }] }],
])("nothing is said of %s", async (_, first, then) => {
  const { server, at } = await drawCall(first);
  at.call = then;
  server.socket.tell("call:ended", { callId: "call_1", seq: 1 });
  await waitFor(() => expect(server.to("/api/calls/call_1").length).toBe(2));
  await settle();
  expect(text()).toBeNull();
});

test("a policy without words of its own is told in the server's", async () => {
  const { server } = await drawCall(running);
  const other = { ...penalty, policy: "no_show", amount: 2, reason: "did not come" };
  server.socket.tell("call:penalty", { callId: "call_1", seq: 1, call: { ...ended, penalties: [other] } });
  await waitFor(() => expect(text()).toContain("Penalty: 2 coins were taken because you did not come."));
});

test("it goes by itself, but not while somebody points at it or is in it", async () => {
  const { server } = await drawCall(running);
  vi.useFakeTimers();
  const pass = (ms: number) => act(() => vi.advanceTimersByTimeAsync(ms));
  server.socket.tell("call:penalty", { callId: "call_1", seq: 1, call: ended, penalty });
  await pass(10);
  fireEvent.pointerEnter(screen.getByTestId("penalty-toast"));
  await pass(60_000);
  expect(text()).toContain(sentence);
  fireEvent.pointerLeave(screen.getByTestId("penalty-toast"));
  await pass(14_000);
  expect(text()).toContain(sentence);
  await pass(2_000);
  expect(text()).toBeNull();
});
