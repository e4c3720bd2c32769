// What the API sends, as far as the dashboard reads it. The whole is in /v1/openapi.json.

export interface Page<T> {
  data: T[];
  next_before: string | null;
  /** Of a search: how far this page looked. */
  searched?: { looked_at: number; looked_to: string | null; is_end: boolean };
}

export type DeliveryState = "pending" | "delivered" | "failed" | "dead";

export interface Trigger {
  id: string;
  name: string;
  events: string[];
  server_id: string | null;
  webhook_url: string;
  status: "active" | "paused" | "error";
  paused_reason: string | null;
  livemode: boolean;
  total_runs: number;
  last_run_at: string | null;
  consecutive_failures: number;
  last_success_at: string | null;
  last_failure_at: string | null;
  last_error: string | null;
  pending: number;
  oldest_waiting_at: string | null;
  signature_scheme: "hex" | "timestamped";
  previous_secret_until: string | null;
  headers: Record<string, string>;
  timeout_ms: number;
  retry_schedule: string[];
  jitter: number;
  max_in_flight: number;
  rate_limit_per_s: number | null;
  payload_format: "flat" | "envelope";
  created_at: string;
}

export interface TriggerWithSecret extends Trigger {
  secret: string;
}

export interface Delivery {
  id: string;
  trigger_id: string;
  event_id: string;
  event_type: string;
  attempt: number;
  status: DeliveryState;
  response_status: number | null;
  error: string | null;
  reason?: string | null;
  delivered_at: string | null;
  next_retry_at: string | null;
  dead_at: string | null;
  created_at: string;
  origin?: "fan_out" | "test_fire" | "redeliver" | "replay";
}

export interface Attempt {
  attempt: number;
  started_at: string;
  duration_ms: number;
  response_status: number | null;
  error: string | null;
  response_body?: string | null;
}

export interface DeliveryDetail {
  delivery: Delivery;
  request: { url: string; headers: Record<string, string>; body: string };
  response: {
    status: number | null;
    headers?: Record<string, string>;
    body: string | null;
    error: string | null;
  } | null;
  attempts: Attempt[];
}

export interface EventSummary {
  id: string;
  type: string;
  source: string;
  server_id: string | null;
  connection_id: string | null;
  provider_event_id: string | null;
  external_reference: string | null;
  integrity: string | null;
  livemode: boolean;
  occurred_at: string;
  created_at: string;
}

export interface RawRequest {
  method: string;
  query?: Record<string, string>;
  headers: Record<string, string | string[]>;
  body: string;
  body_encoding: "utf8" | "base64";
  remote_ip?: string | null;
  received_at: string;
}

export interface EventDetail extends EventSummary {
  deliveries: Delivery[];
  raw_request: RawRequest | null;
}

export interface EventType {
  name: string;
  domain: string;
  summary: string;
  aliases: string[];
  fixture: Record<string, unknown>;
}

export interface WebhookAuth {
  scheme?: string;
  [member: string]: unknown;
}

export interface Connection {
  id: string;
  user_id: string | null;
  server_id: string;
  auth_type: string;
  status: "pending" | "connected" | "revoked" | "expired";
  display_name: string | null;
  connection_metadata: { webhook_auth?: WebhookAuth } | null;
  webhook_path: string;
  webhook_secret_set: boolean;
  created_at: string;
  expires_at: string | null;
}

export interface ConnectionHealth {
  connection_id: string;
  status: string;
  received: number;
  refused: number;
  last_received_at?: string | null;
  last_refused_at?: string | null;
  last_refused_reason?: string | null;
  counted_since?: string | null;
  webhook_secret_set_at?: string | null;
  previous_secret_until?: string | null;
}

export interface Rejected {
  id: string;
  received_at: string | null;
  reason: string;
  hint?: string | null;
  request: {
    method?: string;
    headers?: Record<string, string> | [string, string][];
    remote_ip?: string | null;
  };
  body: string;
  body_encoding: "utf8" | "base64";
}

