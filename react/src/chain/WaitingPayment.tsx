// What waits for one in the contract because it could not be sent, and the button that takes it.
import { type ReactNode, useContext, useState } from "react";
import { Button } from "../components/parts/Button.tsx";
import { useTokenFormat } from "./amounts.tsx";
import { sayRefusal } from "./refusal.ts";
import { WebRTCContext } from "./useWebRTCSession.ts";
import type { Withdrawal } from "./useWithdrawal.ts";
import type { Hex } from "./wire.ts";
import type { ChainWords } from "./words.ts";

/** Draws nothing while nothing waits, and outside of a WebRTCSessionProvider. */
export function WaitingPayment(): ReactNode {
  const live = useContext(WebRTCContext);
  if (live === null || live.withdrawal === null) return null;
  return <Waiting withdrawal={live.withdrawal} words={live.words} />;
}

const isAddress = (text: string): text is Hex => /^0x[0-9a-fA-F]{40}$/.test(text);

function Waiting({ withdrawal, words }: { withdrawal: Withdrawal; words: ChainWords }): ReactNode {
  const { amount, address, step, error, take } = withdrawal;
  const [to, setTo] = useState<string>(address);
  const write = useTokenFormat(withdrawal);
  const busy = step !== null;
  return (
    <section className="fm-chain-waiting" data-testid="waiting-payment">
      <p>
        <strong data-testid="waiting-amount">{words.waiting.title(write(amount))}</strong> {words.waiting.why}
      </p>
      <label className="fm-field">
        <span>{words.waiting.to}</span>
        <input
          className="fm-input"
          value={to}
          spellCheck={false}
          autoComplete="off"
          onChange={(event) => setTo(event.target.value.trim())}
          data-testid="waiting-to"
        />
      </label>
      <Button
        busy={busy}
        disabled={!isAddress(to)}
        onClick={() => void (isAddress(to) && take(to))}
        testId="waiting-take"
      >
        {busy ? words.steps[step] : words.waiting.take}
      </Button>
      {error !== null && (
        <p className="fm-note fm-note-danger" role="alert" data-testid="waiting-error">
          {sayRefusal(error, words)}
        </p>
      )}
    </section>
  );
}
