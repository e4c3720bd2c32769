// Running a loop by hand, or only seeing what it would do.
import { useState } from "preact/hooks";
import { ApiError, call, fresh_key } from "../../api/client";
import { useAction } from "../../api/query";
import type { Loop } from "../../api/types";
import { t, word } from "../../base/i18n";
import { navigate } from "../../base/router";
import { CodeView } from "../../parts/code_view";
import { Dialog } from "../../parts/dialog";
import { TextArea } from "../../parts/field";
import { Problem } from "../../parts/states";

interface DryStep {
  name: string;
  tool: string;
  would: string;
  params: unknown;
  unresolved: string | null;
}

interface DryRun {
  steps: DryStep[];
}

export function parsed_json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ApiError(400, "bad_json", t("connections.bad_json", { why: String(error) }));
  }
}

function Would({ dry }: { dry: DryRun }) {
  return (
    <ol class="stack">
      {dry.steps.map((step) => (
        <li key={step.name} class="stack-small">
          <p><span class="strong">{step.name}</span> <code class="muted">{step.tool}</code>{" "}
            {word("would", step.would)}</p>
          {step.unresolved && <p class="muted">{t("run.unresolved", { what: step.unresolved })}</p>}
          {step.params !== null && (
            <CodeView text={JSON.stringify(step.params)} label={step.name} />
          )}
        </li>
      ))}
    </ol>
  );
}

export function RunDialog({ loop, close }: { loop: Loop; close: () => void }) {
  const [payload, set_payload] = useState("{}");
  const [dry, set_dry] = useState<DryRun | undefined>();
  const [key] = useState(fresh_key);
  const path = `/v1/loops/${loop.id}/run`;
  const try_out = useAction(async () => set_dry(await call<DryRun>("POST", path,
    { body: { payload: parsed_json(payload), dry_run: true } })));
  const run = useAction(async () => {
    const made = await call<{ id: string }>("POST", path,
      { body: { payload: parsed_json(payload) }, idempotency_key: key });
    navigate(`/runs/${made.id}`);
  });
  const error = run.error ?? try_out.error;
  return (
    <Dialog title={t("run.by_hand")} close={close}>
      <TextArea label={t("run.payload")} hint={t("run.payload_hint")} value={payload}
        onInput={set_payload} rows={8} />
      {error && <Problem error={error} />}
      {dry && <Would dry={dry} />}
      <footer class="dialog-foot">
        <button type="button" class="button" disabled={try_out.busy}
          onClick={() => void try_out.run()}>
          {t("run.dry_run")}
        </button>
        <button type="button" class="button primary" disabled={run.busy}
          onClick={() => void run.run()}>
          {t("run.go")}
        </button>
      </footer>
    </Dialog>
  );
}
