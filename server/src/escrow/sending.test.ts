// Stories of vouchers that the server sends itself: one nonce line, fees that rise, what is dropped or replaced, and a dead node.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { databaseKinds } from "../../test/databases.ts";
import {
  type ChainStage,
  expectBooksRight,
  meter,
  meterKey,
  openStage,
  raiseChain,
  type Stage,
} from "../../test/escrow-stage.ts";
import type { CallJson } from "../charging/charging.ts";
import { readConfig } from "../config.ts";
import { buildServer } from "../server.ts";

const settings = { BACKEND_PRIVATE_KEY: meterKey, ESCROW_SENDS_AFTER_SECONDS: "30" };

interface SendRow {
  id: string;
  state: string;
  nonce: bigint | null;
  versions: { hash: `0x${string}`; maxFeePerGas: string; raw: `0x${string}` }[];
}

for (const kind of databaseKinds) {
  describe(`what the server sends itself, on ${kind.name}`, () => {
    let chain: ChainStage;
    let stage: Stage;
    let isDead = false;
    let base: number;
    beforeAll(async () => {
      chain = await raiseChain();
      const fetch: typeof globalThis.fetch = async (...asked) => {
        if (isDead) throw new TypeError("fetch failed");
        return globalThis.fetch(...asked);
      };
      stage = await openStage(kind, chain, settings, { fetch });
    });
    afterAll(async () => {
      await stage.close();
      await chain.stop();
    });
    beforeEach(async () => {
      base = await countSent();
    });
    afterEach(async () => {
      isDead = false;
      await chain.hand.setAutomine(true);
    });
    const countSent = () => chain.reader.getTransactionCount({ address: meter.address });
    /** What was sent for some calls, the nonces counted from the beginning of the story. */
    const sends = async (...calls: CallJson[]) => {
      const rows = await stage.db.query<SendRow>("select * from chain_sends order by created_at, id");
      const own = rows.filter(({ id }) => calls.some((call) => id.includes(call.id)));
      return own.map((row) => ({ ...row, nonce: row.nonce === null ? null : Number(row.nonce) - base }));
    };
    const states = async (...calls: CallJson[]) => (await sends(...calls)).map(({ state }) => state);
    const wait = (seconds: number) => stage.passTo(stage.seconds() + seconds);
    const stateOf = async (call: CallJson) => (await stage.read(call.id)).state;

    /** A call that was talked for 20 s and waits to be paid. */
    async function unpaid(): Promise<CallJson> {
      const [leo, mia] = [await stage.meet("leo"), await stage.meet("mia")];
      const call = await stage.open(leo, mia);
      await stage.fund(call, leo);
      const ended = await stage.talk(call, 20);
      await stage.run();
      return ended;
    }

    it("pays what nobody has paid in time, once", async () => {
      const call = await unpaid();
      await wait(29);
      await stage.run();
      expect(await states(call)).toEqual([]);
      await wait(1);
      await stage.run();
      await chain.mine(1);
      await wait(3);
      await stage.run();
      expect([await stateOf(call), await states(call)]).toEqual(["paid", ["done"]]);
      expect((await stage.read(call.id)).payment).toMatchObject({ ending: "voucher", paidSeconds: 20 });
      await wait(600);
      await stage.run();
      expect(await states(call)).toEqual(["done"]);
      await expectBooksRight(stage);
    });

    it("leaves it to the party that was faster", async () => {
      const [leo, mia] = [await stage.meet("leo"), await stage.meet("mia")];
      const call = await stage.open(leo, mia);
      await stage.fund(call, leo);
      await stage.talk(call, 20);
      await stage.run();
      await stage.payByVoucher(call.id, mia);
      await wait(40);
      await stage.run();
      expect([await stateOf(call), await states(call)]).toEqual(["paid", []]);
      expect(await countSent()).toBe(base);
    });

    it("offers more under the same nonce while it is stuck, and those behind it go in their order", async () => {
      const [first, second] = [await unpaid(), await unpaid()];
      await chain.hand.setAutomine(false);
      await wait(31);
      await stage.run();
      // The price of gas rises far above what was offered.
      await chain.hand.setNextBlockBaseFeePerGas({ baseFeePerGas: 10n ** 10n });
      await chain.hand.mine({ blocks: 1 });
      const before = await sends(first, second);
      expect(before.map(({ state, nonce }) => [state, nonce])).toEqual([
        ["sent", 0],
        ["sent", 1],
      ]);
      for (let tries = 0; tries < 4; tries++) {
        await wait(61);
        await stage.run();
        await chain.hand.mine({ blocks: 1 });
      }
      await wait(3);
      await stage.run();
      const after = await sends(first, second);
      expect(after.map(({ nonce }) => nonce)).toEqual([0, 1]);
      const versions = after[0]?.versions ?? [];
      expect(versions.length).toBeGreaterThan(1);
      for (const [index, version] of versions.entries()) {
        const last = versions[index - 1];
        if (last)
          expect(BigInt(version.maxFeePerGas)).toBeGreaterThanOrEqual((BigInt(last.maxFeePerGas) * 110n) / 100n);
      }
      await chain.mine(1);
      await stage.run();
      expect([await stateOf(first), await stateOf(second)]).toEqual(["paid", "paid"]);
      expect(await countSent()).toBe(base + 2);
      await expectBooksRight(stage);
    });

    it("tells again what the node has dropped", async () => {
      const call = await unpaid();
      await chain.hand.setAutomine(false);
      await wait(31);
      await stage.run();
      const [sent] = await sends(call);
      const hash = sent?.versions[0]?.hash as `0x${string}`;
      await chain.hand.dropTransaction({ hash });
      await chain.hand.mine({ blocks: 1 });
      expect(await chain.reader.getTransactionReceipt({ hash }).catch(() => null)).toBeNull();
      await wait(3);
      await stage.run();
      await chain.hand.mine({ blocks: 2 });
      await wait(3);
      await stage.run();
      const [after, ...more] = await sends(call);
      expect([after?.state, after?.versions[0]?.hash, more]).toEqual(["done", hash, []]);
      expect(await stateOf(call)).toBe("paid");
    });

    it("begins anew when somebody else has used its nonce", async () => {
      const call = await unpaid();
      await chain.hand.setAutomine(false);
      await wait(31);
      await stage.run();
      const [sent] = await sends(call);
      await chain.hand.dropTransaction({ hash: sent?.versions[0]?.hash as `0x${string}` });
      await chain.tell(meter, "mint", [meter.address, 1n], { to: chain.token });
      await chain.hand.mine({ blocks: 2 });
      await chain.hand.setAutomine(true);
      for (let rounds = 0; rounds < 4; rounds++) {
        await wait(5);
        await stage.run();
      }
      expect([await stateOf(call), await states(call)]).toEqual(["paid", ["replaced", "done"]]);
      expect((await sends(call)).map(({ nonce }) => nonce)).toEqual([0, 1]);
      await expectBooksRight(stage);
    });

    it("tells again what a reorganisation took out of its block", async () => {
      const call = await unpaid();
      await wait(31);
      await stage.run();
      await chain.reorganise(1);
      for (let rounds = 0; rounds < 4; rounds++) {
        await wait(5);
        await stage.run();
      }
      expect([await stateOf(call), await states(call)]).toEqual(["paid", ["done"]]);
      expect(await countSent()).toBe(base + 1);
      await expectBooksRight(stage);
    });

    it("tells again what a deep reorganisation took out of a block that counted, and goes on behind it", async () => {
      const [first, second] = [await unpaid(), await unpaid()];
      await chain.mine(30);
      await stage.run();
      await wait(31);
      await stage.run();
      await chain.mine(2);
      await wait(3);
      await stage.run();
      expect([await states(first, second), await countSent()]).toEqual([["done", "done"], base + 2]);
      await chain.reorganise(20);
      expect(await countSent()).toBe(base);
      // It sees only now that both are gone, and a third one wants to go as well.
      const third = await unpaid();
      for (let rounds = 0; rounds < 8; rounds++) {
        await wait(10);
        await stage.run();
        await chain.mine(1);
      }
      await stage.run();
      const calls = [first, second, third];
      expect(await Promise.all(calls.map(stateOf))).toEqual(["paid", "paid", "paid"]);
      const nonces = (await sends(...calls)).flatMap(({ state, nonce }) => (state === "done" ? [nonce] : []));
      expect(nonces).toEqual([0, 1, 2]);
      expect(await countSent()).toBe(base + 3);
      await expectBooksRight(stage);
    });

    it("waits while no node answers, and finds everything afterwards", async () => {
      const call = await unpaid();
      isDead = true;
      await wait(31);
      await stage.run();
      expect((await stage.world.anybody.get("/api/chain")).body).toMatchObject({
        chain: { error: expect.any(String) },
      });
      const asked = await stage.world.backend().post("/api/webrtc-session-ended", {
        sessionId: call.id,
        userAddress: (await stage.read(call.id)).student,
        transactionHash: `0x${"44".repeat(32)}`,
      });
      expect([asked.status, asked.body.code]).toEqual([503, "chain_unavailable"]);
      expect(await stateOf(call)).toBe("closing");
      isDead = false;
      for (let rounds = 0; rounds < 4; rounds++) {
        await wait(5);
        await stage.run();
      }
      expect([await stateOf(call), await states(call)]).toEqual(["paid", ["done"]]);
      await expectBooksRight(stage);
    });

    it("is done once by two servers, of which one is gone while it is mined", async () => {
      const [leo, mia] = [await stage.meet("leo"), await stage.meet("mia")];
      const call = await stage.open(leo, mia);
      await stage.fund(call, leo);
      await stage.talk(call, 20);
      await stage.run();
      await chain.hand.setAutomine(false);
      await wait(31);
      // One server puts it into the line and tells it; then only the other one works, and none while it is mined.
      await stage.run();
      await chain.hand.mine({ blocks: 3 });
      await chain.hand.setAutomine(true);
      await wait(40);
      const { db, clock } = stage.world.server;
      const config = readConfig({ DATABASE_URL: "memory:", ...stage.settings });
      const fail = (error: unknown) => {
        throw error;
      };
      const other = await buildServer(config, { db, clock: { now: () => clock.now() }, onFault: fail });
      await Promise.all([stage.run(), other.escrow?.runDue()]);
      await Promise.all([stage.run(), other.escrow?.runDue()]);
      await other.close();
      expect([await stateOf(call), await states(call)]).toEqual(["paid", ["done"]]);
      await expectBooksRight(stage);
    });
  });
}
