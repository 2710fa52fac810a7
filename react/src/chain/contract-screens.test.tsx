// What the screens say and offer of a session in the contract: wrong deposits and their way out, claims, disputes, what waits, prices.
// @vitest-environment happy-dom
import { cleanup, fireEvent, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, expect, test } from "vitest";
import { requestedAt } from "../../test/calls.ts";
import { draw, serverOfLeo } from "../../test/draw.tsx";
import { escrowJson, fakeWallet, hashOf, lessonJson, payment, student, tutor, voucher } from "../../test/escrow.ts";
import type { FakeServer } from "../../test/fakeServer.ts";
import type { CallJson } from "../client/wire.ts";
import { DepositPanel } from "./DepositPanel.tsx";
import { ReceiptPayment } from "./ReceiptPayment.tsx";
import { TutorList } from "./TutorList.tsx";
import { WebRTCSessionProvider } from "./WebRTCSessionProvider.tsx";
import type { ContractStandingJson, EscrowJson, OtherDepositJson } from "./wire.ts";

let server: FakeServer;
let at: { call: CallJson; escrow: EscrowJson };
let mine: ReturnType<typeof fakeWallet>;

const iso = (seconds: number) => new Date(requestedAt + seconds * 1000).toISOString();
const chain = {
  chainId: 31_337,
  contract: escrowJson().contract,
  token: escrowJson().token,
  currency: "FMTD",
  unit: "1",
  decimals: 6 as number | null,
  pricePerMinute: "600000",
  confirmations: 1,
  head: 9,
  error: null,
};

beforeEach(() => {
  server = serverOfLeo();
  server.clock.now = requestedAt + 67_000;
  mine = fakeWallet();
  at = {
    call: lessonJson({ status: "accepted", fundedAt: null, startedAt: null }),
    escrow: escrowJson({ deposit: null }),
  };
  server.routes["GET /api/chain"] = () => ({ body: { chain } });
  server.routes["GET /api/calls/call_1"] = () => ({ body: { call: at.call } });
  server.routes["GET /api/calls/call_1/escrow"] = () => ({
    body: { escrow: { ...at.escrow, serverTime: new Date(server.clock.now).toISOString() } },
  });
});
afterEach(() => {
  cleanup();
  sessionStorage.clear();
});

const standing = (change: Partial<ContractStandingJson> = {}): ContractStandingJson => ({
  ...escrowJson().inContract,
  ...change,
});

/** Deposited seven seconds after the request at half a coin a minute, and it is a minute later now. */
const stray = (change: Partial<OtherDepositJson> = {}): OtherDepositJson => ({
  sessionId: hashOf("ee"),
  callId: "call_1",
  misfit: { field: "ratePerMinute", found: "500000", expected: "600000" },
  student,
  tutor,
  token: escrowJson().token,
  ratePerMinute: "500000",
  maxSeconds: "1200",
  depositAmount: "10000000",
  transactionHash: hashOf("d5"),
  blockNumber: 4,
  inContract: standing(),
  ...change,
});

const withProvider = (children: React.ReactNode, wallet: typeof mine.wallet | null = mine.wallet) =>
  draw(
    server,
    <WebRTCSessionProvider wallet={wallet} connect={<b>Connect it</b>}>
      {children}
    </WebRTCSessionProvider>,
  );
const openDeposit = (wallet?: typeof mine.wallet | null) =>
  withProvider(<DepositPanel call={at.call} connect={<b>Connect it</b>} />, wallet);

test("a deposit on another price: said in a sentence with what it costs to end it, and one button that ends it by its own id", async () => {
  at.escrow = escrowJson({ deposit: null, inContract: standing({ status: "none" }), otherDeposits: [stray()] });
  openDeposit();
  expect((await screen.findByTestId("other-deposit-why")).textContent).toBe(
    "You have deposited 10.00 FMTD, but the price of a minute is 0.50 FMTD there and 0.60 FMTD here. So it does not open the call.",
  );
  expect(screen.getByTestId("other-deposit-cost").textContent).toBe(
    "End it now: 0.50 FMTD are paid for the time since the deposit, and 9.50 FMTD come back to you.",
  );
  // The contract would refuse another deposit beside it.
  expect(screen.queryByTestId("deposit-confirm")).toBeNull();
  fireEvent.click(screen.getByTestId("other-deposit-end"));
  await waitFor(() => expect(screen.getByTestId("other-deposit-cost").textContent).toContain("Ended."));
  expect(mine.sent).toEqual([{ functionName: "endByClock", args: [hashOf("ee")], value: undefined }]);
  at.escrow = escrowJson({ deposit: null, inContract: standing({ status: "none" }) });
  // The panel asks again every two seconds.
  await screen.findByTestId("deposit-confirm", {}, { timeout: 5000 });
});

