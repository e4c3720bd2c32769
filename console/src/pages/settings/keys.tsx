// API keys: made with the scopes that they need, shown once, revoked.
import { useState } from "preact/hooks";
import { call, fresh_key } from "../../api/client";
import { CursorList, useCursorList } from "../../api/list";
import { useAction } from "../../api/query";
import { may, session } from "../../api/session";
import type { ApiKey } from "../../api/types";
import { t } from "../../base/i18n";
import { Badge } from "../../parts/badge";
import { SecretOnce } from "../../parts/copy";
import { Confirm, Dialog } from "../../parts/dialog";
import { Check, SelectField, TextField } from "../../parts/field";
import { Icon } from "../../parts/icon";
import { Moment } from "../../parts/moment";
import { say } from "../../parts/notice";
import { Empty, Problem } from "../../parts/states";
import { Column, ListTable } from "../../parts/table";

const AREAS = ["events", "triggers", "connections", "loops", "sessions", "servers", "keys",
  "projects"];

type Reach = "all" | "read" | "chosen";

function Scopes({ chosen, choose }: { chosen: string[]; choose: (scopes: string[]) => void }) {
  const toggle = (scope: string, on: boolean) =>
    choose(on ? [...chosen, scope] : chosen.filter((one) => one !== scope));
  return (
    <fieldset class="scopes">
      <legend class="off-screen">{t("keys.scopes")}</legend>
      {AREAS.flatMap((area) => ["read", "write"].map((verb) => {
        const scope = `${area}:${verb}`;
        return area === "servers" && verb === "write" ? null : (
          <Check key={scope} label={<code>{scope}</code>} checked={chosen.includes(scope)}
            onInput={(on) => toggle(scope, on)} />
        );
      }))}
    </fieldset>
  );
}

function NewKey({ close }: { close: () => void }) {
  const [name, set_name] = useState("");
  const [reach, set_reach] = useState<Reach>("read");
  const [scopes, set_scopes] = useState<string[]>([]);
  const [key, set_key] = useState("");
  const create = useAction(async () => {
    const body: Record<string, unknown> = { name: name.trim() };
    if (reach === "read") body.scopes = ["*:read"];
    if (reach === "chosen") body.scopes = scopes;
    const made = await call<{ full_key: string }>("POST", "/v1/api-keys",
      { body, idempotency_key: fresh_key() });
    set_key(made.full_key);
  });
  if (key !== "") {
    return (
      <Dialog title={t("keys.made")} close={close} dismissible={false}>
        <SecretOnce secret={key} label={name} />
        <footer class="dialog-foot">
          <button type="button" class="button primary" onClick={close}>{t("copy.stored")}</button>
        </footer>
      </Dialog>
    );
  }
  return (
    <Dialog title={t("keys.new")} close={close}>
      <TextField label={t("trigger.name")} hint={t("keys.name_hint")} value={name}
        onInput={set_name} />
      <SelectField label={t("keys.scopes")} value={reach}
        onInput={(value) => set_reach(value as Reach)}
        options={[["read", t("keys.read_only")], ["all", t("keys.as_mine")],
          ["chosen", t("keys.chosen")]]} />
      {reach === "chosen" && <Scopes chosen={scopes} choose={set_scopes} />}
      {create.error && <Problem error={create.error} />}
      <footer class="dialog-foot">
        <button type="button" class="button" onClick={close}>{t("common.cancel")}</button>
        <button type="button" class="button primary" onClick={() => void create.run()}
          disabled={create.busy || name.trim() === "" ||
            (reach === "chosen" && scopes.length === 0)}>
          {t("connections.create")}
        </button>
      </footer>
    </Dialog>
  );
}

function Revoke({ of: key, list }: { of: ApiKey; list: CursorList<ApiKey> }) {
  const [open, set_open] = useState(false);
  const action = useAction(async () => {
    await call("DELETE", `/v1/api-keys/${key.id}`);
    say(t("keys.revoked"));
    list.refresh();
  });
  const own = session.get()?.key.id === key.id;
  return (
    <>
      <button type="button" class="button small-button" onClick={() => set_open(true)}
        aria-label={t("keys.revoke_of", { name: key.name })}>
        {t("connection.revoke")}
      </button>
      {open && (
        <Confirm title={t("keys.revoke_of", { name: key.name })} danger
          label={t("connection.revoke")} action={action} close={() => set_open(false)}>
          <p>{own ? t("keys.revoke_own") : t("keys.revoke_text")}</p>
        </Confirm>
      )}
    </>
  );
}

export function Keys() {
  const list = useCursorList<ApiKey>("/v1/api-keys", {});
  const [making, set_making] = useState(false);
  const write = may("keys:write");
  const columns: Column<ApiKey>[] = [
    { label: t("trigger.name"), width: "minmax(140px, 1fr)", narrow: "lead",
      cell: (key) => <><span class="strong">{key.name}</span>
        {" "}{key.revoked_at && <Badge state="revoked" family="connection_status" />}</> },
    { label: t("keys.begins"), width: "minmax(140px, .8fr)", narrow: "below",
      cell: (key) => <code class="muted">{key.prefix}…</code> },
    { label: t("keys.scopes"), width: "minmax(140px, 1.2fr)", narrow: "hide",
      cell: (key) => <code>{key.scopes.join(" ")}</code> },
    { label: t("keys.used"), width: "140px", narrow: "below",
      cell: (key) => <Moment at={key.last_used_at} as="relative" /> },
    { label: t("keys.action"), width: "110px", narrow: "end",
      cell: (key) => write && !key.revoked_at && <Revoke of={key} list={list} /> },
  ];
  return (
    <div class="stack">
      {write && (
        <div>
          <button type="button" class="button primary" onClick={() => set_making(true)}>
            <Icon name="plus" size={16} />{t("keys.new")}
          </button>
        </div>
      )}
      <ListTable label={t("settings.keys")} list={list} columns={columns} id={(key) => key.id}
        empty={<Empty icon="key" title={t("keys.none")} />} />
      {making && (
        <NewKey close={() => {
          set_making(false);
          list.refresh();
        }} />
      )}
    </div>
  );
}
