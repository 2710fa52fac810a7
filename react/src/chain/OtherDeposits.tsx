// Deposits of the student beside the right one: what is wrong with each, and the one button that ends it for next to nothing.
import { type ReactNode, useState } from "react";
import { Button } from "../components/parts/Button.tsx";
import { useFairminute } from "../hooks/FairminuteProvider.tsx";
import { useTokenFormat } from "./amounts.tsx";
import { useNow } from "./ContractWays.tsx";
import { endNamed, reclaim, type TransactionStep } from "./escrow.ts";
import { sayRefusal } from "./refusal.ts";
import { useWebRTCSession } from "./useWebRTCSession.ts";
import type { EscrowWallet } from "./wallet.ts";
import { clockOf, divisionOf } from "./ways.ts";
import type { EscrowJson, OtherDepositJson } from "./wire.ts";
import type { ChainWords } from "./words.ts";

/** Draws nothing where there are none. `connect` is a way to connect a wallet, shown while there is none. */
export function OtherDeposits({ escrow, connect }: { escrow: EscrowJson; connect: ReactNode }): ReactNode {
  const { wallet } = useWebRTCSession();
  if (escrow.otherDeposits.length === 0) return null;
  return (
    <>
      {escrow.otherDeposits.map((other) => (
        <OtherDeposit key={other.sessionId} other={other} escrow={escrow} />
      ))}
      {wallet === null && connect}
    </>
  );
}

type Part = { other: OtherDepositJson; escrow: EscrowJson };

function OtherDeposit({ other, escrow }: Part): ReactNode {
  const { words } = useWebRTCSession();
  const why = useReason({ other, escrow });
  const isEarlier = other.callId !== null && other.misfit === null;
  return (
    <section className="fm-note fm-note-warning fm-chain-other" data-testid="other-deposit">
      {!isEarlier && <h2>{words.other.title}</h2>}
      <p role="alert" data-testid="other-deposit-why">
        {why}
      </p>
      {isEarlier ? <SeeThrough callId={other.callId as string} /> : <WayOut other={other} escrow={escrow} />}
    </section>
  );
}

/** An amount of the deposit's own token: of another one than the call's the decimals are not known. */
function useOwnFormat({ other, escrow }: Part): (smallest: string | bigint) => string {
  const { words } = useWebRTCSession();
  const write = useTokenFormat(escrow);
  const isSame = other.token.toLowerCase() === escrow.token.toLowerCase();
  return isSame ? write : (smallest) => words.other.anotherToken(String(smallest));
}

function useReason({ other, escrow }: Part): string {
  const { words } = useWebRTCSession();
  const { format } = useFairminute();
  const write = useTokenFormat(escrow);
  const amount = useOwnFormat({ other, escrow })(other.depositAmount);
  const { misfit, callId } = other;
  if (misfit === null) return callId === null ? words.other.unknown(amount) : words.other.earlier(amount);
  const { field, found, expected } = misfit;
  const say = (value: string): string => {
    if (field === "ratePerMinute" || field === "deposit") return write(value);
    if (field === "maxSeconds") return format.duration(Number(value));
    return value.length > 16 ? `${value.slice(0, 8)}…${value.slice(-6)}` : value;
  };
  return words.other.wrong(amount, words.other.reason(words.other.fields[field] ?? field, say(found), say(expected)));
}

function SeeThrough({ callId }: { callId: string }): ReactNode {
  const { words, resume } = useWebRTCSession();
  return (
    <Button look="primary" onClick={() => resume(callId)} testId="other-deposit-see-through">
      {words.other.seeThrough}
    </Button>
  );
}

type Doing = { step: TransactionStep | null; error: unknown; isDone: boolean };
const nothing: Doing = { step: null, error: null, isDone: false };

/** What ending it costs now: by the contract's clock, or nothing once its time is over. */
function sayCost({ other, escrow }: Part, now: number, write: (value: bigint) => string, words: ChainWords): string {
  if (isReclaimable(other, now)) return words.other.reclaimNow;
  const seconds = clockOf({ inContract: other.inContract, terms: { ...escrow.terms, ...other } }, now);
  if (seconds === null) return words.other.endUnknown;
  const { ratePerMinute, maxSeconds, depositAmount } = other;
  const terms = { ...escrow.terms, ratePerMinute, maxSeconds };
  const { price, toStudent } = divisionOf({ ...escrow, terms, depositAmount }, seconds);
  const claimed = other.inContract.status !== "open";
  return claimed
    ? words.other.agree(write(price), write(toStudent))
    : words.other.endNow(write(price), write(toStudent));
}

function isReclaimable({ inContract: { status, reclaimableFrom } }: OtherDepositJson, now: number): boolean {
  return status === "open" && reclaimableFrom !== null && now >= Date.parse(reclaimableFrom);
}

/** By the session's own id, so that nothing else can be ended by it. */
function WayOut({ other, escrow }: Part): ReactNode {
  const { words, wallet } = useWebRTCSession();
  const now = useNow();
  const write = useOwnFormat({ other, escrow });
  const [doing, setDoing] = useState<Doing>(nothing);
  const back = isReclaimable(other, now);
  const take = async (from: EscrowWallet) => {
    setDoing({ ...nothing, step: "signing" });
    const place = { chainId: escrow.chainId, contract: escrow.contract, sessionId: other.sessionId };
    try {
      const hash = await (back ? reclaim : endNamed)(from, place, (step) => setDoing({ ...nothing, step }));
      const mined = await from.waitFor(hash);
      if (!mined.succeeded) throw new Error(words.refusals.reverted);
      setDoing({ ...nothing, isDone: true });
    } catch (error) {
      setDoing({ ...nothing, error });
    }
  };
  if (wallet !== null && wallet.address.toLowerCase() !== other.student.toLowerCase())
    return <p>{words.other.otherWallet(other.student)}</p>;
  return (
    <>
      <p data-testid="other-deposit-cost">
        {doing.isDone ? words.other.done : sayCost({ other, escrow }, now, write, words)}
      </p>
      {wallet !== null && (
        <Button
          look="primary"
          busy={doing.step !== null || doing.isDone}
          onClick={() => void take(wallet)}
          testId="other-deposit-end"
        >
          {doing.step !== null ? words.steps[doing.step] : back ? words.other.reclaim : words.other.end}
        </Button>
      )}
      {doing.error !== null && (
        <p className="fm-note fm-note-danger" role="alert" data-testid="other-deposit-error">
          {sayRefusal(doing.error, words)}
        </p>
      )}
    </>
  );
}
