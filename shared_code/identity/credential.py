"""The one place that makes the app's managed identity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shared_code.settings import Settings

if TYPE_CHECKING:
    from azure.identity import ManagedIdentityCredential


def managed_identity(settings: Settings, **policy: Any) -> ManagedIdentityCredential:
    """Return the app's identity; `policy` holds the SDK's time-outs and retries."""
    from azure.identity import ManagedIdentityCredential

    if settings.identity_client_id:
        policy = {**policy, "client_id": settings.identity_client_id}
    return ManagedIdentityCredential(**policy)
