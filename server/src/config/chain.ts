// The settings of the chain: where it is, the escrow on it, the key that the meter signs with, and when a deposit counts.

type Hex = `0x${string}`;

/** Everything a server needs to speak with one escrow on one chain. */
export interface ChainSettings {
  /** Asked in this order: the next one when one does not answer. */
  readonly rpcUrls: readonly string[];
  readonly chainId: number;
  readonly escrow: Hex;
  /** The token of deposits; null: the chain's own coin. */
  readonly token: Hex | null;
  /** What calls that are paid from this escrow count in. */
  readonly currency: string;
  /** How many of the token's smallest units are one unit of that currency. */
  readonly unit: bigint;
  readonly meterKey: Hex;
  /** After how many seconds a voucher that nobody used is sent by the server itself; null: never. */
  readonly sendsAfterSeconds: number | null;
  /** Blocks, the log's own included, after which a deposit or a payment counts. */
  readonly confirmations: number;
  /** The first block that is read; nothing of the escrow is older. */
  readonly startBlock: number;
  /** The price of a minute where nobody names one, in units; null: the preset's own. */
  readonly pricePerMinute: bigint | null;
}

export const chainSettingNames = [
  "CHAIN_RPC_URL",
  "CHAIN_ID",
  "CHAIN_CONFIRMATIONS",
  "CHAIN_START_BLOCK",
  "ESCROW_ADDRESS",
  "ESCROW_TOKEN",
  "ESCROW_CURRENCY",
  "ESCROW_UNIT",
  "ESCROW_PRICE_PER_MINUTE",
  "ESCROW_SENDS_AFTER_SECONDS",
  "METER_PRIVATE_KEY",
  "BACKEND_PRIVATE_KEY",
] as const;
export type ChainSettingName = (typeof chainSettingNames)[number];

/** How single settings are read, and where problems go. */
export interface ChainSettingReader {
  text(setting: ChainSettingName): string | undefined;
  list(setting: ChainSettingName): string[];
  integer(setting: ChainSettingName, from: number, to: number, fallback: number): number;
  refuse(setting: string, problem: string, hint: string): void;
}

/** Twelve blocks are what exchanges wait for on chains that may still change their mind. */
const CONFIRMATIONS = 12;
const CHAIN_ID_MAX = 999_999_999;
const BLOCK_MAX = 999_999_999;
const WAIT_MAX = 30 * 86_400;

const hexOf = (bytes: number) => new RegExp(`^0x[0-9a-fA-F]{${bytes * 2}}$`);
const address = hexOf(20);
const key = hexOf(32);
const nobody = /^0x0+$/;

const required = ["CHAIN_ID", "ESCROW_ADDRESS", "ESCROW_TOKEN", "ESCROW_CURRENCY"] as const;

/** One of several forms, or a refusal. @returns null when it is missing or wrong; what is missing is refused elsewhere */
function readForm(
  read: ChainSettingReader,
  setting: ChainSettingName,
  fits: (value: string) => boolean,
  hint: string,
): string | null {
  const value = read.text(setting);
  if (value === undefined) return null;
  if (fits(value)) return value;
  // A key is never repeated in a message that lands in logs.
  read.refuse(setting, setting.endsWith("_KEY") ? "is no private key." : `is "${value}".`, hint);
  return null;
}

function readUrls(read: ChainSettingReader): string[] {
  const urls = read.list("CHAIN_RPC_URL");
  const wrong = urls.find((url) => !URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol));
  if (wrong !== undefined) {
    const hint = "Give the address of a node's JSON-RPC, or several with commas: https://rpc.example.com/v1";
    read.refuse("CHAIN_RPC_URL", "has an address that is not http:// or https://.", hint);
  }
  return urls;
}

