// A page's head: title, way back, actions. The title takes the focus when the page changes.
import { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Link } from "../base/router";
import { Icon } from "./icon";

interface PageProps {
  title: string;
  /** Stands before the title in the browser's tab only. */
  tab?: string;
  back?: { to: string; label: string };
  lead?: ComponentChildren;
  beside?: ComponentChildren;
  actions?: ComponentChildren;
  children: ComponentChildren;
}

export function Page({ title, tab, back, lead, beside, actions, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${tab ?? title} · Malote`;
  }, [title, tab]);
  useEffect(() => {
    if (document.activeElement === document.body || document.activeElement === null ||
        document.activeElement.closest("nav")) {
      heading.current?.focus({ preventScroll: true });
    }
  }, []);
  return (
    <main id="main" class="page">
      {back && (
        <Link class="back" to={back.to}><Icon name="back" size={16} />{back.label}</Link>
      )}
      <header class="page-head">
        <div class="page-title">
          <h1 ref={heading} tabIndex={-1}>{title}</h1>
          {beside}
        </div>
        {actions && <div class="actions">{actions}</div>}
        {lead && <div class="lead">{lead}</div>}
      </header>
      {children}
    </main>
  );
}

interface CardProps {
  title?: string;
  actions?: ComponentChildren;
  children: ComponentChildren;
  class?: string;
}

export function Card({ title, actions, children, class: extra = "" }: CardProps) {
  return (
    <section class={`card ${extra}`}>
      {title && (
        <header class="card-head"><h2>{title}</h2>{actions}</header>
      )}
      {children}
    </section>
  );
}

/** Names and values. */
export function Facts({ facts }: { facts: [string, ComponentChildren][] }) {
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <div key={name}><dt>{name}</dt><dd>{value}</dd></div>
      ))}
    </dl>
  );
}
