// The hook of source document 001: the session that one is in, how long it lasts, and its end with the payment.
import { createContext, useContext } from "react";
import type { CallJson } from "../client/wire.ts";
import type { PaymentState } from "./payment.ts";
import type { EndCause } from "./pending.ts";
import type { Withdrawal } from "./useWithdrawal.ts";
import type { EscrowWallet } from "./wallet.ts";
import type { PaymentWay } from "./ways.ts";
import type { EscrowJson, Hex } from "./wire.ts";
import type { ChainWords } from "./words.ts";

/** The session as the document stores it, and what is known of it besides. */
export type CurrentCall = {
  /** The call's id here; the routes take it as well as the contract's 32 bytes. */
  sessionId: string;
  requestId: string;
  tutorAddress: string;
  studentAddress: string;
  languageId: number;
  tutorName: string | null;
  studentName: string | null;
  role: "student" | "tutor";
  call: CallJson | undefined;
  escrow: EscrowJson | undefined;
};

export type WebRTCSession = {
  currentSession: CurrentCall | null;
  /** The call goes on; payment is not due yet. */
  isSessionActive: boolean;
  /** Seconds since both were there; stands still when it is over. */
  sessionDuration: number;
  /** Ends the call if it goes on, and pays by the meter's voucher. Repeating it joins what is under way. */
  endSession: () => Promise<void>;
  showEndSessionPrompt: boolean;
  setShowEndSessionPrompt: (show: boolean) => void;
  /** Why payment is due. */
  cause: EndCause | null;
  /** A connection is lost: so many seconds until it prompts. */
  graceSeconds: number | null;
  payment: PaymentState & { transactionHash: Hex | null; isPaid: boolean };
  /** Goes one of the ways that `waysOf` tells; a transaction that the contract would refuse costs nothing. */
  takeWay: (way: PaymentWay) => Promise<void>;
  /** Without the server: by the contract's clock, as the student's end or the tutor's claim. */
  endByClock: () => Promise<void>;
  /** Without anybody: the student takes the deposit back when its time has come. */
  reclaim: () => Promise<void>;
  /** Sees a session through that was left unpaid. */
  resume: (callId: string) => void;
  /** The paid session leaves the screen. */
  dismiss: () => void;
  /** What the contract could not send to the wallet and keeps for it; null when nothing waits. */
  withdrawal: Withdrawal | null;
  wallet: EscrowWallet | null;
  words: ChainWords;
};

export const WebRTCContext = createContext<WebRTCSession | null>(null);

/** The session of the surrounding provider. */
export function useWebRTCSession(): WebRTCSession {
  const value = useContext(WebRTCContext);
  if (value === null) throw new Error("Put <WebRTCSessionProvider wallet={…}> around this component.");
  return value;
}
