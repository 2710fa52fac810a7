// A script as a story in rows, in the notation of core/test/money-story.ts: evidence by its arrival, what went wrong as remarks.
import { presetTerms, type Terms } from "@fairminute/core";
import type { ProviderEvent } from "../providers/provider.ts";
import { type Act, type Script, type ScriptCall, scriptStart } from "./script.ts";
import { readPlainly } from "./words.ts";

function sayTime(at: number): string {
  const ms = Math.round(at - scriptStart);
  const two = (value: number) => String(Math.floor(value)).padStart(2, "0");
  const rest = ms % 1000 === 0 ? "" : `.${String(ms % 1000).padStart(3, "0")}`;
  return `${two(ms / 3_600_000)}:${two((ms / 60_000) % 60)}:${two((ms / 1000) % 60)}${rest}`;
}

/** Each word of the notation, from terms. */
const termWords: Record<string, (terms: Terms) => string> = {
  price: ({ tariff }) => String(tariff.pricePerMinute),
  fee: ({ tariff }) => String(tariff.connectFee),
  minimum: ({ tariff }) => String(tariff.minimumCharge),
  steps: ({ tariff }) => `${tariff.initialIncrementSeconds}/${tariff.incrementSeconds}`,
  rounding: ({ tariff }) => tariff.rounding,
  free: ({ tariff }) => String(tariff.freeSeconds),
  nochargeunder: ({ tariff }) => String(tariff.noChargeUnderSeconds),
  maximum: ({ tariff }) => String(tariff.maximumDurationSeconds ?? "none"),
  offset: ({ tariff }) => String(tariff.utcOffsetMinutes),
  lines: ({ tariff }) => tariff.lines,
  funding: ({ funding }) =>
    "sliceSeconds" in funding ? `${funding.kind}/${funding.sliceSeconds}/${funding.extendBeforeSeconds}` : funding.kind,
  billable: ({ billable }) => billable,
  ring: ({ limits }) => String(limits.ringTimeoutSeconds),
  join: ({ limits }) => String(limits.joinTimeoutSeconds),
  grace: ({ limits }) => String(limits.reconnectGraceSeconds),
  heartbeat: ({ limits }) => String(limits.heartbeatTimeoutSeconds),
  delay: ({ limits }) => String(limits.settlementDelaySeconds),
  platform: ({ split }) => String(split.platformBasisPoints),
};

const clockTime = (minute: number): string => `${Math.floor(minute / 60)}:${String(minute % 60).padStart(2, "0")}`;

function policyWord(policy: Terms["policies"][number]): string {
  if (policy.kind === "no_show") return `noshow=${policy.coins}`;
  if (policy.kind === "long_call_bonus") return `bonus=${policy.overSeconds}/${policy.coins}/${policy.to}`;
  const { underSeconds, coins, firstFree, growth, periodSeconds } = policy;
  return `earlyexit=${underSeconds}/${coins}/${firstFree}/${growth}${periodSeconds === null ? "" : `/${periodSeconds}`}`;
}

/** Terms as a preset and what is otherwise in them. */
export function tellTerms(terms: Terms): string {
  const preset = terms.preset === "random" ? "creator-call" : terms.preset;
  const plain = presetTerms(preset);
  const words = Object.entries(termWords).flatMap(([name, say]) =>
    say(terms) === say(plain) ? [] : [`${name}=${say(terms)}`],
  );
  const windows = terms.tariff.windows.map(
    ({ fromMinute, toMinute, pricePerMinute, weekdays }) =>
      `window=${clockTime(fromMinute)}-${clockTime(toMinute)}@${pricePerMinute}${weekdays.length === 7 ? "" : `/${weekdays.join("")}`}`,
  );
  const known = new Set(plain.policies.map(policyWord));
  const policies = terms.policies.map(policyWord).filter((word) => !known.has(word));
  const isLeft = plain.policies.some(
    ({ kind }) => kind === "early_exit" && terms.policies.every((one) => one.kind !== kind),
  );
  return ["terms", preset, ...words, ...windows, ...policies, ...(isLeft ? ["earlyexit=none"] : [])].join(" ");
}

const verbs: Record<string, string> = {
  "call.accepted": "accepted",
  "call.rejected": "rejected",
  "call.cancelled": "cancelled",
  "call.ended": "ended",
  "call.funded": "funded",
  "call.unfunded": "unfunded",
  hangup: "hangup",
  "participant.joined": "joined",
  "participant.left": "left",
  "participant.seen": "seen",
  "participant.kicked": "kicked",
};
const commandVerbs = { accept: "accepted", reject: "rejected", cancel: "cancelled", end: "hangup" } as const;

