// The session as its people see it: watched, prompted at the right moment and not before, paid once, and found again after a reload.
// @vitest-environment happy-dom
import { act, cleanup, fireEvent, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { draw, serverOfLeo } from "../../test/draw.tsx";
import { escrowJson, fakeWallet, hashOf, lessonJson, payment, student, voucher } from "../../test/escrow.ts";
import { type FakeServer, settle } from "../../test/fakeServer.ts";
import type { CallJson } from "../client/wire.ts";
import { useWebRTCSession } from "./useWebRTCSession.ts";
import { WebRTCSessionProvider } from "./WebRTCSessionProvider.tsx";
import type { EscrowJson } from "./wire.ts";

let server: FakeServer;
let at: { call: CallJson; escrow: EscrowJson };
let mine: ReturnType<typeof fakeWallet>;

const completed = (endReason: CallJson["endReason"]) =>
  lessonJson({ status: "completed", endReason, endedAt: "2026-03-01T12:10:10Z", durationSeconds: 600 });

beforeEach(() => {
  server = serverOfLeo();
  mine = fakeWallet();
  at = { call: lessonJson(), escrow: escrowJson() };
  server.routes["GET /api/calls/active"] = () => ({
    body: { calls: at.call.status === "active" ? [at.call] : [], call: null },
  });
  server.routes["GET /api/calls/call_1"] = () => ({ body: { call: at.call } });
  server.routes["GET /api/calls/call_1/escrow"] = () => ({
    body: { escrow: { ...at.escrow, serverTime: new Date(server.clock.now).toISOString() } },
  });
  server.routes["POST /api/calls/call_1/end"] = () => {
    at.call = completed("payer_hung_up");
    at.escrow = { ...at.escrow, voucher };
    return { body: { call: at.call } };
  };
  server.routes["POST /api/webrtc-session-ended"] = () => {
    at.escrow = { ...at.escrow, payment };
    return { body: { status: "confirmed", payment } };
  };
});
afterEach(() => {
  cleanup();
  sessionStorage.clear();
  vi.useRealTimers();
});

function Shown() {
  const { currentSession, isSessionActive, sessionDuration } = useWebRTCSession();
  return <p data-testid="shown">{`${currentSession?.sessionId ?? "none"} ${isSessionActive} ${sessionDuration}`}</p>;
}

const open = (wallet = mine.wallet) =>
  draw(
    server,
    <WebRTCSessionProvider wallet={wallet}>
      <Shown />
    </WebRTCSessionProvider>,
  );

/** The session is on screen and listened to: its addresses are kept by an effect that runs after the listening one. */
async function watched(): Promise<void> {
  await screen.findByTestId("session-status");
  await waitFor(() => expect(kept()?.studentAddress).toBe(student));
}

const kept = () => JSON.parse(sessionStorage.getItem("pendingSession") ?? "null");
const told = () => server.to("/api/webrtc-session-ended").map(({ body }) => body);
const tell = (type: string, data: Record<string, unknown>) => act(async () => server.socket.tell(type, data));

test("a funded call is found, kept under the document's name, and shown with its end in reach", async () => {
  open();
  await screen.findByTestId("session-status");
  await waitFor(() =>
    expect(kept()).toMatchObject({ requestId: "call_1", tutorAddress: at.escrow.tutor, languageId: 1 }),
  );
  expect(kept().studentAddress).toBe(student);
  expect(screen.getByTestId("shown").textContent).toMatch(/^call_1 true /);
  expect(screen.queryByTestId("session-prompt")).toBeNull();
});

test("a call in coins, and one that is not funded yet, are no sessions", async () => {
  at.call = lessonJson({ fundedAt: null });
  open();
  await settle();
  expect(screen.getByTestId("shown").textContent).toBe("none false 0");
  expect(kept()).toBeNull();
});

test("ended by the other: asked to pay, pays by voucher once, tells the server, forgets", async () => {
  open();
  await watched();
  at.call = completed("payee_hung_up");
  at.escrow = { ...at.escrow, voucher };
  await tell("webrtc:session-ended", { sessionId: "call_1", reason: "payee_hung_up", endedBy: "mia" });
  await screen.findByTestId("session-prompt");
  expect(screen.getByTestId("session-why").textContent).toContain("The call has ended");
  await waitFor(() => expect(screen.getByTestId("prompt-price").textContent).toBe("6.00 FMTD"));
  expect(screen.getByTestId("prompt-back").textContent).toBe("6.00 FMTD");
  expect(screen.getByTestId("prompt-duration").textContent).toBe("10:00");
  fireEvent.click(screen.getByTestId("end-session-and-pay"));
  fireEvent.click(screen.getByTestId("end-session-and-pay"));
  await screen.findByTestId("prompt-close");
  expect(mine.sent).toEqual([
    { functionName: "endSession", args: [at.escrow.sessionId, 600n, voucher.signature], value: undefined },
  ]);
  expect(told()).toEqual([{ sessionId: "call_1", userAddress: student, transactionHash: hashOf("5f") }]);
  expect(kept()).toBeNull();
  expect(server.to("/api/calls/call_1/end")).toEqual([]);
  fireEvent.click(screen.getByTestId("prompt-close"));
  await waitFor(() => expect(screen.getByTestId("shown").textContent).toBe("none false 0"));
});

test("by hand, without any news: the call is ended first, then paid", async () => {
  open();
  fireEvent.click(await screen.findByTestId("session-end"));
  await screen.findByTestId("session-prompt");
  expect(kept()).toMatchObject({ cause: "by-hand" });
  fireEvent.click(screen.getByTestId("prompt-later"));
  await waitFor(() => expect(screen.queryByTestId("session-prompt")).toBeNull());
  expect(kept().cause).toBeUndefined();
  fireEvent.click(screen.getByTestId("session-end"));
  fireEvent.click(await screen.findByTestId("end-session-and-pay"));
  await screen.findByTestId("prompt-close");
  expect(server.to("/api/calls/call_1/end")).toHaveLength(1);
  expect(mine.sent).toHaveLength(1);
});

test("a lost connection prompts after its grace, and not when it comes back", async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  open();
  await watched();
  const lost = { sessionId: "call_1", disconnectedUser: "mia", reason: "connection-lost" };
  await tell("webrtc:user-disconnected", lost);
  expect(screen.getByTestId("session-grace").textContent).toContain("30 s");
  server.clock.now += 20_000;
  await act(() => vi.advanceTimersByTimeAsync(300));
  expect(screen.getByTestId("session-grace").textContent).toContain("10 s");
  await tell("call:resumed", { callId: "call_1" });
  expect(screen.queryByTestId("session-grace")).toBeNull();
  server.clock.now += 60_000;
  await act(() => vi.advanceTimersByTimeAsync(300));
  expect(screen.queryByTestId("session-prompt")).toBeNull();

  at.call = lessonJson({ interruptedSince: "2026-03-01T12:01:20Z", interruptedUserIds: ["mia"] });
  await tell("webrtc:user-disconnected", lost);
  server.clock.now += 29_000;
  await act(() => vi.advanceTimersByTimeAsync(300));
  expect(screen.queryByTestId("session-prompt")).toBeNull();
  server.clock.now += 1000;
  await act(() => vi.advanceTimersByTimeAsync(300));
  expect((await screen.findByTestId("session-why")).textContent).toContain("did not come back within 30 seconds");
});

