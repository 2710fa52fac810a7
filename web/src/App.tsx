// The app: who one is, and then everything a person can do, under one client per person.
import { createFairminuteClient, createQueryClient, FairminuteProvider } from "@fairminute/react";
import { type ReactNode, useMemo, useState } from "react";
import { ChoosePerson } from "./pages/ChoosePerson.tsx";
import { keepPerson, type Person, readPerson } from "./person.ts";
import { SignedIn } from "./SignedIn.tsx";

/** Loaded with the first call that LiveKit carries, and never without one. */
const carriers = { livekit: async () => (await import("@fairminute/react/livekit")).livekitCarrier() };

const anybody = createFairminuteClient({ token: null });

/** Changing the person changes client and cache: nothing of one person is ever shown to another. */
export function App(): ReactNode {
  const [person, setPerson] = useState(readPerson);
  const [expired, setExpired] = useState(false);
  const { client, queryClient } = useMemo(
    () => ({
      client: person === null ? anybody : createFairminuteClient({ token: person.token, carriers }),
      queryClient: createQueryClient(),
    }),
    [person],
  );

  const become = (next: Person | null, because: "choice" | "expired") => {
    keepPerson(next);
    setExpired(because === "expired");
    setPerson(next);
  };
  if (person === null) {
    return <ChoosePerson client={client} expired={expired} onChosen={(next) => become(next, "choice")} />;
  }
  return (
    <FairminuteProvider key={person.token} client={client} queryClient={queryClient}>
      <SignedIn onLeave={() => become(null, "choice")} onExpired={() => become(null, "expired")} />
    </FairminuteProvider>
  );
}
