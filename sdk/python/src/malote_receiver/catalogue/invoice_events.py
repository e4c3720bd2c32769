"""Written by sdk/generate.py; do not edit. What the data of invoice events holds."""
from typing import Optional, TypedDict


class _InvoiceAuthorizedRequired(TypedDict):
    invoice_id: str


class InvoiceAuthorized(_InvoiceAuthorizedRequired, total=False):
    """Data of `invoice.authorized`. The tax authority has accepted a fiscal document, which is
    now valid."""

    external_reference: Optional[str]
    provider: str
    provider_action: str
    provider_event_id: Optional[str]
    kind: str
    status: str
    number: str
    series: str
    amount: float
    amount_minor: int
    currency: str
    payment_id: str
    order_id: str
    access_key: str
    authority: str
    pdf_url: Optional[str]
    xml_url: Optional[str]
    issued_at: str


class _InvoiceRejectedRequired(TypedDict):
    invoice_id: str


class InvoiceRejected(_InvoiceRejectedRequired, total=False):
    """Data of `invoice.rejected`. The tax authority has refused a fiscal document; `reason`
    says why."""

    external_reference: Optional[str]
    provider: str
    provider_action: str
    provider_event_id: Optional[str]
    kind: str
    status: str
    number: str
    series: str
    amount: float
    amount_minor: int
    currency: str
    payment_id: str
    order_id: str
    reason: str
    reason_code: str
    authority: str
    rejected_at: str
