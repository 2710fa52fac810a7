// Ends a session and pays for it: the call is ended, the meter signs, the wallet sends, the server is told. Each step survives the next one's failure.
import { isRetryable, isUnreachable } from "../client/problem.ts";
import type { CallJson } from "../client/wire.ts";
import { isFinal } from "../hooks/useCall.ts";
import { dispute, endNamed, payByClock, payByVoucher, reclaim, settle, type TransactionStep } from "./escrow.ts";
import { createOnce } from "./once.ts";
import type { PendingCall } from "./pending.ts";
import type { ChainRoutes } from "./routes.ts";
import type { EscrowWallet } from "./wallet.ts";
import type { PaymentWay } from "./ways.ts";
import type { EscrowJson, Hex } from "./wire.ts";

export type PaymentStep = TransactionStep | "ending" | "voucher" | "confirming";

export type PaymentState = {
  /** What is being done; null when nothing is. */
  step: PaymentStep | null;
  error: Error | null;
  /** The server gave no answer: the payment can be made without it. */
  serverAway: boolean;
};

export const idle: PaymentState = { step: null, error: null, serverAway: false };

const sendBy = {
  voucher: payByVoucher,
  clock: payByClock,
  claim: endNamed,
  agree: endNamed,
  dispute,
  settle,
  reclaim,
} as const;

/** These pay nothing yet; where they lead is seen on the chain. */
const leadsTo: Partial<Record<PaymentWay, EscrowJson["inContract"]["status"]>> = {
  claim: "claimed",
  dispute: "disputed",
};

const lookAgainMs = 1000;
/** So often it is looked for what a transaction changed that is in a block; later the screen sees it by itself. */
const looksMax = 30;
/** The server hears each of us every two seconds at most. */
const tellAgainMs = 2500;
const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));
const toError = (error: unknown) => (error instanceof Error ? error : new Error(String(error)));

/** The session as it is now; asked again at every step, because it goes on while one waits. */
export type PaymentFacts = {
  wallet: EscrowWallet | null;
  pending: PendingCall | null;
  escrow: EscrowJson | undefined;
  call: CallJson | undefined;
  /** The address that is one's own in this session. */
  ownAddress: string;
  /** Remembers the transaction, before anything else happens; undefined forgets it. */
  onSent: (transactionHash: Hex | undefined) => void;
  /** What to say when the chain carried the transaction out and refused it. */
  reverted: string;
};

export type PaymentWorld = {
  now: () => PaymentFacts;
  tellPayment: ChainRoutes["tellPayment"];
  /** Reads the escrow; the screens get it too. */
  readEscrow: (callId: string) => Promise<EscrowJson>;
  endCall: (callId: string) => Promise<CallJson>;
  onState: (state: PaymentState) => void;
};

export type Payment = {
  /** One payment at a time; a second press joins the first. Never throws: what went wrong is in the state. */
  pay: (way: PaymentWay) => Promise<void>;
  /** Follows a transaction that was sent before, as after a reload. */
  follow: (callId: string, transactionHash: Hex) => Promise<void>;
};

const isWanted = (world: PaymentWorld, callId: string) => world.now().pending?.requestId === callId;

/** Waits for the meter's signature, or for the other side's payment. */
async function awaitVoucher(world: PaymentWorld, callId: string): Promise<EscrowJson> {
  world.onState({ ...idle, step: "ending" });
  if (!isFinal(world.now().call?.status)) await world.endCall(callId);
  world.onState({ ...idle, step: "voucher" });
  for (;;) {
    const escrow = await world.readEscrow(callId);
    if (escrow.voucher !== null || escrow.payment !== null || !isWanted(world, callId)) return escrow;
    await pause(lookAgainMs);
  }
}

/** Tells the server of the transaction until it has seen it in a block for good; without a server it goes on asking. */
async function tellUntilSeen(world: PaymentWorld, callId: string, transactionHash: Hex): Promise<void> {
  world.onState({ ...idle, step: "confirming" });
  while (isWanted(world, callId)) {
    try {
      const userAddress = world.now().ownAddress;
      const { status } = await world.tellPayment({ sessionId: callId, userAddress, transactionHash });
      await world.readEscrow(callId);
      if (status === "confirmed") break;
      world.onState({ ...idle, step: "confirming" });
    } catch (error) {
      // Refused although it is paid: the other side's transaction came first.
      const seen = isUnreachable(error) ? null : await world.readEscrow(callId).catch(() => null);
      if (seen?.payment != null) break;
      if (!isRetryable(error)) throw error;
      world.onState({ step: "confirming", error: null, serverAway: isUnreachable(error) });
    }
    await pause(tellAgainMs);
  }
  world.onState(idle);
}

/** Waits until the server has read of a claim or a dispute. Without a server the transaction stands all the same. */
async function awaitStatus(world: PaymentWorld, callId: string, wanted: string): Promise<void> {
  world.onState({ ...idle, step: "confirming" });
  for (let looks = 0; looks < looksMax && isWanted(world, callId); looks++) {
    const escrow = await world.readEscrow(callId).catch(() => null);
    if (escrow === null || escrow.payment !== null || escrow.inContract.status === wanted) break;
    await pause(lookAgainMs);
  }
  world.onState(idle);
}

/** Sends, and waits for a block. A chain that cannot be asked for it is no failure: the server is told all the same. */
async function sendAndWait(
  world: PaymentWorld,
  way: PaymentWay,
  wallet: EscrowWallet,
  escrow: EscrowJson,
): Promise<Hex> {
  const { onSent, reverted } = world.now();
  const hash = await sendBy[way](wallet, escrow, (step, told) => {
    world.onState({ ...idle, step });
    if (told !== null) onSent(told);
  });
  const mined = await wallet.waitFor(hash).catch(() => null);
  if (mined === null) return hash;
  if (!mined.succeeded) throw new Error(reverted);
  if (mined.transactionHash !== hash) onSent(mined.transactionHash);
  return mined.transactionHash;
}

/** Makes the payment of one screen. */
export function createPayment(world: PaymentWorld): Payment {
  const once = createOnce();
  const attempt = (callId: string, work: () => Promise<void>) =>
    once(async () => {
      try {
        await work();
      } catch (error) {
        const seen = await world.readEscrow(callId).catch(() => null);
        // The other side was faster: then there is nothing to refuse.
        if (seen?.payment != null) return world.onState(idle);
        world.now().onSent(undefined);
        world.onState({ step: null, error: toError(error), serverAway: isUnreachable(error) });
      }
    });
  return {
    async pay(way) {
      const { wallet, pending } = world.now();
      if (pending === null || wallet === null) return;
      const callId = pending.requestId;
      await attempt(callId, async () => {
        const escrow = way === "voucher" ? await awaitVoucher(world, callId) : world.now().escrow;
        if (escrow === undefined || escrow.payment !== null) return world.onState(idle);
        const hash = await sendAndWait(world, way, wallet, escrow);
        const status = leadsTo[way];
        if (status === undefined) return tellUntilSeen(world, callId, hash);
        // It is no payment: a reload must not follow it as one.
        world.now().onSent(undefined);
        await awaitStatus(world, callId, status);
      });
    },
    follow: (callId, hash) => attempt(callId, () => tellUntilSeen(world, callId, hash)),
  };
}