function tellEvent(at: number, event: ProviderEvent): string {
  const { id, type, source, userId, connectionId, reason, occurredAt, untilAt } = event;
  const names = connectionId !== null ? [userId ?? "-", connectionId] : userId !== null ? [userId] : ["-"];
  const more = [
    ...(occurredAt === at ? [] : [`on=${sayTime(occurredAt)}`]),
    `source=${source}`,
    ...(reason === null ? [] : [`reason=${reason}`]),
    ...(type === "participant.seen" && untilAt !== null ? [`until=${sayTime(untilAt)}`] : []),
    `id=${id}`,
  ];
  return [sayTime(at), verbs[type] ?? type, ...names, ...more].join(" ");
}

function remark({ server, fate, rival, does }: Act): string {
  const words = [
    ...(server === 0 ? [] : ["at the other server"]),
    ...(fate === undefined ? [] : [fate.replaceAll("_", " ")]),
    ...(rival === undefined
      ? []
      : [rival === "look" ? "raced by a look" : `raced by ${rival.command} of ${rival.userId ?? "the operator"}`]),
    ...(does.kind === "word" && does.damage !== null ? [does.damage.replaceAll("_", " ")] : []),
  ];
  return words.length === 0 ? "" : `   # ${words.join(", ")}`;
}

/** A call that needs no ringing is accepted when it opens. */
function tellAccepted(time: string, { accepted, parties }: ScriptCall): string[] {
  if (accepted === null) return [];
  const by = parties.find(({ role }) => role === "payee") ?? parties[0];
  return [`${time} accepted ${by?.userId ?? "-"} source=command reason=${accepted}`];
}

function tellAct(act: Act, call: ScriptCall): string[] {
  const { at, server, does } = act;
  const time = sayTime(at);
  switch (does.kind) {
    case "open":
      return [`${time} requested${remark(act)}`, ...tellAccepted(time, call)];
    case "evidence":
      return does.events.map((event) => tellEvent(at, event) + remark(act));
    case "word":
      return readPlainly(call.carrier, does.word, "room").map((event) => tellEvent(at, event) + remark(act));
    case "command": {
      const who = does.userId ?? "-";
      const isOperatorsEnd = does.command === "end" && does.userId === null;
      return [`${time} ${isOperatorsEnd ? "ended" : commandVerbs[does.command]} ${who} source=command${remark(act)}`];
    }
    case "balance":
      return [
        does.amount > 0
          ? `${time} credit ${does.userId}=${does.amount}`
          : `# ${time} ${does.userId} spends ${-does.amount} elsewhere`,
      ];
    case "look":
      return [
        `# ${time} the provider is asked ${does.isReport ? "for its record" : "who is there"}: ${does.answer}${remark(act)}`,
      ];
    case "pause":
      return [`# ${time} server ${server} stands still until ${sayTime(does.until)}`];
    case "outage":
      return [`# ${time} the database is away until ${sayTime(does.until)}`];
    case "clock":
      return [`# ${time} the clock of server ${server} is off by ${does.offsetMs / 1000} s`];
  }
}

/** The whole story, a call after the other. */
export function tellStory(script: Script): string {
  const lines: string[] = [];
  const wallets = Object.entries(script.wallets).map(([userId, coins]) => `${userId}=${coins}`);
  for (const [index, call] of script.calls.entries()) {
    const acts = script.acts.filter((act) => act.call === index);
    if (acts.length === 0) continue;
    if (script.calls.length > 1) lines.push(`# call ${index}`);
    lines.push(`${tellTerms(call.terms)}   # carried by ${call.carrier}`);
    lines.push(`parties ${call.parties.map(({ userId, role }) => `${userId}:${role}`).join(" ")}`);
    lines.push(`wallets ${wallets.join(" ")}`, `minutes ${call.estimatedMinutes}`);
    lines.push(...acts.flatMap((act) => tellAct(act, call)));
  }
  if (script.lagMs > 0) lines.push(`# servers look ${script.lagMs / 1000} s after a deadline`);
  for (const [n, fate] of Object.entries(script.dueFates)) lines.push(`# due write ${n}: ${fate.replaceAll("_", " ")}`);
  return lines.join("\n");
}
