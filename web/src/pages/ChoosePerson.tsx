// The way in: in the sandbox one chooses to be somebody; in production a token comes from the operator's own app.
import {
  type ConfigJson,
  ErrorPanel,
  type FairminuteClient,
  FairminuteProvider,
  LoadingPanel,
} from "@fairminute/react";
import { type ReactNode, useCallback, useEffect, useState } from "react";
import { Brand } from "../Brand.tsx";
import type { Person } from "../person.ts";
import { words } from "../words.ts";
import { SandboxEntry } from "./SandboxEntry.tsx";
import { TokenEntry } from "./TokenEntry.tsx";

export type ChoosePersonProps = { client: FairminuteClient; expired: boolean; onChosen: (person: Person) => void };

/** Asks the server first which of the two it is. */
export function ChoosePerson({ client, expired, onChosen }: ChoosePersonProps): ReactNode {
  const [config, setConfig] = useState<ConfigJson | null>(null);
  const [error, setError] = useState<unknown>(null);
  const read = useCallback(() => {
    setError(null);
    client.readConfig().then(setConfig, setError);
  }, [client]);
  useEffect(read, [read]);
  return (
    <FairminuteProvider client={client} live={false}>
      <main className="entry">
        <Brand />
        {expired && (
          <p className="entry-note" role="status">
            {words.choose.expired}
          </p>
        )}
        {error !== null && <ErrorPanel error={error} onRetry={read} />}
        {config === null && error === null && <LoadingPanel />}
        {config?.mode === "sandbox" && <SandboxEntry client={client} onChosen={onChosen} />}
        {config?.mode === "production" && <TokenEntry onChosen={onChosen} />}
      </main>
    </FairminuteProvider>
  );
}