export interface RejectedDetail extends Rejected {
  explanation: {
    verdict: "accepted" | "refused";
    reason: string | null;
    hint: string | null;
    findings: { code: string; message: string }[];
  };
}

export interface Provider {
  id: string;
  label: string;
  category: string;
  countries?: string[];
  default_scheme: string;
  schemes: string[];
  events: string[];
  evidence?: string;
}

export interface LoopStep {
  name: string;
  tool: string;
  params?: Record<string, unknown>;
  when?: unknown;
  retry?: { max_attempts?: number; base_delay?: string; max_delay?: string; backoff?: string };
  timeout?: string;
  abort_on_error?: boolean;
  compensate?: { tool: string; params?: Record<string, unknown> };
}

export interface LoopDefinition {
  name: string;
  on?: { event?: string; events?: string[]; server_id?: string; when?: unknown };
  steps: LoopStep[];
  abort_on_error?: boolean;
  max_in_flight?: number;
}

export interface Loop {
  id: string;
  name: string;
  version: number;
  enabled: boolean;
  definition: LoopDefinition;
  created_at: string;
  updated_at: string;
}

export type RunState = "running" | "compensating" | "completed" | "failed" | "cancelled";

export interface Run {
  id: string;
  loop_id: string;
  loop_name: string;
  version: number;
  state: RunState;
  origin: "event" | "manual";
  event_id: string | null;
  failed_step: string | null;
  error: string | null;
  started_at: string;
  finished_at: string | null;
  next_attempt_at: string | null;
}

export interface StepRecord {
  name: string;
  tool: string;
  state: "pending" | "succeeded" | "failed" | "skipped";
  compensation: boolean;
  params: unknown;
  result: { success: boolean; data: unknown; error: string | null; duration: number;
    server: string } | null;
  idempotency_key: string | null;
  outcome_unknown: boolean;
  attempts: number;
  started_at: string | null;
  finished_at: string | null;
}

export interface RunDetail extends Run {
  attempts_of_next_step: number;
  payload: unknown;
  steps: StepRecord[];
}

export interface Project {
  id: string;
  name: string;
  slug: string;
  is_default: boolean;
  environment: "live" | "test";
  created_at: string;
}

export interface ApiKey {
  id: string;
  name: string;
  prefix: string;
  project_id: string | null;
  environment: "live" | "test";
  scopes: string[];
  created_at: string;
  last_used_at: string | null;
  revoked_at: string | null;
}

export interface Session {
  csrf_token: string;
  key: { id?: string; name?: string; prefix?: string; environment?: string; scopes: string[] };
  read_only: boolean;
  project: { id: string; name: string | null };
}

export interface Tally {
  events: number;
  delivered: number;
  failed_attempts: number;
  dead: number;
  latency_ms: { p50: number; p95: number; p99: number } | null;
}

export interface TriggerBacklog {
  id: string;
  name: string;
  status: Trigger["status"];
  paused_reason: string | null;
  consecutive_failures: number;
  waiting: number;
  oldest_waiting_at: string | null;
  is_whole: boolean;
}

export interface Stats {
  since: string;
  until: string;
  bucket: string;
  buckets: (Tally & { at: string })[];
  total: Tally;
  now: {
    waiting: number;
    oldest_waiting_at: string | null;
    oldest_waiting_ms: number | null;
    is_whole: boolean;
    triggers: TriggerBacklog[];
  };
}

export interface TriggerTested {
  ok: boolean;
  event_type: string;
  response_status: number | null;
  duration_ms: number;
  error: string | null;
  response_body: string;
}

export interface BulkRedelivered {
  matched: number;
  redelivered: number;
  sent_before: number;
  next_before: string | null;
}

export interface GatewayStatus {
  version: string;
  started_at: string | null;
  uptime_s: number;
  store: { bytes: number; backlog: number; durability: string };
  retention: { keep: string; max_bytes: number };
  queue: { pending: number; in_flight: number; dead: number };
}
