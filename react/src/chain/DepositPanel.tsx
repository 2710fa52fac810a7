// Between accept and talk: the student deposits, both wait until the chain has confirmed it.
import { type ReactNode, useState } from "react";
import type { CallJson } from "../client/wire.ts";
import { Button } from "../components/parts/Button.tsx";
import { Fact } from "../components/parts/Fact.tsx";
import { Icon } from "../components/parts/Icon.tsx";
import { QueryPanel } from "../components/parts/QueryPanel.tsx";
import { ErrorText } from "../components/parts/StatePanel.tsx";
import { useFairminute } from "../hooks/FairminuteProvider.tsx";
import { useCallCommand } from "../hooks/useCall.ts";
import { useMe } from "../hooks/useMe.ts";
import { Short, useTokenFormat } from "./amounts.tsx";
import { deposit, type TransactionStep } from "./escrow.ts";
import { OtherDeposits } from "./OtherDeposits.tsx";
import { sayRefusal } from "./refusal.ts";
import { useEscrow } from "./useEscrow.ts";
import { useWebRTCSession } from "./useWebRTCSession.ts";
import type { EscrowJson, Hex } from "./wire.ts";

export type DepositPanelProps = { call: CallJson; connect?: ReactNode };

/** True while a call waits for its deposit. */
export function needsDeposit({ terms, fundedAt, status }: CallJson): boolean {
  return terms.funding.kind === "escrow" && fundedAt === null && status === "accepted";
}

/** What has to be done before the call opens, by whom. */
export function DepositPanel({ call, connect }: DepositPanelProps): ReactNode {
  const escrow = useEscrow(call.id, 2000);
  const payer = useMe().data?.userId === call.payerId;
  const { words } = useWebRTCSession();
  const name = payer ? (call.payeeName ?? call.payeeId ?? "") : (call.payerName ?? call.payerId);
  return (
    <section className="fm-card fm-chain-panel" data-testid="deposit-panel">
      <h1 className="fm-section-title">{payer ? words.deposit.title(name) : words.deposit.waitingFor(name)}</h1>
      <p className="fm-match-intro">{payer ? words.deposit.intro : words.deposit.waitingText}</p>
      <QueryPanel query={escrow} rows={4}>
        {(data) => (
          <>
            <DepositFacts escrow={data} />
            {payer && <OtherDeposits escrow={data} connect={isBlocked(data) ? connect : null} />}
            {payer && data.deposit === null && !isBlocked(data) && <Depositing escrow={data} connect={connect} />}
            {data.deposit !== null && (
              <p role="status" data-testid="deposit-confirming">
                {words.deposit.confirming(data.deposit.confirmations, data.deposit.needed)}
              </p>
            )}
          </>
        )}
      </QueryPanel>
      <CancelCall call={call} text={words.deposit.cancel} />
    </section>
  );
}

/** The contract lets a student's wallet have one session that runs with each tutor: another deposit would be refused. */
function isBlocked({ otherDeposits, student, tutor }: EscrowJson): boolean {
  return otherDeposits.some(
    (other) => other.inContract.status === "open" && other.student === student && other.tutor === tutor,
  );
}

function DepositFacts({ escrow }: { escrow: EscrowJson }): ReactNode {
  const { words: common, format } = useFairminute();
  const { words } = useWebRTCSession();
  const write = useTokenFormat(escrow);
  return (
    <dl className="fm-facts">
      <Fact label={words.deposit.price} value={common.perMinute(write(escrow.terms.ratePerMinute))} />
      <Fact label={words.deposit.longest} value={format.duration(Number(escrow.terms.maxSeconds))} />
      <Fact label={words.deposit.tutor} value={<Short text={escrow.tutor} />} />
      <Fact label={words.deposit.contract} value={<Short text={escrow.contract} />} />
      <Fact label={words.deposit.amount} value={write(escrow.depositAmount)} testId="deposit-amount" strong />
    </dl>
  );
}

type Doing = { step: TransactionStep | null; hash: Hex | null; error: unknown; mined: boolean };
const nothing: Doing = { step: null, hash: null, error: null, mined: false };

function Depositing({ escrow, connect }: { escrow: EscrowJson; connect: ReactNode }): ReactNode {
  const { client } = useFairminute();
  const { words, wallet } = useWebRTCSession();
  const write = useTokenFormat(escrow);
  const [doing, setDoing] = useState<Doing>(nothing);
  if (wallet === null) return connect;
  const pay = async () => {
    setDoing({ ...nothing, step: "signing" });
    const onStep = (step: TransactionStep, hash: Hex | null) => setDoing({ ...nothing, step, hash });
    try {
      const hash = await deposit(wallet, escrow, { onStep, now: client.serverClock.now() });
      const mined = hash === null ? null : await wallet.waitFor(hash);
      if (mined?.succeeded === false) throw new Error(words.refusals.reverted);
      setDoing({ ...nothing, hash: mined?.transactionHash ?? null, mined: true });
    } catch (error) {
      setDoing({ ...nothing, error });
    }
  };
  const busy = doing.step !== null || doing.mined;
  return (
    <>
      <Button look="primary" icon="lock" busy={busy} onClick={() => void pay()} testId="deposit-confirm">
        {words.deposit.confirm(write(escrow.depositAmount))}
      </Button>
      <div className="fm-chain-transaction" role="status" data-testid="deposit-state">
        {doing.step !== null && <p>{words.steps[doing.step]}</p>}
        {doing.mined && <p>{words.deposit.looking}</p>}
        {doing.hash !== null && (
          <p className="fm-chain-hash">
            {words.prompt.transaction} <Short text={doing.hash} testId="deposit-transaction" />
          </p>
        )}
        {doing.error !== null && (
          <p className="fm-note fm-note-danger" role="alert" data-testid="deposit-error">
            {sayRefusal(doing.error, words)}
          </p>
        )}
      </div>
    </>
  );
}

function CancelCall({ call, text }: { call: CallJson; text: string }): ReactNode {
  const cancel = useCallCommand(call.id);
  return (
    <>
      <Button look="quiet" busy={cancel.isPending} onClick={() => cancel.mutate("cancel")} testId="deposit-cancel">
        <Icon name="close" size={16} /> {text}
      </Button>
      {cancel.error !== null && (
        <p className="fm-note fm-note-danger" role="alert">
          <ErrorText error={cancel.error} />
        </p>
      )}
    </>
  );
}
