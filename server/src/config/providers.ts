// The settings of the providers: keys, addresses, who carries new calls, and the terms of calls that are found by their webhooks.
import { type Catalogue, isEscrow } from "@fairminute/core";

/** The providers that calls can have. */
export const providerNames = ["webrtc", "livekit", "stream"] as const;
export type ProviderName = (typeof providerNames)[number];

/** A LiveKit project. `url` is where browsers connect, `apiUrl` where this server asks. */
export interface LivekitSettings {
  readonly url: string;
  readonly apiKey: string;
  readonly apiSecret: string;
  readonly apiUrl: string;
  /** How long one request to its API may take; the provider's own default when absent. */
  readonly timeoutMs?: number;
}

/** An app at Stream. `webhookSecret` is the secret key unless another one is set; `apiUrl` null: Stream's own address. */
export interface StreamSettings {
  readonly apiKey: string;
  readonly secretKey: string;
  readonly webhookSecret: string;
  readonly apiUrl: string | null;
  /** The role that a call token gives in its call. */
  readonly callRole: string;
  /** As LiveKit's. */
  readonly timeoutMs?: number;
}

/** One rule for calls that nobody opened here. `type` null: every type of this provider that has no rule of its own. */
export interface UnknownCallRule {
  readonly provider: Exclude<ProviderName, "webrtc">;
  readonly type: string | null;
  /** The terms, or null: such calls are kept for the operator and not opened. */
  readonly preset: string | null;
}

export interface ProviderSettings {
  readonly livekit: LivekitSettings | null;
  readonly stream: StreamSettings | null;
  /** Shared with an outside WebRTC server that tells what happens in its calls; null: there is none. */
  readonly webrtcSecret: string | null;
  /** Who carries new calls. */
  readonly provider: ProviderName;
  /** Who carries new calls of a preset, where that is somebody else. */
  readonly presetProviders: Readonly<Record<string, ProviderName>>;
  readonly unknownCalls: readonly UnknownCallRule[];
  /** For how many days webhooks are kept that have taken effect; null: for ever. */
  readonly webhookDays: number | null;
}

export const providerSettingNames = [
  "LIVEKIT_URL",
  "LIVEKIT_API_KEY",
  "LIVEKIT_API_SECRET",
  "LIVEKIT_API_URL",
  "STREAM_API_KEY",
  "STREAM_SECRET_KEY",
  "STREAM_WEBHOOK_SECRET",
  "STREAM_API_URL",
  "STREAM_CALL_ROLE",
  "FAIRMINUTE_WEBRTC_SECRET",
  "FAIRMINUTE_PROVIDER",
  "FAIRMINUTE_PRESET_PROVIDERS",
  "FAIRMINUTE_UNKNOWN_CALLS",
  "FAIRMINUTE_WEBHOOK_DAYS",
] as const;
export type ProviderSettingName = (typeof providerSettingNames)[number];

/** How single settings are read, and where problems go. */
export interface SettingReader {
  text(setting: ProviderSettingName): string | undefined;
  list(setting: ProviderSettingName): string[];
  oneOf<const T extends string>(setting: ProviderSettingName, choices: readonly T[], fallback: T): T;
  integer(setting: ProviderSettingName, from: number, to: number, fallback: number): number;
  refuse(setting: string, problem: string, hint: string): void;
}

const defaultUnknownCalls = ["stream=match"];
const secretLengthMin = 32;

/** Whether a host is this machine. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\./.test(hostname);
}

/** An address with one of the safe schemes, or with its plain twin on this machine; no slash at its end. Null when it is wrong. */
function readAddress(
  read: SettingReader,
  setting: ProviderSettingName,
  value: string,
  schemes: readonly ("https" | "wss")[],
): string | null {
  const url = URL.canParse(value) ? new URL(value) : null;
  const scheme = url?.protocol.replace(/:$/, "") ?? "";
  const isSafe = (schemes as readonly string[]).includes(scheme);
  const isPlain = (schemes as readonly string[]).includes(`${scheme}s`);
  if (url !== null && (isSafe || (isPlain && isLoopback(url.hostname)))) return value.replace(/\/+$/, "");
  const shown = schemes.map((one) => `${one}://`).join(" or ");
  const hint = isPlain ? "Keys travel there: without encryption it must be this machine." : `Give one with ${shown}`;
  read.refuse(setting, `is no ${shown} address.`, hint);
  return null;
}

