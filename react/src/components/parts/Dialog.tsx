// A modal dialog on the native <dialog>: the browser traps the focus, makes the rest inert and gives the focus back.
import { type ReactNode, type RefObject, useId, useLayoutEffect, useRef } from "react";

export type DialogProps = {
  title: ReactNode;
  /** Esc, the back gesture, or a press outside (only with `closeOutside`). */
  onCancel: () => void;
  children: ReactNode;
  /** What gets the focus first; the browser chooses when absent. */
  focusFirst?: RefObject<HTMLElement | null>;
  closeOutside?: boolean;
  /** alertdialog for something that demands an answer. */
  role?: "dialog" | "alertdialog";
  testId?: string;
};

/** Is open as long as it is mounted. */
export function Dialog(props: DialogProps): ReactNode {
  const { title, onCancel, children, focusFirst, closeOutside = false, role = "dialog", testId } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();

  // A layout effect: its cleanup runs while the element is still in the page, and only then close() gives the focus back.
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    focusFirst?.current?.focus();
    return () => element?.close();
  }, [focusFirst]);

  return (
    <dialog
      ref={dialog}
      role={role}
      className="fm-dialog"
      aria-labelledby={titleId}
      data-testid={testId}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        onCancel();
      }}
      onCancel={(event) => {
        event.preventDefault();
        onCancel();
      }}
      onClick={(event) => {
        if (closeOutside && event.target === dialog.current) onCancel();
      }}
    >
      <div className="fm-dialog-body">
        <h2 id={titleId} className="fm-dialog-title">
          {title}
        </h2>
        {children}
      </div>
    </dialog>
  );
}
