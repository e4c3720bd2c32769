// Names of triggers, for pages that only have their ids.
import { get } from "../../api/client";
import { useQuery } from "../../api/query";
import type { Page, Trigger } from "../../api/types";

/** Every trigger of the project, as far as a hundred pages reach. */
export async function all_triggers(signal?: AbortSignal): Promise<Trigger[]> {
  const found: Trigger[] = [];
  let before: string | null = null;
  for (let page = 0; page < 100; page++) {
    const answer: Page<Trigger> = await get<Page<Trigger>>(
      "/v1/triggers", { limit: 100, before }, signal);
    found.push(...answer.data);
    before = answer.next_before;
    if (before === null) break;
  }
  return found;
}

/** A trigger's name by its id; the id itself for one that is gone. */
export function use_trigger_names(): (id: string) => string {
  const triggers = useQuery("trigger-names", all_triggers);
  const names = new Map((triggers.data ?? []).map((trigger) => [trigger.id, trigger.name]));
  return (id) => names.get(id) ?? id;
}
