// What a creator asks for a call: two switches that act at once, and two numbers that are saved together.
import { type ReactNode, useId, useState } from "react";
import type { CreatorSettingsJson } from "../client/wire.ts";
import { useFairminute } from "../hooks/FairminuteProvider.tsx";
import { type CreatorSettings, useCreatorSettings } from "../hooks/useCreatorSettings.ts";
import { Button } from "./parts/Button.tsx";
import { QueryPanel } from "./parts/QueryPanel.tsx";
import { ErrorText } from "./parts/StatePanel.tsx";

/** One's own settings. */
export function CreatorSettingsForm(): ReactNode {
  const { words } = useFairminute();
  const { settings, save } = useCreatorSettings();
  return (
    <section className="fm-card fm-settings" data-testid="creator-settings">
      <h2 className="fm-section-title">{words.settings.title}</h2>
      <QueryPanel query={settings} rows={4}>
        {(data) => (
          <>
            <Switch
              label={words.settings.available}
              hint={words.settings.availableHint}
              checked={data.isAvailableForCalls}
              onChange={(isAvailableForCalls) => save.mutate({ isAvailableForCalls })}
              testId="settings-available"
            />
            <Switch
              label={words.settings.autoAccept}
              hint={words.settings.autoAcceptHint}
              checked={data.autoAcceptCalls}
              onChange={(autoAcceptCalls) => save.mutate({ autoAcceptCalls })}
              testId="settings-auto-accept"
            />
            <NumbersForm key={`${data.callRatePerMinute}-${data.minimumCallDuration}`} settings={data} save={save} />
          </>
        )}
      </QueryPanel>
    </section>
  );
}

type SwitchProps = {
  label: string;
  hint: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
  testId: string;
};

function Switch({ label, hint, checked, onChange, testId }: SwitchProps): ReactNode {
  return (
    <label className="fm-switch">
      <span className="fm-switch-text">
        {label}
        <small>{hint}</small>
      </span>
      <input
        type="checkbox"
        role="switch"
        checked={checked}
        aria-checked={checked}
        onChange={(event) => onChange(event.target.checked)}
        data-testid={testId}
      />
    </label>
  );
}

type NumbersFormProps = { settings: CreatorSettingsJson; save: CreatorSettings["save"] };

function NumbersForm({ settings, save }: NumbersFormProps): ReactNode {
  const { words } = useFairminute();
  const [rate, setRate] = useState(String(settings.callRatePerMinute));
  const [minimum, setMinimum] = useState(String(settings.minimumCallDuration));
  const wish = { callRatePerMinute: readWhole(rate, 1, 1_000_000), minimumCallDuration: readWhole(minimum, 0, 1440) };
  const { callRatePerMinute, minimumCallDuration } = wish;
  const complete = callRatePerMinute !== null && minimumCallDuration !== null;
  const changed =
    callRatePerMinute !== settings.callRatePerMinute || minimumCallDuration !== settings.minimumCallDuration;
  return (
    <form
      className="fm-numbers"
      onSubmit={(event) => {
        event.preventDefault();
        if (complete && changed) save.mutate({ callRatePerMinute, minimumCallDuration });
      }}
    >
      <NumberField
        label={words.settings.rate}
        unit={words.settings.rateUnit}
        value={rate}
        onChange={setRate}
        error={callRatePerMinute === null ? words.settings.wholeNumber("1", "1,000,000") : null}
        testId="settings-rate"
      />
      <NumberField
        label={words.settings.minimum}
        unit={words.settings.minimumUnit}
        hint={words.settings.minimumHint}
        value={minimum}
        onChange={setMinimum}
        error={minimumCallDuration === null ? words.settings.wholeNumber("0", "1,440") : null}
        testId="settings-minimum"
      />
      {save.error !== null && (
        <p className="fm-note fm-note-danger" role="alert">
          <ErrorText error={save.error} />
        </p>
      )}
      <Button type="submit" busy={save.isPending} disabled={!complete || !changed} testId="settings-save">
        {save.isPending ? words.settings.saving : changed ? words.actions.save : words.settings.saved}
      </Button>
    </form>
  );
}

type NumberFieldProps = {
  label: string;
  unit: string;
  hint?: string;
  value: string;
  onChange: (value: string) => void;
  error: string | null;
  testId: string;
};

function NumberField({ label, unit, hint, value, onChange, error, testId }: NumberFieldProps): ReactNode {
  const id = useId();
  return (
    <div className="fm-field">
      <label htmlFor={id}>{label}</label>
      <span className="fm-field-input">
        <input
          id={id}
          inputMode="numeric"
          autoComplete="off"
          value={value}
          aria-invalid={error !== null}
          aria-describedby={`${id}-note`}
          onChange={(event) => onChange(event.target.value)}
          data-testid={testId}
        />
        <span aria-hidden="true">{unit}</span>
      </span>
      <small id={`${id}-note`} className={error === null ? "fm-field-hint" : "fm-field-error"}>
        {error ?? hint}
      </small>
    </div>
  );
}

/** A whole number within bounds, else null. */
function readWhole(text: string, from: number, to: number): number | null {
  if (!/^\d{1,9}$/.test(text.trim())) return null;
  const value = Number(text);
  return value >= from && value <= to ? value : null;
}
