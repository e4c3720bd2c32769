// Choosing events from the catalogue, each with a sample of its payload.
import { useState } from "preact/hooks";
import { get } from "../../api/client";
import { useQuery } from "../../api/query";
import type { EventType, Page } from "../../api/types";
import { t } from "../../base/i18n";
import { Check, TextField } from "../../parts/field";
import { CodeView } from "../../parts/code_view";
import { Loaded } from "../../parts/states";

export const useEventTypes = () => useQuery("event-types", async (signal) =>
  (await get<Page<EventType>>("/v1/event-types", {}, signal)).data);

/** Names that a trigger's pattern covers. */
export function covers(pattern: string, name: string): boolean {
  if (pattern === "*") return true;
  return pattern.endsWith(".*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

interface PickerProps {
  chosen: string[];
  choose: (events: string[]) => void;
}

interface DomainProps extends PickerProps {
  domain: string;
  types: EventType[];
  show: (type: EventType) => void;
  shown: string | undefined;
}

function Domain({ domain, types, chosen, choose, show, shown }: DomainProps) {
  const all = `${domain}.*`;
  const toggle = (name: string, on: boolean) =>
    choose(on ? [...chosen, name] : chosen.filter((one) => one !== name));
  const toggle_all = (on: boolean) =>
    choose([...chosen.filter((one) => !one.startsWith(`${domain}.`)), ...(on ? [all] : [])]);
  const whole = chosen.includes(all);
  return (
    <fieldset class="domain">
      <legend><Check label={<code>{all}</code>} checked={whole} onInput={toggle_all} /></legend>
      {types.map((type) => (
        <div key={type.name} class={type.name === shown ? "pick shown" : "pick"}>
          {whole ? <span class="muted pick-whole"><code>{type.name}</code></span> : (
            <Check label={<code>{type.name}</code>} checked={chosen.includes(type.name)}
              onInput={(on) => toggle(type.name, on)} />
          )}
          <button type="button" class="button small-button quiet" onClick={() => show(type)}
            aria-label={t("picker.sample_of", { type: type.name })}>
            {t("picker.sample")}
          </button>
        </div>
      ))}
    </fieldset>
  );
}

function Sample({ type }: { type: EventType | undefined }) {
  if (!type) return <p class="muted">{t("picker.choose_sample")}</p>;
  return (
    <div class="stack">
      <div>
        <p class="strong"><code>{type.name}</code></p>
        <p class="muted">{type.summary}</p>
      </div>
      <CodeView text={JSON.stringify(type.fixture)} label={t("picker.sample")}
        file={`${type.name}.json`} />
    </div>
  );
}

export function EventPicker({ chosen, choose }: PickerProps) {
  const types = useEventTypes();
  const [text, set_text] = useState("");
  const [shown, show] = useState<EventType | undefined>();
  const everything = chosen.includes("*");
  return (
    <Loaded query={types}>
      {(all) => {
        const fitting = all.filter((type) =>
          `${type.name} ${type.summary} ${type.aliases.join(" ")}`.toLowerCase()
            .includes(text.toLowerCase()));
        const domains = [...new Set(fitting.map((type) => type.domain))];
        return (
          <div class="picker">
            <div class="stack">
              <Check label={t("picker.everything")} checked={everything}
                onInput={(on) => choose(on ? ["*"] : [])} />
              {!everything && (
                <>
                  <TextField compact type="search" label={t("picker.search")} value={text}
                    onInput={set_text} />
                  <div class="domains" tabIndex={0} role="region"
                    aria-label={t("picker.catalogue")}>
                    {domains.map((domain) => (
                      <Domain key={domain} domain={domain} chosen={chosen} choose={choose}
                        show={show} shown={shown?.name}
                        types={fitting.filter((type) => type.domain === domain)} />
                    ))}
                    {domains.length === 0 && <p class="muted">{t("picker.none")}</p>}
                  </div>
                </>
              )}
            </div>
            <Sample type={shown} />
          </div>
        );
      }}
    </Loaded>
  );
}
