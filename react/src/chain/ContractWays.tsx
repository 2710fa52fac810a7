// How a session stands in the contract, in a sentence, and every way that this allows one person: until when, at what price, for how much.
import { type ReactNode, useEffect, useState } from "react";
import { Button } from "../components/parts/Button.tsx";
import { useFairminute } from "../hooks/FairminuteProvider.tsx";
import { useTokenFormat } from "./amounts.tsx";
import { divisionOf, type PaymentWay, type Way, waysOf } from "./ways.ts";
import type { EscrowJson } from "./wire.ts";
import type { ChainWords } from "./words.ts";

export type Role = "student" | "tutor";

/** The server's time, each second; prices by the contract's clock grow with it. */
export function useNow(): number {
  const { serverClock } = useFairminute().client;
  const [now, setNow] = useState(() => serverClock.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(serverClock.now()), 1000);
    return () => clearInterval(timer);
  }, [serverClock]);
  return now;
}

/** "13:05", or with the day where that is another one. */
function useInstant(): (at: number, now: number) => string {
  const { format } = useFairminute();
  return (at, now) =>
    format.day(at) === format.day(now) ? format.timeWithSeconds(at) : `${format.day(at)}, ${format.time(at)}`;
}

type StandingProps = { escrow: EscrowJson; role: Role; words: ChainWords };

/** A claim and a dispute said in a sentence. An open or a closed session says nothing here: price and payment stand elsewhere. */
export function ContractStanding({ escrow, role, words }: StandingProps): ReactNode {
  const { format } = useFairminute();
  const now = useNow();
  const say = useInstant();
  const write = useTokenFormat(escrow);
  const { status, claimedSeconds, until } = escrow.inContract;
  if ((status !== "claimed" && status !== "disputed") || claimedSeconds === null || until === null) return null;
  const last = Date.parse(until);
  const over = now >= last + 1000;
  const { price } = divisionOf(escrow, claimedSeconds);
  const told = { time: format.duration(claimedSeconds), price: write(price), until: say(last, now) };
  const sentences = words.standing[status][role];
  return (
    <p className="fm-note fm-note-warning fm-chain-standing" data-testid="contract-standing" data-status={status}>
      {over ? sentences.over(told) : sentences.running(told)}
    </p>
  );
}

type WaysProps = StandingProps & {
  /** Not listed: what has a button of its own. */
  except?: PaymentWay;
  /** Absent: the ways are told, and not gone. */
  onTake?: ((kind: PaymentWay) => void) | undefined;
  busy?: boolean;
};

/** The ways, those that are open with a button, those that open later with their hour. */
export function ContractWays({ escrow, role, words, except, onTake, busy = false }: WaysProps): ReactNode {
  const now = useNow();
  const ways = waysOf(escrow, role, now).filter(({ kind }) => kind !== except);
  if (ways.length === 0) return null;
  return (
    <ul className="fm-chain-ways" data-testid="contract-ways">
      {ways.map((way) => (
        <li key={way.kind} data-testid={`way-${way.kind}`} data-open={way.isOpen}>
          {way.isOpen && onTake !== undefined && (
            <Button busy={busy} onClick={() => onTake(way.kind)} testId={`take-${way.kind}`}>
              {words.ways[role][way.kind].label}
            </Button>
          )}
          <WayText
            way={way}
            escrow={escrow}
            role={role}
            words={words}
            now={now}
            isNamed={!way.isOpen || onTake === undefined}
          />
        </li>
      ))}
    </ul>
  );
}

type WayTextProps = StandingProps & {
  way: Way;
  now: number;
  /** Whether its name is said: a button beside it says it already. */
  isNamed: boolean;
};

function WayText({ way, escrow, role, words, now, isNamed }: WayTextProps): ReactNode {
  const { format } = useFairminute();
  const say = useInstant();
  const write = useTokenFormat(escrow);
  const { division, seconds, until, from, isOpen } = way;
  const window = escrow.inContract.disputeWindowSeconds;
  const told = {
    isFree: seconds === 0,
    time: seconds === null ? null : format.duration(seconds),
    price: division === null ? null : write(division.price),
    toTutor: division === null ? null : write(division.toTutor),
    toStudent: division === null ? null : write(division.toStudent),
    window: window === null ? null : format.duration(window),
  };
  const { label, hint } = words.ways[role][way.kind];
  return (
    <p>
      {isNamed && <strong>{label} </strong>}
      {!isOpen && from !== null && <span>{words.ways.from(say(from, now))} </span>}
      {hint(told)}
      {isOpen && until !== null && <> {words.ways.until(say(until, now))}</>}
    </p>
  );
}