test("all news missed: the call that is read says that it is over", async () => {
  open();
  await watched();
  at.call = completed("heartbeat_timeout");
  await act(async () => server.socket.connect());
  expect((await screen.findByTestId("session-why")).textContent).toContain("Nothing was heard");
});

test("after a reload a transaction that was sent is followed, and not sent again", async () => {
  const transactionHash = hashOf("5f");
  const addresses = { tutorAddress: at.escrow.tutor, studentAddress: student, languageId: 1 };
  sessionStorage.setItem(
    "pendingSession",
    JSON.stringify({ requestId: "call_1", ...addresses, cause: "ended", transactionHash }),
  );
  at.call = completed("payer_hung_up");
  at.escrow = { ...at.escrow, voucher };
  open();
  await screen.findByTestId("prompt-close");
  expect(mine.sent).toEqual([]);
  expect(told()).toEqual([{ sessionId: "call_1", userAddress: student, transactionHash }]);
});

test("paid by the other side: nothing is left to press but close", async () => {
  open();
  await watched();
  at.call = completed("payer_hung_up");
  at.escrow = { ...at.escrow, voucher };
  await tell("webrtc:session-ended", { sessionId: "call_1", reason: "payer_hung_up" });
  await screen.findByTestId("end-session-and-pay");
  at.escrow = { ...at.escrow, payment };
  await tell("call:paid", { callId: "call_1" });
  await screen.findByTestId("prompt-close");
  expect(screen.getByTestId("prompt-transaction").getAttribute("data-full")).toBe(payment.transactionHash);
  expect(mine.sent).toEqual([]);
});

