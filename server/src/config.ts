// Reads the settings from the environment: a pure function that lists everything that is wrong at once, with hints.
import type { Catalogue } from "@fairminute/core";
import { type ChainSettings, chainSettingNames, readChainSettings } from "./config/chain.ts";
import { findNear } from "./config/near.ts";
import { presetSettingNames, readPresetSettings } from "./config/presets.ts";
import { isLoopback, type ProviderSettings, providerSettingNames, readProviderSettings } from "./config/providers.ts";

/** How the server runs: `sandbox` has a movable clock and free coins, `production` has neither and refuses default secrets. */
export type Mode = "sandbox" | "production";

const logLevels = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;

/** Every setting of the server, read and checked. */
export interface Config extends ProviderSettings {
  readonly mode: Mode;
  /** The port to listen on; 0 takes any free one. */
  readonly port: number;
  readonly host: string;
  /** `postgres://…`, `memory:`, or undefined for the embedded database in `dataDir`. */
  readonly databaseUrl: string | undefined;
  readonly dataDir: string;
  /** The HS256 secret of users' tokens; null when only a JWKS is used. */
  readonly jwtSecret: string | null;
  readonly jwksUrl: string | null;
  readonly jwtIssuer: string | null;
  readonly jwtAudience: string | null;
  /** What a backend sends as its bearer token. */
  readonly secretKey: string;
  readonly stunUrls: readonly string[];
  readonly turnUrls: readonly string[];
  readonly turnSecret: string | null;
  /** Where browsers reach this server, without a trailing slash; null when the request's own host will do. */
  readonly publicUrl: string | null;
  /** How many batches of calls are worked on at once. */
  readonly lanes: number;
  /** How many calls one person may have at once, ringing ones included; null: as many as their coins hold. */
  readonly callsAtOnce: number | null;
  /** The terms that calls can be opened under: those that ship, and the operator's own. */
  readonly presets: Catalogue;
  /** How many looks a second this server begins at most. */
  readonly looksPerSecond: number;
  readonly logLevel: (typeof logLevels)[number];
  /** Other sites whose pages may use the API from a browser. */
  readonly corsOrigins: readonly string[];
  /** The escrow on a chain that calls can be paid from; null: there is none. */
  readonly chain: ChainSettings | null;
}

/** One thing that is wrong with the settings. */
export interface ConfigProblem {
  setting: string;
  problem: string;
  hint: string;
}

/** Thrown by `readConfig` with every problem it found, never with only the first. */
export class ConfigError extends Error {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    const lines = problems.map(({ setting, problem, hint }) => `  ${setting} ${problem}\n    ${hint}`);
    const count = problems.length === 1 ? "one setting is wrong" : `${problems.length} settings are wrong`;
    super(`Fairminute cannot start: ${count}.\n${lines.join("\n")}`);
    this.name = "ConfigError";
    this.problems = problems;
  }
}

/** Named so that nobody mistakes them for secrets; production refuses them. */
export const sandboxJwtSecret = "fairminute-sandbox-jwt-secret-not-for-production";
export const sandboxSecretKey = "fm_test_sk_sandbox_not_for_production";

const stunExample = "stun:stun.example.com:3478";

const defaultDataDir = ".fairminute";

/** Every setting that there is. A name that comes close to one of them is refused as misspelt. */
export const settingNames = [
  "PORT",
  "HOST",
  "DATABASE_URL",
  "FAIRMINUTE_MODE",
  "FAIRMINUTE_DATA_DIR",
  "FAIRMINUTE_JWT_SECRET",
  "FAIRMINUTE_JWKS_URL",
  "FAIRMINUTE_JWT_ISSUER",
  "FAIRMINUTE_JWT_AUDIENCE",
  "FAIRMINUTE_SECRET_KEY",
  "FAIRMINUTE_STUN_URLS",
  "FAIRMINUTE_TURN_URLS",
  "FAIRMINUTE_TURN_SECRET",
  "FAIRMINUTE_PUBLIC_URL",
  "FAIRMINUTE_LANES",
  "FAIRMINUTE_CALLS_AT_ONCE",
  "FAIRMINUTE_LOOKS_PER_SECOND",
  "FAIRMINUTE_LOG_LEVEL",
  "FAIRMINUTE_CORS_ORIGINS",
  ...providerSettingNames,
  ...chainSettingNames,
  ...presetSettingNames,
] as const;
type SettingName = (typeof settingNames)[number];

