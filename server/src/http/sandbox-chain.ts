// What the sandbox's routes need from the chain that was started for it. Absent when there is none.

/** An account that the lab shows: what it is here, and what it has, in the smallest units as decimal texts. */
export interface ChainBalance {
  name: string;
  address: string;
  coin: string;
  tokens: string;
}

/** An event of the escrow, its amounts and numbers as decimal texts. */
export interface ChainEvent {
  name: string;
  blockNumber: number;
  transactionHash: string;
  logIndex: number;
  arguments: Record<string, string>;
}

/** The chain as the lab shows it. */
export interface ChainView {
  chainId: number;
  contract: string;
  token: string;
  tokenSymbol: string;
  decimals: number;
  block: { number: number; time: number };
  balances: ChainBalance[];
  /** Newest first. */
  events: ChainEvent[];
}

/** The sandbox's chain: it gives coins away, and its time is moved with the sandbox's clock. */
export interface SandboxChain {
  read(): Promise<ChainView>;
  /** Coins for gas and test tokens for one address. @returns the transaction that made the tokens */
  fund(address: string): Promise<{ transactionHash: string; tokens: string }>;
  /** Passes a JSON-RPC request on, and its answer back. */
  pass(request: unknown): Promise<unknown>;
  /** Brings the time of blocks to an instant (ms); never back. */
  moveTo(now: number): Promise<void>;
}
