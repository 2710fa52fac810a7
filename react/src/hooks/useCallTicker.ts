// The cost ticker for React: once a second it asks the shared rules what the call costs now, on the server's evidence and clock.
import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import { readEvidence } from "../call/evidence.ts";
import { readTicker, type TickerReading } from "../call/ticker.ts";
import { useFairminute } from "./FairminuteProvider.tsx";
import { queryKeys } from "./keys.ts";
import { useLiveState } from "./useLiveState.ts";
import { useMe } from "./useMe.ts";
import { useWallet } from "./useWallet.ts";

/** A reading, and the instant of the server's clock that it holds for. */
export type Ticker = TickerReading & { now: number; role: "payer" | "payee" | "other" };

/** Proof of life arrives every 10 s: evidence that old would soon look like a lost connection. */
const readAgainMs = 10_000;

/** The ticker of a call; null until the evidence is there. It is what would be charged if the call ended now. */
export function useCallTicker(callId: string): Ticker | null {
  const { client } = useFairminute();
  const me = useMe().data?.userId;
  const query = useQuery({
    queryKey: queryKeys.evidence(callId),
    queryFn: () => client.readLive(callId),
    refetchInterval: readAgainMs,
    refetchIntervalInBackground: true,
  });
  const answer = query.data;
  const evidence = useMemo(() => (answer === undefined ? null : readEvidence(answer)), [answer]);
  const party = evidence?.facts.parties.find(({ userId }) => userId === me)?.role;
  const role = party === "payer" || party === "payee" ? party : "other";
  const coins = useWallet().data?.available ?? 0;
  // A deposit on a chain is never extended from the wallet.
  const available = answer?.call.currency === "coin" ? coins : 0;
  const startedAt = answer?.call.startedAt ?? null;
  const second = useServerSecond(startedAt === null ? 0 : Date.parse(startedAt), useIsCurrent(query.dataUpdatedAt));
  const now = second ?? answer?.serverTime ?? 0;
  return useMemo(() => {
    if (evidence === null) return null;
    return { ...readTicker(evidence, now, role === "payer" ? BigInt(available) : 0n), now, role };
  }, [evidence, now, role, available]);
}

/**
 * Whether the line stands and the evidence was read since it stands. While it does not, nobody can prove to be there and the
 * ticker must not count; when it is back, it must not count on evidence from before.
 */
function useIsCurrent(readAt: number): boolean {
  const online = useLiveState() === "online";
  const [onlineAt, setOnlineAt] = useState(online ? 0 : null);
  const wasOnline = useRef(online);
  useEffect(() => {
    if (wasOnline.current === online) return;
    wasOnline.current = online;
    setOnlineAt(online ? Date.now() : null);
  }, [online]);
  return online && onlineAt !== null && readAt >= onlineAt;
}

/** The server's time, renewed each time a whole second since `anchor` is over; stands still unless `running`. Null before. */
function useServerSecond(anchor: number, running: boolean): number | null {
  const { serverClock } = useFairminute().client;
  const [now, setNow] = useState<number | null>(null);
  useEffect(() => {
    if (!running) return;
    let timer: ReturnType<typeof setTimeout>;
    const tick = () => {
      const current = serverClock.now();
      setNow(current);
      // Just after the boundary, so that the second that ended is counted.
      const intoSecond = (((current - anchor) % 1000) + 1000) % 1000;
      timer = setTimeout(tick, 1000 - intoSecond + 5);
    };
    tick();
    return () => clearTimeout(timer);
  }, [serverClock, anchor, running]);
  return now;
}
