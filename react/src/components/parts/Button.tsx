// A button: primary (the one thing to do here), plain, quiet, danger; it says when it is busy and cannot be pressed twice.
import type { ButtonHTMLAttributes, ReactNode, Ref } from "react";
import { Icon, type IconName } from "./Icon.tsx";

export type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> & {
  look?: "primary" | "plain" | "quiet" | "danger";
  icon?: IconName;
  busy?: boolean;
  testId?: string;
  ref?: Ref<HTMLButtonElement>;
};

/** A plain `<button>` with a look. While `busy` it stays focusable but does nothing. */
export function Button({
  look = "plain",
  icon,
  busy = false,
  testId,
  children,
  onClick,
  ...rest
}: ButtonProps): ReactNode {
  return (
    <button
      type="button"
      {...rest}
      className={`fm-button fm-button-${look} ${rest.className ?? ""}`}
      aria-disabled={busy || undefined}
      aria-busy={busy || undefined}
      data-testid={testId}
      onClick={busy ? (event) => event.preventDefault() : onClick}
    >
      {icon !== undefined && <Icon name={icon} size={18} />}
      {children}
    </button>
  );
}
