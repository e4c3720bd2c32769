// Language and theme; kept in this browser.
import { Language, LANGUAGES, language, t, use_language } from "../../base/i18n";
import { useStore } from "../../base/store";
import { Theme, theme, use_theme } from "../../base/theme";
import { SelectField } from "../../parts/field";
import { Card } from "../../parts/page";

export function Appearance() {
  const chosen = useStore(theme);
  return (
    <Card class="narrow">
      <SelectField label={t("settings.language")} value={language.get()}
        options={Object.entries(LANGUAGES)}
        onInput={(value) => void use_language(value as Language)} />
      <SelectField label={t("settings.theme")} value={chosen}
        onInput={(value) => use_theme(value as Theme)}
        options={[["system", t("settings.theme_system")], ["light", t("settings.theme_light")],
          ["dark", t("settings.theme_dark")]]} />
      <p class="muted small">
        {t("settings.zone", { zone: Intl.DateTimeFormat().resolvedOptions().timeZone })}
      </p>
    </Card>
  );
}
