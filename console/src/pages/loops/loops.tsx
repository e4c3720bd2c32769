// Loops, and what they did.
import { useState } from "preact/hooks";
import { call, fresh_key } from "../../api/client";
import { useCursorList } from "../../api/list";
import { useAction } from "../../api/query";
import { may } from "../../api/session";
import type { Loop } from "../../api/types";
import { number, t } from "../../base/i18n";
import { navigate } from "../../base/router";
import { Badge } from "../../parts/badge";
import { Dialog } from "../../parts/dialog";
import { TextArea } from "../../parts/field";
import { Icon } from "../../parts/icon";
import { Moment } from "../../parts/moment";
import { Page } from "../../parts/page";
import { Empty, Problem } from "../../parts/states";
import { Column, ListTable } from "../../parts/table";
import { Tabs, useView } from "../../parts/tabs";
import { parsed_json } from "./run_dialog";
import { RunTable } from "./runs";

const COLUMNS: () => Column<Loop>[] = () => [
  { label: t("trigger.name"), width: "minmax(160px, 1.2fr)", narrow: "lead",
    cell: (loop) => <span class="strong">{loop.name}</span> },
  { label: t("trigger.status"), width: "120px", narrow: "below",
    cell: (loop) => <Badge state={loop.enabled ? "enabled" : "disabled"} family="loop_status" /> },
  { label: t("loop.on"), width: "minmax(150px, 1fr)", narrow: "below",
    cell: ({ definition: { on } }) => on?.events || on?.event
      ? <code>{on.events?.join(", ") ?? on.event}</code> : t("loop.by_hand") },
  { label: t("loop.steps"), width: "minmax(150px, 1.4fr)", narrow: "hide",
    cell: (loop) => loop.definition.steps.map((step) => step.name).join(" → ") },
  { label: t("loop.version"), width: "70px", narrow: "hide", cell: (loop) => number(loop.version) },
  { label: t("loop.changed"), width: "140px", narrow: "end",
    cell: (loop) => <Moment at={loop.updated_at} as="relative" /> },
];

function NewLoop({ close }: { close: () => void }) {
  const [text, set_text] = useState("");
  const create = useAction(async () => {
    const made = await call<Loop>("POST", "/v1/loops",
      { body: parsed_json(text), idempotency_key: fresh_key() });
    navigate(`/loops/${made.id}`);
  });
  return (
    <Dialog title={t("loop.new")} close={close}>
      <TextArea label={t("loop.definition")} hint={t("loop.definition_hint")} rows={16} value={text}
        onInput={set_text} />
      {create.error && <Problem error={create.error} />}
      <footer class="dialog-foot">
        <button type="button" class="button" onClick={close}>{t("common.cancel")}</button>
        <button type="button" class="button primary" disabled={create.busy || text.trim() === ""}
          onClick={() => void create.run()}>
          {t("connections.create")}
        </button>
      </footer>
    </Dialog>
  );
}

function LoopTable({ create }: { create: (() => void) | undefined }) {
  const list = useCursorList<Loop>("/v1/loops", {});
  return (
    <ListTable label={t("nav.loops")} list={list} columns={COLUMNS()} id={(loop) => loop.id}
      to={(loop) => `/loops/${loop.id}`}
      empty={
        <Empty icon="loops" title={t("loops.none")}>
          <p>{t("loops.none_hint")}</p>
          {create && (
            <button type="button" class="button primary" onClick={create}>{t("loop.new")}</button>
          )}
        </Empty>
      } />
  );
}

export function LoopsPage() {
  const view = useView("loops");
  const [making, set_making] = useState(false);
  const create = may("loops:write") ? () => set_making(true) : undefined;
  return (
    <Page title={t("nav.loops")} actions={create && (
      <button type="button" class="button primary" onClick={create}>
        <Icon name="plus" size={16} />{t("loop.new")}
      </button>
    )}>
      <Tabs label={t("nav.loops")} tabs={[["loops", t("nav.loops")], ["runs", t("run.all")]]} />
      {view === "runs" ? <RunTable filter={{}} /> : <LoopTable create={create} />}
      {making && <NewLoop close={() => set_making(false)} />}
    </Page>
  );
}
