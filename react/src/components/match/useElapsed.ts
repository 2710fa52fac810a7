// Seconds since an instant of the server, counted on the server's clock.
import { useEffect, useState } from "react";
import { useFairminute } from "../../hooks/FairminuteProvider.tsx";

/** Renewed every second; 0 without an instant. */
export function useElapsed(since: string | null): number {
  const { serverClock } = useFairminute().client;
  const [now, setNow] = useState(() => serverClock.now());
  useEffect(() => {
    if (since === null) return;
    const tick = () => setNow(serverClock.now());
    tick();
    const timer = setInterval(tick, 1000);
    return () => clearInterval(timer);
  }, [serverClock, since]);
  return since === null ? 0 : Math.max(0, Math.floor((now - Date.parse(since)) / 1000));
}
