// The guide: which events, where to, and a test before it is kept.
import { useState } from "preact/hooks";
import { call, fresh_key } from "../../api/client";
import { useAction } from "../../api/query";
import type { TriggerWithSecret } from "../../api/types";
import { Key, t } from "../../base/i18n";
import { navigate } from "../../base/router";
import { SecretOnce } from "../../parts/copy";
import { Check } from "../../parts/field";
import { say } from "../../parts/notice";
import { Card, Page } from "../../parts/page";
import { Problem } from "../../parts/states";
import { EventPicker } from "./event_picker";
import { body_of, Draft, empty_draft, TriggerFields } from "./form";
import { TestFire } from "./test_fire";
import { Trial } from "./trial";

const STEPS: Key[] = ["guide.events", "guide.target", "guide.test"];

function Steps({ at }: { at: number }) {
  return (
    <ol class="steps" aria-label={t("guide.label")}>
      {STEPS.map((key, index) => (
        <li key={key} class={index < at ? "done" : ""}
          aria-current={index === at ? "step" : undefined}>
          <span class="step-number" aria-hidden="true">{index + 1}</span>{t(key)}
        </li>
      ))}
    </ol>
  );
}

/** A name to begin with: the host that it goes to. */
function named(draft: Draft): Draft {
  if (draft.name.trim() !== "") return draft;
  try {
    return { ...draft, name: new URL(draft.webhook_url).host };
  } catch {
    return draft;
  }
}

function Made({ trigger }: { trigger: TriggerWithSecret }) {
  const [stored, set_stored] = useState(false);
  const discard = useAction(async () => {
    await call("DELETE", `/v1/triggers/${trigger.id}`);
    say(t("guide.discarded"));
    navigate("/triggers");
  });
  return (
    <div class="stack">
      <Card title={t("guide.secret")}>
        <SecretOnce secret={trigger.secret} label={t("guide.secret_label")} />
        <Check label={t("guide.stored")} checked={stored} onInput={set_stored} />
      </Card>
      <Card title={t("guide.try")}>
        <p class="muted">{t("guide.try_text")}</p>
        <TestFire trigger={trigger} />
      </Card>
      {discard.error && <Problem error={discard.error} />}
      <div class="form-foot">
        <button type="button" class="button primary" disabled={!stored}
          onClick={() => navigate(`/triggers/${trigger.id}`)}>
          {t("guide.keep")}
        </button>
        <button type="button" class="button danger" disabled={discard.busy}
          onClick={() => void discard.run()}>
          {t("guide.discard")}
        </button>
      </div>
    </div>
  );
}

export function NewTriggerPage() {
  const [step, set_step] = useState(0);
  const [draft, set_draft] = useState(empty_draft);
  const [made, set_made] = useState<TriggerWithSecret | undefined>();
  const change = (changes: Partial<Draft>) => set_draft((before) => ({ ...before, ...changes }));
  const create = useAction(async () => {
    set_made(await call<TriggerWithSecret>("POST", "/v1/triggers",
      { body: body_of(named(draft), false), idempotency_key: fresh_key() }));
    set_step(2);
  });
  return (
    <Page title={t("trigger.new")} back={{ to: "/triggers", label: t("nav.triggers") }}>
      <Steps at={step} />
      {step === 0 && (
        <Card title={t("guide.events_title")}>
          <EventPicker chosen={draft.events} choose={(events) => change({ events })} />
          <div class="form-foot">
            <button type="button" class="button primary" disabled={draft.events.length === 0}
              onClick={() => set_step(1)}>
              {t("guide.next")}
            </button>
            <span class="muted">{draft.events.join(", ")}</span>
          </div>
        </Card>
      )}
      {step === 1 && (
        <form onSubmit={(event) => { event.preventDefault(); void create.run(); }}>
          <Card title={t("guide.target_title")} class="narrow">
            <TriggerFields draft={draft} change={change} issues={create.error?.issues ?? []} />
            {create.error && <Problem error={create.error} />}
            <Trial draft={named(draft)} />
            <div class="form-foot">
              <button type="submit" class="button primary"
                disabled={create.busy || draft.webhook_url.trim() === ""}>
                {t("guide.create")}
              </button>
              <button type="button" class="button" onClick={() => set_step(0)}>
                {t("guide.back")}
              </button>
            </div>
          </Card>
        </form>
      )}
      {step === 2 && made && <Made trigger={made} />}
    </Page>
  );
}
