// The figures of the lobby, from the rules that will charge the call: what is held, and how long a balance lasts.
import { coverSeconds, presetTerms, priceOfSeconds, type Terms } from "@fairminute/core";

export type LobbyOffer = {
  terms: Terms;
  /** Coins that are held when the call is made. */
  hold: bigint;
  /** Coins the balance must have: the hold, or the creator's shortest call if that is more. */
  required: bigint;
  /** How long the balance lasts, in seconds; null when nothing limits it. */
  affordableSeconds: number | null;
};

/** Estimates to choose from, in minutes. */
export const minuteChoices: readonly number[] = [5, 10, 15, 30, 60];

/** What a call of `minutes` means for a wallet with `available` coins, under the preset for creators' calls. */
export function makeOffer(
  creator: { callRatePerMinute: number; minimumCallDuration: number },
  minutes: number,
  available: bigint,
  now: number,
): LobbyOffer {
  const terms = presetTerms("creator-call", { pricePerMinute: BigInt(creator.callRatePerMinute) });
  const price = (count: number) => priceOfSeconds(terms.tariff, count * 60, now);
  return {
    terms,
    hold: price(minutes),
    required: price(Math.max(minutes, creator.minimumCallDuration)),
    affordableSeconds: coverSeconds(terms.tariff, available, now),
  };
}

/** The longest choice up to a quarter of an hour that the balance covers; the shortest when it covers none. */
export function firstChoice(
  creator: { callRatePerMinute: number; minimumCallDuration: number },
  available: bigint,
  now: number,
): number {
  const covered = minuteChoices.filter(
    (minutes) => minutes <= 15 && makeOffer(creator, minutes, available, now).required <= available,
  );
  return covered.at(-1) ?? minuteChoices[0] ?? 5;
}
