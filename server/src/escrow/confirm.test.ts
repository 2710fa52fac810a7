// What the parties of a call may say and prove: whose wallet is whose, which transaction paid, and how often they may ask.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { databaseKinds } from "../../test/databases.ts";
import { type ChainStage, openStage, type Person, raiseChain, type Stage } from "../../test/escrow-stage.ts";

const minute = 60;

for (const kind of databaseKinds) {
  describe(`what parties prove, on ${kind.name}`, () => {
    let chain: ChainStage;
    let stage: Stage;
    beforeAll(async () => {
      chain = await raiseChain();
      stage = await openStage(kind, chain, { FAIRMINUTE_PUBLIC_URL: "https://calls.example.com" });
    });
    afterAll(async () => {
      await stage.close();
      await chain.stop();
    });
    const challenge = async ({ voice }: Person, address: string) =>
      (await voice.post("/api/wallets/challenge", { address })).body.message;
    const link = (person: Person, message: string, signature: string) =>
      person.voice.post("/api/wallets", { message, signature });

    it("links the wallet that signed exactly our message, once", async () => {
      const leo = await stage.meet("leo", false);
      const { address } = leo.account;
      const message = await challenge(leo, address.toLowerCase());
      expect(message).toMatch(/^calls\.example\.com wants you to sign in with your Ethereum account:\n/);
      expect(message).toContain(`\n${address}\n`);
      expect(message).toContain("\nChain ID: 31337\n");
      const signature = await leo.account.signMessage({ message });
      expect((await link(leo, message, signature)).status).toBe(200);
      expect((await leo.voice.get("/api/wallets")).body).toMatchObject({ wallets: [{ address }] });
      const again = await link(leo, message, signature);
      expect([again.status, again.body.code]).toEqual([400, "invalid_signature"]);
    });

    it("links nothing that is altered, late, somebody else's or signed by another key", async () => {
      const [leo, mia] = [await stage.meet("leo", false), await stage.meet("mia")];
      const { address } = leo.account;
      const refused = async (who: Person, message: string, signature: string, code = "invalid_signature") => {
        const reply = await link(who, message, signature);
        expect([reply.body.code, (await leo.voice.get("/api/wallets")).body]).toMatchObject([code, { wallets: [] }]);
      };
      const first = await challenge(leo, address);
      const altered = first.replace("calls.example.com", "evil.example.com");
      await refused(leo, altered, await leo.account.signMessage({ message: altered }));
      const second = await challenge(leo, address);
      await refused(leo, second, await mia.account.signMessage({ message: second }));
      const third = await challenge(leo, address);
      await refused(mia, third, await leo.account.signMessage({ message: third }));
      const late = await challenge(leo, address);
      await stage.passTo(stage.seconds() + 10 * minute);
      await refused(leo, late, await leo.account.signMessage({ message: late }));
      await refused(leo, "not a message of this kind", "0x00");
      const taken = await challenge(leo, mia.account.address);
      await refused(leo, taken, await mia.account.signMessage({ message: taken }), "wallet_taken");
      expect((await mia.voice.get("/api/wallets")).body).toMatchObject({ wallets: [{ address: mia.account.address }] });
    });

    it("opens no call on a chain while one of the two has no wallet, and says whose", async () => {
      const [leo, mia, tom] = [await stage.meet("leo"), await stage.meet("mia"), await stage.meet("tom", false)];
      for (const [caller, creator] of [
        [tom, mia],
        [leo, tom],
      ] as const) {
        const body = { creatorId: creator.id, preset: "tutoring-onchain", estimatedMinutes: 5 };
        const reply = await caller.voice.post("/api/calls/initiate", body);
        expect([reply.status, reply.body.code]).toEqual([409, "wallet_not_linked"]);
        expect(reply.body.message).toContain(tom.id);
      }
    });

    it("shows a call's escrow to its parties only", async () => {
      const [leo, mia, tom] = [await stage.meet("leo"), await stage.meet("mia"), await stage.meet("tom")];
      const call = await stage.open(leo, mia);
      for (const { voice } of [leo, mia]) expect((await voice.get(`/api/calls/${call.id}/escrow`)).status).toBe(200);
      expect((await tom.voice.get(`/api/calls/${call.id}/escrow`)).body.code).toBe("call_not_found");
      expect((await stage.world.anybody.get(`/api/calls/${call.id}/escrow`)).status).toBe(401);
      await stage.world.meet("ann", { coins: 500 });
      const plain = await stage.world.as("ann").post("/api/calls/initiate", { creatorId: mia.id, estimatedMinutes: 5 });
      const none = await stage.world.as("ann").get(`/api/calls/${plain.body.call.id}/escrow`);
      expect([none.status, none.body.code]).toEqual([404, "not_found"]);
    });

    it("believes the transaction that paid, of a party, and no other", async () => {
      const [leo, mia, tom] = [await stage.meet("leo"), await stage.meet("mia"), await stage.meet("tom")];
      const call = await stage.open(leo, mia);
      const deposited = await stage.fund(call, leo);
      await stage.talk(call, 20);
      const other = await stage.open(tom, mia);
      await stage.fund(other, tom);
      await stage.talk(other, 20);
      await stage.run();
      const { sessionId } = await stage.read(call.id);
      const elsewhere = await stage.payByVoucher(other.id, tom);
      const stray = await chain.send(leo.account, "mint", [leo.account.address, 1n], { to: chain.token });
      const failed = await chain.tell(leo.account, "endByClock", [`0x${"22".repeat(32)}`]);
      await chain.receiptOf(failed);
      const say = (who: Person, transactionHash: string, more: Record<string, string> = {}) => {
        const body = { sessionId: call.id, userAddress: who.account.address, transactionHash, ...more };
        return who.voice.post("/api/webrtc-session-ended", body);
      };
      for (const [hash, reason] of [
        [deposited, "did not end the session"],
        [elsewhere, "ended the session 0x"],
        [stray, "nothing in it comes from the escrow"],
        [failed, "failed"],
      ] as const) {
        const reply = await say(leo, hash);
        expect([reply.status, reply.body.code]).toEqual([409, "payment_not_proven"]);
        expect(reply.body.message).toContain(reason);
      }
      const unknown = await say(leo, `0x${"33".repeat(32)}`);
      expect([unknown.status, unknown.body]).toMatchObject([200, { status: "pending", payment: null }]);

      const paid = await stage.payByVoucher(call.id, leo);
      expect((await say(tom, paid)).body.code).toBe("call_not_found");
      expect((await say(leo, paid, { userAddress: mia.account.address })).body.code).toBe("forbidden");
      const missing = { sessionId: call.id, userAddress: leo.account.address };
      expect((await leo.voice.post("/api/webrtc-session-ended", missing)).body.code).toBe("invalid_request");
      // In a block, and not deep enough. Both names of the call will do, and an address in small letters.
      const small = leo.account.address.toLowerCase();
      const early = await say(leo, paid, { sessionId, userAddress: small });
      expect(early.body).toMatchObject({ status: "pending", payment: { transactionHash: paid, confirmed: false } });
      await chain.mine(1);
      const told = await say(mia, paid);
      expect(told.body).toMatchObject({
        status: "confirmed",
        isEnded: true,
        payment: { ending: "voucher", confirmed: true },
      });
      // It only looks: what counts is what is read from the chain, told or not.
      expect(await stage.balanceOf(`claim:TEST:${mia.id}`)).toBeGreaterThan(0n);
      await stage.run();
      expect(await stage.balanceOf(`claim:TEST:${mia.id}`)).toBe(0n);
    });

    it("lets nobody ask without end, and others go on", async () => {
      const [leo, mia] = [await stage.meet("leo", false), await stage.meet("mia", false)];
      const ask = ({ voice, account }: Person) => voice.post("/api/wallets/challenge", { address: account.address });
      for (let i = 0; i < 10; i++) expect((await ask(leo)).status).toBe(200);
      const refused = await ask(leo);
      expect([refused.status, refused.body.code, refused.headers["retry-after"]]).toEqual([429, "rate_limited", "6"]);
      expect((await ask(mia)).status).toBe(200);
      await stage.passTo(stage.seconds() + 6);
      expect((await ask(leo)).status).toBe(200);
      expect((await ask(leo)).status).toBe(429);

      const tell = () => leo.voice.post("/api/webrtc-session-ended", { sessionId: "call_none", userAddress: leo.id });
      for (let i = 0; i < 30; i++) expect((await tell()).status).toBe(404);
      expect((await tell()).status).toBe(429);
      const look = () => leo.voice.get("/api/calls/call_none/escrow");
      for (let i = 0; i < 60; i++) expect((await look()).status).toBe(404);
      expect((await look()).status).toBe(429);
      expect((await stage.world.anybody.get("/api/chain")).body).toMatchObject({
        chain: { chainId: 31_337, contract: chain.escrow, currency: "TEST", error: null },
      });
    });
  });
}
