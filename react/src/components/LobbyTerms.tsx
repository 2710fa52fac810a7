// The conditions of a call as a list of figures, and the rules that protect the payer in plain sentences.
import type { ReactNode } from "react";
import type { CreatorJson } from "../client/wire.ts";
import { useFairminute } from "../hooks/FairminuteProvider.tsx";
import type { LobbyOffer } from "./lobby.ts";
import { Fact } from "./parts/Fact.tsx";

type LobbyTermsProps = { creator: CreatorJson; offer: LobbyOffer; available: bigint };

/** Price, billing, hold, what stays, how long it lasts; then release, pause and extension. */
export function LobbyTerms({ creator, offer, available }: LobbyTermsProps): ReactNode {
  const { words, format } = useFairminute();
  const { tariff } = offer.terms;
  const spell = (seconds: number) => (seconds === 60 ? words.lobby.oneMinute : format.duration(seconds));
  const rest = available - offer.hold;
  const billing =
    tariff.initialIncrementSeconds === tariff.incrementSeconds
      ? words.lobby.perIncrement(spell(tariff.incrementSeconds))
      : words.lobby.perIncrementAfter(spell(tariff.initialIncrementSeconds), spell(tariff.incrementSeconds));
  const lasts = offer.affordableSeconds === null ? words.lobby.noLimit : format.duration(offer.affordableSeconds);

  return (
    <>
      <dl className="fm-facts">
        <Fact
          label={words.lobby.price}
          value={words.perMinute(format.coins(tariff.pricePerMinute))}
          testId="lobby-price"
        />
        <Fact label={words.lobby.billing} value={billing} testId="lobby-billing" />
        <Fact label={words.lobby.hold} value={format.coins(offer.hold)} testId="lobby-hold" strong />
        {rest >= 0n && <Fact label={words.lobby.balanceAfter} value={format.coins(rest)} testId="lobby-rest" />}
        <Fact label={words.lobby.affordable} value={lasts} testId="lobby-affordable" />
      </dl>
      <ul className="fm-rules" data-testid="lobby-rules">
        <li>{words.lobby.startsFree}</li>
        <li>{words.lobby.releaseRule}</li>
        <li>{words.lobby.pauseRule}</li>
        <li>{words.lobby.longerRule}</li>
        {creator.minimumCallDuration > 0 && (
          <li>{words.lobby.minimumRule(creator.name, words.minutes(creator.minimumCallDuration))}</li>
        )}
      </ul>
    </>
  );
}
