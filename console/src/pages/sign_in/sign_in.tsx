// Sign-in with an API key, which is exchanged for a cookie and not kept.
import { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useAction } from "../../api/query";
import { sign_in } from "../../api/sign_in";
import { Language, LANGUAGES, language, t, use_language } from "../../base/i18n";
import { useLocation } from "../../base/router";
import { SelectField, TextField } from "../../parts/field";
import { Mark } from "../../parts/icon";
import { Problem } from "../../parts/states";

export function SignInPage() {
  const [key, set_key] = useState("");
  const { query } = useLocation();
  const action = useAction(() => sign_in(key.trim()));
  useEffect(() => {
    document.title = `${t("sign_in.title")} · Malote`;
  }, []);
  const submit = (event: JSX.TargetedEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (key.trim() !== "") void action.run();
  };
  const refused = action.error?.status === 401;
  return (
    <main class="sign-in" id="main">
      <form class="sign-in-card" onSubmit={submit}>
        <div class="sign-in-head"><Mark /><h1>{t("sign_in.title")}</h1></div>
        {query.has("next") && <p class="muted">{t("sign_in.then_back")}</p>}
        <TextField label={t("sign_in.key")} hint={t("sign_in.hint")} type="password" name="api_key"
          autocomplete="current-password" value={key} onInput={set_key} autofocus
          fault={refused ? t("sign_in.refused") : undefined} />
        {action.error && !refused && <Problem error={action.error} />}
        <button type="submit" class="button primary wide"
          disabled={action.busy || key.trim() === ""}>
          {t("sign_in.go")}
        </button>
        <SelectField compact label={t("settings.language")} value={language.get()}
          options={Object.entries(LANGUAGES)}
          onInput={(chosen) => void use_language(chosen as Language)} />
      </form>
    </main>
  );
}
