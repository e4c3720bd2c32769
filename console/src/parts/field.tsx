// Form fields with label, hint and fault tied together.
import { ComponentChildren, JSX } from "preact";
import { useId } from "preact/hooks";

interface Frame {
  label: string;
  hint?: string;
  fault?: string | undefined;
  compact?: boolean;
}

interface FrameProps extends Frame {
  id: string;
  children: ComponentChildren;
}

function FieldFrame({ id, label, hint, fault, compact, children }: FrameProps) {
  return (
    <div class={compact ? "field compact" : "field"}>
      <label for={id}>{label}</label>
      {children}
      {hint && <p id={`${id}-hint`} class="hint">{hint}</p>}
      {fault && <p id={`${id}-fault`} class="fault" role="alert">{fault}</p>}
    </div>
  );
}

const described = (id: string, frame: Frame) =>
  [frame.hint && `${id}-hint`, frame.fault && `${id}-fault`].filter(Boolean).join(" ") || undefined;

type InputProps = Frame & Omit<JSX.InputHTMLAttributes<HTMLInputElement>, "label" | "onInput"> & {
  onInput: (value: string) => void;
};

export function TextField({ label, hint, fault, compact, onInput, ...rest }: InputProps) {
  const id = useId();
  const frame = { label, hint, fault, compact } as Frame;
  return (
    <FieldFrame id={id} {...frame}>
      <input id={id} type="text" autocomplete="off" spellcheck={false}
        aria-describedby={described(id, frame)} aria-invalid={fault ? true : undefined}
        onInput={(event) => onInput(event.currentTarget.value)} {...rest} />
    </FieldFrame>
  );
}

type AreaProps = Frame & { value: string; rows?: number; onInput: (value: string) => void };

export function TextArea({ label, hint, fault, compact, value, rows = 6, onInput }: AreaProps) {
  const id = useId();
  const frame = { label, hint, fault, compact } as Frame;
  return (
    <FieldFrame id={id} {...frame}>
      <textarea id={id} rows={rows} spellcheck={false} value={value}
        aria-describedby={described(id, frame)} aria-invalid={fault ? true : undefined}
        onInput={(event) => onInput(event.currentTarget.value)} />
    </FieldFrame>
  );
}

type SelectProps = Frame & {
  value: string;
  options: [string, string][];
  onInput: (value: string) => void;
};

export function SelectField({ label, hint, fault, compact, value, options, onInput }: SelectProps) {
  const id = useId();
  const frame = { label, hint, fault, compact } as Frame;
  return (
    <FieldFrame id={id} {...frame}>
      <select id={id} value={value} aria-describedby={described(id, frame)}
        onInput={(event) => onInput(event.currentTarget.value)}>
        {options.map(([name, text]) => (
          <option key={name} value={name} selected={name === value}>{text}</option>
        ))}
      </select>
    </FieldFrame>
  );
}

interface CheckProps {
  label: ComponentChildren;
  checked: boolean;
  onInput: (checked: boolean) => void;
}

export function Check({ label, checked, onInput }: CheckProps) {
  return (
    <label class="check">
      <input type="checkbox" checked={checked}
        onInput={(event) => onInput(event.currentTarget.checked)} />
      <span>{label}</span>
    </label>
  );
}
