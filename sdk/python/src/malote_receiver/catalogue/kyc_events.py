"""Written by sdk/generate.py; do not edit. What the data of kyc events holds."""
from typing import Optional, TypedDict


class _KycApprovedRequired(TypedDict):
    verification_id: str


class KycApprovedPerson(TypedDict, total=False):
    """The person under examination."""

    name: str
    cpf: str
    email: str
    phone: str


class KycApproved(_KycApprovedRequired, total=False):
    """Data of `kyc.approved`. A verification ended well: the person or company passed."""

    external_reference: Optional[str]
    provider: str
    provider_action: str
    provider_event_id: Optional[str]
    status: str
    check_type: str
    person: KycApprovedPerson
    score: Optional[float]
    reason: str
    hosted_url: Optional[str]
    decided_at: str


class _KycRejectedRequired(TypedDict):
    verification_id: str


class KycRejected(_KycRejectedRequired, total=False):
    """Data of `kyc.rejected`. A verification ended badly: the person or company did not pass."""

    external_reference: Optional[str]
    provider: str
    provider_action: str
    provider_event_id: Optional[str]
    status: str
    check_type: str
    person: KycApprovedPerson
    score: Optional[float]
    reason: str
    hosted_url: Optional[str]
    decided_at: str


class _KycReviewRequired(TypedDict):
    verification_id: str


class KycReview(_KycReviewRequired, total=False):
    """Data of `kyc.review`. A verification needs a human decision before it can end."""

    external_reference: Optional[str]
    provider: str
    provider_action: str
    provider_event_id: Optional[str]
    status: str
    check_type: str
    person: KycApprovedPerson
    score: Optional[float]
    reason: str
    hosted_url: Optional[str]
    decided_at: str


class _KycExpiredRequired(TypedDict):
    verification_id: str


class KycExpired(_KycExpiredRequired, total=False):
    """Data of `kyc.expired`. A verification ran out of time before the person finished it."""

    external_reference: Optional[str]
    provider: str
    provider_action: str
    provider_event_id: Optional[str]
    status: str
    check_type: str
    person: KycApprovedPerson
    score: Optional[float]
    reason: str
    hosted_url: Optional[str]
    decided_at: str


class _KycPendingRequired(TypedDict):
    verification_id: str


class KycPending(_KycPendingRequired, total=False):
    """Data of `kyc.pending`. A verification has begun or goes on, and there is no verdict yet."""

    external_reference: Optional[str]
    provider: str
    provider_action: str
    provider_event_id: Optional[str]
    status: str
    check_type: str
    person: KycApprovedPerson
    score: Optional[float]
    reason: str
    hosted_url: Optional[str]
    decided_at: str
