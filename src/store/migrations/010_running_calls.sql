-- Few calls run at a time: those that a crash interrupted are found at the next start.
CREATE INDEX tool_calls_running ON tool_calls (project, no) WHERE status = 0;
