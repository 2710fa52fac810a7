// The lobby: everything a call will cost, before anything is held, and one button that says what it does.
import { FairminuteError, type Terms } from "@fairminute/core";
import { type ReactNode, useId, useState } from "react";
import type { CallJson, CreatorJson } from "../client/wire.ts";
import { useFairminute } from "../hooks/FairminuteProvider.tsx";
import { useInitiateCall } from "../hooks/useCall.ts";
import { usePresetTerms } from "../hooks/usePresetTerms.ts";
import { useWallet } from "../hooks/useWallet.ts";
import { LobbyTerms } from "./LobbyTerms.tsx";
import { firstChoice, makeOffer, minuteChoices } from "./lobby.ts";
import { Button } from "./parts/Button.tsx";
import { Dialog } from "./parts/Dialog.tsx";
import { QueryPanel } from "./parts/QueryPanel.tsx";
import { ErrorText } from "./parts/StatePanel.tsx";
import { TopUpButton } from "./TopUpButton.tsx";

export type LobbyDialogProps = {
  creator: CreatorJson;
  onCalled: (call: CallJson) => void;
  onClose: () => void;
};

/** Is open while it is mounted. */
export function LobbyDialog({ creator, onCalled, onClose }: LobbyDialogProps): ReactNode {
  const { words } = useFairminute();
  const wallet = useWallet();
  // A call that names no preset is opened under this one. Both are asked for at once, so that it loads once.
  const terms = usePresetTerms("creator-call");
  return (
    <Dialog title={words.lobby.title(creator.name)} onCancel={onClose} closeOutside testId="lobby">
      <p className="fm-dialog-intro">{words.lobby.intro}</p>
      <QueryPanel query={wallet} rows={5}>
        {({ available }) => (
          <QueryPanel query={terms} rows={5}>
            {(preset) => (
              <LobbyForm
                preset={preset}
                creator={creator}
                available={BigInt(available)}
                onCalled={onCalled}
                onClose={onClose}
              />
            )}
          </QueryPanel>
        )}
      </QueryPanel>
    </Dialog>
  );
}

type LobbyFormProps = LobbyDialogProps & { preset: Terms; available: bigint };

function LobbyForm({ preset, creator, available, onCalled, onClose }: LobbyFormProps): ReactNode {
  const { client, words, format } = useFairminute();
  const now = client.serverClock.now();
  const [chosen, choose] = useState<number | null>(null);
  const minutes = chosen ?? firstChoice(preset, creator, available, now);
  const offer = makeOffer(preset, creator, minutes, available, now);
  const initiate = useInitiateCall();
  const missing = offer.required - available;
  const consent = offer.hold > 0n ? words.lobby.consent(format.coins(offer.hold)) : words.lobby.consentFree;
  const call = () => {
    // A refusal is shown from `initiate.error`.
    initiate.mutateAsync({ creatorId: creator.userId, estimatedMinutes: minutes }).then(onCalled, () => {});
  };
  return (
    // Enter on a choice would submit a form: money is held by its button alone.
    <form onSubmit={(event) => event.preventDefault()}>
      <MinuteChoice minutes={minutes} onChoose={choose} />
      {missing > 0n && (
        <div className="fm-note fm-note-warning" role="status" data-testid="lobby-short">
          <p>{words.lobby.short(format.coins(missing))}</p>
          <TopUpButton amount={roundUp(missing)} />
        </div>
      )}
      <LobbyTerms creator={creator} offer={offer} available={available} />
      {initiate.error !== null && !isShort(initiate.error) && (
        <p className="fm-note fm-note-danger" role="alert" data-testid="lobby-error">
          <ErrorText error={initiate.error} />
        </p>
      )}
      <div className="fm-dialog-actions">
        <Button onClick={onClose}>{words.actions.cancel}</Button>
        <Button
          look="primary"
          icon={offer.hold > 0n ? "lock" : "phone"}
          onClick={call}
          busy={initiate.isPending}
          disabled={missing > 0n}
          testId="lobby-consent"
        >
          {initiate.isPending ? words.lobby.calling : consent}
        </Button>
      </div>
    </form>
  );
}

function MinuteChoice({ minutes, onChoose }: { minutes: number; onChoose: (minutes: number) => void }): ReactNode {
  const { words, format } = useFairminute();
  const name = useId();
  return (
    <fieldset className="fm-choice">
      <legend>{words.lobby.howLong}</legend>
      <div className="fm-choice-options">
        {minuteChoices.map((choice) => (
          <label key={choice} className="fm-choice-option">
            <input
              type="radio"
              name={name}
              value={choice}
              checked={choice === minutes}
              onChange={() => onChoose(choice)}
              data-testid={`lobby-minutes-${choice}`}
            />
            <span>{format.duration(choice * 60)}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** The wallet was emptied meanwhile: reading it again says so better than the refusal. */
function isShort(error: Error): boolean {
  return error instanceof FairminuteError && error.code === "insufficient_balance";
}

/** A top-up in whole hundreds, so that pressing once is enough. */
function roundUp(missing: bigint): number {
  return Number(((missing + 99n) / 100n) * 100n);
}
