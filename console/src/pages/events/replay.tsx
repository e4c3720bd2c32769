// Delivering an event again: to all triggers that want it, or to one.
import { useState } from "preact/hooks";
import { call, fresh_key } from "../../api/client";
import { useAction, useQuery } from "../../api/query";
import type { EventDetail } from "../../api/types";
import { t } from "../../base/i18n";
import { Confirm } from "../../parts/dialog";
import { SelectField } from "../../parts/field";
import { say } from "../../parts/notice";
import { all_triggers } from "../triggers/names";

interface ReplayProps {
  event: EventDetail;
  close: () => void;
  done: () => void;
}

export function ReplayDialog({ event, close, done }: ReplayProps) {
  const [trigger_id, set_trigger] = useState("");
  const triggers = useQuery("triggers", all_triggers);
  const [key] = useState(fresh_key);
  const action = useAction(async () => {
    const answer = await call<{ dispatched: number }>(
      "POST", `/v1/events/${event.id}/replay`,
      { query: { trigger_id }, idempotency_key: `${key}-${trigger_id}` });
    say(t("replay.done", { count: answer.dispatched }));
    done();
  });
  const options = (triggers.data ?? []).map((one): [string, string] => [one.id, one.name]);
  return (
    <Confirm title={t("replay.title")} label={t("replay.action")} action={action} close={close}>
      <p>{t("replay.text")}</p>
      <SelectField label={t("replay.to")} value={trigger_id} onInput={set_trigger}
        options={[["", t("replay.all")], ...options]} />
    </Confirm>
  );
}
