// What to do at the provider, and the secret that proves its requests.
import { useState } from "preact/hooks";
import { call } from "../../api/client";
import { useAction } from "../../api/query";
import { may } from "../../api/session";
import type { Connection, Provider } from "../../api/types";
import { t } from "../../base/i18n";
import { Copyable } from "../../parts/copy";
import { SelectField, TextField } from "../../parts/field";
import { say } from "../../parts/notice";
import { Card } from "../../parts/page";
import { Problem } from "../../parts/states";
import { as_secret } from "./new_connection";
import { useSetupSteps } from "./setup";

/** Where the provider posts to, as far as this browser knows the gateway's address. */
export const webhook_url = (connection: Connection): string =>
  location.origin + connection.webhook_path;

function SecretForm({ connection, done }: { connection: Connection; done: () => void }) {
  const [secret, set_secret] = useState("");
  const [overlap, set_overlap] = useState("86400");
  const action = useAction(async () => {
    const body: Record<string, unknown> = { secret: as_secret(secret) };
    if (connection.webhook_secret_set) body.overlap_seconds = Number(overlap);
    await call("PUT", `/v1/connections/${connection.id}/webhook-secret`, { body });
    set_secret("");
    say(t("connection.secret_saved"));
    done();
  });
  return (
    <form class="stack" onSubmit={(event) => { event.preventDefault(); void action.run(); }}>
      <TextField label={connection.webhook_secret_set ? t("connection.replace_secret")
        : t("connection.webhook_secret")} hint={t("connection.secret_hint")} type="password"
        autocomplete="off" value={secret} onInput={set_secret} />
      {connection.webhook_secret_set && (
        <SelectField label={t("connection.overlap")} value={overlap} onInput={set_overlap}
          options={[["0", t("connection.overlap_none")], ["3600", t("overview.hour")],
            ["86400", t("overview.day")], ["604800", t("overview.week")]]} />
      )}
      {action.error && <Problem error={action.error} />}
      <div class="form-foot">
        <button type="submit" class="button primary" disabled={action.busy || secret.trim() === ""}>
          {t("connection.save_secret")}
        </button>
      </div>
    </form>
  );
}

interface SetupProps {
  connection: Connection;
  provider: Provider | undefined;
  done: () => void;
}

export function SetupCard({ connection, provider, done }: SetupProps) {
  const steps = useSetupSteps(connection.server_id);
  const local = /^(localhost|127\.|\[::1\])/.test(location.host);
  return (
    <Card title={t("connection.setup", { provider: provider?.label ?? connection.server_id })}>
      <div class="field">
        <p class="strong">{t("connection.url")}</p>
        <p><Copyable text={webhook_url(connection)} label={t("connection.copy_url")} /></p>
        {local && <p class="hint">{t("connection.local_hint")}</p>}
      </div>
      <ol class="numbered">
        {(steps ?? [t("connection.generic_step")]).map((step) => <li key={step}>{step}</li>)}
      </ol>
      {may("connections:write") && connection.status !== "revoked" && (
        <SecretForm connection={connection} done={done} />
      )}
    </Card>
  );
}