type Environment = Readonly<Record<string, string | undefined>>;

const readWhole = (value: string, from: number, to: number): number | null => {
  const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
  return number >= from && number <= to ? number : null;
};

/** Reads single settings and remembers what was wrong with them. */
function openReader(env: Environment) {
  const problems: ConfigProblem[] = [];
  const text = (setting: SettingName): string | undefined => env[setting]?.trim() || undefined;
  const refuse = (setting: string, problem: string, hint: string): void => {
    problems.push({ setting, problem, hint });
  };
  return {
    problems,
    text,
    refuse,
    list: (setting: SettingName): string[] =>
      (text(setting) ?? "")
        .split(",")
        .map((part) => part.trim())
        .filter((part) => part !== ""),
    oneOf<const T extends string>(setting: SettingName, choices: readonly T[], fallback: T): T {
      const value = text(setting) ?? fallback;
      if ((choices as readonly string[]).includes(value)) return value as T;
      refuse(setting, `is "${value}".`, `Choose one of: ${choices.join(", ")}.`);
      return fallback;
    },
    integer(setting: SettingName, from: number, to: number, fallback: number): number {
      const value = text(setting);
      if (value === undefined) return fallback;
      const number = readWhole(value, from, to);
      if (number !== null) return number;
      refuse(setting, `is "${value}".`, `Give a whole number from ${from} to ${to}, or leave it out for ${fallback}.`);
      return fallback;
    },
    /** Null when it is left out. */
    limit(setting: SettingName, from: number, to: number): number | null {
      const value = text(setting);
      const number = value === undefined ? null : readWhole(value, from, to);
      if (value !== undefined && number === null) {
        refuse(setting, `is "${value}".`, `Give a whole number from ${from} to ${to}, or leave it out.`);
      }
      return number;
    },
  };
}
type Reader = ReturnType<typeof openReader>;

function parseUrl(value: string): URL | null {
  return URL.canParse(value) ? new URL(value) : null;
}

function readMode(env: Environment, read: Reader): Mode {
  const mode = read.oneOf("FAIRMINUTE_MODE", ["sandbox", "production"], "sandbox");
  if (env.NODE_ENV === "production" && read.text("FAIRMINUTE_MODE") === undefined) {
    read.refuse(
      "FAIRMINUTE_MODE",
      "is not set while NODE_ENV is production.",
      "Set FAIRMINUTE_MODE=production for real money, or FAIRMINUTE_MODE=sandbox to try things out on purpose.",
    );
  }
  return mode;
}

function readDatabaseUrl(read: Reader, mode: Mode): string | undefined {
  const url = read.text("DATABASE_URL");
  if (url === undefined) {
    if (mode === "production") {
      read.refuse(
        "DATABASE_URL",
        "is missing.",
        "Production needs a PostgreSQL server: DATABASE_URL=postgres://user:password@host:5432/fairminute",
      );
    }
    return undefined;
  }
  const scheme = parseUrl(url)?.protocol;
  if (scheme !== "postgres:" && scheme !== "postgresql:" && url !== "memory:") {
    read.refuse(
      "DATABASE_URL",
      "is neither a postgres:// address nor memory:.",
      "Leave it out to use the embedded database.",
    );
  } else if (mode === "production" && url === "memory:") {
    read.refuse(
      "DATABASE_URL",
      "is memory:, which forgets everything at exit.",
      "Production needs a postgres:// address.",
    );
  }
  return url;
}

