// The split of a charge between payee and platform.
import { assert } from "./assert.ts";
import type { Terms } from "./terms.ts";

/** Who pays and who gets: `payee + platform = payer` (I9). */
export type Settlement = { payer: bigint; platform: bigint; payee: bigint };

/** Splits `total` coins by the terms: the platform's share is rounded down, the payee gets the rest (I9). */
export function settleCharge(total: bigint, terms: Terms): Settlement {
  const platform = (total * BigInt(terms.split.platformBasisPoints)) / 10_000n;
  const payee = total - platform;
  assert(
    platform >= 0n && payee >= 0n && payee + platform === total,
    () => `I9: ${total} split into ${payee} + ${platform}`,
  );
  return { payer: total, platform, payee };
}
