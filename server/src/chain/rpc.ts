// Asking a node: viem over a list of addresses and a given fetch. What fails on the way is one error, whatever it was.
import { FairminuteError } from "@fairminute/core";
import {
  BaseError,
  ContractFunctionRevertedError,
  createPublicClient,
  fallback,
  type Hex,
  http,
  type PublicClient,
} from "viem";

export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** How long one node may take to answer. */
const ANSWER_MS = 10_000;

/** A client that asks one address after the other. Retrying is the business of whoever asks again at the next round. */
export function createRpc(urls: readonly string[], fetch: Fetch): PublicClient {
  const options = { fetchFn: fetch, retryCount: 0, timeout: ANSWER_MS };
  const transport = fallback(
    urls.map((url) => http(url, options)),
    { retryCount: 0 },
  );
  return createPublicClient({ transport, cacheTime: 0 });
}

export type Rpc = PublicClient;

/** What a node said of something that is not there (yet). */
const absences = new Set([
  "BlockNotFoundError",
  "TransactionNotFoundError",
  "TransactionReceiptNotFoundError",
  "BlockNumberNotFoundError",
]);

/** The sentence of an error, without the request that it came from: addresses of nodes hold keys. */
function sentenceOf(error: unknown): string {
  if (error instanceof BaseError) return error.details || error.shortMessage;
  return error instanceof Error ? error.message : String(error);
}

/** @throws FairminuteError chain_unavailable for whatever went wrong */
export async function ask<T>(question: Promise<T>): Promise<T> {
  try {
    return await question;
  } catch (error) {
    const message = `the chain could not be asked: ${sentenceOf(error)}`;
    throw new FairminuteError("chain_unavailable", message, { cause: error });
  }
}

/** The same; null for what the node says is not there. */
export async function askFor<T>(question: Promise<T>): Promise<T | null> {
  return ask(
    question.catch((error: unknown) => {
      if (error instanceof BaseError && error.walk((one) => absences.has((one as Error).name)) !== null) return null;
      throw error;
    }),
  );
}

/** Why a contract would refuse a call, in its own words; null when it would not. @throws FairminuteError chain_unavailable */
export async function askRefusal(question: Promise<unknown>): Promise<string | null> {
  try {
    await question;
    return null;
  } catch (error) {
    const isRevert = (one: unknown) => one instanceof ContractFunctionRevertedError;
    const reverted = error instanceof BaseError ? error.walk(isRevert) : null;
    if (reverted instanceof ContractFunctionRevertedError) {
      return reverted.data?.errorName ?? reverted.reason ?? "reverted without a word";
    }
    return ask(Promise.reject(error));
  }
}

/** An instant of the chain. */
export interface Block {
  number: number;
  hash: Hex;
  parentHash: Hex;
  /** Seconds since 1970. */
  time: number;
}