function readTokenSettings(
  read: Reader,
  mode: Mode,
): Pick<Config, "jwtSecret" | "jwksUrl" | "jwtIssuer" | "jwtAudience"> {
  const given = read.text("FAIRMINUTE_JWT_SECRET") ?? null;
  const jwksUrl = read.text("FAIRMINUTE_JWKS_URL") ?? null;
  if (given !== null && given.length < 32) {
    read.refuse(
      "FAIRMINUTE_JWT_SECRET",
      `has ${given.length} characters.`,
      "Give at least 32: openssl rand -base64 48",
    );
  }
  if (mode === "production" && given === sandboxJwtSecret) {
    read.refuse(
      "FAIRMINUTE_JWT_SECRET",
      "is the sandbox's, which everybody knows.",
      "Make your own: openssl rand -base64 48",
    );
  }
  if (jwksUrl !== null) {
    const url = parseUrl(jwksUrl);
    if (url?.protocol !== "https:" && !(url?.protocol === "http:" && isLoopback(url.hostname))) {
      read.refuse(
        "FAIRMINUTE_JWKS_URL",
        "is not an https:// address.",
        "Keys fetched in the clear can be exchanged on the way.",
      );
    }
  }
  if (mode === "production" && given === null && jwksUrl === null) {
    read.refuse(
      "FAIRMINUTE_JWT_SECRET",
      "is missing, and so is FAIRMINUTE_JWKS_URL.",
      "Set one of them, so that users' tokens can be checked: openssl rand -base64 48",
    );
  }
  return {
    jwtSecret: given ?? (mode === "sandbox" ? sandboxJwtSecret : null),
    jwksUrl,
    jwtIssuer: read.text("FAIRMINUTE_JWT_ISSUER") ?? null,
    jwtAudience: read.text("FAIRMINUTE_JWT_AUDIENCE") ?? null,
  };
}

function readSecretKey(read: Reader, mode: Mode): string {
  const key = read.text("FAIRMINUTE_SECRET_KEY");
  const hint = 'Make one: echo "fm_live_sk_$(openssl rand -hex 24)"';
  if (mode === "sandbox") {
    if (key !== undefined && !/^fm_[a-z]+_sk_[\x21-\x7e]{8,}$/.test(key)) {
      read.refuse(
        "FAIRMINUTE_SECRET_KEY",
        "does not look like fm_test_sk_….",
        'Make one: echo "fm_test_sk_$(openssl rand -hex 24)"',
      );
    }
    return key ?? sandboxSecretKey;
  }
  if (key === undefined) read.refuse("FAIRMINUTE_SECRET_KEY", "is missing.", hint);
  else if (!key.startsWith("fm_live_sk_"))
    read.refuse("FAIRMINUTE_SECRET_KEY", "does not begin with fm_live_sk_.", hint);
  else if (!/^fm_live_sk_[\x21-\x7e]{32,}$/.test(key)) {
    read.refuse("FAIRMINUTE_SECRET_KEY", "is too short: 32 characters after fm_live_sk_ are the least.", hint);
  }
  return key ?? "";
}

function readIceSettings(read: Reader): Pick<Config, "stunUrls" | "turnUrls" | "turnSecret"> {
  const check = (setting: SettingName, pattern: RegExp, example: string): string[] => {
    const urls = read.list(setting);
    const wrong = urls.filter((url) => !pattern.test(url));
    if (wrong.length > 0) read.refuse(setting, `has "${wrong[0]}".`, `Give a comma list such as ${example}.`);
    return urls;
  };
  const stunUrls = check("FAIRMINUTE_STUN_URLS", /^stuns?:[^\s,]+$/, stunExample);
  const turnUrls = check("FAIRMINUTE_TURN_URLS", /^turns?:[^\s,]+$/, "turn:turn.example.com:3478");
  const turnSecret = read.text("FAIRMINUTE_TURN_SECRET") ?? null;
  if (turnUrls.length > 0 && turnSecret === null) {
    read.refuse(
      "FAIRMINUTE_TURN_SECRET",
      "is missing while FAIRMINUTE_TURN_URLS is set.",
      "Give the static-auth-secret of your coturn server; short-lived credentials are made from it.",
    );
  }
  return { stunUrls, turnUrls, turnSecret };
}

