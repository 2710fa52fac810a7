// The way in when the server runs in production: a token from the operator's own app.
import { Button } from "@fairminute/react";
import { type ReactNode, useState } from "react";
import type { Person } from "../person.ts";
import { words } from "../words.ts";

/** The token is not checked here: the server's first answer says whether it holds. */
export function TokenEntry({ onChosen }: { onChosen: (person: Person) => void }): ReactNode {
  const [token, setToken] = useState("");
  return (
    <form
      className="entry-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (token.trim() !== "") onChosen({ userId: "", token: token.trim() });
      }}
    >
      <div className="entry-head">
        <h1>{words.production.title}</h1>
        <p>{words.production.intro}</p>
      </div>
      <label className="entry-field">
        {words.production.token}
        <input value={token} autoComplete="off" spellCheck={false} onChange={(event) => setToken(event.target.value)} />
      </label>
      <Button type="submit" look="primary" disabled={token.trim() === ""}>
        {words.production.enter}
      </Button>
    </form>
  );
}
