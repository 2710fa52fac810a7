// Stories of money in rows: evidence as it arrives, a small ledger that follows the plans, and what must stand there.
import { expect } from "vitest";
import type { Party } from "../src/index.ts";
import { sayTime, timeOf } from "./clock.ts";
import { Hall } from "./hall.ts";
import { eventOf } from "./story.ts";
import { termsOf } from "./terms.ts";

/**
 * Rows: "terms …", "parties …", "wallets leo=500", "minutes 30" (the estimate), then times: "requested", evidence (as in
 * stories; on=12:00:00 dates it earlier than it arrives), "credit leo=5", "money name=amount …" and "plan name=value …". Remarks
 * follow a #. The simulator tells its failures so.
 */
export function tell(text: string): Hall {
  let hall: Hall | null = null;
  let terms = termsOf([]);
  let wallets: Record<string, bigint> = { leo: 1000n };
  let parties: Party[] = [
    { userId: "leo", role: "payer" },
    { userId: "mia", role: "payee" },
  ];
  let estimatedSeconds = 1800;
  let count = 0;
  const rows = text.split("\n").map((row) => row.replace(/#.*/, "").trim());
  for (const row of rows.filter((one) => one !== "")) {
    const words = row.split(/\s+/);
    const [first = "", second = ""] = words;
    if (first === "terms") terms = termsOf(words.slice(1));
    else if (first === "minutes") estimatedSeconds = Number(second) * 60;
    else if (first === "wallets") wallets = coinsOf(words.slice(1));
    else if (first === "parties") {
      parties = words.slice(1).map((word) => {
        const [userId = "", role = ""] = word.split(":");
        return { userId, role: role as Party["role"] };
      });
    } else if (second === "requested") {
      const facts = { callId: "call_1", parties, terms, requestedAt: timeOf(first), estimatedSeconds, decided: null };
      hall = new Hall(facts, wallets);
    } else if (hall === null) throw new Error("the call is not requested yet");
    else if (second === "money" || second === "plan" || second === "credit")
      act(hall, row, first, second, words.slice(2));
    else if (hall.isOpen) {
      // A call that the wallet could not open hears of nothing.
      const on = words.find((word) => word.startsWith("on="))?.slice(3);
      const seen = eventOf([on ?? first, ...words.slice(1).filter((word) => !word.startsWith("on="))], count++);
      hall.receive(timeOf(first), [seen]);
    }
  }
  if (hall === null) throw new Error("no call was requested");
  return hall;
}

const coinsOf = (words: readonly string[]) =>
  Object.fromEntries(words.map((word) => [word.split("=")[0] ?? "", BigInt(word.split("=")[1] ?? "0")]));

function act(hall: Hall, row: string, time: string, verb: string, words: readonly string[]): void {
  hall.runUntil(timeOf(time));
  if (verb === "credit") {
    for (const [userId, coins] of Object.entries(coinsOf(words))) {
      hall.balances.set(`wallet:${userId}`, hall.balance(`wallet:${userId}`) + coins);
    }
    hall.advance();
    return;
  }
  const { last } = hall;
  const found: Record<string, string> =
    verb === "money"
      ? Object.fromEntries(
          words.map((word) => {
            const name = word.split("=")[0] ?? "";
            const key = /^(platform$|escrow$|call:|claim:)/.test(name) ? name : `wallet:${name}`;
            return [name, String(hall.balance(key))];
          }),
        )
      : {
          posted: hall.journal.join(",").replaceAll("=", ":"),
          status: last.status,
          folds: last.state.status,
          reason: last.state.endReason ?? "-",
          end: sayTime(last.state.endedAt),
          settled: String(last.settled),
          wake: sayTime(last.wakeAt),
          low: String(last.lowBalance),
          funded: sayTime(last.fundedUntil),
          estimated: String(last.estimatedCoins),
        };
  for (const word of words) {
    const [name = "", value = ""] = word.split("=");
    expect(`${name}=${found[name]}`, row).toBe(`${name}=${value}`);
  }
}
