// The steps at each provider, in the reader's language. A chunk of its own: only this page needs
// it.
import { useQuery } from "../../api/query";
import { Language, language } from "../../base/i18n";

type Steps = Record<string, string[]>;

const LOADERS: Record<Language, () => Promise<{ default: Steps }>> = {
  "en": () => import("../../i18n/setup/en.json"),
  "pt-BR": () => import("../../i18n/setup/pt-BR.json"),
  "es": () => import("../../i18n/setup/es.json"),
};

/** The steps for `provider`; undefined while they are loaded, or for one without any. */
export function useSetupSteps(provider: string): string[] | undefined {
  const steps = useQuery(language.get(), async () => (await LOADERS[language.get()]()).default);
  return steps.data?.[provider];
}
