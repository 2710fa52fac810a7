// The figures of the lobby, from the rules that will charge the call: what is held, and how long a balance lasts.
import { coverSeconds, firstHold, priceAt, priceOfSeconds, priceTerms, type Terms } from "@fairminute/core";

export type LobbyOffer = {
  terms: Terms;
  /** What a minute costs now; null when nothing is paid. */
  pricePerMinute: bigint | null;
  /** Coins that are held when the call is made. */
  hold: bigint;
  /** Coins the balance must have: the hold, or the creator's shortest call if that is more. */
  required: bigint;
  /** How long the balance lasts, in seconds; null when nothing limits it. */
  affordableSeconds: number | null;
};

type Asked = { callRatePerMinute: number; minimumCallDuration: number };

/** Estimates to choose from, in minutes. */
export const minuteChoices: readonly number[] = [5, 10, 15, 30, 60];

/** What a call of `minutes` means for a wallet with `available` coins, under the server's own `preset` at the creator's price. */
export function makeOffer(preset: Terms, creator: Asked, minutes: number, available: bigint, now: number): LobbyOffer {
  const terms = priceTerms(preset, BigInt(creator.callRatePerMinute));
  const { tariff, funding } = terms;
  if (funding.kind === "none") return { terms, pricePerMinute: null, hold: 0n, required: 0n, affordableSeconds: null };
  const hold = firstHold({ terms, estimatedSeconds: minutes * 60, requestedAt: now });
  let required = priceOfSeconds(tariff, creator.minimumCallDuration * 60, now);
  if (required < hold) required = hold;
  return {
    terms,
    pricePerMinute: priceAt(tariff, now),
    hold,
    required,
    affordableSeconds: coverSeconds(tariff, available, now),
  };
}

/** The longest choice up to a quarter of an hour that the balance covers; the shortest when it covers none. */
export function firstChoice(preset: Terms, creator: Asked, available: bigint, now: number): number {
  const covered = minuteChoices.filter(
    (minutes) => minutes <= 15 && makeOffer(preset, creator, minutes, available, now).required <= available,
  );
  return covered.at(-1) ?? minuteChoices[0] ?? 5;
}
