// Tells, wherever one is by then, what leaving early cost and why. Put it once beside the pages of the app.
import { type ReactNode, useEffect, useState } from "react";
import type { CallJson, PenaltyJson } from "../client/wire.ts";
import { type Fairminute, useFairminute } from "../hooks/FairminuteProvider.tsx";
import { type PenaltyNews, usePenaltyNews } from "../hooks/usePenaltyNews.ts";
import { Icon } from "./parts/Icon.tsx";

/** Long enough to be read twice. Who points at it or tabs into it keeps it. */
const shownMs = 15_000;

export type PenaltyToastProps = {
  /** A link to the call's receipt, when the app has a page for it. */
  receiptLink?: (callId: string, text: string) => ReactNode;
};

/** Draws nothing most of the time. The region is always there, so that screen readers hear what appears in it. */
export function PenaltyToast({ receiptLink }: PenaltyToastProps): ReactNode {
  const { news, dismiss } = usePenaltyNews();
  return (
    <div className="fm-toasts" role="status" data-testid="toasts">
      {news.map((one) => (
        <Toast key={one.id} news={one} dismiss={dismiss} receiptLink={receiptLink} />
      ))}
    </div>
  );
}

type ToastProps = {
  news: PenaltyNews;
  dismiss: (id: string) => void;
  receiptLink: PenaltyToastProps["receiptLink"];
};

function Toast({ news, dismiss, receiptLink }: ToastProps): ReactNode {
  const fairminute = useFairminute();
  const { words } = fairminute;
  const [kept, keep] = useState(false);
  const { id, call, penalty } = news;
  useEffect(() => {
    if (kept) return;
    const timer = setTimeout(() => dismiss(id), shownMs);
    return () => clearTimeout(timer);
  }, [kept, dismiss, id]);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: pointing and tabbing only stop the clock; nothing is pressed here
    <div
      className="fm-toast"
      data-testid="penalty-toast"
      onPointerEnter={() => keep(true)}
      onPointerLeave={() => keep(false)}
      onFocus={() => keep(true)}
      onBlur={() => keep(false)}
    >
      <Icon name="warning" size={20} />
      <p className="fm-toast-text">
        {sayPenalty(call, penalty, fairminute)}
        {receiptLink !== undefined && <> {receiptLink(call.id, words.actions.viewReceipt)}</>}
      </p>
      <button
        type="button"
        className="fm-toast-close"
        aria-label={words.penalties.close}
        onClick={() => dismiss(id)}
        data-testid="toast-close"
      >
        <Icon name="close" size={18} />
      </button>
    </div>
  );
}

/** The sentence, from the server's figures: the amount that moved, how long the call lasted, how long it had to. */
export function sayPenalty(call: CallJson, penalty: PenaltyJson, { words, format }: Fairminute): string {
  const amount = format.coins(penalty.amount);
  const one = penalty.amount === 1;
  const policy = call.terms.policies.find(({ kind }) => kind === penalty.policy);
  if (policy?.kind !== "early_exit" || call.durationSeconds === null) {
    return words.penalties.other(amount, one, penalty.reason);
  }
  const after = format.duration(call.durationSeconds);
  return words.penalties.earlyExit(amount, one, after, `${policy.underSeconds} s`);
}
