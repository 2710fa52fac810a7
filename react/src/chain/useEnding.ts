// Watches one session for its end: by news, by the grace of a lost connection, and by what is read without news.
import { useEffect, useState } from "react";
import type { CallJson } from "../client/wire.ts";
import { useFairminute } from "../hooks/FairminuteProvider.tsx";
import { causeOf, graceMs, readEnding } from "./ending.ts";
import type { EndCause } from "./pending.ts";

export type Ending = {
  /** Seconds until a lost connection prompts; null while none is lost. */
  graceSeconds: number | null;
};

/**
 * @param names the call's id and the session's id on the chain; empty when there is nothing to watch
 * @param onEnd why it is over. Told once by each source; the first one counts
 */
export function useEnding(
  names: readonly string[],
  call: CallJson | undefined,
  onEnd: (cause: EndCause) => void,
): Ending {
  const { client } = useFairminute();
  const [lostAt, setLostAt] = useState<number | null>(null);
  const [now, setNow] = useState(0);
  const named = names.join(" ");

  const watched = names[0];
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was lost belongs to one session, whatever else is learned of it
  useEffect(() => setLostAt(null), [watched]);

  useEffect(() => {
    if (named === "") return;
    return client.live.onNotice((notice) => {
      const heard = readEnding(notice, named.split(" "));
      if (heard === null) return;
      if ("lost" in heard) setLostAt((known) => known ?? client.serverClock.now());
      else setLostAt(null);
      if ("end" in heard) onEnd(heard.end);
    });
  }, [client, named, onEnd]);

  useEffect(() => {
    if (lostAt === null) return;
    const look = () => {
      const current = client.serverClock.now();
      setNow(current);
      if (current < lostAt + graceMs) return;
      setLostAt(null);
      onEnd("connection-lost");
    };
    look();
    const timer = setInterval(look, 250);
    return () => clearInterval(timer);
  }, [client, lostAt, onEnd]);

  // Whoever missed the news that it was lost, or is back, sees it here.
  const since = call?.status === "active" ? call.interruptedSince : null;
  useEffect(() => {
    if (since === null) return;
    setLostAt((known) => known ?? Date.parse(since));
    return () => setLostAt(null);
  }, [since]);

  const cause = causeOf(call);
  useEffect(() => {
    if (cause !== null) onEnd(cause);
  }, [cause, onEnd]);

  const left = lostAt === null ? null : Math.max(0, Math.ceil((lostAt + graceMs - now) / 1000));
  return { graceSeconds: left === null ? null : Math.min(left, graceMs / 1000) };
}
