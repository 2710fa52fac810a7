// What the files of this room share.
import type { Chain, ChainFacts } from "../chain/chain.ts";
import type { Charging } from "../charging/charging.ts";
import type { Database } from "../db/database.ts";
import type { ReadTime } from "./times.ts";

export interface EscrowWorld {
  db: Database;
  chain: Chain;
  charging: Pick<Charging, "recordEvents" | "commandCall">;
  now: () => number;
  currency: string;
  /** How many of the token's smallest units are one unit of the currency. */
  unit: bigint;
  /** After how many seconds a voucher that nobody used is sent from here; null: never. */
  sendsAfterSeconds: number | null;
  /** The price of a minute where nobody names one, in units. */
  pricePerMinute: bigint;
  /** What the contract says of itself: asked once, then known. */
  readFacts: () => Promise<ChainFacts>;
  readTime: ReadTime;
  /** Told after a commit: the courier looks for notices. */
  onWritten: () => void;
}
