// Stories of a chain that changes its mind: deposits and payments that vanish, at every depth, and come back.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseKinds } from "../../test/databases.ts";
import { type ChainStage, expectBooksRight, openStage, raiseChain, type Stage } from "../../test/escrow-stage.ts";

const DEPTH_MAX = 20;
const CONFIRMATIONS = 3;

for (const kind of databaseKinds) {
  describe(`a chain that changes its mind, on ${kind.name}`, () => {
    let chain: ChainStage;
    let stage: Stage;
    beforeAll(async () => {
      chain = await raiseChain();
      stage = await openStage(kind, chain, { CHAIN_CONFIRMATIONS: String(CONFIRMATIONS) });
    });
    afterAll(async () => {
      await stage.close();
      await chain.stop();
    });
    const fundedAt = async (callId: string) => (await stage.readCall(callId)).fundedAt;

    it(`credits no deposit early, and takes back what vanishes, at depths 1 to ${DEPTH_MAX}`, async () => {
      const [leo, mia] = [await stage.meet("leo"), await stage.meet("mia")];
      const call = await stage.open(leo, mia);
      for (let depth = 1; depth <= DEPTH_MAX; depth++) {
        await stage.deposit(call.id, leo);
        const isDeep = depth >= CONFIRMATIONS;
        if (isDeep) {
          await chain.mine(CONFIRMATIONS - 2);
          await stage.run();
          expect([depth, await fundedAt(call.id)]).toEqual([depth, null]);
        }
        await chain.mine(isDeep ? depth - CONFIRMATIONS + 1 : depth - 1);
        await stage.run();
        expect([depth, await fundedAt(call.id)]).toEqual([depth, isDeep ? expect.any(String) : null]);
        await chain.reorganise(depth);
        await stage.run();
        expect([depth, await fundedAt(call.id)]).toEqual([depth, null]);
        expect((await stage.read(call.id)).deposit).toBeNull();
      }
      const live = (await leo.voice.get(`/api/calls/${call.id}/live`)).body as unknown as {
        events: { type: string }[];
      };
      const count = (type: string) => live.events.filter((event) => event.type === type).length;
      const credited = DEPTH_MAX - CONFIRMATIONS + 1;
      expect([count("call.funded"), count("call.unfunded")]).toEqual([credited, credited]);
      // It was placed once, and is owed to nobody while it is not there.
      await leo.voice.post(`/api/calls/${call.id}/cancel`, {});
      await stage.run();
      expect(await stage.balanceOf(`claim:TEST:${leo.id}`)).toBe(0n);
      await expectBooksRight(stage);
      // It comes back after all, and is given back by a voucher of no seconds.
      await stage.deposit(call.id, leo);
      await chain.mine(CONFIRMATIONS);
      await stage.run();
      expect(await stage.balanceOf(`claim:TEST:${leo.id}`)).toBe(6010n);
      await stage.payByVoucher(call.id, leo);
      await chain.mine(CONFIRMATIONS);
      await stage.run();
      expect(await stage.balanceOf(`claim:TEST:${leo.id}`)).toBe(0n);
      await expectBooksRight(stage);
    }, 180_000);

    it(`takes back payments that vanish, and pays once in the end, at depths 1 to ${DEPTH_MAX}`, async () => {
      const [leo, mia] = [await stage.meet("leo"), await stage.meet("mia")];
      const call = await stage.open(leo, mia);
      await stage.deposit(call.id, leo);
      await chain.mine(CONFIRMATIONS - 1);
      await stage.run();
      const { actualCoins } = await stage.talk(call, 45);
      // The deposit lies deeper than everything that is taken back.
      await chain.mine(DEPTH_MAX);
      await stage.run();
      const owed = await stage.balanceOf(`claim:TEST:${mia.id}`);
      expect(owed).toBeGreaterThan(0n);
      for (let depth = 1; depth <= DEPTH_MAX; depth++) {
        await stage.payByVoucher(call.id, depth % 2 === 0 ? leo : mia);
        await chain.mine(depth - 1);
        await stage.run();
        const left = await stage.balanceOf(`claim:TEST:${mia.id}`);
        expect([depth, left]).toEqual([depth, depth < CONFIRMATIONS ? owed : 0n]);
        await chain.reorganise(depth);
        await stage.run();
        expect([depth, await stage.balanceOf(`claim:TEST:${mia.id}`)]).toEqual([depth, owed]);
        expect((await stage.read(call.id)).payment).toBeNull();
      }
      await stage.payByVoucher(call.id, leo);
      await chain.mine(CONFIRMATIONS);
      await stage.run();
      const { payment, state } = await stage.read(call.id);
      expect([state, Number(payment?.paidToTutor) + Number(payment?.fee)]).toEqual(["paid", actualCoins]);
      await expectBooksRight(stage);
    }, 180_000);

    it("follows a payment that another one took the place of, by the clock instead of by voucher", async () => {
      const [leo, mia] = [await stage.meet("leo"), await stage.meet("mia")];
      const call = await stage.open(leo, mia);
      await stage.deposit(call.id, leo);
      await chain.mine(5);
      await stage.run();
      await stage.passTo(stage.seconds() + 50);
      await stage.talk(call, 45);
      await stage.run();
      await stage.payByVoucher(call.id, leo);
      await chain.mine(CONFIRMATIONS);
      await stage.run();
      const before = (await stage.read(call.id)).payment;
      await chain.reorganise(CONFIRMATIONS + 1);
      // Not looked at in between: one look sees the old payment gone and the new one deep.
      await chain.send(leo.account, "endSession", [mia.account.address]);
      await chain.mine(CONFIRMATIONS);
      await stage.run();
      const after = (await stage.read(call.id)).payment;
      expect([before?.ending, after?.ending]).toEqual(["voucher", "time"]);
      expect(Number(after?.paidToTutor)).toBeGreaterThan(Number(before?.paidToTutor));
      await expectBooksRight(stage);
    });

    it("keeps a deposit that only changes its block", async () => {
      const [leo, mia] = [await stage.meet("leo"), await stage.meet("mia")];
      const call = await stage.open(leo, mia);
      const snapshot = await chain.hand.snapshot();
      await stage.deposit(call.id, leo);
      await chain.mine(CONFIRMATIONS);
      await stage.run();
      expect(await fundedAt(call.id)).not.toBeNull();
      await chain.hand.revert({ id: snapshot });
      await stage.run();
      // The chain is shorter than it was: a node that lags behind looks the same, and proves nothing.
      expect(await fundedAt(call.id)).not.toBeNull();
      await chain.mine(1);
      await stage.deposit(call.id, leo);
      await chain.mine(CONFIRMATIONS + 2);
      await stage.run();
      expect(await fundedAt(call.id)).not.toBeNull();
      expect((await stage.read(call.id)).deposit?.confirmations).toBe(CONFIRMATIONS + 3);
      await stage.talk(call, 5);
      await stage.run();
      await stage.payByVoucher(call.id, leo);
      await chain.mine(CONFIRMATIONS);
      await stage.run();
      await expectBooksRight(stage);
    });

    it("credits no deposit that was dropped, or outbid, before it was in a block", async () => {
      const [leo, mia] = [await stage.meet("leo"), await stage.meet("mia")];
      const call = await stage.open(leo, mia);
      const terms = await stage.termsOf(call.id);
      const nonce = await chain.reader.getTransactionCount({ address: leo.account.address });
      await chain.hand.setAutomine(false);
      const dropped = await chain.tell(leo.account, "openSession", [terms], { nonce });
      await stage.run();
      await chain.hand.dropTransaction({ hash: dropped });
      await chain.mine(CONFIRMATIONS + 1);
      await stage.run();
      expect([await fundedAt(call.id), (await stage.read(call.id)).deposit]).toEqual([null, null]);
      const outbid = await chain.tell(leo.account, "openSession", [terms], { nonce });
      const other = { nonce, maxFeePerGas: 10n ** 12n, to: chain.token };
      await chain.tell(leo.account, "mint", [leo.account.address, 1n], other);
      await chain.mine(CONFIRMATIONS + 1);
      await chain.hand.setAutomine(true);
      await stage.run();
      expect([await fundedAt(call.id), (await stage.read(call.id)).deposit]).toEqual([null, null]);
      expect(await chain.reader.getTransactionReceipt({ hash: outbid }).catch(() => null)).toBeNull();
      // The third one is mined, and counts once.
      await stage.deposit(call.id, leo);
      await chain.mine(CONFIRMATIONS);
      await stage.run();
      expect(await fundedAt(call.id)).not.toBeNull();
      await stage.talk(call, 5);
      await stage.run();
      await stage.payByVoucher(call.id, leo);
      await chain.mine(CONFIRMATIONS);
      await stage.run();
      await expectBooksRight(stage);
    });

    it("reads the chain again from the first block when it changed deeper than any hash that is kept", async () => {
      const [leo, mia] = [await stage.meet("leo"), await stage.meet("mia")];
      const call = await stage.open(leo, mia);
      const snapshot = await chain.hand.snapshot();
      await stage.deposit(call.id, leo);
      await chain.mine(100);
      await stage.run();
      expect(await fundedAt(call.id)).not.toBeNull();
      await chain.hand.revert({ id: snapshot });
      await chain.mine(150);
      await stage.run();
      expect(await fundedAt(call.id)).toBeNull();
      await expectBooksRight(stage);
    });
  });
}