function readWebAddresses(read: Reader): Pick<Config, "publicUrl" | "corsOrigins"> {
  const publicUrl = read.text("FAIRMINUTE_PUBLIC_URL") ?? null;
  if (publicUrl !== null && !/^https?:$/.test(parseUrl(publicUrl)?.protocol ?? "")) {
    read.refuse(
      "FAIRMINUTE_PUBLIC_URL",
      `is "${publicUrl}".`,
      "Give the address browsers use: https://calls.example.com",
    );
  }
  const corsOrigins = read.list("FAIRMINUTE_CORS_ORIGINS");
  const wrong = corsOrigins.filter(
    (origin) => !/^https?:$/.test(parseUrl(origin)?.protocol ?? "") || parseUrl(origin)?.origin !== origin,
  );
  if (wrong.length > 0) {
    read.refuse(
      "FAIRMINUTE_CORS_ORIGINS",
      `has "${wrong[0]}".`,
      "Give origins only, separated by commas: https://app.example.com (no path, no slash at the end, no *).",
    );
  }
  return { publicUrl: publicUrl?.replace(/\/+$/, "") ?? null, corsOrigins };
}

/** A misspelt setting would otherwise be ignored without a word. */
function refuseMisspelt(env: Environment, read: Reader): void {
  for (const name of Object.keys(env).sort()) {
    if (
      !/^(FAIRMINUTE|LIVEKIT|STREAM|CHAIN|ESCROW|METER)/.test(name) ||
      (settingNames as readonly string[]).includes(name)
    )
      continue;
    const near = findNear(name, settingNames);
    if (near !== undefined) read.refuse(name, "is not a setting.", `Did you mean ${near}?`);
  }
}

/** Reads a file that a setting names, as text. Throws when it cannot be read. */
export type ReadText = (path: string) => string;

/** Where there are no files. */
const noFiles: ReadText = () => {
  throw new Error("no files can be read here");
};

/**
 * Reads and checks every setting.
 * @param env the environment, as `process.env` has it
 * @param readText reads the files that settings name
 * @returns the settings, with defaults filled in
 * @throws ConfigError naming all wrong and missing settings at once, each with a hint
 */
export function readConfig(env: Environment, readText: ReadText = noFiles): Config {
  const read = openReader(env);
  const mode = readMode(env, read);
  const chain = readChainSettings(read);
  const presets = readPresetSettings(read, chain, readText);
  const config: Config = {
    mode,
    port: read.integer("PORT", 0, 65_535, 4000),
    host: read.text("HOST") ?? (mode === "sandbox" ? "127.0.0.1" : "0.0.0.0"),
    databaseUrl: readDatabaseUrl(read, mode),
    dataDir: read.text("FAIRMINUTE_DATA_DIR") ?? defaultDataDir,
    ...readTokenSettings(read, mode),
    secretKey: readSecretKey(read, mode),
    ...readIceSettings(read),
    ...readWebAddresses(read),
    ...readProviderSettings(read, presets),
    chain,
    presets,
    lanes: read.integer("FAIRMINUTE_LANES", 1, 64, 2),
    callsAtOnce: read.limit("FAIRMINUTE_CALLS_AT_ONCE", 1, 1000),
    looksPerSecond: read.integer("FAIRMINUTE_LOOKS_PER_SECOND", 1, 1000, 20),
    logLevel: read.oneOf("FAIRMINUTE_LOG_LEVEL", logLevels, mode === "sandbox" ? "warn" : "info"),
  };
  refuseMisspelt(env, read);
  if (read.problems.length > 0) throw new ConfigError(read.problems);
  return config;
}

/**
 * Reads what a command needs that only touches the database: no secrets are asked for.
 * @throws ConfigError naming what is wrong with these settings
 */
export function readDatabaseConfig(env: Environment): Pick<Config, "mode" | "databaseUrl" | "dataDir"> {
  const read = openReader(env);
  const mode = readMode(env, read);
  const config = {
    mode,
    databaseUrl: readDatabaseUrl(read, mode),
    dataDir: read.text("FAIRMINUTE_DATA_DIR") ?? defaultDataDir,
  };
  if (read.problems.length > 0) throw new ConfigError(read.problems);
  return config;
}

/**
 * Reads what there is to say of presets without starting a server: no secrets are asked for.
 * @param readText reads the file that `FAIRMINUTE_PRESETS` names
 * @throws ConfigError naming all that is wrong with it
 */
export function readPresetConfig(env: Environment, readText: ReadText): Pick<Config, "presets"> {
  const read = openReader(env);
  // A chain that is not set up rightly is no matter here.
  const presets = readPresetSettings(read, readChainSettings(openReader(env)), readText);
  if (read.problems.length > 0) throw new ConfigError(read.problems);
  return { presets };
}
