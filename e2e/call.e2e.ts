// Two people in two real browsers hold a paid call: pictures both ways, a ticker that is right, and a receipt that is the ledger.
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { openBrowser, type Person, ring, sitDown, talkFor } from "./person.ts";
import { type Server, startServer } from "./server.ts";

type Transfer = { kind: string; amount: number; callId: string | null };
type Receipt = {
  total: number;
  split: { payee: number; platform: number } | null;
  payers: { hold: { placed: number; released: number } }[];
};

let server: Server;
let browser: Browser;
let people: Person[] = [];

beforeAll(async () => {
  server = await startServer();
  browser = await openBrowser(true);
});

afterEach(async () => {
  const errors = people.flatMap((person) => person.errors);
  for (const person of people) await person.page.context().close();
  people = [];
  expect(errors).toEqual([]);
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

async function seat(...userIds: string[]): Promise<Person[]> {
  for (const userId of userIds) people.push(await sitDown(browser, server, userId));
  return people;
}

/** What the wallet's statement says about one call. */
async function movements(person: Person, callId: string): Promise<Record<string, number>> {
  const { transfers } = await person.ask<{ transfers: Transfer[] }>("/api/wallet/transfers?limit=100");
  const sums: Record<string, number> = {};
  for (const { kind, amount, callId: of } of transfers) if (of === callId) sums[kind] = (sums[kind] ?? 0) + amount;
  return sums;
}

/** Both receipts on screen are the ledger, to the coin. */
async function expectReceiptsToBeTheLedger(payer: Person, payee: Person, callId: string): Promise<void> {
  const paid = await payer.ask<Receipt>(`/api/calls/${callId}/receipt`);
  const got = await payee.ask<Receipt>(`/api/calls/${callId}/receipt`);
  const [out, back] = [await movements(payer, callId), await movements(payee, callId)];
  expect(await payer.figure("receipt-total")).toBe(paid.total);
  expect(await payer.figure("receipt-sum")).toBe(paid.total);
  expect(await payer.figure("receipt-released")).toBe(out.release);
  expect(await payer.figure("receipt-placed")).toBe(-(out.place ?? 0));
  expect((out.place ?? 0) + (out.release ?? 0)).toBe(-paid.total);
  expect(await payee.figure("receipt-total")).toBe(back.capture);
  expect(got.split).toMatchObject({ payee: back.capture, platform: paid.total - (back.capture ?? 0) });
}

test("leo calls mia: both see each other, the ticker is the price, a reload goes on, and both receipts are the ledger", async () => {
  const [mia, leo] = (await seat("mia", "leo")) as [Person, Person];
  const callId = await ring(leo, mia, 30);
  expect(await mia.text("incoming-price")).toBe("10 coins a minute");
  await mia.picture("incoming");
  await mia.press("incoming-accept");

  await Promise.all([leo.expectMovingPicture(), mia.expectMovingPicture()]);
  await leo.expectText("meter-condition", "Running");
  const first = await leo.seconds("ticker-elapsed");
  await expect.poll(() => leo.seconds("ticker-elapsed"), { timeout: 10_000 }).toBeGreaterThan(first);
  await leo.expectText("ticker-coins", /^10$/);
  await mia.expectText("ticker-coins", /^8$/);
  await leo.picture("call-payer");
  await mia.picture("call-payee");

  await talkFor(server, leo, 130);
  await leo.expectText("ticker-coins", /^30$/);

  await leo.page.reload();
  await Promise.all([leo.expectMovingPicture(), mia.expectMovingPicture()]);
  await leo.expectText("meter-condition", "Running");
  // The call goes on where it was, and the gap of the reload is no part of it.
  const resumed = await leo.seconds("ticker-elapsed");
  expect(resumed).toBeGreaterThanOrEqual(130);
  await expect.poll(() => leo.seconds("ticker-elapsed"), { timeout: 10_000 }).toBeGreaterThan(resumed);
  const { call } = await leo.ask<{ call: { status: string } }>(`/api/calls/${callId}`);
  expect(call.status).toBe("active");

  await leo.press("end-call");
  await Promise.all([leo.sees("receipt"), mia.sees("receipt")]);
  await leo.picture("receipt-payer");
  await mia.picture("receipt-payee");
  await expectReceiptsToBeTheLedger(leo, mia, callId);
  for (const person of [leo, mia]) {
    const states = await person.trackStates();
    expect(states.length).toBeGreaterThan(0);
    expect(new Set(states)).toEqual(new Set(["ended"]));
  }
});

test("a declined call costs nothing: both are told, and the hold is back", async () => {
  const [noor, ana] = (await seat("noor", "ana")) as [Person, Person];
  const callId = await ring(ana, noor, 10);
  await ana.expectText("stage-message", "Calling Noor Haddad");
  await noor.press("incoming-decline");
  await noor.seesNo("incoming-call");
  await ana.sees("outcome");
  expect(await ana.at("outcome").getAttribute("data-status")).toBe("rejected");
  expect(await ana.text("outcome-money")).toBe("Nothing was charged. 250 coins are back in your wallet.");
  await ana.picture("declined");
  expect(await movements(ana, callId)).toEqual({ place: -250, release: 250 });
  await ana.press("outcome-back");
  await ana.expectText("badge-available", /^500$/);
  expect(new Set(await ana.trackStates())).toEqual(new Set(["ended"]));
});

test("the incoming call works by keyboard alone: it holds the focus, Esc declines, Enter accepts", async () => {
  const [noor, ana] = (await seat("noor", "ana")) as [Person, Person];
  const focused = () => noor.page.evaluate(() => document.activeElement?.getAttribute("data-testid") ?? "");
  await noor.page.getByTestId("theme").focus();
  await ring(ana, noor, 10);
  expect(await focused()).toBe("incoming-accept");
  const visited = new Set<string>();
  for (let step = 0; step < 6; step++) {
    await noor.page.keyboard.press("Tab");
    visited.add(await focused());
  }
  // The browser's own bar may take a turn; nothing of the page behind does.
  visited.delete("");
  expect(visited).toEqual(new Set(["incoming-accept", "incoming-decline"]));
  await noor.page.keyboard.press("Escape");
  await noor.seesNo("incoming-call");
  expect(await focused()).toBe("theme");
  await ana.press("outcome-back");

  await ring(ana, noor, 10);
  await noor.page.keyboard.press("Enter");
  await noor.page.waitForURL(/\/calls\/call_/);
  await noor.expectMovingPicture();
  await noor.press("end-call");
  await Promise.all([ana.sees("receipt"), noor.sees("receipt")]);
});

test("a machine without camera and microphone joins all the same, says why, and sees the other side", async () => {
  const bare = await openBrowser(false);
  try {
    const [mia] = (await seat("mia")) as [Person];
    const leo = await sitDown(bare, server, "leo");
    await ring(leo, mia, 5);
    await mia.press("incoming-accept");
    await leo.expectMovingPicture();
    await leo.expectText("banner-devices", "No camera or microphone was found");
    await leo.expectText("meter-condition", "Running");
    await mia.expectText("stage-message", "Leo Brandt's camera is off");
    await leo.picture("without-devices");
    await leo.press("end-call");
    await Promise.all([leo.sees("receipt"), mia.sees("receipt")]);
    expect(leo.errors).toEqual([]);
  } finally {
    await bare.close();
  }
});

test("when the money runs low the payer is warned and goes on with one press; the payee only hears that it may end", async () => {
  const [noor, ana] = (await seat("noor", "ana")) as [Person, Person];
  const { available } = await ana.ask<{ available: number }>("/api/wallet");
  await ring(ana, noor, 10);
  await noor.press("incoming-accept");
  await ana.expectMovingPicture();
  // Noor takes 25 a minute: forty seconds before the last whole minute that Ana can pay is over.
  await talkFor(server, ana, Math.floor(available / 25) * 60 - 40);
  await ana.sees("banner-low-balance");
  await noor.sees("banner-ending-soon");
  await ana.picture("low-balance");
  await ana.press("call-top-up");
  await ana.seesNo("banner-low-balance");
  await talkFor(server, ana, 60);
  await ana.expectText("meter-condition", "Running");
  await ana.press("end-call");
  await Promise.all([ana.sees("receipt"), noor.sees("receipt")]);
  await expectReceiptsToBeTheLedger(ana, noor, ana.callId());
});
