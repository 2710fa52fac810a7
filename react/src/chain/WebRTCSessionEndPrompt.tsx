// The prompt of source document 001: the session's facts, why payment is due, one button that pays, and where the transaction stands.
import type { ReactNode } from "react";
import { Button } from "../components/parts/Button.tsx";
import { Dialog } from "../components/parts/Dialog.tsx";
import { Fact } from "../components/parts/Fact.tsx";
import { useFairminute } from "../hooks/FairminuteProvider.tsx";
import { isFinal } from "../hooks/useCall.ts";
import { Short, useTokenFormat } from "./amounts.tsx";
import { ContractStanding, ContractWays } from "./ContractWays.tsx";
import { sayRefusal } from "./refusal.ts";
import { type CurrentCall, useWebRTCSession, type WebRTCSession } from "./useWebRTCSession.ts";
import { WaitingPayment } from "./WaitingPayment.tsx";
import type { PaymentWay } from "./ways.ts";

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
    <Dialog title={titleOf(live, currentSession)} onCancel={leave} testId="session-prompt">
      {!payment.isPaid && (
        <p className="fm-dialog-intro" data-testid="session-why">
          {words.prompt.why[live.cause ?? "by-hand"]}
        </p>
      )}
      <Facts live={live} current={currentSession} />
      {currentSession.escrow !== undefined && !payment.isPaid && (
        <ContractStanding escrow={currentSession.escrow} role={currentSession.role} words={words} />
      )}
      <OtherWays live={live} current={currentSession} />
      <WaitingPayment />
      {live.wallet === null && !payment.isPaid && (
        <div className="fm-note fm-note-warning" data-testid="session-connect">
          <p>{words.prompt.connect}</p>
          {connect}
        </div>
      )}
      <Transaction live={live} />
      <Actions live={live} current={currentSession} leave={leave} receiptLink={receiptLink} />
    </Dialog>
  );
}

function titleOf({ payment, words }: WebRTCSession, { escrow }: CurrentCall): string {
  if (!payment.isPaid) return words.prompt.title;
  const seen = escrow?.payment;
  return seen != null && BigInt(seen.paidToTutor) === 0n ? words.prompt.freeTitle : words.prompt.paidTitle;
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

/** What the contract allows besides: open where the meter's way is closed or somebody has gone another one, else one press away. */
function OtherWays({ live, current }: Part): ReactNode {
  const { words, wallet, payment } = live;
  const { escrow, role } = current;
  if (escrow === undefined || payment.isPaid) return null;
  const { serverAway, step } = payment;
  const unusual = serverAway || ["claimed", "disputed"].includes(escrow.inContract.status);
  const onTake = wallet === null ? undefined : (kind: PaymentWay) => void live.takeWay(kind);
  return (
    <details className="fm-chain-more" open={unusual} data-testid="other-ways">
      <summary>{words.ways.title}</summary>
      {serverAway && step === null && (
        <p className="fm-chain-away" data-testid="prompt-away">
          {words.prompt.away}
        </p>
      )}
      <ContractWays
        escrow={escrow}
        role={role}
        words={words}
        except="voucher"
        onTake={onTake}
        busy={step !== null && step !== "confirming"}
      />
      <small>{words.ways.cost}</small>
    </details>
  );
}

type ActionsProps = Part & Pick<WebRTCSessionEndPromptProps, "receiptLink"> & { leave: () => void };

function Actions({ live, current, leave, receiptLink }: ActionsProps): ReactNode {
  const { words, payment, wallet } = live;
  if (payment.isPaid) {
    return (
      <div className="fm-dialog-actions fm-chain-actions">
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
    <div className="fm-dialog-actions fm-chain-actions">
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
