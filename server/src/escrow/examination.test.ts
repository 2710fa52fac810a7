// What the operator sees of the chain, on a real one: nothing where all is well, and each thing that stands wrong, with the way out.
import { zeroAddress } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseKinds } from "../../test/databases.ts";
import {
  type ChainStage,
  meter,
  meterKey,
  openStage,
  raiseChain,
  type Stage,
  windows,
} from "../../test/escrow-stage.ts";
import type { ExaminationJson } from "./escrow.ts";

for (const kind of databaseKinds) {
  describe(`what stands wrong on the chain, on ${kind.name}`, () => {
    let chain: ChainStage;
    let stage: Stage;
    beforeAll(async () => {
      chain = await raiseChain();
      stage = await openStage(kind, chain, { BACKEND_PRIVATE_KEY: meterKey, ESCROW_SENDS_AFTER_SECONDS: "60" });
    });
    afterAll(async () => {
      await stage.close();
      await chain.stop();
    });

    async function examine(query = ""): Promise<ExaminationJson> {
      const reply = await stage.world.backend().get(`/api/operator/escrow${query}`);
      expect(reply.status, reply.text).toBe(200);
      return reply.body as unknown as ExaminationJson;
    }

    it("is for the operator alone", async () => {
      const leo = await stage.meet("leo");
      expect((await leo.voice.get("/api/operator/escrow")).body.code).toBe("forbidden");
      expect((await stage.world.backend(leo.id).get("/api/operator/escrow")).body.code).toBe("forbidden");
      expect((await stage.world.anybody.get("/api/operator/escrow")).status).toBe(401);
      expect((await stage.world.backend().get("/api/operator/escrow?cursor=Li4vLi4v")).body.code).toBe(
        "invalid_cursor",
      );
    });

    it("a deposit on other terms is shown to the operator and to its student, until the student has ended it", async () => {
      const [leo, mia] = [await stage.meet("leo"), await stage.meet("mia")];
      const call = await stage.open(leo, mia);
      expect((await stage.read(call.id)).otherDeposits).toEqual([]);
      const hash = await stage.deposit(call.id, leo, { ratePerMinute: 500n });
      await stage.run();
      const stray = {
        callId: call.id,
        misfit: { field: "ratePerMinute", found: "500", expected: "601" },
        student: leo.account.address,
        studentId: leo.id,
        tutor: mia.account.address,
        tutorId: mia.id,
        depositAmount: "5000",
        transactionHash: hash,
        inContract: { status: "open", claimedSeconds: null, until: null },
      };
      const found = await examine();
      expect([found.ok, found.differences, found.stuckSends]).toEqual([false, [], []]);
      expect(found.strayDeposits).toMatchObject([stray]);
      const view = await stage.read(call.id);
      expect([view.deposit, view.inContract.status]).toEqual([null, "none"]);
      expect(view.otherDeposits).toMatchObject([stray]);
      const [{ inContract, sessionId } = expect.fail("no deposit")] = view.otherDeposits;
      const { timestamp } = await chain.reader.getBlock({ blockHash: (await chain.receiptOf(hash)).blockHash });
      expect(Date.parse(inContract.openedAt ?? "")).toBe(Number(timestamp) * 1000);
      expect(Date.parse(inContract.reclaimableFrom ?? "")).toBe((Number(timestamp) + 600 + windows.reclaim) * 1000);

      await chain.send(leo.account, "endByClock", [sessionId]);
      await stage.run();
      expect((await stage.read(call.id)).otherDeposits).toEqual([]);
      expect((await examine()).ok).toBe(true);
      await stage.fund(call, leo);
      expect((await stage.readCall(call.id)).fundedAt).not.toBeNull();
    });

    it("so is one that names no call of ours, and one in another coin; wallets that nobody linked stay addresses", async () => {
      const [leo, mia, stranger] = [await stage.meet("leo"), await stage.meet("mia"), await stage.meet("eve", false)];
      const call = await stage.open(leo, mia);
      const terms = await stage.termsOf(call.id, { requestId: `0x${"99".repeat(32)}`, token: zeroAddress });
      await chain.send(stranger.account, "openSession", [terms], { value: 6010n });
      await stage.run();
      const [stray, ...more] = (await examine()).strayDeposits;
      expect(more).toEqual([]);
      expect(stray).toMatchObject({ callId: null, misfit: null, studentId: null, tutorId: mia.id, token: zeroAddress });
      // It is not Leo's, and he is not told of it.
      expect((await stage.read(call.id)).otherDeposits).toEqual([]);
      await chain.send(stranger.account, "endByClock", [stray?.sessionId]);
      await stage.run();
      expect((await examine()).strayDeposits).toEqual([]);
    });

    it("an earlier lesson with the same tutor that runs on in the contract is named to the student, and is no stray", async () => {
      const [leo, mia] = [await stage.meet("leo"), await stage.meet("mia")];
      const first = await stage.open(leo, mia);
      await stage.fund(first, leo);
      await stage.world.backend().post(`/api/calls/${first.id}/cancel`);
      const second = await stage.open(leo, mia);
      expect((await stage.read(second.id)).otherDeposits).toMatchObject([{ callId: first.id, misfit: null }]);
      expect((await examine()).strayDeposits).toEqual([]);
      await stage.run();
      await stage.payByVoucher(first.id, leo);
      await stage.run();
      expect((await stage.read(second.id)).otherDeposits).toEqual([]);
    });

    it("tells claim and dispute with their windows, from the logs", async () => {
      const [leo, mia] = [await stage.meet("leo"), await stage.meet("mia")];
      const call = await stage.open(leo, mia);
      await stage.fund(call, leo);
      const { sessionId, inContract } = await stage.read(call.id);
      expect(inContract).toMatchObject({ status: "open", claimedSeconds: null, until: null });
      expect(inContract.disputeWindowSeconds).toBe(windows.dispute);
      const timeOf = async (hash: `0x${string}`) =>
        Number((await chain.reader.getBlock({ blockHash: (await chain.receiptOf(hash)).blockHash })).timestamp);
      const claimed = await timeOf(await chain.send(mia.account, "endByClock", [sessionId]));
      await stage.run();
      const opened = Date.parse(inContract.openedAt ?? "") / 1000;
      const told = (await stage.read(call.id)).inContract;
      expect([told.status, told.claimedSeconds]).toEqual(["claimed", claimed - opened]);
      expect(Date.parse(told.until ?? "")).toBe((claimed + windows.dispute) * 1000);
      const disputed = await timeOf(await chain.send(leo.account, "dispute", [sessionId]));
      await stage.run();
      const contested = (await stage.read(call.id)).inContract;
      expect([contested.status, contested.claimedSeconds]).toEqual(["disputed", claimed - opened]);
      expect(Date.parse(contested.until ?? "")).toBe((disputed + windows.dispute) * 1000);
      await stage.payByVoucher(call.id, mia);
      await stage.run();
      expect((await stage.read(call.id)).inContract).toMatchObject({ status: "closed", until: null });
    });

    it("a transaction of our own that no block takes is shown with every version, and is gone when it is mined", async () => {
      const [leo, mia] = [await stage.meet("leo"), await stage.meet("mia")];
      const call = await stage.open(leo, mia);
      await stage.fund(call, leo);
      await stage.talk(call, 60);
      await stage.run();
      await chain.hand.setAutomine(false);
      for (const wait of [61, 70, 70]) {
        await stage.world.passTo(stage.seconds() + wait);
        await stage.run();
      }
      const [stuck, ...more] = (await examine("?stuckAfterSeconds=100")).stuckSends;
      expect(more).toEqual([]);
      expect(stuck).toMatchObject({ callId: call.id, id: `voucher:${call.id}:1`, state: "sent" });
      expect(stuck?.versions.length).toBeGreaterThan(1);
      expect(stuck?.transactionHash).toBe(stuck?.versions.at(-1)?.transactionHash);
      expect((await examine("?stuckAfterSeconds=1000")).stuckSends).toEqual([]);
      await chain.hand.mine({ blocks: 2 });
      await chain.hand.setAutomine(true);
      await stage.world.passTo(stage.seconds() + 5);
      await stage.run();
      expect((await examine("?stuckAfterSeconds=1")).stuckSends).toEqual([]);
    });

    it("one whose number somebody else has used is shown until the next try, and not when the call is paid", async () => {
      const [leo, mia] = [await stage.meet("leo"), await stage.meet("mia")];
      const call = await stage.open(leo, mia);
      await stage.fund(call, leo);
      await stage.talk(call, 60);
      await stage.run();
      await chain.hand.setAutomine(false);
      await stage.world.passTo(stage.seconds() + 61);
      await stage.run();
      await stage.world.passTo(stage.seconds() + 2);
      const { transactionHash: hash } = (await examine("?stuckAfterSeconds=1")).stuckSends[0] ?? expect.fail("none");
      await chain.hand.dropTransaction({ hash: hash as `0x${string}` });
      await chain.tell(meter, "mint", [meter.address, 1n], { to: chain.token });
      await chain.hand.mine({ blocks: 2 });
      await chain.hand.setAutomine(true);
      await stage.world.passTo(stage.seconds() + 3);
      await stage.run();
      expect((await examine()).stuckSends).toMatchObject([{ id: `voucher:${call.id}:1`, state: "replaced" }]);
      await stage.payByVoucher(call.id, leo);
      await chain.mine(2);
      await stage.run();
      expect((await examine()).stuckSends).toEqual([]);
    });

    it("a ledger that says other than the chain is found, page by page", async () => {
      const [leo, mia] = [await stage.meet("leo"), await stage.meet("mia")];
      const call = await stage.open(leo, mia);
      await stage.fund(call, leo);
      await stage.talk(call, 60);
      await stage.run();
      await stage.payByVoucher(call.id, leo);
      await chain.mine(2);
      await stage.run();
      expect((await examine("?limit=100")).ok).toBe(true);
      // Somebody puts the books back to before the payment, past all guards.
      await stage.db.query("alter table transfers disable trigger user");
      await stage.db.query("delete from transfers where subject = $1 and name like 'payout:1:tutor'", [call.id]);
      await stage.db.query("alter table transfers enable trigger user");
      const { differences } = await examine("?limit=100");
      expect(differences.map(({ callId, what }) => [callId, what])).toEqual([
        [call.id, "what was paid"],
        [call.id, "what is owed"],
      ]);
      const pages: ExaminationJson[] = [];
      for (let cursor: string | null = ""; cursor !== null; ) {
        const page: ExaminationJson = await examine(`?limit=2${cursor === "" ? "" : `&cursor=${cursor}`}`);
        pages.push(page);
        cursor = page.nextCursor;
      }
      const [size] = await stage.db.query<{ n: bigint }>("select count(*) as n from escrow_calls");
      expect(pages.reduce((sum, { compared }) => sum + compared, 0)).toBe(Number(size?.n));
      expect(pages.flatMap((page) => page.differences)).toEqual(differences);
    });
  });
}
