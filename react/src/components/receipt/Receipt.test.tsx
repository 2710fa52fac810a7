// The receipt adds up from what stands on it alone, for the payer and for the payee.
// @vitest-environment happy-dom
import { type CallEvent, chargeCall, makeReceipt, presetTerms, type ReceiptViewer } from "@fairminute/core";
import { cleanup, screen } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import { event, facts, requestedAt, talking } from "../../../test/calls.ts";
import { draw, serverOfLeo } from "../../../test/draw.tsx";
import type { ReceiptJson } from "../../client/wire.ts";
import { Receipt } from "./Receipt.tsx";

afterEach(cleanup);

const iso = (ms: number) => new Date(ms).toISOString();
const isoOrNull = (ms: number | null) => (ms === null ? null : iso(ms));

/** 18 minutes of 30 held, with a pause of 20 s in between, ended by Leo. */
const told: CallEvent[] = [
  ...talking,
  event("participant.left", 100, { userId: "mia", connectionId: "conn_mia", reason: "transport close" }),
  event("participant.joined", 120, { userId: "mia", connectionId: "conn_mia_2" }),
  event("hangup", 10 + 20 + 1080, { userId: "leo", source: "command" }),
];

/** The JSON as the server makes it from core's receipt. */
function receiptJson(viewer: ReceiptViewer, events = told): ReceiptJson {
  const charge = chargeCall({ facts: facts(), events, asOf: requestedAt + 7_200_000, placed: { leo: 300n } });
  const captured = charge.payers[0]?.total ?? 0n;
  const money = {
    payerId: "leo",
    placed: 300n,
    captured,
    released: 300n - captured,
    refunded: 0n,
    placements: 1,
    refunds: 0,
  };
  const receipt = makeReceipt({ facts: facts(), charge, money: [money], viewer });
  return {
    ...receipt,
    penalties: [],
    requestedAt: iso(receipt.requestedAt),
    acceptedAt: isoOrNull(receipt.acceptedAt),
    startedAt: isoOrNull(receipt.startedAt),
    endedAt: isoOrNull(receipt.endedAt),
    settledAt: isoOrNull(receipt.endedAt),
    holdId: "hold_1",
    payees: [{ userId: "mia", name: "Mia Torres" }],
    payers: receipt.payers.map((payer) => ({
      ...payer,
      name: "Leo Brandt",
      lines: payer.lines.map((line) => ({ ...line, from: isoOrNull(line.from), to: isoOrNull(line.to) })),
      pauses: payer.pauses.map((pause) => ({ ...pause, from: iso(pause.from), to: iso(pause.to) })),
    })),
  };
}

async function drawn(viewer: ReceiptViewer, events = told) {
  const server = serverOfLeo();
  server.routes["GET /api/calls/call_1/receipt"] = () => ({ body: receiptJson(viewer, events) });
  draw(server, <Receipt callId="call_1" />);
  await screen.findByTestId("receipt");
}

const shown = (testId: string) => screen.getByTestId(testId).textContent;
const figure = (testId: string) => Number(shown(testId)?.replace(/[^\d-]/g, ""));

test("the payer's lines add up to the sum, the sum is the charge, and hold less charge is what came back", async () => {
  await drawn("payer");
  const lines = [...screen.getByTestId("receipt-lines").querySelectorAll("tbody td[data-amount]")];
  const sum = lines.reduce((total, cell) => total + Number(cell.textContent), 0);
  expect(sum).toBe(180);
  expect(figure("receipt-sum")).toBe(sum);
  expect(figure("receipt-total")).toBe(sum);
  expect(figure("receipt-placed") - figure("receipt-total")).toBe(figure("receipt-released"));
});

test("it says how long was talked, how long was billed, and what was a pause", async () => {
  await drawn("payer");
  expect([shown("receipt-talked"), shown("receipt-billed"), shown("receipt-paused")]).toEqual([
    "18:00",
    "18:00",
    "0:20",
  ]);
});

