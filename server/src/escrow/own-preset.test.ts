// A call on a chain under a preset of the operator's own: its price is the preset's, and its voucher is signed like any other's.
import { expect, it } from "vitest";
import { databaseKinds } from "../../test/databases.ts";
import { expectBooksRight, openStage, raiseChain } from "../../test/escrow-stage.ts";

const presets = { "short-lesson": { from: "tutoring-onchain", tariff: { pricePerMinute: 120 } } };

for (const kind of databaseKinds) {
  it(`is opened at its own price and settles with a voucher, on ${kind.name}`, async () => {
    const chain = await raiseChain();
    const stage = await openStage(kind, chain, {}, { presets });
    try {
      const [leo, mia] = [await stage.meet("leo"), await stage.meet("mia")];
      const plain = await stage.open(leo, mia);
      expect(plain).toMatchObject({ preset: "tutoring-onchain", ratePerMinute: 601, currency: "TEST" });
      await leo.voice.post(`/api/calls/${plain.id}/cancel`, {});
      const body = { creatorId: mia.id, preset: "short-lesson", estimatedMinutes: 10 };
      const { call } = (await leo.voice.post("/api/calls/initiate", body)).body;
      expect(call).toMatchObject({ preset: "short-lesson", ratePerMinute: 120, currency: "TEST", heldCoins: 0 });
      await mia.voice.post(`/api/calls/${call.id}/accept`, {});
      await stage.fund(call, leo);
      const { actualCoins } = await stage.talk(call, 7);
      await stage.run();
      expect([actualCoins, (await stage.read(call.id)).voucher?.amount]).toEqual([14, "14"]);
      await stage.payByVoucher(call.id, leo);
      await chain.mine(1);
      await stage.run();
      await expectBooksRight(stage);
    } finally {
      await stage.close();
      await chain.stop();
    }
  }, 180_000);

  it(`shows the price of a file that changes the shipped preset, which calls then cost, on ${kind.name}`, async () => {
    const chain = await raiseChain();
    const changed = { "tutoring-onchain": { from: "tutoring-onchain", tariff: { pricePerMinute: 240 } } };
    const stage = await openStage(kind, chain, {}, { presets: changed });
    try {
      const [leo, mia] = [await stage.meet("leo"), await stage.meet("mia")];
      expect((await leo.voice.get("/api/chain")).body).toMatchObject({ chain: { pricePerMinute: "240" } });
      expect(await stage.open(leo, mia)).toMatchObject({ preset: "tutoring-onchain", ratePerMinute: 240 });
    } finally {
      await stage.close();
      await chain.stop();
    }
  }, 180_000);
}