test("a refusal of the wallet is said in one line, nothing is sent, and one may try again", async () => {
  at.call = completed("payer_hung_up");
  at.escrow = { ...at.escrow, voucher };
  sessionStorage.setItem("pendingSession", JSON.stringify({ requestId: "call_1", cause: "ended" }));
  mine.on.refuse = Object.assign(new Error("User rejected the request."), { code: 4001 });
  open();
  fireEvent.click(await screen.findByTestId("end-session-and-pay"));
  expect((await screen.findByTestId("prompt-error")).textContent).toBe(
    "You declined in your wallet. Nothing was sent.",
  );
  expect(told()).toEqual([]);
  mine.on.refuse = null;
  fireEvent.click(screen.getByTestId("end-session-and-pay"));
  await screen.findByTestId("prompt-close");
});

test("a transaction that the chain refused is no payment", async () => {
  at.call = completed("payer_hung_up");
  at.escrow = { ...at.escrow, voucher };
  sessionStorage.setItem("pendingSession", JSON.stringify({ requestId: "call_1", cause: "ended" }));
  mine.on.succeeded = false;
  open();
  fireEvent.click(await screen.findByTestId("end-session-and-pay"));
  expect((await screen.findByTestId("prompt-error")).textContent).toContain("Nothing was paid");
  expect(kept().transactionHash).toBeUndefined();
  expect(told()).toEqual([]);
});

test("the server is away: the student may pay by the contract's clock, or reclaim", async () => {
  open();
  fireEvent.click(await screen.findByTestId("session-end"));
  await waitFor(() => expect(screen.getByTestId("prompt-price")).toBeTruthy());
  server.routes["POST /api/calls/call_1/end"] = () => "unreachable";
  fireEvent.click(screen.getByTestId("end-session-and-pay"));
  await act(() => server.advance(2000));
  fireEvent.click(await screen.findByTestId("take-clock"));
  await waitFor(() =>
    expect(mine.sent.map(({ functionName, args }) => [functionName, args])).toEqual([
      ["endSession", [at.escrow.tutor]],
    ]),
  );
});

test("without a wallet one is asked to connect it, and cannot press pay", async () => {
  draw(
    server,
    <WebRTCSessionProvider wallet={null} connect={<b>Connect it</b>}>
      <Shown />
    </WebRTCSessionProvider>,
  );
  fireEvent.click(await screen.findByTestId("session-end"));
  expect((await screen.findByTestId("session-connect")).textContent).toContain("Connect it");
  expect((screen.getByTestId("end-session-and-pay") as HTMLButtonElement).disabled).toBe(true);
});
