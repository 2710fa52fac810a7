// Put it high in the tree, below FairminuteProvider: it watches the session, and draws its status and the prompt that ends it.
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useCallback, useEffect, useMemo, useState } from "react";
import type { CallJson } from "../client/wire.ts";
import { useFairminute } from "../hooks/FairminuteProvider.tsx";
import { queryKeys } from "../hooks/keys.ts";
import { isFinal, useCall } from "../hooks/useCall.ts";
import { useMe } from "../hooks/useMe.ts";
import type { EndCause, PendingCall } from "./pending.ts";
import { useEnding } from "./useEnding.ts";
import { useEscrow } from "./useEscrow.ts";
import { usePayment } from "./usePayment.ts";
import { usePendingCall } from "./usePendingCall.ts";
import { type CurrentCall, WebRTCContext, type WebRTCSession } from "./useWebRTCSession.ts";
import { useWithdrawal } from "./useWithdrawal.ts";
import { type ReceiptLink, WebRTCSessionEndPrompt } from "./WebRTCSessionEndPrompt.tsx";
import { WebRTCSessionStatus } from "./WebRTCSessionStatus.tsx";
import type { EscrowWallet } from "./wallet.ts";
import type { PaymentWay } from "./ways.ts";
import type { EscrowJson, Hex } from "./wire.ts";
import { type ChainWords, chainWords } from "./words.ts";

export type WebRTCSessionProviderProps = {
  /** Who pays from this browser; null while no wallet is connected. */
  wallet: EscrowWallet | null;
  children: ReactNode;
  /** Shown in the prompt while `wallet` is null: a way to connect one. */
  connect?: ReactNode;
  /** A link to the receipt, when the app has a page for it. */
  receiptLink?: ReceiptLink;
  /** All texts in another language. */
  words?: ChainWords;
};

/** Everything below it can ask `useWebRTCSession`. */
export function WebRTCSessionProvider(props: WebRTCSessionProviderProps): ReactNode {
  const { wallet, children, connect, receiptLink, words = chainWords } = props;
  const value = useSeenThrough(wallet, words);
  return (
    <WebRTCContext.Provider value={value}>
      {children}
      <WebRTCSessionStatus />
      <WebRTCSessionEndPrompt connect={connect} receiptLink={receiptLink} />
    </WebRTCContext.Provider>
  );
}

/** Read more often where something is about to happen. */
const soonMs = 2000;
const calmMs = 15_000;

function useSeenThrough(wallet: EscrowWallet | null, words: ChainWords): WebRTCSession {
  const queryClient = useQueryClient();
  const { pending, change, take, settle, forget } = usePendingCall(sessionStorage);
  const requestId = pending?.requestId ?? null;
  const call = useFollowedCall(requestId);
  const due = pending?.cause !== undefined;
  const escrow = useEscrow(requestId, due ? soonMs : calmMs).data;
  const [show, setShow] = useState(due);

  const onEnd = useCallback(
    (cause: EndCause) => {
      if (requestId === null) return;
      change(requestId, { cause });
      setShow(true);
      void queryClient.invalidateQueries({ queryKey: queryKeys.call(requestId) });
    },
    [change, requestId, queryClient],
  );
  const over = due && isFinal(call?.status);
  const names = useMemo(
    () => (requestId === null || over ? [] : [requestId, ...(escrow === undefined ? [] : [escrow.sessionId])]),
    [requestId, over, escrow],
  );
  const { graceSeconds } = useEnding(names, over ? undefined : call, onEnd);
  useAddresses(pending, escrow, change);

  const onSent = useCallback(
    (transactionHash: Hex | undefined) => requestId !== null && change(requestId, { transactionHash }),
    [change, requestId],
  );
  const setShowEndSessionPrompt = useCallback(
    (next: boolean) => {
      // By hand: as long as nothing else ended it, one may change one's mind.
      if (requestId !== null && !over) change(requestId, { cause: next ? "by-hand" : undefined });
      setShow(next);
    },
    [change, requestId, over],
  );
  const currentSession = useCurrent(pending, call, escrow);
  const { role = "student", studentAddress = "", tutorAddress = "" } = currentSession ?? {};
  const ownAddress = role === "tutor" ? tutorAddress : studentAddress;
  const { reverted } = words.refusals;
  const { pay, ...payment } = usePayment({ wallet, pending, escrow, call, ownAddress, onSent, reverted });
  useSettling(requestId, escrow, settle);
  return {
    currentSession,
    isSessionActive: call?.status === "active" && !over,
    sessionDuration: useDuration(call),
    ...useWays(pay, role),
    showEndSessionPrompt: show && currentSession !== null,
    setShowEndSessionPrompt,
    cause: pending?.cause ?? null,
    graceSeconds,
    payment: { ...payment, ...readPayment(pending, escrow) },
    resume: useCallback(
      (callId: string) => {
        take(callId);
        setShow(true);
      },
      [take],
    ),
    dismiss: useCallback(() => {
      setShow(false);
      forget();
    }, [forget]),
    withdrawal: useWithdrawal(wallet, escrow?.payment?.transactionHash),
    wallet,
    words,
  };
}