test("the payer does not see how the money was split, the payee does not see the hold", async () => {
  await drawn("payer");
  expect(screen.queryByTestId("receipt-platform")).toBeNull();
  cleanup();
  await drawn("payee");
  expect(screen.queryByTestId("receipt-placed")).toBeNull();
});

test("the payee's share and the platform's are the charge", async () => {
  await drawn("payee");
  expect(figure("receipt-total")).toBe(144);
  expect([figure("receipt-payee"), figure("receipt-platform")]).toEqual([144, 36]);
  expect(screen.getByText("Call with Leo Brandt")).toBeTruthy();
});

test("a call that was declined says that nothing was charged and everything came back", async () => {
  await drawn("payer", [event("call.rejected", 5, { userId: "mia", source: "command" })]);
  expect(screen.getByText("Nothing charged")).toBeTruthy();
  expect([figure("receipt-total"), figure("receipt-released")]).toEqual([0, 300]);
});

test("a call that goes on has no receipt yet, and says so", async () => {
  const server = serverOfLeo();
  server.routes["GET /api/calls/call_1/receipt"] = () => ({ body: { ...receiptJson("payer"), status: "active" } });
  draw(server, <Receipt callId="call_1" />);
  expect(await screen.findByText("This call is not settled yet")).toBeTruthy();
});

/** Leo ended a free match after 20 s, and paid for it. */
function matchReceipt(change: Partial<ReceiptJson["penalties"][number]> = {}): ReceiptJson {
  const free = { ...facts(), terms: presetTerms("match") };
  const events = [...talking, event("hangup", 30, { userId: "leo", source: "command" })];
  const charge = chargeCall({ facts: free, events, asOf: requestedAt + 60_000, placed: {} });
  const receipt = makeReceipt({ facts: free, charge, money: [], viewer: "payer" });
  const penalty = {
    userId: "leo",
    policy: "early_exit",
    amount: 1,
    reason: "ended on purpose after 20 s, before 60 s",
    evidenceId: "hangup:leo",
    reversedAt: null,
    reversalReason: null,
  };
  return {
    ...receiptJson("payer"),
    total: receipt.total,
    durationSeconds: receipt.durationSeconds,
    endReason: receipt.endReason,
    penalties: [{ ...penalty, ...change }],
    payers: receipt.payers.map((payer) => ({ ...payer, name: "Leo Brandt", lines: [], pauses: [] })),
  };
}

async function drawnMatch(change?: Parameters<typeof matchReceipt>[0]) {
  const server = serverOfLeo();
  server.routes["GET /api/calls/call_1/receipt"] = () => ({ body: matchReceipt(change) });
  draw(server, <Receipt callId="call_1" />);
  await screen.findByTestId("receipt");
}

test("a free call that was left early: the penalty is the amount, its reason stands below, and no price is explained", async () => {
  await drawnMatch();
  expect(shown("receipt-total")).toBe("1");
  expect(screen.getByText("Ended on purpose after 20 s, before 60 s")).toBeTruthy();
  expect([shown("receipt-penalty"), shown("receipt-lasted")]).toEqual(["1", "0:20"]);
  expect(screen.getByText("You ended the call")).toBeTruthy();
  expect(screen.queryByTestId("receipt-lines")).toBeNull();
  expect(screen.queryByTestId("receipt-billed")).toBeNull();
});

test("a penalty that went back is told with its reversal, and nothing is charged", async () => {
  await drawnMatch({ reversedAt: iso(requestedAt + 90_000), reversalReason: "the power had failed" });
  expect(screen.getByText("Nothing charged")).toBeTruthy();
  expect(shown("receipt-total")).toBe("0");
  expect(screen.getByText("Given back: the power had failed")).toBeTruthy();
  expect(shown("receipt-penalty-reversed")).toBe("−1");
});
