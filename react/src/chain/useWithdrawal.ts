// What the contract could not send to a wallet and keeps for it: read from the chain itself, and taken by its owner.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { queryKeys } from "../hooks/keys.ts";
import { readWaiting, type TransactionStep, withdraw } from "./escrow.ts";
import { useChain } from "./useEscrow.ts";
import type { EscrowWallet } from "./wallet.ts";
import type { Hex } from "./wire.ts";

/** Somebody else's payment may leave something for one at any time. */
const everyMs = 15_000;

export type Withdrawal = {
  /** In the token's smallest units. */
  amount: bigint;
  currency: string;
  decimals: number;
  /** One's own address; another one may be named where that cannot receive. */
  address: Hex;
  step: TransactionStep | null;
  error: unknown;
  /** Takes it. Never throws: what went wrong is in `error`. */
  take: (to: Hex) => Promise<void>;
};

type Doing = { step: TransactionStep | null; error: unknown };
const nothing: Doing = { step: null, error: null };

/**
 * Null while nothing waits, and while the chain cannot be asked.
 * @param seen changes when a payment was seen: then it is read again
 */
export function useWithdrawal(wallet: EscrowWallet | null, seen: string | undefined): Withdrawal | null {
  const chain = useChain().data;
  const queryClient = useQueryClient();
  const [doing, setDoing] = useState<Doing>(nothing);
  const key = queryKeys.waiting(chain?.contract ?? "", chain?.token ?? "", wallet?.address ?? "");
  const waiting = useQuery({
    queryKey: [...key, seen ?? null],
    queryFn: () => (wallet === null || chain === undefined ? 0n : readWaiting(wallet, chain)),
    enabled: wallet !== null && chain !== undefined,
    refetchInterval: everyMs,
  }).data;
  if (wallet === null || chain === undefined || chain.decimals === null) return null;
  if (waiting === undefined || waiting === 0n) return null;
  const { currency, decimals } = chain;
  const take = async (to: Hex) => {
    if (doing.step !== null) return;
    setDoing({ step: "signing", error: null });
    try {
      const hash = await withdraw(wallet, chain, to, (step) => setDoing({ step, error: null }));
      await wallet.waitFor(hash);
      setDoing(nothing);
    } catch (error) {
      setDoing({ step: null, error });
    }
    await queryClient.invalidateQueries({ queryKey: key });
  };
  return { amount: waiting, currency, decimals, address: wallet.address, ...doing, take };
}
