// What a page shows when there is nothing, nothing yet, or something went wrong.
import { ComponentChildren } from "preact";
import { ApiError } from "../api/client";
import { Query } from "../api/query";
import { t } from "../base/i18n";
import { Icon, IconName } from "./icon";

interface EmptyProps {
  icon: IconName;
  title: string;
  children?: ComponentChildren;
}

export function Empty({ icon, title, children }: EmptyProps) {
  return (
    <div class="empty">
      <span class="empty-icon"><Icon name={icon} size={28} /></span>
      <p class="empty-title">{title}</p>
      {children}
    </div>
  );
}

export function Loading({ rows = 4 }: { rows?: number }) {
  return (
    <div class="skeleton" role="status">
      <span class="off-screen">{t("common.loading")}</span>
      {Array.from({ length: rows }, (_, index) => <span key={index} class="bone" />)}
    </div>
  );
}

const explain = (error: ApiError): string => {
  if (error.status === 0) return t("error.unreachable");
  if (error.status === 403) return t("error.forbidden");
  if (error.status === 404) return t("error.not_found");
  if (error.status === 503) return t("error.unavailable");
  return t("error.refused");
};

/** What went wrong, in the gateway's own words too, and a way to try again. */
export function Problem({ error, retry }: { error: ApiError; retry?: () => void }) {
  return (
    <div class="problem" role="alert">
      <Icon name="warning" />
      <div>
        <p class="problem-title">{explain(error)}</p>
        {error.status !== 0 && error.issues.length === 0 && <p class="muted">{error.message}</p>}
        {error.issues.length > 0 && (
          <ul>
            {error.issues.map((issue) => (
              <li key={issue.path + issue.message}><code>{issue.path}</code> {issue.message}</li>
            ))}
          </ul>
        )}
        {error.request_id !== "" && <p class="muted small"><code>{error.request_id}</code></p>}
        {retry && (
          <button type="button" class="button" onClick={retry}>{t("common.retry")}</button>
        )}
      </div>
    </div>
  );
}

/** `children` of what was read; before that, a skeleton or the problem. */
export function Loaded<T>({ query, children, rows }: {
  query: Query<T>; children: (data: T) => ComponentChildren; rows?: number;
}) {
  if (query.data !== undefined) {
    return (
      <>
        {query.error && <Problem error={query.error} retry={query.reload} />}
        {children(query.data)}
      </>
    );
  }
  if (query.error) return <Problem error={query.error} retry={query.reload} />;
  return rows === undefined ? <Loading /> : <Loading rows={rows} />;
}
