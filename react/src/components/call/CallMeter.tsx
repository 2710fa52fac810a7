// The meter: how long, how much, and for how long the money lasts. It shows what would be charged if the call ended now.
import type { ReactNode } from "react";
import { useFairminute } from "../../hooks/FairminuteProvider.tsx";
import type { Ticker } from "../../hooks/useCallTicker.ts";
import { Icon } from "../parts/Icon.tsx";

export type MeterCondition = "before" | "running" | "paused";

export type CallMeterProps = { ticker: Ticker; condition: MeterCondition; heldCoins: number };

/** Figures have a fixed width per digit, so that nothing moves when they change. */
export function CallMeter({ ticker, condition, heldCoins }: CallMeterProps): ReactNode {
  const { words, format } = useFairminute();
  const priced = { before: words.call.notStarted, running: words.call.running, paused: words.call.paused }[condition];
  const said = ticker.isFree ? words.call.free : priced;
  const payer = ticker.role === "payer";
  const until = Math.min(ticker.affordableUntil ?? Infinity, ticker.timeLimitAt ?? Infinity);
  const secondsLeft = Number.isFinite(until) ? Math.max(0, (until - ticker.now) / 1000) : null;
  return (
    <section className="fm-meter" aria-label={words.call.meter} data-condition={condition} data-testid="meter">
      <p className="fm-meter-condition" data-testid="meter-condition">
        <Icon name={condition === "paused" ? "pause" : "clock"} size={16} /> {said}
      </p>
      {/* A timer is silent for screen readers; thresholds are announced by the banners. */}
      <div className="fm-meter-figures" role="timer" data-testid="ticker">
        <Figure label={words.call.elapsed} value={format.clock(ticker.elapsedSeconds)} testId="ticker-elapsed" />
        {!ticker.isFree && (
          <Figure
            label={payer ? words.call.spent : words.call.earned}
            value={format.number(payer ? ticker.spent : ticker.earned)}
            unit={words.coinsUnit}
            testId="ticker-coins"
          />
        )}
        {payer && secondsLeft !== null && !ticker.isFree && (
          <Figure
            label={words.call.timeLeft}
            value={format.clock(secondsLeft)}
            low={secondsLeft < 300}
            testId="ticker-left"
          />
        )}
      </div>
      <dl className="fm-meter-more" hidden={ticker.isFree}>
        <More label={words.call.price} value={words.perMinute(format.coins(ticker.pricePerMinute))} />
        {condition !== "before" && <More label={words.call.paid} value={format.clock(ticker.billedSeconds)} />}
        {payer && heldCoins > 0 && <More label={words.call.held} value={format.coins(heldCoins)} testId="meter-held" />}
        {payer && ticker.fundedUntil !== null && (
          <More label={words.call.heldUntil} value={format.time(ticker.fundedUntil)} testId="meter-funded-until" />
        )}
      </dl>
    </section>
  );
}

type FigureProps = { label: string; value: string; unit?: string; low?: boolean; testId: string };

function Figure({ label, value, unit, low = false, testId }: FigureProps): ReactNode {
  return (
    <div className="fm-figure" data-low={low || undefined}>
      <span className="fm-figure-label">{label}</span>
      <span className="fm-figure-value">
        <span data-testid={testId}>{value}</span>
        {unit !== undefined && <span className="fm-figure-unit"> {unit}</span>}
      </span>
    </div>
  );
}

function More({ label, value, testId }: { label: string; value: string; testId?: string }): ReactNode {
  return (
    <div>
      <dt>{label}</dt>
      <dd data-testid={testId}>{value}</dd>
    </div>
  );
}
