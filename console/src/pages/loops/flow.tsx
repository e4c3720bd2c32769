// A loop as a picture: the event that starts it, its steps in order, and what undoes them.
import { ComponentChildren } from "preact";
import type { LoopDefinition, LoopStep } from "../../api/types";
import { t } from "../../base/i18n";
import { Icon } from "../../parts/icon";
import { describe_condition, steps_used } from "./describe";

interface FlowProps {
  definition: LoopDefinition;
  /** What a run adds to a step: its state, params and result. */
  beside?: (step: LoopStep) => ComponentChildren;
  below?: (step: LoopStep) => ComponentChildren;
  tone?: (step: LoopStep) => string;
}

function Start({ definition }: { definition: LoopDefinition }) {
  const on = definition.on;
  const events = on?.events ?? (on?.event ? [on.event] : []);
  const condition = describe_condition(on?.when);
  return (
    <li class="node start">
      <span class="node-dot"><Icon name="triggers" size={16} /></span>
      <div class="node-box">
        {events.length === 0 ? <p class="strong">{t("loop.by_hand")}</p> : (
          <p>{t("loop.on")} <code class="strong">{events.join(", ")}</code>
            {on?.server_id && <> {t("loop.from")} <code>{on.server_id}</code></>}</p>
        )}
        {condition && <p class="node-when">{t("loop.when")} <code>{condition}</code></p>}
      </div>
    </li>
  );
}

function StepNode({ step, index, beside, below, tone }: Omit<FlowProps, "definition"> & {
  step: LoopStep; index: number;
}) {
  const condition = describe_condition(step.when);
  const uses = steps_used(step.params, step.when);
  return (
    <li class={`node ${tone?.(step) ?? ""}`}>
      <span class="node-dot" aria-hidden="true">{index + 1}</span>
      <div class="node-row">
        <div class="node-box">
          <div class="line tight">
            <p class="strong">{step.name}</p>
            <code class="muted">{step.tool}</code>
            <span class="grow" />
            {beside?.(step)}
          </div>
          {condition && <p class="node-when">{t("loop.when")} <code>{condition}</code></p>}
          {uses.length > 0 && (
            <p class="muted small">{t("loop.uses", { steps: uses.join(", ") })}</p>
          )}
          {step.abort_on_error === false && (
            <p class="muted small">{t("loop.goes_on")}</p>
          )}
          {below?.(step)}
        </div>
        {step.compensate && (
          <div class="node-undo">
            <p class="small"><Icon name="replay" size={14} /> {t("loop.undone_by")}</p>
            <code>{step.compensate.tool}</code>
          </div>
        )}
      </div>
    </li>
  );
}

export function Flow({ definition, ...rest }: FlowProps) {
  return (
    <ol class="flow" aria-label={t("loop.picture", { name: definition.name })}>
      <Start definition={definition} />
      {definition.steps.map((step, index) => (
        <StepNode key={step.name} step={step} index={index} {...rest} />
      ))}
    </ol>
  );
}