/** The escrow takes a voucher from its meter or from a party, from nobody else: so there is one key, under either name. */
function readKeys(read: ChainSettingReader): { meterKey: Hex; maySend: boolean } {
  const hint = "Give 0x and 64 hexadecimal digits: cast wallet new";
  const fits = (value: string) => key.test(value) && !nobody.test(value);
  const meter = readForm(read, "METER_PRIVATE_KEY", fits, hint);
  const backend = readForm(read, "BACKEND_PRIVATE_KEY", fits, hint);
  if (read.text("METER_PRIVATE_KEY") === undefined && read.text("BACKEND_PRIVATE_KEY") === undefined) {
    read.refuse("METER_PRIVATE_KEY", "is missing while CHAIN_RPC_URL is set.", hint);
  }
  if (meter !== null && backend !== null && meter.toLowerCase() !== backend.toLowerCase()) {
    const why = "The escrow takes a voucher from its meter or from a party: give both the same key, or leave one out.";
    read.refuse("BACKEND_PRIVATE_KEY", "is not the key of METER_PRIVATE_KEY.", why);
  }
  return { meterKey: (meter ?? backend ?? "0x") as Hex, maySend: backend !== null };
}

function readWaiting(read: ChainSettingReader, maySend: boolean): number | null {
  const setting = "ESCROW_SENDS_AFTER_SECONDS";
  if (read.text(setting) === undefined) return null;
  if (!maySend) {
    read.refuse(setting, "is set without BACKEND_PRIVATE_KEY.", "Give the meter's key there too: it pays the gas.");
  }
  return read.integer(setting, 0, WAIT_MAX, 0);
}

function readUnits(read: ChainSettingReader): Pick<ChainSettings, "unit" | "pricePerMinute"> {
  const isCount = (value: string) => /^[1-9]\d{0,17}$/.test(value);
  const unit = BigInt(
    readForm(read, "ESCROW_UNIT", isCount, "Give a whole number from 1, or leave it out for 1.") ?? 1,
  );
  const hint = "Give a whole number of units from 1.";
  const given = readForm(read, "ESCROW_PRICE_PER_MINUTE", (value) => /^[1-9]\d{0,14}$/.test(value), hint);
  const pricePerMinute = given === null ? null : BigInt(given);
  if (pricePerMinute !== null && unit > 1n && pricePerMinute % 60n !== 0n) {
    const why = "With ESCROW_UNIT above 1 the price of a second must be whole, as it is in the contract.";
    read.refuse("ESCROW_PRICE_PER_MINUTE", `is "${given}", no multiple of 60.`, why);
  }
  return { unit, pricePerMinute };
}

/** Reads the settings of the chain; what is wrong goes to `read.refuse`. @returns null without CHAIN_RPC_URL */
export function readChainSettings(read: ChainSettingReader): ChainSettings | null {
  if (read.text("CHAIN_RPC_URL") === undefined) {
    const other = chainSettingNames.find((setting) => read.text(setting) !== undefined);
    if (other !== undefined) {
      read.refuse(
        "CHAIN_RPC_URL",
        `is missing while ${other} is set.`,
        "Give the address of a node, or leave both out.",
      );
    }
    return null;
  }
  for (const setting of required) {
    if (read.text(setting) === undefined) {
      const hint = `Set ${required.join(", ")} and METER_PRIVATE_KEY together with it.`;
      read.refuse(setting, "is missing while CHAIN_RPC_URL is set.", hint);
    }
  }
  const { meterKey, maySend } = readKeys(read);
  const isAddress = (value: string) => address.test(value) && !nobody.test(value);
  const escrow = readForm(read, "ESCROW_ADDRESS", isAddress, "Give 0x and 40 hexadecimal digits.");
  const tokenHint = "Give the token's address, or native for the chain's own coin.";
  const token = readForm(read, "ESCROW_TOKEN", (value) => value === "native" || isAddress(value), tokenHint);
  const isName = (value: string) => /^[A-Z][A-Z0-9]{1,11}$/.test(value);
  const currency = readForm(read, "ESCROW_CURRENCY", isName, "Give 2 to 12 capital letters and digits, such as USDC.");
  return {
    rpcUrls: readUrls(read),
    chainId: read.text("CHAIN_ID") === undefined ? 0 : read.integer("CHAIN_ID", 1, CHAIN_ID_MAX, 1),
    escrow: (escrow ?? "0x") as Hex,
    token: token === null || token === "native" ? null : (token as Hex),
    currency: currency ?? "",
    ...readUnits(read),
    meterKey,
    sendsAfterSeconds: readWaiting(read, maySend),
    confirmations: read.integer("CHAIN_CONFIRMATIONS", 1, 64, CONFIRMATIONS),
    startBlock: read.integer("CHAIN_START_BLOCK", 0, BLOCK_MAX, 0),
  };
}