/** Settings that make sense together only. @returns their values, or null when none of them is set or one is missing */
function readGroup<const Name extends ProviderSettingName>(
  read: SettingReader,
  required: readonly Name[],
  extra: readonly ProviderSettingName[],
): Record<Name, string> | null {
  const given = [...required, ...extra].filter((setting) => read.text(setting) !== undefined);
  const missing = required.filter((setting) => read.text(setting) === undefined);
  if (given.length === 0) return null;
  for (const setting of missing) {
    read.refuse(
      setting,
      `is missing while ${given[0]} is set.`,
      `Set ${required.join(", ")} together, or none of them.`,
    );
  }
  if (missing.length > 0) return null;
  return Object.fromEntries(required.map((setting) => [setting, read.text(setting)])) as Record<Name, string>;
}

function readLivekit(read: SettingReader): LivekitSettings | null {
  const names = ["LIVEKIT_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET"] as const;
  const group = readGroup(read, names, ["LIVEKIT_API_URL"]);
  if (group === null) return null;
  const url = readAddress(read, "LIVEKIT_URL", group.LIVEKIT_URL, ["wss", "https"]);
  const given = read.text("LIVEKIT_API_URL");
  const apiUrl =
    given === undefined ? url?.replace(/^ws/, "http") : readAddress(read, "LIVEKIT_API_URL", given, ["https"]);
  if (url === null || apiUrl === null || apiUrl === undefined) return null;
  return { url, apiUrl, apiKey: group.LIVEKIT_API_KEY, apiSecret: group.LIVEKIT_API_SECRET };
}

/** Stream's own role of every member, where nobody says otherwise. */
const callRoleDefault = "call_member";

function readCallRole(read: SettingReader): string {
  const role = read.text("STREAM_CALL_ROLE") ?? callRoleDefault;
  if (!/^[a-z0-9_-]{1,64}$/i.test(role))
    read.refuse(
      "STREAM_CALL_ROLE",
      `is "${role}".`,
      "Give the name of a role of your Stream app, such as call_member.",
    );
  return role;
}

function readStream(read: SettingReader): StreamSettings | null {
  const names = ["STREAM_API_KEY", "STREAM_SECRET_KEY"] as const;
  const group = readGroup(read, names, ["STREAM_WEBHOOK_SECRET", "STREAM_API_URL", "STREAM_CALL_ROLE"]);
  if (group === null) return null;
  const given = read.text("STREAM_API_URL");
  return {
    apiKey: group.STREAM_API_KEY,
    secretKey: group.STREAM_SECRET_KEY,
    webhookSecret: read.text("STREAM_WEBHOOK_SECRET") ?? group.STREAM_SECRET_KEY,
    apiUrl: given === undefined ? null : readAddress(read, "STREAM_API_URL", given, ["https"]),
    callRole: readCallRole(read),
  };
}

function readWebrtcSecret(read: SettingReader): string | null {
  const secret = read.text("FAIRMINUTE_WEBRTC_SECRET") ?? null;
  if (secret !== null && secret.length < secretLengthMin) {
    read.refuse(
      "FAIRMINUTE_WEBRTC_SECRET",
      `has ${secret.length} characters.`,
      `Give at least ${secretLengthMin}: openssl rand -base64 48`,
    );
  }
  return secret;
}

/** A provider that carries calls needs its keys. */
function checkConfigured(
  read: SettingReader,
  setting: ProviderSettingName,
  name: ProviderName,
  settings: Pick<ProviderSettings, "livekit" | "stream">,
): void {
  if (name === "webrtc" || settings[name] !== null) return;
  const needed =
    name === "livekit" ? "LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET" : "STREAM_API_KEY and STREAM_SECRET_KEY";
  read.refuse(setting, `names ${name}, which is not set up.`, `Set ${needed}.`);
}

