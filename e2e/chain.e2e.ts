// Two people with burner wallets in real Chromium: deposit, lesson, an end of each kind, one pays, and both receipts name the transaction.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { startAnvil } from "../contracts/anvil.ts";
import { freePort } from "../scripts/free-port.mjs";
import { deployEscrow, settingsOf } from "../server/src/main/local-chain.ts";
import { openBrowser, type Person, sitDown, talkFor } from "./person.ts";
import { type Server, startServer } from "./server.ts";

type Payment = { transactionHash: string; paidToTutor: string; fee: string; returnedToStudent: string; ending: string };
type Escrow = { depositAmount: string; voucher: { amount: string } | null; payment: Payment | null };
type Receipt = { total: number; split: { payee: number; platform: number } | null; payment: Payment | null };

let server: Server;
let browser: Browser;
let people: Person[] = [];

beforeAll(async () => {
  server = await startServer({ FAIRMINUTE_CHAIN: "sandbox" });
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

const goTo = (person: Person, page: string) => person.page.locator(`nav a[href="/${page}"]`).click();

/** Somebody with a wallet that is linked and has coins. */
async function seat(userId: string, at: Server = server): Promise<Person> {
  const person = await sitDown(browser, at, userId);
  people.push(person);
  await goTo(person, "tutors");
  await person.press("wallet-burner");
  await person.press("wallet-link");
  await person.sees("wallet-linked");
  await person.press("wallet-faucet");
  await person.expectText("wallet-tokens", /^[1-9]\d*\.\d\d/);
  return person;
}

/** Called, accepted, deposited: the lesson may begin. */
async function fund(student: Person, tutor: Person): Promise<string> {
  await student.press(`tutor-call-${tutor.userId}`);
  await tutor.sees("incoming-call");
  expect(await tutor.text("incoming-price")).toBe("0.60 FMTD a minute");
  await tutor.press("incoming-accept");
  await tutor.sees("deposit-panel");
  expect(await student.text("deposit-amount")).toBe("9.00 FMTD");
  await student.press("deposit-confirm");
  await student.sees("call-screen");
  return student.callId();
}

async function teach(student: Person, tutor: Person, seconds: number, at: Server = server): Promise<string> {
  const callId = await fund(student, tutor);
  await Promise.all([student.expectMovingPicture(), tutor.expectMovingPicture()]);
  await student.expectText("meter-condition", "Running");
  await talkFor(at, student, seconds);
  return callId;
}

const readEscrow = async (person: Person, callId: string): Promise<Escrow> =>
  (await person.ask<{ escrow: Escrow }>(`/api/calls/${callId}/escrow`)).escrow;

/** The receipt on screen names the transaction; receipt, voucher and chain are the same number. */
async function expectReceipt(person: Person, callId: string): Promise<Payment> {
  await person.page.goto(`${new URL(person.page.url()).origin}/calls/${callId}/receipt`);
  await person.sees("receipt-transaction");
  const { payment, depositAmount, voucher } = await readEscrow(person, callId);
  expect(await person.at("receipt-transaction").getAttribute("data-full")).toBe(payment?.transactionHash);
  const receipt = await person.ask<Receipt>(`/api/calls/${callId}/receipt`);
  expect(receipt.payment?.transactionHash).toBe(payment?.transactionHash);
  const paid = Number(payment?.paidToTutor) + Number(payment?.fee);
  expect(paid).toBe(receipt.total);
  expect(paid).toBe(Number(voucher?.amount));
  expect(paid + Number(payment?.returnedToStudent)).toBe(Number(depositAmount));
  return payment as Payment;
}

/** Presses the one button, and waits until it is paid. */
async function pay(person: Person): Promise<void> {
  await person.press("end-session-and-pay");
  await person.sees("prompt-close");
  expect(await person.at("prompt-state").getAttribute("data-step")).toBe("paid");
}

/** The window is gone without a goodbye. */
async function closeLaptop(person: Person): Promise<void> {
  people = people.filter((one) => one !== person);
  await person.page.context().close();
}

const passTime = (seconds: number, at: Server = server) => at.ask("POST", "/api/sandbox/clock/advance", { seconds });

test("a lost connection: after 30 s the other is asked to end and pay, pays, and both receipts name the transaction", async () => {
  const [mia, leo] = [await seat("mia"), await seat("leo")];
  const callId = await teach(leo, mia, 60);
  await closeLaptop(leo);
  await mia.sees("session-grace");
  expect(await mia.at("session-prompt").count()).toBe(0);
  await mia.picture("chain-grace");
  await passTime(31);
  await mia.sees("session-prompt");
  expect(await mia.text("session-why")).toContain("The connection was lost");
  expect(await mia.text("prompt-participants")).toBe("Mia Torres, tutorLeo Brandt, student");
  expect(await mia.at("prompt-id").getAttribute("data-full")).toBe(callId);
  await mia.expectText("prompt-price", /^0\.[67]\d? FMTD$/);
  await mia.picture("chain-prompt");
  await pay(mia);
  await mia.press("prompt-close");
  expect(await mia.page.evaluate(() => sessionStorage.getItem("pendingSession"))).toBeNull();
  const seen = await expectReceipt(mia, callId);
  expect(seen.ending).toBe("voucher");
  await mia.picture("chain-receipt");

  const back = await sitDown(browser, server, "leo");
  people.push(back);
  expect((await expectReceipt(back, callId)).transactionHash).toBe(seen.transactionHash);
});

test("a reload before paying: the prompt is there again, and pays", async () => {
  const [mia, leo] = [await seat("mia"), await seat("leo")];
  const callId = await teach(leo, mia, 40);
  await mia.press("end-call");
  await Promise.all([leo.sees("session-prompt"), mia.sees("session-prompt")]);
  const kept = await leo.page.evaluate(() => JSON.parse(sessionStorage.getItem("pendingSession") ?? "{}"));
  expect(kept).toMatchObject({ requestId: callId, languageId: 0, cause: "ended" });
  await leo.page.reload();
  await leo.sees("session-prompt");
  await pay(leo);
  // The tutor sees the same without having pressed anything.
  await mia.sees("prompt-close");
  expect(await mia.at("prompt-transaction").getAttribute("data-full")).toBe(
    await leo.at("prompt-transaction").getAttribute("data-full"),
  );
  expect(await expectReceipt(leo, callId)).toEqual(await expectReceipt(mia, callId));
});

test("the end is one press away without any news, and one may go on talking", async () => {
  const [mia, leo] = [await seat("mia"), await seat("leo")];
  const callId = await teach(leo, mia, 20);
  await leo.press("session-end");
  expect(await leo.text("session-why")).toContain("You are ending the session");
  await leo.press("prompt-later");
  await leo.expectText("meter-condition", "Running");
  await leo.press("session-end");
  await pay(leo);
  const { call } = await leo.ask<{ call: { status: string; endedBy: string } }>(`/api/calls/${callId}`);
  expect(call).toMatchObject({ status: "completed", endedBy: "leo" });
  await expectReceipt(leo, callId);
});

test("a heartbeat timeout: nobody said goodbye, and both are asked to pay", async () => {
  const [mia, leo] = [await seat("mia"), await seat("leo")];
  const callId = await fund(leo, mia);
  // Mia talks from another machine, which is seen for a while and then not at all.
  await mia.page.goto(`${server.url}/tutors`);
  const tell = (...types: string[]) =>
    server.ask(
      "POST",
      `/api/sandbox/calls/${callId}/events`,
      types.map((type) => ({ type, userId: "mia", connectionId: "mia-tablet" })),
    );
  await tell("participant.joined", "participant.seen");
  await leo.expectText("meter-condition", "Running");
  await passTime(20);
  await tell("participant.seen");
  await passTime(90);
  await leo.sees("session-prompt");
  expect(await leo.text("session-why")).toContain("Nothing was heard of one side any more");
  await mia.sees("session-prompt");
  await pay(leo);
  await mia.sees("prompt-close");
  expect(await expectReceipt(leo, callId)).toEqual(await expectReceipt(mia, callId));
});

test("the server is down while the transaction is mined: it is found, and both receipts name it", async () => {
  const chain = await startAnvil();
  await deployEscrow(chain.url);
  const folder = await mkdtemp(join(tmpdir(), "fairminute-chain-"));
  const settings = {
    ...settingsOf(chain.url),
    PORT: String(await freePort()),
    DATABASE_URL: "",
    FAIRMINUTE_DATA_DIR: join(folder, "data"),
  };
  const rpc = (method: string, ...params: unknown[]) =>
    fetch(chain.url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
    });
  let fragile = await startServer(settings);
  try {
    const [mia, leo] = [await seat("mia", fragile), await seat("leo", fragile)];
    const callId = await teach(leo, mia, 40, fragile);
    await mia.press("end-call");
    await leo.sees("session-prompt");
    await rpc("evm_setAutomine", false);
    await leo.press("end-session-and-pay");
    await leo.sees("prompt-transaction");
    await fragile.stop();
    await rpc("evm_mine");
    await rpc("evm_setAutomine", true);
    expect(await leo.at("prompt-close").count()).toBe(0);
    fragile = await startServer(settings);
    await Promise.all([leo.sees("prompt-close"), mia.sees("prompt-close")]);
    expect(await expectReceipt(leo, callId)).toEqual(await expectReceipt(mia, callId));
  } finally {
    for (const person of people) await person.page.context().close();
    people = [];
    await fragile.stop();
    await chain.stop();
    await rm(folder, { recursive: true, force: true });
  }
});

test("the tutor claims by the clock, the student disputes, and without the meter's word shown everything goes back", async () => {
  const [mia, leo] = [await seat("mia"), await seat("leo")];
  expect(await leo.text("tutors-price")).toBe("0.60 FMTD a minute · 9.00 FMTD deposited at most, the rest comes back");
  const callId = await fund(leo, mia);
  await leo.expectText("meter-condition", "Running");
  await talkFor(server, leo, 40);
  const standing = (person: Person) => person.at("session-prompt").getByTestId("contract-standing");
  const standsAs = (person: Person, status: string) =>
    expect.poll(() => standing(person).getAttribute("data-status"), { timeout: 30_000 }).toBe(status);

  await mia.press("session-end");
  await mia.at("other-ways").locator("summary").click();
  await mia.press("take-claim");
  // The call ends with it, and both are told until when the claim may be disputed.
  await Promise.all([standsAs(mia, "claimed"), standsAs(leo, "claimed")]);
  expect(await standing(leo).textContent()).toMatch(/The tutor .* claims .* You can dispute that until /);
  expect(await mia.at("take-dispute").count()).toBe(0);
  await leo.picture("chain-claimed");
  await leo.press("take-dispute");
  await Promise.all([standsAs(leo, "disputed"), standsAs(mia, "disputed")]);
  const { escrow } = await leo.ask<{ escrow: { inContract: { until: string } } }>(`/api/calls/${callId}/escrow`);
  expect(Date.parse(escrow.inContract.until)).toBeGreaterThan(0);

  // The window passes, and nobody has shown the meter's word.
  await passTime(3601);
  await leo.press("take-settle");
  await Promise.all([leo.sees("prompt-close"), mia.sees("prompt-close")]);
  expect(await leo.text("prompt-back")).toBe("9.00 FMTD");
  const { payment, depositAmount } = await readEscrow(leo, callId);
  expect([payment?.ending, payment?.returnedToStudent]).toEqual(["dispute_lapsed", depositAmount]);
  await leo.press("prompt-close");
  await leo.page.goto(`${server.url}/calls/${callId}/receipt`);
  await leo.sees("receipt-differs");
});

test("the debug page: a session is made and ended in three ways, each followed to its transaction", async () => {
  const leo = await sitDown(browser, server, "leo");
  people.push(leo);
  await leo.page.goto(`${server.url}/debug`);
  await leo.press("wallet-burner");
  const seen = new Set<string>();
  for (const end of ["ended", "connection-lost", "heartbeat-timeout"]) {
    await leo.press("test-start");
    await expect.poll(() => leo.at(`test-${end}`).isEnabled(), { timeout: 30_000 }).toBe(true);
    await leo.press("test-talk");
    await leo.press(`test-${end}`);
    if (end === "connection-lost") {
      await leo.sees("session-grace");
      await passTime(31);
    }
    await leo.sees("session-prompt");
    await pay(leo);
    const hash = await leo.at("prompt-transaction").getAttribute("data-full");
    expect(hash).toMatch(/^0x[0-9a-f]{64}$/);
    seen.add(hash ?? "");
    await leo.press("prompt-close");
  }
  expect(seen.size).toBe(3);
  await expect.poll(() => leo.at("lab-events").textContent(), { timeout: 15_000 }).toContain("SessionPaid");

  // The contract from its ABI, and time on the chain.
  await leo.page.getByText("FEE_BPS()").click();
  await leo.press("lab-call-FEE_BPS");
  await leo.expectText("lab-answer-FEE_BPS", /2000/);
  const before = Number(await leo.at("lab-block-time").getAttribute("data-time"));
  await leo.press("lab-move-3600");
  await expect
    .poll(async () => Number(await leo.at("lab-block-time").getAttribute("data-time")), { timeout: 15_000 })
    .toBeGreaterThanOrEqual(before + 3600);
});
