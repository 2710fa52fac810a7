// The session that one has to see through: kept in sessionStorage, or found among the calls that one is in.
import { useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useState } from "react";
import type { CallJson } from "../client/wire.ts";
import { useFairminute } from "../hooks/FairminuteProvider.tsx";
import { queryKeys } from "../hooks/keys.ts";
import { keepPending, type PendingCall, readPending } from "./pending.ts";

export type Pending = {
  pending: PendingCall | null;
  /** Changes some of it, for as long as it is the same session. */
  change: (requestId: string, change: Partial<PendingCall>) => void;
  /** Sees another session through, such as one that was left unpaid. */
  take: (requestId: string) => void;
  /** It is paid: storage forgets it, the screen may still tell of it. */
  settle: (requestId: string) => void;
  /** Nothing is pending any more. */
  forget: () => void;
};

/** A call that is paid on a chain, and funded: from now on there is something to pay or to give back. */
const isPending = ({ terms, fundedAt }: CallJson) => terms.funding.kind === "escrow" && fundedAt !== null;

const begin = (requestId: string): PendingCall => ({ requestId, tutorAddress: "", studentAddress: "", languageId: 0 });

/** News may be lost: calls are looked for every 15 s besides. */
export function usePendingCall(storage: Storage): Pending {
  const { client } = useFairminute();
  const [pending, setPending] = useState(() => readPending(storage));
  const active = useQuery({ queryKey: queryKeys.active, queryFn: client.listActive, refetchInterval: 15_000 });

  const update = useCallback(
    (next: (known: PendingCall | null) => PendingCall | null, keep = true) =>
      setPending((known) => {
        const now = next(known);
        if (keep && now !== known) keepPending(storage, now);
        return now;
      }),
    [storage],
  );

  const found = active.data?.find(isPending)?.id;
  useEffect(() => {
    if (found !== undefined) update((known) => known ?? begin(found));
  }, [found, update]);

  return {
    pending,
    change: useCallback(
      (requestId, change) => update((known) => (known?.requestId === requestId ? { ...known, ...change } : known)),
      [update],
    ),
    take: useCallback(
      (requestId) => update((known) => (known?.requestId === requestId ? known : begin(requestId))),
      [update],
    ),
    settle: useCallback(
      (requestId) => {
        if (readPending(storage)?.requestId === requestId) keepPending(storage, null);
      },
      [storage],
    ),
    forget: useCallback(() => update(() => null), [update]),
  };
}
