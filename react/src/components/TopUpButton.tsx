// One press adds coins: in the sandbox out of nowhere, elsewhere through whatever the app gives the provider.
import type { ReactNode } from "react";
import { useFairminute } from "../hooks/FairminuteProvider.tsx";
import { useMe } from "../hooks/useMe.ts";
import { useSandboxTopUp } from "../hooks/useWallet.ts";
import { Button, type ButtonProps } from "./parts/Button.tsx";

export type TopUpButtonProps = Pick<ButtonProps, "look" | "testId"> & { amount: number };

/** Draws nothing outside the sandbox unless the provider has an `onTopUp`. */
export function TopUpButton({ amount, look = "plain", testId = "top-up" }: TopUpButtonProps): ReactNode {
  const { words, format, onTopUp } = useFairminute();
  const me = useMe().data;
  const topUp = useSandboxTopUp();
  if (me === undefined || (me.mode !== "sandbox" && onTopUp === null)) return null;
  return (
    <span className="fm-top-up">
      <Button
        look={look}
        icon="plus"
        busy={topUp.isPending}
        onClick={() => (onTopUp === null ? topUp.mutate(amount) : onTopUp(amount))}
        testId={testId}
      >
        {words.actions.topUp(format.coins(amount))}
      </Button>
      {topUp.error !== null && (
        <span className="fm-field-error" role="alert">
          {words.call.topUpFailed}
        </span>
      )}
    </span>
  );
}
