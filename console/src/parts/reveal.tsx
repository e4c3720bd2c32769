// Detail that is drawn, and read, only when it is opened.
import { ComponentChildren } from "preact";
import { useState } from "preact/hooks";

interface RevealProps {
  summary: ComponentChildren;
  children: ComponentChildren;
  open?: boolean;
}

export function Reveal({ summary, children, open = false }: RevealProps) {
  const [shown, set_shown] = useState(open);
  return (
    <details class="reveal" open={open} onToggle={(event) => set_shown(event.currentTarget.open)}>
      <summary>{summary}</summary>
      {shown && <div class="reveal-body">{children}</div>}
    </details>
  );
}
