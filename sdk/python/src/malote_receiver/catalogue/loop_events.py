"""Written by sdk/generate.py; do not edit. What the data of loop events holds."""
from typing import List, Optional, TypedDict


class _LoopCompletedRequired(TypedDict):
    run_id: str


class LoopCompletedStep(TypedDict, total=False):
    name: str
    tool: str
    state: str


class LoopCompleted(_LoopCompletedRequired, total=False):
    """Data of `loop.completed`. Every step of a loop's run has succeeded or was skipped."""

    loop_id: str
    loop_name: str
    version: int
    event_id: Optional[str]
    state: str
    error: Optional[str]
    failed_step: Optional[str]
    steps: List[LoopCompletedStep]


class _LoopFailedRequired(TypedDict):
    run_id: str


class LoopFailed(_LoopFailedRequired, total=False):
    """Data of `loop.failed`. A loop's run has ended with a step that failed."""

    loop_id: str
    loop_name: str
    version: int
    event_id: Optional[str]
    state: str
    error: Optional[str]
    failed_step: Optional[str]
    steps: List[LoopCompletedStep]
