// The conditions of a call as a list of figures, and the rules that protect the payer in plain sentences.
import type { Tariff } from "@fairminute/core";
import type { ReactNode } from "react";
import type { CreatorJson } from "../client/wire.ts";
import { useFairminute } from "../hooks/FairminuteProvider.tsx";
import type { Format } from "../words/format.ts";
import type { Words } from "../words/words.ts";
import type { LobbyOffer } from "./lobby.ts";
import { Fact } from "./parts/Fact.tsx";

type LobbyTermsProps = { creator: CreatorJson; offer: LobbyOffer; available: bigint };

/** In which steps a call is billed. */
function billingOf({ initialIncrementSeconds, incrementSeconds, rounding }: Tariff, words: Words, format: Format) {
  const spell = (seconds: number) => (seconds === 60 ? words.lobby.oneMinute : format.duration(seconds));
  const [first, next] = [spell(initialIncrementSeconds), spell(incrementSeconds)];
  if (rounding === "down") return words.lobby.perCompleted(first, next);
  if (rounding === "nearest") return words.lobby.perHalf(first, next);
  return first === next ? words.lobby.perIncrement(next) : words.lobby.perIncrementAfter(first, next);
}

/** What is asked for a minute and for the call, as far as it is anything. */
function PriceFacts({ offer: { pricePerMinute, terms } }: { offer: LobbyOffer }): ReactNode {
  const { words, format } = useFairminute();
  const { tariff } = terms;
  if (pricePerMinute === null)
    return <Fact label={words.lobby.price} value={words.lobby.nothing} testId="lobby-price" />;
  const { connectFee, freeSeconds, minimumCharge } = tariff;
  return (
    <>
      <Fact label={words.lobby.price} value={words.perMinute(format.coins(pricePerMinute))} testId="lobby-price" />
      <Fact label={words.lobby.billing} value={billingOf(tariff, words, format)} testId="lobby-billing" />
      {connectFee > 0n && <Fact label={words.lobby.connectFee} value={format.coins(connectFee)} testId="lobby-fee" />}
      {freeSeconds > 0 && (
        <Fact label={words.lobby.freeTime} value={format.duration(freeSeconds)} testId="lobby-free-time" />
      )}
      {minimumCharge > 0n && (
        <Fact label={words.lobby.minimumCharge} value={format.coins(minimumCharge)} testId="lobby-minimum" />
      )}
    </>
  );
}

/** What else moves the price. */
function TariffRules({ offer: { pricePerMinute, terms } }: { offer: LobbyOffer }): ReactNode {
  const { words, format } = useFairminute();
  const { windows, noChargeUnderSeconds } = terms.tariff;
  if (pricePerMinute === null) return null;
  return (
    <>
      {windows.length > 0 && <li>{words.lobby.windowRule}</li>}
      {noChargeUnderSeconds > 0 && <li>{words.lobby.shortRule(format.duration(noChargeUnderSeconds))}</li>}
    </>
  );
}

/** Price, billing, hold, what stays, how long it lasts; then release, pause and extension. */
export function LobbyTerms({ creator, offer, available }: LobbyTermsProps): ReactNode {
  const { words, format } = useFairminute();
  const rest = available - offer.hold;
  const lasts = offer.affordableSeconds === null ? words.lobby.noLimit : format.duration(offer.affordableSeconds);

  return (
    <>
      <dl className="fm-facts">
        <PriceFacts offer={offer} />
        <Fact label={words.lobby.hold} value={format.coins(offer.hold)} testId="lobby-hold" strong />
        {rest >= 0n && <Fact label={words.lobby.balanceAfter} value={format.coins(rest)} testId="lobby-rest" />}
        <Fact label={words.lobby.affordable} value={lasts} testId="lobby-affordable" />
      </dl>
      <ul className="fm-rules" data-testid="lobby-rules">
        <li>{words.lobby.startsFree}</li>
        <li>{words.lobby.releaseRule}</li>
        <li>{words.lobby.pauseRule}</li>
        <li>{words.lobby.longerRule}</li>
        <TariffRules offer={offer} />
        {creator.minimumCallDuration > 0 && offer.pricePerMinute !== null && (
          <li>{words.lobby.minimumRule(creator.name, words.minutes(creator.minimumCallDuration))}</li>
        )}
      </ul>
    </>
  );
}
