// Two strangers in two real browsers are matched and talk; one leaves early, and toast, wallet and receipt say the same.
import type { Browser, BrowserContextOptions } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { openBrowser, type Person, sitDown, talkFor } from "./person.ts";
import { type Server, startServer } from "./server.ts";

type Call = { durationSeconds: number; endedBy: string | null; penalties: { userId: string; amount: number }[] };
type Transfer = { kind: string; amount: number; callId: string | null; balanceAfter: number };
type Box = { x: number; y: number; width: number; height: number };

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

async function seat(userIds: string[], options: BrowserContextOptions = {}): Promise<Person[]> {
  for (const userId of userIds) people.push(await sitDown(browser, server, userId, options));
  return people;
}

const goTo = (person: Person, page: string) => person.page.locator(`nav a[href="/${page}"]`).click();

async function find(person: Person): Promise<void> {
  await goTo(person, "match");
  await person.press("match-join");
}

/** Both are in the same call, and see each other. */
async function meet(one: Person, other: Person): Promise<string> {
  await Promise.all([one, other].map(({ page }) => page.waitForURL(/\/calls\/call_[a-z0-9]+$/)));
  expect(one.callId()).toBe(other.callId());
  await Promise.all([one.expectMovingPicture(), other.expectMovingPicture()]);
  return one.callId();
}

const readCall = async (person: Person, callId: string): Promise<Call> =>
  (await person.ask<{ call: Call }>(`/api/calls/${callId}`)).call;

test("matched, talked, ended by one at 20 s: one coin, and toast, wallet and receipt agree", async () => {
  const [ana, leo] = (await seat(["ana", "leo"])) as [Person, Person];
  await find(ana);
  await ana.sees("match-waiting");
  await ana.expectText("match-elapsed", /^0:0[1-9]$/);
  // One may look around while one waits: the call comes wherever one is.
  await goTo(ana, "wallet");
  await ana.sees("match-banner");
  await find(leo);
  const callId = await meet(ana, leo);
  expect(await leo.text("meter-condition")).toBe("Free call");
  expect(await leo.text("early-exit-rule")).toBe("Ending the call on purpose within 1 min costs 1 coin.");
  await talkFor(server, leo, 20);
  await leo.press("end-call");

  await Promise.all([leo.sees("receipt"), ana.sees("receipt")]);
  await leo.sees("penalty-toast");
  const call = await readCall(leo, callId);
  expect(call).toMatchObject({ endedBy: "leo", penalties: [{ userId: "leo", amount: 1 }] });
  expect(call.durationSeconds).toBeGreaterThanOrEqual(20);
  expect(call.durationSeconds).toBeLessThan(60);
  expect(await leo.at("penalty-toast").getByRole("paragraph").textContent()).toBe(
    `Early exit: 1 coin was taken because you ended the call after ${call.durationSeconds} s, before 60 s. View receipt`,
  );
  await leo.expectText("badge-available", /^499$/);
  expect(await leo.text("receipt-total")).toBe("1");
  expect(await leo.text("receipt-penalty")).toBe("1");
  expect(await leo.seconds("receipt-lasted")).toBe(call.durationSeconds);
  const { transfers } = await leo.ask<{ transfers: Transfer[] }>("/api/wallet/transfers");
  expect(transfers[0]).toMatchObject({ kind: "penalty", amount: -1, balanceAfter: 499, callId });
  await leo.press("toast-close");
  await leo.seesNo("penalty-toast");

  // The other one neither pays nor hears of it.
  expect((await readCall(ana, callId)).penalties).toEqual([]);
  expect(await ana.at("penalty-toast").count()).toBe(0);
  expect(await ana.at("receipt-penalty").count()).toBe(0);
  await ana.expectText("badge-available", /^500$/);
});

test("whoever has no coins, stays a minute, or stops looking, loses nothing", async () => {
  const [mia, noor] = (await seat(["mia", "noor"])) as [Person, Person];
  await find(mia);
  await mia.press("match-leave");
  await mia.sees("match-join");
  await find(noor);
  await noor.sees("match-waiting");
  await mia.press("match-join");
  const first = await meet(mia, noor);
  await mia.press("end-call");
  await Promise.all([mia.sees("receipt"), noor.sees("receipt")]);
  expect(await readCall(mia, first)).toMatchObject({ endedBy: "mia", penalties: [] });

  for (const person of [mia, noor]) await find(person);
  const second = await meet(mia, noor);
  await talkFor(server, noor, 60);
  await noor.seesNo("early-exit-rule");
  await noor.press("end-call");
  await Promise.all([mia.sees("receipt"), noor.sees("receipt")]);
  expect(await readCall(noor, second)).toMatchObject({ endedBy: "noor", penalties: [] });
  for (const person of [mia, noor]) expect(await person.at("penalty-toast").count()).toBe(0);
});

test("on a phone the toast covers none of a call's buttons", async () => {
  const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
  const [ana, leo] = (await seat(["ana", "leo"], phone)) as [Person, Person];
  for (const person of [ana, leo]) await find(person);
  await meet(ana, leo);
  const boxOf = async (testId: string) => (await leo.at(testId).boundingBox()) as Box;
  const controls = await Promise.all(["end-call", "toggle-microphone", "toggle-camera"].map(boxOf));
  await leo.press("end-call");
  await leo.sees("penalty-toast");
  const toast = await boxOf("penalty-toast");
  expect(toast.y).toBeGreaterThanOrEqual(0);
  expect(toast.x + toast.width).toBeLessThanOrEqual(390);
  for (const { y } of controls) expect(toast.y + toast.height).toBeLessThan(y);
  await Promise.all([leo.sees("receipt"), ana.sees("receipt")]);
});
