// Projects: each has its own events, triggers and connections.
import { useState } from "preact/hooks";
import { call, fresh_key } from "../../api/client";
import { CursorList, useCursorList } from "../../api/list";
import { useAction } from "../../api/query";
import { may } from "../../api/session";
import type { Project } from "../../api/types";
import { t, word } from "../../base/i18n";
import { Confirm, Dialog } from "../../parts/dialog";
import { SelectField, TextField } from "../../parts/field";
import { Icon } from "../../parts/icon";
import { Moment } from "../../parts/moment";
import { say } from "../../parts/notice";
import { Empty, Problem } from "../../parts/states";
import { Column, ListTable } from "../../parts/table";

function NewProject({ close, done }: { close: () => void; done: () => void }) {
  const [name, set_name] = useState("");
  const [environment, set_environment] = useState("test");
  const create = useAction(async () => {
    await call("POST", "/v1/projects",
      { body: { name: name.trim(), environment }, idempotency_key: fresh_key() });
    done();
    close();
  });
  return (
    <Dialog title={t("projects.new")} close={close}>
      <TextField label={t("trigger.name")} value={name} onInput={set_name} />
      <SelectField label={t("projects.environment")} value={environment} onInput={set_environment}
        options={["test", "live"].map(
          (one): [string, string] => [one, word("environment", one)])} />
      {create.error && <Problem error={create.error} />}
      <footer class="dialog-foot">
        <button type="button" class="button" onClick={close}>{t("common.cancel")}</button>
        <button type="button" class="button primary" disabled={create.busy || name.trim() === ""}
          onClick={() => void create.run()}>
          {t("connections.create")}
        </button>
      </footer>
    </Dialog>
  );
}

function Remove({ project, list }: { project: Project; list: CursorList<Project> }) {
  const [open, set_open] = useState(false);
  const action = useAction(async () => {
    await call("DELETE", `/v1/projects/${project.id}`);
    say(t("projects.removed"));
    list.refresh();
  });
  return (
    <>
      <button type="button" class="button small-button" onClick={() => set_open(true)}
        aria-label={t("trigger.remove_title", { name: project.name })}>
        {t("trigger.remove")}
      </button>
      {open && (
        <Confirm title={t("trigger.remove_title", { name: project.name })} danger action={action}
          label={t("trigger.remove")} close={() => set_open(false)}>
          <p>{t("projects.remove_text")}</p>
        </Confirm>
      )}
    </>
  );
}

export function Projects() {
  const list = useCursorList<Project>("/v1/projects", {});
  const [making, set_making] = useState(false);
  const write = may("projects:write");
  const columns: Column<Project>[] = [
    { label: t("trigger.name"), width: "minmax(150px, 1fr)", narrow: "lead",
      cell: (one) => (
        <>
          <span class="strong">{one.name}</span>{" "}
          {one.is_default && <span class="mark-text tone-quiet">{t("projects.default")}</span>}
        </>
      ) },
    { label: t("event.id"), width: "minmax(180px, 1fr)", narrow: "hide",
      cell: (one) => <code class="muted">{one.id}</code> },
    { label: t("projects.environment"), width: "120px", narrow: "below",
      cell: (one) => word("environment", one.environment) },
    { label: t("connection.made"), width: "150px", narrow: "below",
      cell: (one) => <Moment at={one.created_at} /> },
    { label: t("keys.action"), width: "110px", narrow: "end",
      cell: (one) => write && !one.is_default && <Remove project={one} list={list} /> },
  ];
  return (
    <div class="stack">
      {write && (
        <div>
          <button type="button" class="button primary" onClick={() => set_making(true)}>
            <Icon name="plus" size={16} />{t("projects.new")}
          </button>
        </div>
      )}
      <ListTable label={t("settings.projects")} list={list} columns={columns} id={(one) => one.id}
        empty={<Empty icon="layers" title={t("projects.none")} />} />
      {making && <NewProject close={() => set_making(false)} done={list.refresh} />}
    </div>
  );
}
