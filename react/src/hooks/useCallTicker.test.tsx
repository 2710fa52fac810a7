// The ticker on screen: the figure of chargeCall on the server's evidence and clock, whatever this machine's clock says.
// @vitest-environment happy-dom
import { type CallEvent, chargeCall } from "@fairminute/core";
import { cleanup, screen, waitFor } from "@testing-library/react";
import { afterEach, expect, test } from "vitest";
import { event, facts, liveJson, mia, requestedAt, talking } from "../../test/calls.ts";
import { draw, serverOfLeo } from "../../test/draw.tsx";
import { CallMeter } from "../components/call/CallMeter.tsx";
import { useCallTicker } from "./useCallTicker.ts";

afterEach(cleanup);

function Meter() {
  const ticker = useCallTicker("call_1");
  return ticker === null ? null : <CallMeter ticker={ticker} condition="running" heldCoins={300} />;
}

/** This machine is three days slow; the server says that `seconds` passed since the request. */
function meterAt(seconds: number, events: CallEvent[] = talking) {
  const server = serverOfLeo();
  const told = { events, seconds };
  server.clock.now = requestedAt - 3 * 86_400_000;
  server.routes["GET /api/calls/call_1/live"] = () => ({
    body: liveJson(told.events, requestedAt + told.seconds * 1000),
  });
  return { server, told };
}

const shown = async (testId: string) => (await screen.findByTestId(testId)).textContent;

test.each([10, 69, 71, 645, 1031])(
  "at second %d it shows what the call would cost if it ended now",
  async (seconds) => {
    const { server } = meterAt(seconds);
    draw(server, <Meter />);
    const charge = chargeCall({
      facts: facts(),
      events: talking,
      asOf: requestedAt + seconds * 1000,
      placed: { leo: 300n },
    });
    expect(await shown("ticker-coins")).toBe(String(charge.payers[0]?.total));
  },
);

test("17:01 is shown as 17:01 and costs 180", async () => {
  const { server } = meterAt(10 + 1021);
  draw(server, <Meter />);
  expect([await shown("ticker-elapsed"), await shown("ticker-coins")]).toEqual(["17:01", "180"]);
});

test("it is a timer, which screen readers do not read out by themselves", async () => {
  const { server } = meterAt(100);
  draw(server, <Meter />);
  const ticker = await screen.findByTestId("ticker");
  expect(ticker.getAttribute("role")).toBe("timer");
  expect(ticker.getAttribute("aria-live")).toBeNull();
});

test("the payer sees for how long hold and wallet last together", async () => {
  const { server } = meterAt(10);
  draw(server, <Meter />);
  // 300 held and 500 in the wallet are 80 minutes.
  await waitFor(async () => expect(await shown("ticker-left")).toBe("1:20:00"));
});

test("the payee sees what is earned and nothing of the payer's balance", async () => {
  const { server } = meterAt(10 + 60 * 9);
  server.routes["GET /api/me"] = () => ({ body: mia });
  draw(server, <Meter />);
  await waitFor(async () => expect(await shown("ticker-coins")).toBe("72"));
  expect(screen.queryByTestId("ticker-left")).toBeNull();
  expect(screen.queryByTestId("meter-funded-until")).toBeNull();
});

test("news of a pause is read again at once, and the ticker stands", async () => {
  const { server, told } = meterAt(70);
  draw(server, <Meter />);
  await screen.findByTestId("ticker");
  told.seconds = 85;
  told.events = [
    ...talking,
    event("participant.left", 70, { userId: "mia", connectionId: "conn_mia", reason: "transport close" }),
  ];
  server.socket.tell("call:interrupted", { callId: "call_1", userIds: ["mia"] });
  await waitFor(async () => expect(await shown("ticker-elapsed")).toBe("1:00"));
  expect(await shown("ticker-coins")).toBe("10");
});

test("without a line it stands still, and goes on only when the evidence was read again", async () => {
  const { server, told } = meterAt(70);
  draw(server, <Meter />);
  await waitFor(async () => expect(await shown("ticker-elapsed")).toBe("1:00"));
  server.socket.lose("transport close");
  server.clock.now += 20_000;
  await new Promise((done) => setTimeout(done, 1500));
  expect(await shown("ticker-elapsed")).toBe("1:00");
  const gap = { userId: "leo", connectionId: "conn_leo" };
  told.events = [
    ...talking,
    event("participant.left", 72, gap),
    event("participant.joined", 90, { ...gap, connectionId: "conn_leo_2" }),
  ];
  told.seconds = 93;
  server.socket.connect();
  await waitFor(async () => expect(await shown("ticker-elapsed")).toBe("1:05"));
});