/** What is known of the transaction: the chain's word first, then what was sent from here. */
function readPayment(pending: PendingCall | null, escrow: EscrowJson | undefined) {
  const seen = escrow?.payment ?? null;
  return { transactionHash: seen?.transactionHash ?? pending?.transactionHash ?? null, isPaid: seen !== null };
}

/** The ways to end and to pay, as the hook names them. */
function useWays(pay: (way: PaymentWay) => Promise<void>, role: "student" | "tutor") {
  return useMemo(
    () => ({
      endSession: () => pay("voucher"),
      takeWay: pay,
      endByClock: () => pay(role === "tutor" ? "claim" : "clock"),
      reclaim: () => pay("reclaim"),
    }),
    [pay, role],
  );
}

/** Paid for good: a reload need not find it any more. */
function useSettling(
  requestId: string | null,
  escrow: EscrowJson | undefined,
  settle: (requestId: string) => void,
): void {
  const confirmed = escrow?.payment?.confirmed === true;
  useEffect(() => {
    if (requestId !== null && confirmed) settle(requestId);
  }, [requestId, confirmed, settle]);
}

/** The call, when there is one. The hook of a call asks for an id, so nobody's is asked for nothing. */
function useFollowedCall(requestId: string | null): CallJson | undefined {
  const { data } = useCall(requestId ?? "", { enabled: requestId !== null });
  return requestId === null ? undefined : data;
}

/** What the document keeps of a session is known with its escrow. */
function useAddresses(
  pending: PendingCall | null,
  escrow: EscrowJson | undefined,
  change: (requestId: string, change: Partial<PendingCall>) => void,
): void {
  const requestId = pending?.requestId;
  const known = pending?.tutorAddress !== "";
  useEffect(() => {
    if (requestId === undefined || escrow === undefined || escrow.callId !== requestId || known) return;
    const { tutor: tutorAddress, student: studentAddress, terms } = escrow;
    change(requestId, { tutorAddress, studentAddress, languageId: Number(terms.languageId) });
  }, [requestId, known, escrow, change]);
}

function useCurrent(
  pending: PendingCall | null,
  call: CallJson | undefined,
  escrow: EscrowJson | undefined,
): CurrentCall | null {
  const me = useMe().data?.userId;
  return useMemo(() => {
    if (pending === null) return null;
    const { requestId, tutorAddress, studentAddress, languageId } = pending;
    return {
      sessionId: requestId,
      requestId,
      tutorAddress: escrow?.tutor ?? tutorAddress,
      studentAddress: escrow?.student ?? studentAddress,
      languageId,
      tutorName: call?.payeeName ?? call?.payeeId ?? null,
      studentName: call?.payerName ?? call?.payerId ?? null,
      role: call !== undefined && call.payeeId === me ? "tutor" : "student",
      call,
      escrow,
    };
  }, [pending, call, escrow, me]);
}

/** Whole seconds since both were there, by the server's clock; of an ended call what the server measured. */
function useDuration(call: CallJson | undefined): number {
  const { serverClock } = useFairminute().client;
  const startedAt = call?.startedAt ?? null;
  const running = call?.status === "active";
  const [now, setNow] = useState(() => serverClock.now());
  useEffect(() => {
    if (!running) return;
    const tick = () => setNow(serverClock.now());
    tick();
    const timer = setInterval(tick, 250);
    return () => clearInterval(timer);
  }, [serverClock, running]);
  if (startedAt === null) return 0;
  if (call?.durationSeconds != null && !running) return call.durationSeconds;
  return Math.max(0, Math.floor((now - Date.parse(startedAt)) / 1000));
}
