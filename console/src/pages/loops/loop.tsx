// One loop: its picture, its runs, its definition.
import { useState } from "preact/hooks";
import { call, call_text } from "../../api/client";
import { useAction, useQuery } from "../../api/query";
import { may } from "../../api/session";
import type { Loop } from "../../api/types";
import { number, t } from "../../base/i18n";
import { member_text } from "../../base/json_text";
import { navigate } from "../../base/router";
import { Badge } from "../../parts/badge";
import { CodeView } from "../../parts/code_view";
import { Copyable } from "../../parts/copy";
import { Confirm } from "../../parts/dialog";
import { Icon } from "../../parts/icon";
import { Moment } from "../../parts/moment";
import { say } from "../../parts/notice";
import { Card, Facts, Page } from "../../parts/page";
import { Loaded, Problem } from "../../parts/states";
import { Tabs, useView } from "../../parts/tabs";
import { Flow } from "./flow";
import { RunDialog } from "./run_dialog";
import { RunTable } from "./runs";

interface Whole {
  loop: Loop;
  definition_text: string;
}

async function load(id: string, signal: AbortSignal): Promise<Whole> {
  const text = await call_text("GET", `/v1/loops/${encodeURIComponent(id)}`, { signal });
  return {
    loop: JSON.parse(text) as Loop, definition_text: member_text(text, "definition") ?? "",
  };
}

function Actions({ loop, reload }: { loop: Loop; reload: () => void }) {
  const [open, set_open] = useState<"run" | "remove" | null>(null);
  const path = `/v1/loops/${loop.id}`;
  const toggle = useAction(async () => {
    await call("POST", `${path}/${loop.enabled ? "disable" : "enable"}`);
    say(loop.enabled ? t("loop.disabled") : t("loop.enabled"));
    reload();
  });
  const remove = useAction(async () => {
    await call("DELETE", path);
    say(t("loop.removed"));
    navigate("/loops");
  });
  return (
    <>
      <button type="button" class="button" onClick={() => set_open("run")}>
        <Icon name="play" size={16} />{t("run.by_hand")}
      </button>
      <button type="button" class="button" disabled={toggle.busy} onClick={() => void toggle.run()}>
        {loop.enabled ? t("loop.disable") : t("loop.enable")}
      </button>
      <button type="button" class="button danger" onClick={() => set_open("remove")}>
        <Icon name="trash" size={16} />{t("trigger.remove")}
      </button>
      {toggle.error && <Problem error={toggle.error} />}
      {open === "run" && <RunDialog loop={loop} close={() => set_open(null)} />}
      {open === "remove" && (
        <Confirm title={t("trigger.remove_title", { name: loop.name })} danger action={remove}
          label={t("trigger.remove")} close={() => set_open(null)}>
          <p>{t("loop.remove_text")}</p>
        </Confirm>
      )}
    </>
  );
}

function LoopView({ whole, reload }: { whole: Whole; reload: () => void }) {
  const { loop, definition_text } = whole;
  const view = useView("picture");
  return (
    <Page title={loop.name} back={{ to: "/loops", label: t("nav.loops") }}
      beside={<Badge state={loop.enabled ? "enabled" : "disabled"} family="loop_status" />}
      actions={may("loops:write") && <Actions loop={loop} reload={reload} />}
      lead={
        <Facts facts={[
          [t("event.id"), <Copyable text={loop.id} label={t("copy.id")} />],
          [t("loop.version"), number(loop.version)],
          [t("loop.changed"), <Moment at={loop.updated_at} as="relative" />],
        ]} />
      }>
      <Tabs label={loop.name} tabs={[["picture", t("loop.picture_tab")], ["runs", t("run.all")],
        ["definition", t("loop.definition")]]} />
      {view === "picture" && <Flow definition={loop.definition} />}
      {view === "runs" && <RunTable filter={{ loop_id: loop.id }} />}
      {view === "definition" && (
        <Card class="narrow">
          <CodeView text={definition_text} label={t("loop.definition")}
            file={`${loop.name}.json`} />
        </Card>
      )}
    </Page>
  );
}

export function LoopPage({ id }: { id: string }) {
  const whole = useQuery(id, (signal) => load(id, signal));
  if (whole.data) return <LoopView whole={whole.data} reload={whole.reload} />;
  return (
    <Page title={t("loop.title")} back={{ to: "/loops", label: t("nav.loops") }}>
      <Loaded query={whole} rows={8}>{() => null}</Loaded>
    </Page>
  );
}
