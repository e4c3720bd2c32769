// What the provider sent beside what became of it.
import { t } from "../../base/i18n";
import { CodeView } from "../../parts/code_view";
import { Chapter } from "../../parts/timeline";
import type { Story } from "./event";

export function NormalisedChapter({ story: { event, data_text } }: { story: Story }) {
  const raw = event.raw_request;
  const base64 = raw?.body_encoding === "base64";
  return (
    <Chapter icon="layers" title={raw ? t("story.normalised") : t("story.data")} tone="info">
      <div class={raw ? "beside" : ""}>
        {raw && (
          <section>
            <h3>{base64 ? t("story.raw_base64") : t("story.raw")}</h3>
            <CodeView text={raw.body} json={!base64} label={t("story.raw")}
              file={`${event.id}.raw.txt`} />
          </section>
        )}
        <section>
          <h3>{t("story.normalised_as", { type: event.type })}</h3>
          <CodeView text={data_text} label={t("story.data")} file={`${event.id}.json`} />
        </section>
      </div>
    </Chapter>
  );
}
