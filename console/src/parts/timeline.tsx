// A story in order: what happened, when, and what belongs to it.
import { ComponentChildren } from "preact";
import { Icon, IconName } from "./icon";
import { Moment } from "./moment";

export function Timeline({ children }: { children: ComponentChildren }) {
  return <ol class="timeline">{children}</ol>;
}

interface ChapterProps {
  icon: IconName;
  title: string;
  at?: string | null;
  tone?: "good" | "bad" | "warn" | "info" | "quiet";
  beside?: ComponentChildren;
  children?: ComponentChildren;
}

export function Chapter({ icon, title, at, tone = "quiet", beside, children }: ChapterProps) {
  return (
    <li class="chapter">
      <span class={`chapter-icon tone-${tone}`}><Icon name={icon} /></span>
      <div class="chapter-body">
        <header class="chapter-head">
          <h2>{title}</h2>
          {beside}
          {at && <span class="chapter-time"><Moment at={at} as="full" /></span>}
        </header>
        {children}
      </div>
    </li>
  );
}
