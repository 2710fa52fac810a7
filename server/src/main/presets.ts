// The presets as the command line prints them: a table for people.
import type { Catalogue, Policy, Preset, Terms } from "@fairminute/core";

export { presetsJson } from "../charging/preset-json.ts";

const titles = ["preset", "from", "a minute", "steps", "connect fee", "free", "funding", "platform", "policies"];

function writePolicy(policy: Policy): string {
  if (policy.kind === "long_call_bonus") return `bonus ${policy.coins} to ${policy.to} from ${policy.overSeconds} s`;
  if (policy.kind === "no_show") return `no-show ${policy.coins}`;
  const { coins, underSeconds, firstFree, growth, periodSeconds } = policy;
  const free = firstFree === 0 ? "" : `, first ${firstFree} free`;
  const grows = growth === 0n ? "" : `, growing by ${growth}`;
  const within = periodSeconds === null || (firstFree === 0 && growth === 0n) ? "" : `, within ${periodSeconds} s`;
  return `early exit ${coins} under ${underSeconds} s${free}${grows}${within}`;
}

function priceOf({ tariff, funding }: Terms): string {
  if (funding.kind === "none") return "free";
  const { length } = tariff.windows;
  const windows = length === 0 ? "" : ` (${length} ${length === 1 ? "window" : "windows"})`;
  return `${tariff.pricePerMinute}${windows}`;
}

function rowOf({ name, from, terms }: Preset): string[] {
  const { tariff, funding, split, policies } = terms;
  const steps = `${tariff.initialIncrementSeconds}/${tariff.incrementSeconds} ${tariff.rounding}`;
  const paid = [steps, String(tariff.connectFee), `${tariff.freeSeconds} s`, funding.kind];
  const share = `${split.platformBasisPoints / 100} %`;
  return [
    name,
    from === name ? "" : from,
    priceOf(terms),
    ...(funding.kind === "none" ? ["", "", "", "none", ""] : [...paid, share]),
    policies.length === 0 ? "none" : policies.map(writePolicy).join("; "),
  ];
}

/**
 * The table.
 * @param checked the file that was checked; undefined when it is what the settings say
 */
export function writePresets(presets: Catalogue, checked?: string): string {
  const rows = [titles, ...[...presets.values()].map(rowOf)];
  const widths = titles.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  const said = checked === undefined ? "" : `\nNothing is wrong with ${checked}.\n`;
  return `${lines.join("\n")}\n${said}\nAll of their fields: fairminute presets --json\n`;
}