test("after its time it is reclaimed whole", async () => {
  server.clock.now = requestedAt + 7000 + 4_800_000;
  at.escrow = escrowJson({ deposit: null, otherDeposits: [stray()] });
  openDeposit();
  await waitFor(() => expect(screen.getByTestId("other-deposit-cost").textContent).toContain("all of it comes back"));
  fireEvent.click(screen.getByTestId("other-deposit-end"));
  await waitFor(() => expect(mine.sent.map(({ functionName }) => functionName)).toEqual(["reclaim"]));
});

test("a refusal is said, and one may try again; from another wallet there is no button; without one a way to connect", async () => {
  at.escrow = escrowJson({ deposit: null, otherDeposits: [stray()] });
  mine.on.refuse = Object.assign(new Error("no"), { code: 4001 });
  const first = openDeposit();
  fireEvent.click(await screen.findByTestId("other-deposit-end"));
  expect((await screen.findByTestId("other-deposit-error")).textContent).toContain("You declined");
  expect(screen.getByTestId("other-deposit-end").getAttribute("aria-disabled")).toBeNull();
  first.unmount();
  const second = openDeposit(fakeWallet(tutor).wallet);
  expect((await screen.findByTestId("other-deposit")).textContent).toContain(`Connect the wallet ${student}`);
  expect(screen.queryByTestId("other-deposit-end")).toBeNull();
  second.unmount();
  openDeposit(null);
  expect(await screen.findAllByText("Connect it")).toHaveLength(1);
});

test("one that names no call, one in another token, and an earlier lesson that has to be seen through", async () => {
  const foreign = stray({ callId: null, misfit: null, token: hashOf("77").slice(0, 42) as `0x${string}` });
  const earlier = stray({ sessionId: hashOf("ef"), callId: "call_0", misfit: null });
  at.escrow = escrowJson({ deposit: null, otherDeposits: [foreign, earlier] });
  openDeposit();
  const said = await screen.findAllByTestId("other-deposit-why");
  expect(said.map(({ textContent }) => textContent)).toEqual([
    "You have a deposit of 10000000 smallest units of another token with this tutor that belongs to no call here.",
    expect.stringContaining("for an earlier lesson with this tutor is still in the contract"),
  ]);
  expect(screen.getAllByTestId("other-deposit-end")).toHaveLength(1);
  fireEvent.click(screen.getByTestId("other-deposit-see-through"));
  await waitFor(() => expect(JSON.parse(sessionStorage.getItem("pendingSession") ?? "{}").requestId).toBe("call_0"));
});

/** The call is over, and the prompt is open. */
function openPrompt() {
  at.call = lessonJson({ status: "completed", endReason: "payee_hung_up", durationSeconds: 60 });
  sessionStorage.setItem("pendingSession", JSON.stringify({ requestId: "call_1", cause: "ended" }));
  return withProvider(null);
}

test("a claim is told with its last second, and disputed; what the contract then says is on screen, and is no payment", async () => {
  const until = iso(3700);
  const claimed = standing({ status: "claimed", claimedSeconds: 60, until });
  at.escrow = escrowJson({ voucher: { ...voucher, provenSeconds: 50, amount: "500000" }, inContract: claimed });
  const sent = mine.wallet.write;
  mine.wallet.write = async (call) => {
    at.escrow = { ...at.escrow, inContract: { ...claimed, status: "disputed" } };
    return sent(call);
  };
  openPrompt();
  await waitFor(() =>
    expect(screen.getByTestId("contract-standing").textContent).toMatch(
      /claims 1 min: 0.60 FMTD. You can dispute that until /,
    ),
  );
  expect(screen.getByTestId("way-settle").getAttribute("data-open")).toBe("false");
  expect(screen.queryByTestId("take-settle")).toBeNull();
  fireEvent.click(screen.getByTestId("take-dispute"));
  await waitFor(() => expect(screen.getByTestId("contract-standing").getAttribute("data-status")).toBe("disputed"));
  expect(mine.sent).toEqual([{ functionName: "dispute", args: [at.escrow.sessionId], value: undefined }]);
  expect(server.to("/api/webrtc-session-ended")).toEqual([]);
  expect(JSON.parse(sessionStorage.getItem("pendingSession") ?? "{}").transactionHash).toBeUndefined();
  expect(screen.queryByTestId("take-dispute")).toBeNull();
});

