// A call that is paid in the chain's own coin, of 18 decimals: the ledger counts in units, and no amount leaves what JSON can carry.
import { zeroAddress } from "viem";
import { expect, it } from "vitest";
import { databaseKinds } from "../../test/databases.ts";
import { expectBooksRight, openStage, raiseChain } from "../../test/escrow-stage.ts";

const gwei = 10n ** 9n;

for (const kind of databaseKinds) {
  it(`is paid in whole units of a coin of 18 decimals, on ${kind.name}`, async () => {
    const chain = await raiseChain();
    const settings = { ESCROW_TOKEN: "native", ESCROW_UNIT: String(gwei), ESCROW_PRICE_PER_MINUTE: "60" };
    const stage = await openStage(kind, chain, settings);
    try {
      const [leo, mia] = [await stage.meet("leo"), await stage.meet("mia")];
      const call = await stage.open(leo, mia);
      expect(await stage.read(call.id)).toMatchObject({
        token: zeroAddress,
        decimals: 18,
        unit: String(gwei),
        depositAmount: String(600n * gwei),
        terms: { ratePerMinute: String(60n * gwei) },
      });
      await stage.fund(call, leo);
      const { actualCoins } = await stage.talk(call, 7);
      await stage.run();
      expect([actualCoins, (await stage.read(call.id)).voucher?.amount]).toEqual([7, String(7n * gwei)]);
      const had = await chain.holdingOf(mia.account.address, zeroAddress);
      await stage.payByVoucher(call.id, leo);
      await chain.mine(1);
      await stage.run();
      // The contract divides exactly; the ledger gives the tutor the part of a unit that is no whole one for the platform.
      expect((await chain.holdingOf(mia.account.address, zeroAddress)) - had).toBe((56n * gwei) / 10n);
      const payouts = await stage.db.query<{ name: string; amount: bigint }>(
        "select name, amount from transfers where subject = $1 and kind = 'payout' order by name",
        [call.id],
      );
      expect(payouts).toEqual([
        { name: "payout:1:platform", amount: 1n },
        { name: "payout:1:student", amount: 593n },
        { name: "payout:1:tutor", amount: 6n },
      ]);
      await expectBooksRight(stage);
    } finally {
      await stage.close();
      await chain.stop();
    }
  }, 180_000);
}
