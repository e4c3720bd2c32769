// One event's whole story: received, verified, normalised, delivered, and what it set off.
import { useEffect, useState } from "preact/hooks";
import { call_text, get } from "../../api/client";
import { useQuery } from "../../api/query";
import { may, session } from "../../api/session";
import type { EventDetail, Page as Rows, Run } from "../../api/types";
import { t } from "../../base/i18n";
import { member_text } from "../../base/json_text";
import { Link } from "../../base/router";
import { Badge } from "../../parts/badge";
import { Copyable } from "../../parts/copy";
import { Icon } from "../../parts/icon";
import { Moment } from "../../parts/moment";
import { Facts, Page } from "../../parts/page";
import { Loaded } from "../../parts/states";
import { Chapter, Timeline } from "../../parts/timeline";
import { DeliveriesChapter } from "./deliveries";
import { NormalisedChapter } from "./normalised";
import { ReplayDialog } from "./replay";
import { ReceivedChapter, VerifiedChapter } from "./received";

const REFRESH_MS = 3000;
const SETTLED_REFRESH_MS = 30_000;
/** Beyond this a story is read again only on demand: it is too much to fetch over and over. */
const LARGE_CHARS = 500_000;

export interface Story {
  event: EventDetail;
  /** The normalised data as the server wrote it, digit for digit. */
  data_text: string;
}

async function read_story(id: string, signal: AbortSignal): Promise<Story> {
  const path = `/v1/events/${encodeURIComponent(id)}`;
  const text = await call_text("GET", path, { signal });
  return { event: JSON.parse(text) as EventDetail, data_text: member_text(text, "data") ?? "{}" };
}

function RunsChapter({ event_id }: { event_id: string }) {
  const runs = useQuery(`runs of ${event_id}`, (signal) =>
    get<Rows<Run>>("/v1/runs", { event_id, limit: 50 }, signal), REFRESH_MS);
  const rows = runs.data?.data ?? [];
  if (rows.length === 0) return null;
  return (
    <Chapter icon="loops" title={t("story.runs", { count: rows.length })} tone="info">
      <ul class="plain-list">
        {rows.map((run) => (
          <li key={run.id} class="line">
            <Link to={`/runs/${run.id}`}>{run.loop_name}</Link>
            <Badge state={run.state} family="run_state" />
            {run.failed_step && (
              <span class="muted">{t("run.failed_at", { step: run.failed_step })}</span>
            )}
            <span class="grow" />
            <Moment at={run.started_at} />
          </li>
        ))}
      </ul>
    </Chapter>
  );
}

function EventFacts({ event }: { event: EventDetail }) {
  return (
    <Facts facts={[
      [t("event.id"), <Copyable text={event.id} label={t("copy.id")} />],
      [t("event.source"), event.source],
      [t("event.reference"), event.external_reference ?? "–"],
      [t("event.provider_id"), event.provider_event_id ?? "–"],
      [t("event.occurred"), <Moment at={event.occurred_at} as="full" />],
    ]} />
  );
}

function StoryView({ story, reload }: { story: Story; reload: () => void }) {
  const { event } = story;
  const in_test = session.get()?.key.environment === "test";
  const [replaying, set_replaying] = useState(false);
  return (
    <Page title={event.type} tab={`${event.type} ${event.id}`}
      back={{ to: "/events", label: t("nav.events") }}
      beside={event.livemode || in_test ? undefined : <Badge state="test" />}
      actions={may("events:write") && (
        <button type="button" class="button" onClick={() => set_replaying(true)}>
          <Icon name="replay" size={16} />{t("replay.action")}
        </button>
      )}
      lead={<EventFacts event={event} />}>
      <Timeline>
        <ReceivedChapter event={event} />
        <VerifiedChapter event={event} />
        <NormalisedChapter story={story} />
        <DeliveriesChapter event={event} reload={reload} />
        {may("loops:read") && <RunsChapter event_id={event.id} />}
      </Timeline>
      {replaying && (
        <ReplayDialog event={event} close={() => set_replaying(false)} done={reload} />
      )}
    </Page>
  );
}

function pace_of(story: Story | undefined): number {
  if (!story) return REFRESH_MS;
  if (story.data_text.length > LARGE_CHARS) return 0;
  const open = story.event.deliveries.some((one) =>
    one.status === "pending" || one.status === "failed");
  return open ? REFRESH_MS : SETTLED_REFRESH_MS;
}

export function EventPage({ id }: { id: string }) {
  const [every_ms, set_every] = useState(REFRESH_MS);
  const story = useQuery(id, (signal) => read_story(id, signal), every_ms);
  useEffect(() => set_every(pace_of(story.data)), [story.data]);
  if (story.data) return <StoryView story={story.data} reload={story.reload} />;
  return (
    <Page title={t("event.title")} back={{ to: "/events", label: t("nav.events") }}>
      <Loaded query={story} rows={8}>{() => null}</Loaded>
    </Page>
  );
}