test("after the window the claim is settled by whoever presses, and that is a payment", async () => {
  server.clock.now = requestedAt + 3_701_000;
  at.escrow = escrowJson({ inContract: standing({ status: "claimed", claimedSeconds: 60, until: iso(3700) }) });
  server.routes["POST /api/webrtc-session-ended"] = () => {
    at.escrow = { ...at.escrow, payment: { ...payment, ending: "claim_lapsed" } };
    return { body: { status: "confirmed", payment } };
  };
  openPrompt();
  fireEvent.click(await screen.findByTestId("take-settle"));
  await screen.findByTestId("prompt-close");
  expect(mine.sent.map(({ functionName }) => functionName)).toEqual(["settle"]);
  expect(server.to("/api/webrtc-session-ended")).toHaveLength(1);
});

test("what waits in the contract is shown with its sum and withdrawn, to another address where one is named", async () => {
  const answers = mine.answers;
  answers.waitingOf = 4_800_000n;
  const sent = mine.wallet.write;
  mine.wallet.write = async (call) => {
    const hash = await sent(call);
    answers.waitingOf = 0n;
    return hash;
  };
  at.escrow = escrowJson({ payment, voucher });
  openPrompt();
  expect((await screen.findByTestId("waiting-amount")).textContent).toBe("4.80 FMTD wait for you in the contract.");
  const to = screen.getByTestId("waiting-to") as HTMLInputElement;
  expect(to.value).toBe(student);
  fireEvent.change(to, { target: { value: "0x12" } });
  expect((screen.getByTestId("waiting-take") as HTMLButtonElement).disabled).toBe(true);
  mine.on.refuse = Object.assign(new Error("reverted"), { data: { errorName: "WithdrawalRefused" } });
  fireEvent.change(to, { target: { value: tutor } });
  fireEvent.click(screen.getByTestId("waiting-take"));
  expect((await screen.findByTestId("waiting-error")).textContent).toContain("It goes on waiting");
  mine.on.refuse = null;
  fireEvent.click(screen.getByTestId("waiting-take"));
  await waitFor(() => expect(screen.queryByTestId("waiting-payment")).toBeNull());
  expect(mine.sent).toEqual([{ functionName: "withdraw", args: [chain.token, tutor], value: undefined }]);
});

test("the receipt of a lesson that is not paid says where it stands and what is open, and leads to the prompt", async () => {
  at.call = lessonJson({ status: "completed", endReason: "payee_hung_up", durationSeconds: 60 });
  at.escrow = escrowJson({ voucher });
  const view = withProvider(<ReceiptPayment callId="call_1" isTutor={false} />);
  expect((await screen.findByTestId("way-voucher")).textContent).toBe(
    "Pay by the meter's voucher You pay 0.60 FMTD for 1 min; 11.40 FMTD come back to you.",
  );
  expect(screen.queryByTestId("take-voucher")).toBeNull();
  fireEvent.click(screen.getByTestId("receipt-see-through"));
  await screen.findByTestId("session-prompt");
  view.unmount();
  cleanup();
  sessionStorage.clear();
  at.escrow = escrowJson({ voucher, payment: { ...payment, ending: "dispute_lapsed", paidToTutor: "0", fee: "0" } });
  withProvider(<ReceiptPayment callId="call_1" isTutor />);
  expect((await screen.findByTestId("receipt-differs")).textContent).toContain("what the contract paid is what counts");
});

test("tutors show the usual price and the deposit of the longest time, as soon as the token is known", async () => {
  const mia = { userId: "mia", name: "Mia Torres", callRatePerMinute: 10, online: true, busy: false };
  server.routes["GET /api/creators"] = () => ({
    body: { creators: [{ ...mia, isAvailableForCalls: true, minimumCallDuration: 5 }] },
  });
  let decimals: number | null = null;
  server.routes["GET /api/chain"] = () => ({ body: { chain: { ...chain, decimals } } });
  draw(server, <TutorList onCalled={() => {}} />);
  expect((await screen.findByTestId("tutor-price-mia")).textContent).toBe("\u00a0");
  decimals = 6;
  await waitFor(() => expect(screen.getByTestId("tutor-price-mia").textContent).toBe("0.60 FMTD a minute"), {
    timeout: 5000,
  });
  expect(screen.getByTestId("tutors-price").textContent).toBe(
    "0.60 FMTD a minute · 9.00 FMTD deposited at most, the rest comes back",
  );
  fireEvent.click(screen.getByTestId("tutor-minutes-60"));
  expect(screen.getByTestId("tutors-price").textContent).toContain("36.00 FMTD deposited at most");
});