function readPresetProviders(
  read: SettingReader,
  settings: Pick<ProviderSettings, "livekit" | "stream">,
  presets: Catalogue,
): Record<string, ProviderName> {
  const setting = "FAIRMINUTE_PRESET_PROVIDERS";
  const chosen: Record<string, ProviderName> = {};
  for (const part of read.list(setting)) {
    const [preset = "", name = "", ...rest] = part.split("=").map((piece) => piece.trim());
    const provider = providerNames.find((known) => known === name);
    if (rest.length > 0 || provider === undefined || !presets.has(preset)) {
      const names = [...presets.keys()].join(", ");
      const hint = `Give a comma list such as coin-minutes=livekit,match=stream; presets: ${names}.`;
      read.refuse(setting, `has "${part}".`, hint);
    } else if (preset in chosen) {
      read.refuse(setting, `names ${preset} twice.`, "Give each preset one provider.");
    } else {
      chosen[preset] = provider;
      checkConfigured(read, setting, provider, settings);
    }
  }
  return chosen;
}

/** `stream:default=match`: the provider, perhaps a type of its calls, and the preset or none. A sentence when it is wrong. */
function readUnknownRule(part: string, presets: Catalogue): UnknownCallRule | string {
  const [, provider, type = null, name = ""] =
    /^(livekit|stream)(?::([\w.-]{1,64}))?=([a-z0-9-]{1,40})$/.exec(part) ?? [];
  if (provider !== "livekit" && provider !== "stream") {
    return "Give a comma list such as stream:default=match,stream:livestream=none,livekit=none.";
  }
  if (provider === "livekit" && type !== null) return "LiveKit's rooms have no types: write livekit=…";
  if (name === "none") return { provider, type, preset: null };
  const preset = presets.get(name);
  if (preset === undefined) return `There is no preset ${name}: choose none, ${[...presets.keys()].join(", ")}.`;
  if (isEscrow(preset.terms)) return `Calls under ${name} are opened on a chain, never by a webhook.`;
  if (provider === "livekit" && preset.terms.funding.kind !== "none") {
    return `LiveKit does not say who opened a room, so nobody knows who pays ${name}: register its calls with POST /api/calls.`;
  }
  return { provider, type, preset: name };
}

function readUnknownCalls(read: SettingReader, presets: Catalogue): UnknownCallRule[] {
  const setting = "FAIRMINUTE_UNKNOWN_CALLS";
  const rules: UnknownCallRule[] = [];
  const parts = read.text(setting) === undefined ? defaultUnknownCalls : read.list(setting);
  for (const part of parts) {
    const rule = readUnknownRule(part.replaceAll(" ", ""), presets);
    if (typeof rule === "string") read.refuse(setting, `has "${part}".`, rule);
    else if (rules.some(({ provider, type }) => provider === rule.provider && type === rule.type))
      read.refuse(setting, `has two rules for ${part.split("=")[0]}.`, "Give each provider, and each type, one rule.");
    else rules.push(rule);
  }
  return rules;
}

const webhookDaysDefault = 30;

function readWebhookDays(read: SettingReader): number | null {
  if (read.text("FAIRMINUTE_WEBHOOK_DAYS") === "forever") return null;
  return read.integer("FAIRMINUTE_WEBHOOK_DAYS", 1, 36_500, webhookDaysDefault);
}

/** Reads the settings of the providers, which may name `presets`; what is wrong goes to `read.refuse`. */
export function readProviderSettings(read: SettingReader, presets: Catalogue): ProviderSettings {
  const settings = { livekit: readLivekit(read), stream: readStream(read) };
  const provider = read.oneOf("FAIRMINUTE_PROVIDER", providerNames, "webrtc");
  checkConfigured(read, "FAIRMINUTE_PROVIDER", provider, settings);
  return {
    ...settings,
    webrtcSecret: readWebrtcSecret(read),
    provider,
    presetProviders: readPresetProviders(read, settings, presets),
    unknownCalls: readUnknownCalls(read, presets),
    webhookDays: readWebhookDays(read),
  };
}

/** The terms for a call of this provider and type that nobody opened here; null: it is kept for the operator. */
export function presetForUnknown(
  rules: readonly UnknownCallRule[],
  provider: string,
  type: string | null,
): string | null {
  const own = rules.filter((rule) => rule.provider === provider);
  const rule = own.find((one) => one.type !== null && one.type === type) ?? own.find((one) => one.type === null);
  return rule?.preset ?? null;
}
