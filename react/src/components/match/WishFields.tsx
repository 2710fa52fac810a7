// Whom one would like to meet: a topic in one's own words, and one of one's languages.
import { type ReactNode, useId, useMemo } from "react";
import { useFairminute } from "../../hooks/FairminuteProvider.tsx";

/** Empty: it does not matter. */
export type MatchWishes = { topic: string; language: string };

type WishFieldsProps = { wishes: MatchWishes; onWishes: (wishes: MatchWishes) => void };

const longestTopic = 80;

/** The browser says which languages a person speaks; nobody has to look through all of them. */
export function WishFields({ wishes, onWishes }: WishFieldsProps): ReactNode {
  const { words } = useFairminute();
  const id = useId();
  const languages = useMemo(ownLanguages, []);
  return (
    <div className="fm-match-wishes">
      <div className="fm-field">
        <label htmlFor={`${id}-topic`}>{words.match.topic}</label>
        <input
          id={`${id}-topic`}
          className="fm-input"
          value={wishes.topic}
          maxLength={longestTopic}
          autoComplete="off"
          aria-describedby={`${id}-hint`}
          onChange={(event) => onWishes({ ...wishes, topic: event.target.value })}
          data-testid="match-topic"
        />
        <small id={`${id}-hint`} className="fm-field-hint">
          {words.match.topicHint}
        </small>
      </div>
      <div className="fm-field">
        <label htmlFor={`${id}-language`}>{words.match.language}</label>
        <select
          id={`${id}-language`}
          className="fm-input"
          value={wishes.language}
          onChange={(event) => onWishes({ ...wishes, language: event.target.value })}
          data-testid="match-language"
        >
          <option value="">{words.match.anyLanguage}</option>
          {languages.map(({ tag, name }) => (
            <option key={tag} value={tag}>
              {name}
            </option>
          ))}
        </select>
      </div>
    </div>
  );
}

/** Without their regions: who speaks Austrian German talks to who speaks German. Each in its own words. */
function ownLanguages(): { tag: string; name: string }[] {
  const tags = (globalThis.navigator?.languages ?? []).map((tag) => tag.split("-")[0]?.toLowerCase() ?? "");
  return [...new Set(tags)]
    .filter((tag) => /^[a-z]{2,3}$/.test(tag))
    .map((tag) => ({ tag, name: new Intl.DisplayNames([tag], { type: "language" }).of(tag) ?? tag }));
}
