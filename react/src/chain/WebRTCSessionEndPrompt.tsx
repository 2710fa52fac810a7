// The prompt of source document 001: the session's facts, why payment is due, one button that pays, and where the transaction stands.
import type { ReactNode } from "react";
import { Button } from "../components/parts/Button.tsx";
import { Dialog } from "../components/parts/Dialog.tsx";
import { Fact } from "../components/parts/Fact.tsx";
import { useFairminute } from "../hooks/FairminuteProvider.tsx";
import { isFinal } from "../hooks/useCall.ts";
import { Short, useTokenFormat } from "./amounts.tsx";
import { sayRefusal } from "./refusal.ts";
import { type CurrentCall, useWebRTCSession, type WebRTCSession } from "./useWebRTCSession.ts";

/** A link to a receipt; `leave` puts the prompt away. */
export type ReceiptLink = (callId: string, text: string, leave: () => void) => ReactNode;

export type WebRTCSessionEndPromptProps = {
  connect?: ReactNode;
  receiptLink?: ReceiptLink | undefined;
};

/** Draws nothing until payment is due or somebody asks to end. */
export function WebRTCSessionEndPrompt({ connect, receiptLink }: WebRTCSessionEndPromptProps): ReactNode {
  const live = useWebRTCSession();
  const { currentSession, showEndSessionPrompt, payment, words } = live;
  if (currentSession === null || !showEndSessionPrompt) return null;
  const leave = () => (payment.isPaid ? live.dismiss() : live.setShowEndSessionPrompt(false));
  return (
    <Dialog
      title={payment.isPaid ? words.prompt.paidTitle : words.prompt.title}
      onCancel={leave}
      testId="session-prompt"
    >
      {!payment.isPaid && (
        <p className="fm-dialog-intro" data-testid="session-why">
          {words.prompt.why[live.cause ?? "by-hand"]}
        </p>
      )}
      <Facts live={live} current={currentSession} />
      <Transaction live={live} />
      {live.wallet === null && !payment.isPaid && (
        <div className="fm-note fm-note-warning" data-testid="session-connect">
          <p>{words.prompt.connect}</p>
          {connect}
        </div>
      )}
      {payment.serverAway && payment.step === null && <WithoutServer live={live} current={currentSession} />}
      <Actions live={live} current={currentSession} leave={leave} receiptLink={receiptLink} />
    </Dialog>
  );
}

type Part = { live: WebRTCSession; current: CurrentCall };

function Facts({ live, current }: Part): ReactNode {
  const { format, words: common } = useFairminute();
  const { words, sessionDuration, payment } = live;
  const { escrow, tutorName, studentName } = current;
  const write = useTokenFormat(escrow);
  const paid = escrow?.payment ?? null;
  const price = paid === null ? escrow?.voucher?.amount : (BigInt(paid.paidToTutor) + BigInt(paid.fee)).toString();
  const back = escrow === undefined || price === undefined ? null : BigInt(escrow.depositAmount) - BigInt(price);
  return (
    <dl className="fm-facts">
      <Fact label={words.prompt.duration} value={format.clock(sessionDuration)} testId="prompt-duration" />
      <Fact
        label={words.prompt.participants}
        value={
          <>
            {words.prompt.tutorOf(tutorName ?? common.unknownPerson)}
            <br />
            {words.prompt.studentOf(studentName ?? common.unknownPerson)}
          </>
        }
        testId="prompt-participants"
      />
      <Fact label={words.prompt.id} value={<Short text={current.sessionId} testId="prompt-id" />} />
      <Fact
        label={payment.isPaid ? words.steps.paid : words.prompt.price}
        value={price === undefined ? words.prompt.priceOpen : write(price)}
        testId="prompt-price"
        strong
      />
      {back !== null && <Fact label={words.prompt.back} value={write(back)} testId="prompt-back" />}
    </dl>
  );
}

/** One line, whose place is kept: what is being waited for, or what went wrong; and the transaction as soon as there is one. */
function Transaction({ live }: { live: WebRTCSession }): ReactNode {
  const { payment, words } = live;
  const { step, error, transactionHash, isPaid } = payment;
  return (
    <div
      className="fm-chain-transaction"
      role="status"
      data-testid="prompt-state"
      data-step={isPaid ? "paid" : (step ?? "idle")}
    >
      {error !== null && !isPaid && (
        <p className="fm-note fm-note-danger" role="alert" data-testid="prompt-error">
          {sayRefusal(error, words)}
        </p>
      )}
      {step !== null && !isPaid && <p>{words.steps[step]}</p>}
      {transactionHash !== null && (
        <p className="fm-chain-hash">
          {words.prompt.transaction} <Short text={transactionHash} testId="prompt-transaction" />
        </p>
      )}
    </div>
  );
}

/** What the contract allows without the meter, said with what it costs. */
function WithoutServer({ live, current }: Part): ReactNode {
  const { words, wallet } = live;
  if (wallet === null || current.escrow === undefined) return null;
  const student = current.role === "student";
  return (
    <div className="fm-note fm-note-warning fm-chain-away" data-testid="prompt-away">
      <p>{words.prompt.away}</p>
      <Button onClick={() => void live.endByClock()} testId="prompt-by-clock">
        {student ? words.prompt.byClock : words.prompt.claim}
      </Button>
      <small>{student ? words.prompt.byClockHint : words.prompt.claimHint}</small>
      {student && (
        <>
          <Button onClick={() => void live.reclaim()} testId="prompt-reclaim">
            {words.prompt.reclaim}
          </Button>
          <small>{words.prompt.reclaimHint}</small>
        </>
      )}
    </div>
  );
}

type ActionsProps = Part & Pick<WebRTCSessionEndPromptProps, "receiptLink"> & { leave: () => void };

function Actions({ live, current, leave, receiptLink }: ActionsProps): ReactNode {
  const { words, payment, wallet } = live;
  if (payment.isPaid) {
    return (
      <div className="fm-dialog-actions">
        {receiptLink?.(current.requestId, words.prompt.receipt, leave)}
        <Button look="primary" onClick={leave} testId="prompt-close">
          {words.prompt.close}
        </Button>
      </div>
    );
  }
  const goesOn = current.call !== undefined && !isFinal(current.call.status);
  const busy = payment.step !== null;
  return (
    <div className="fm-dialog-actions">
      <Button onClick={leave} testId="prompt-later">
        {goesOn && !busy ? words.prompt.goOn : words.prompt.later}
      </Button>
      <Button
        look="primary"
        busy={busy}
        disabled={wallet === null}
        onClick={() => void live.endSession()}
        testId="end-session-and-pay"
      >
        {busy ? words.prompt.paying : words.prompt.pay}
      </Button>
    </div>
  );
}
