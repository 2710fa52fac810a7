// Writes terms as JSON: amounts become numbers.
import { coinsToJson } from "./money.ts";
import type { Policy } from "./policies/policy.ts";
import type { PolicyJson, Terms, TermsJson } from "./terms.ts";

/** The JSON form of terms, which `readTerms` reads back to the same. An amount that no number holds is refused (I12). */
export function writeTerms(terms: Terms): TermsJson {
  const { tariff } = terms;
  return {
    ...terms,
    tariff: {
      ...tariff,
      pricePerMinute: coinsToJson(tariff.pricePerMinute),
      connectFee: coinsToJson(tariff.connectFee),
      minimumCharge: coinsToJson(tariff.minimumCharge),
      windows: tariff.windows.map((window) => ({
        ...window,
        weekdays: [...window.weekdays],
        pricePerMinute: coinsToJson(window.pricePerMinute),
      })),
    },
    funding: { ...terms.funding },
    policies: terms.policies.map(writePolicy),
    split: { ...terms.split },
    limits: { ...terms.limits },
  };
}

function writePolicy(policy: Policy): PolicyJson {
  const coins = coinsToJson(policy.coins);
  return policy.kind === "early_exit" ? { ...policy, coins, growth: coinsToJson(policy.growth) } : { ...policy, coins };
}
