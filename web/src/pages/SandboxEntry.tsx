// The sandbox's way in: four people to be, or any name.
import { Button, type FairminuteClient } from "@fairminute/react";
import { ChevronRight } from "lucide-react";
import { type FormEvent, type ReactNode, useState } from "react";
import { type Person, userIdOf } from "../person.ts";
import { words } from "../words.ts";

type Candidate = { userId: string; name: string; role: "creator" | "fan" };

const known: Candidate[] = [
  { userId: "mia", name: "Mia Torres", role: "creator" },
  { userId: "leo", name: "Leo Brandt", role: "fan" },
  { userId: "noor", name: "Noor Haddad", role: "creator" },
  { userId: "ana", name: "Ana Silva", role: "fan" },
];

type SandboxEntryProps = { client: FairminuteClient; onChosen: (person: Person) => void };

/** Gets a token for whoever is chosen. */
export function SandboxEntry({ client, onChosen }: SandboxEntryProps): ReactNode {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const become = async (candidate: Candidate) => {
    setBusy(true);
    setFailure(null);
    try {
      onChosen({ userId: candidate.userId, token: await client.createSandboxToken(candidate) });
    } catch (error) {
      setFailure(error instanceof Error ? error.message : String(error));
      setBusy(false);
    }
  };
  return (
    <>
      <div className="entry-head">
        <h1>{words.choose.title}</h1>
        <p>{words.choose.intro}</p>
      </div>
      <ul className="candidates" aria-label={words.choose.known}>
        {known.map((candidate) => (
          <li key={candidate.userId}>
            <button
              type="button"
              className="candidate"
              disabled={busy}
              onClick={() => void become(candidate)}
              data-testid={`be-${candidate.userId}`}
            >
              <span>
                <strong>{candidate.name}</strong>
                <small>{words.choose.roles[candidate.role]}</small>
              </span>
              <ChevronRight size={18} aria-hidden="true" />
            </button>
          </li>
        ))}
      </ul>
      <SomebodyElse busy={busy} onChosen={become} />
      {failure !== null && (
        <p className="entry-note" role="alert">
          {failure}
        </p>
      )}
    </>
  );
}

function SomebodyElse(props: { busy: boolean; onChosen: (candidate: Candidate) => Promise<void> }): ReactNode {
  const [name, setName] = useState("");
  const [takesCalls, setTakesCalls] = useState(false);
  const userId = userIdOf(name);
  const invalid = name.trim() !== "" && userId === "";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (userId !== "") void props.onChosen({ userId, name: name.trim(), role: takesCalls ? "creator" : "fan" });
  };
  return (
    <form className="entry-form" onSubmit={submit}>
      <h2>{words.choose.other}</h2>
      <label className="entry-field">
        {words.choose.name}
        <input
          value={name}
          maxLength={60}
          autoComplete="off"
          aria-invalid={invalid}
          onChange={(event) => setName(event.target.value)}
          data-testid="be-name"
        />
        {invalid && <small role="alert">{words.choose.invalid}</small>}
      </label>
      <label className="entry-check">
        <input type="checkbox" checked={takesCalls} onChange={(event) => setTakesCalls(event.target.checked)} />
        <span>
          {words.choose.takesCalls}
          <small>{words.choose.takesCallsHint}</small>
        </span>
      </label>
      <Button type="submit" disabled={userId === ""} busy={props.busy} testId="be-somebody">
        {words.choose.enter}
      </Button>
    </form>
  );
}
