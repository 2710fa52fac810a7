// Stories of calls that are paid on a real chain, each on both databases: from the deposit to the payment in the ledger.
import { priceOfSeconds } from "@fairminute/contracts";
import { zeroAddress } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseKinds } from "../../test/databases.ts";
import {
  type ChainStage,
  expectBooksRight,
  openStage,
  raiseChain,
  type Stage,
  windows,
} from "../../test/escrow-stage.ts";

for (const kind of databaseKinds) {
  describe(`a call that is paid on a chain, on ${kind.name}`, () => {
    let chain: ChainStage;
    let stage: Stage;
    beforeAll(async () => {
      chain = await raiseChain();
      stage = await openStage(kind, chain);
    });
    afterAll(async () => {
      await stage.close();
      await chain.stop();
    });

    const depositOf = ({ ratePerMinute, maxSeconds }: { ratePerMinute: bigint; maxSeconds: number }) =>
      priceOfSeconds(ratePerMinute, BigInt(maxSeconds));

    it("is funded when its deposit is deep enough, is talked, and is paid with the voucher at the ticker's price", async () => {
      const [leo, mia] = [await stage.meet("leo"), await stage.meet("mia")];
      const call = await stage.open(leo, mia, 10, 7);
      const before = await stage.read(call.id);
      expect([before.state, before.deposit, before.terms.languageId]).toEqual(["awaiting_deposit", null, "7"]);
      const deposited = await stage.deposit(call.id, leo);
      await stage.run();
      expect((await stage.read(call.id)).deposit).toMatchObject({
        transactionHash: deposited,
        confirmations: 1,
        needed: 2,
      });
      expect((await stage.readCall(call.id)).fundedAt).toBeNull();
      await chain.mine(1);
      await stage.run();
      expect((await stage.readCall(call.id)).fundedAt).not.toBeNull();
      expect((await stage.read(call.id)).state).toBe("funded");

      const ended = await stage.talk(call, 77);
      await stage.run();
      const { voucher, state } = await stage.read(call.id);
      expect([state, voucher?.provenSeconds, voucher?.amount]).toEqual(["closing", 77, String(ended.actualCoins)]);
      const had = await chain.holdingOf(mia.account.address);
      const paid = await stage.payByVoucher(call.id, leo);
      await stage.run();
      expect((await stage.read(call.id)).payment).toMatchObject({ transactionHash: paid, confirmed: false });
      expect(await stage.balanceOf(`claim:TEST:${mia.id}`)).toBeGreaterThan(0n);
      await chain.mine(1);
      await stage.run();
      const { payment, state: last } = await stage.read(call.id);
      expect([last, payment?.ending, payment?.confirmed]).toEqual(["paid", "voucher", true]);
      const gained = (await chain.holdingOf(mia.account.address)) - had;
      expect(gained).toBe(BigInt(payment?.paidToTutor ?? 0));
      expect(gained + BigInt(payment?.fee ?? 0)).toBe(BigInt(ended.actualCoins ?? 0));
      for (const owner of [leo.id, mia.id]) expect(await stage.balanceOf(`claim:TEST:${owner}`)).toBe(0n);
      const receipt = await leo.voice.get(`/api/calls/${call.id}/receipt`);
      expect(receipt.body).toMatchObject({ currency: "TEST", payment: { transactionHash: paid } });
      await expectBooksRight(stage);
    });

    it("does not believe a deposit that differs in one field, whichever", async () => {
      const [leo, mia, tom] = [await stage.meet("leo"), await stage.meet("mia"), await stage.meet("tom")];
      const call = await stage.open(leo, mia);
      const { terms } = await stage.read(call.id);
      const changes: Record<string, unknown>[] = [
        { tutor: tom.account.address },
        { token: zeroAddress },
        { ratePerMinute: BigInt(terms.ratePerMinute) - 1n },
        { maxSeconds: Number(terms.maxSeconds) - 1 },
        { languageId: 9 },
        { requestId: `0x${"11".repeat(32)}` },
      ];
      for (const change of changes) {
        const misfit = await stage.termsOf(call.id, change);
        const value = misfit.token === zeroAddress ? await depositOf(misfit) : 0n;
        await chain.send(leo.account, "openSession", [misfit], { value });
        await chain.mine(2);
        await stage.run();
        expect((await stage.read(call.id)).deposit, JSON.stringify(Object.keys(change))).toBeNull();
        expect((await stage.readCall(call.id)).fundedAt).toBeNull();
        await chain.send(leo.account, "endSession", [misfit.tutor]);
      }
      // Another student's money for the same terms is another session.
      await chain.send(tom.account, "openSession", [await stage.termsOf(call.id)]);
      await chain.mine(2);
      await stage.run();
      expect((await stage.readCall(call.id)).fundedAt).toBeNull();
      const join = await leo.voice.get(`/api/calls/${call.id}/token`);
      expect([join.status, join.body.code]).toEqual([402, "not_funded"]);
      // The right one is believed, also beside the wrong ones.
      await stage.fund(call, leo);
      expect((await stage.readCall(call.id)).fundedAt).not.toBeNull();
      expect((await leo.voice.get(`/api/calls/${call.id}/token`)).status).toBe(200);
    });

    it("cannot be deposited for twice", async () => {
      const [leo, mia] = [await stage.meet("leo"), await stage.meet("mia")];
      const call = await stage.open(leo, mia);
      await stage.fund(call, leo);
      const terms = await stage.termsOf(call.id);
      await expect(chain.send(leo.account, "openSession", [terms])).rejects.toThrow();
      await chain.mine(2);
      await stage.run();
      const events = (await leo.voice.get(`/api/calls/${call.id}/live`)).body as unknown as {
        events: { type: string }[];
      };
      expect(events.events.filter(({ type }) => type === "call.funded")).toHaveLength(1);
    });

    it("ends with the student's end by the clock, and the ledger follows what the clock cost", async () => {
      const [leo, mia] = [await stage.meet("leo"), await stage.meet("mia")];
      const call = await stage.open(leo, mia);
      await stage.fund(call, leo);
      await stage.passTo(stage.seconds() + 40);
      const at = stage.seconds();
      const join = (userId: string) => ({ type: "joined" as const, userId, connectionId: `${call.id}-${userId}`, at });
      await stage.world.tell(call.id, [join(leo.id), join(mia.id)]);
      await stage.passTo(at + 60);
      await chain.send(leo.account, "endSession", [mia.account.address]);
      await stage.run();
      const ended = await stage.readCall(call.id);
      expect([ended.status, ended.endedBy, ended.billedSeconds]).toEqual(["completed", leo.id, 60]);
      await chain.mine(1);
      await stage.run();
      const { payment } = await stage.read(call.id);
      expect(payment?.ending).toBe("time");
      // The clock ran from the deposit, so that it has more on it than the call.
      expect(Number(payment?.paidToTutor) + Number(payment?.fee)).toBeGreaterThan(ended.actualCoins as number);
      await expectBooksRight(stage);
    });

    it("ends with the tutor's claim, which lapses undisputed", async () => {
      const [leo, mia] = [await stage.meet("leo"), await stage.meet("mia")];
      const call = await stage.open(leo, mia);
      await stage.fund(call, leo);
      const { sessionId } = await stage.read(call.id);
      await chain.send(mia.account, "endByClock", [sessionId]);
      await stage.run();
      expect((await stage.readCall(call.id)).status).toBe("cancelled");
      // Nobody talked: the voucher says so, and the student could have used it.
      expect((await stage.read(call.id)).voucher).toMatchObject({ provenSeconds: 0, amount: "0" });
      await stage.passTo(stage.seconds() + windows.dispute + 5);
      await chain.send(leo.account, "settle", [sessionId]);
      await chain.mine(1);
      await stage.run();
      const { payment, state } = await stage.read(call.id);
      expect([payment?.ending, state]).toEqual(["claim_lapsed", "paid"]);
      await expectBooksRight(stage);
    });

    it("ends with a dispute that lapses: what nobody proved is not paid, and the ledger follows", async () => {
      const [leo, mia] = [await stage.meet("leo"), await stage.meet("mia")];
      const call = await stage.open(leo, mia);
      await stage.fund(call, leo);
      const ended = await stage.talk(call, 30);
      await stage.run();
      const { sessionId, depositAmount } = await stage.read(call.id);
      await chain.send(mia.account, "endByClock", [sessionId]);
      await chain.send(leo.account, "dispute", [sessionId]);
      expect(await stage.balanceOf(`claim:TEST:${mia.id}`)).toBeGreaterThan(0n);
      await stage.passTo(stage.seconds() + windows.dispute + 5);
      await chain.send(leo.account, "settle", [sessionId]);
      await chain.mine(1);
      await stage.run();
      const { payment, state } = await stage.read(call.id);
      expect([payment?.ending, state]).toEqual(["dispute_lapsed", "paid"]);
      expect([payment?.paidToTutor, payment?.returnedToStudent]).toEqual(["0", depositAmount]);
      expect(ended.actualCoins).toBeGreaterThan(0);
      await expectBooksRight(stage);
    });

    it("is paid by the voucher after a claim and a dispute", async () => {
      const [leo, mia] = [await stage.meet("leo"), await stage.meet("mia")];
      const call = await stage.open(leo, mia);
      await stage.fund(call, leo);
      await stage.talk(call, 30);
      await stage.passTo(stage.seconds() + 100);
      const { sessionId } = await stage.read(call.id);
      await chain.send(mia.account, "endByClock", [sessionId]);
      await chain.send(leo.account, "dispute", [sessionId]);
      await stage.run();
      await stage.payByVoucher(call.id, leo);
      await chain.mine(1);
      await stage.run();
      expect((await stage.read(call.id)).payment).toMatchObject({
        ending: "voucher",
        paidSeconds: 30,
        confirmed: true,
      });
      await expectBooksRight(stage);
    });

    it("is taken back by the student when nobody ends it in time", async () => {
      const [leo, mia] = [await stage.meet("leo"), await stage.meet("mia")];
      const call = await stage.open(leo, mia, 1);
      await stage.fund(call, leo);
      await stage.talk(call, 20);
      await stage.run();
      const { sessionId } = await stage.read(call.id);
      await stage.passTo(stage.seconds() + 60 + windows.reclaim + 5);
      await chain.send(leo.account, "reclaim", [sessionId]);
      await chain.mine(1);
      await stage.run();
      const { payment } = await stage.read(call.id);
      expect([payment?.ending, payment?.paidToTutor]).toEqual(["reclaimed", "0"]);
      await expectBooksRight(stage);
    });

    it("gives a deposit back that came when the call was over, by a voucher of no seconds", async () => {
      const [leo, mia] = [await stage.meet("leo"), await stage.meet("mia")];
      const call = await stage.open(leo, mia);
      await mia.voice.post(`/api/calls/${call.id}/cancel`, { reason: "Another time" });
      await stage.run();
      expect((await stage.read(call.id)).state).toBe("closed");
      await stage.fund(call, leo);
      const { voucher, state } = await stage.read(call.id);
      expect([voucher?.provenSeconds, state]).toEqual([0, "closing"]);
      await stage.payByVoucher(call.id, leo);
      await chain.mine(1);
      await stage.run();
      const { payment, depositAmount } = await stage.read(call.id);
      expect(payment).toMatchObject({ returnedToStudent: depositAmount, paidToTutor: "0" });
      await expectBooksRight(stage);
    });

    it("tells both of the deposit, the voucher and the payment, and names the wallets at the end", async () => {
      const [leo, mia] = [await stage.meet("leo"), await stage.meet("mia")];
      await stage.world.listen();
      const call = await stage.open(leo, mia);
      await stage.fund(call, leo);
      await stage.talk(call, 10);
      await stage.run();
      await stage.payByVoucher(call.id, mia);
      await chain.mine(1);
      await stage.run();
      const told = () => stage.world.news.filter(({ callId }) => callId === call.id);
      await expect.poll(() => told().map(({ type }) => type)).toContain("call:paid");
      for (const type of ["call:funded", "call:voucher", "call:paid"]) {
        const [notice, ...more] = told().filter((one) => one.type === type);
        expect([notice?.audience, more]).toEqual([[leo.id, mia.id], []]);
      }
      const ended = told().find(({ type }) => type === "webrtc:session-ended");
      const wallets = { tutorAddress: mia.account.address, studentAddress: leo.account.address };
      expect(ended?.data.call).toMatchObject({ onChain: wallets });
    });
  });
}
