"""Written by sdk/generate.py; do not edit. What the data of app events holds."""
from typing import List, Optional, TypedDict


class _AppInstalledRequired(TypedDict):
    app_id: str


class AppInstalledStore(TypedDict, total=False):
    """The shop."""

    id: str
    name: str


class AppInstalled(_AppInstalledRequired, total=False):
    """Data of `app.installed`. A shop has installed the app."""

    external_reference: Optional[str]
    provider: str
    provider_action: str
    provider_event_id: Optional[str]
    installation_id: str
    store: AppInstalledStore
    scopes: List[str]
    actor: str
    installed_at: str


class _AppUninstalledRequired(TypedDict):
    app_id: str


class AppUninstalled(_AppUninstalledRequired, total=False):
    """Data of `app.uninstalled`. A shop has removed the app, and the data kept for it may have
    to go."""

    external_reference: Optional[str]
    provider: str
    provider_action: str
    provider_event_id: Optional[str]
    installation_id: str
    store: AppInstalledStore
    scopes: List[str]
    actor: str
    uninstalled_at: str
