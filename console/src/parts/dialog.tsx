// A modal dialog on the browser's own <dialog>: focus stays inside and returns, Escape closes.
import { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { Action } from "../api/query";
import { t } from "../base/i18n";
import { Icon } from "./icon";
import { Problem } from "./states";

interface DialogProps {
  title: string;
  close: () => void;
  children: ComponentChildren;
  /** False where Escape would lose something, such as a secret that is shown once. */
  dismissible?: boolean;
}

export function Dialog({ title, close, children, dismissible = true }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const name = useId();
  useEffect(() => {
    const dialog = element.current;
    if (dialog && !dialog.open) dialog.showModal();
    return () => dialog?.close();
  }, []);
  return (
    <dialog ref={element} class="dialog" aria-labelledby={name} onCancel={(event) => {
      event.preventDefault();
      if (dismissible) close();
    }}>
      <header class="dialog-head">
        <h2 id={name}>{title}</h2>
        {dismissible && (
          <button type="button" class="icon-button" onClick={close} aria-label={t("common.close")}>
            <Icon name="close" />
          </button>
        )}
      </header>
      <div class="dialog-body">{children}</div>
    </dialog>
  );
}

interface ConfirmProps {
  title: string;
  label: string;
  danger?: boolean;
  action: Action<[]>;
  close: () => void;
  children: ComponentChildren;
}

/** Asks before something is done; stays open with the reason when it fails. */
export function Confirm({ title, label, danger, action, close, children }: ConfirmProps) {
  const go = async () => {
    if (await action.run()) close();
  };
  return (
    <Dialog title={title} close={close}>
      {children}
      {action.error && <Problem error={action.error} />}
      <footer class="dialog-foot">
        <button type="button" class="button" onClick={close}>{t("common.cancel")}</button>
        <button type="button" class={`button ${danger ? "danger" : "primary"}`} onClick={go}
          disabled={action.busy}>
          {label}
        </button>
      </footer>
    </Dialog>
  );
}
