"""Points the real clients of this process at the tests' Hub. Their settings are read at import, so they are set."""

import os
from pathlib import Path

import datasets.config
import huggingface_hub
import pytest
from huggingface_hub import HfFileSystem, constants
from huggingface_hub.utils import _http as client

from tests.fake_hub.server import HubServer


def point_clients_at(hub: HubServer, home: Path, patch: pytest.MonkeyPatch) -> None:
    """The clients talk to `hub` and keep their caches in `home`; between tries they wait by `hub.clock`.

    Nobody is signed in: a test that wants it sets HF_TOKEN or hands a token over.
    """
    for name, value in hub.environment(home).items():
        patch.setenv(name, value)
    for name in [name for name in os.environ if name.startswith(("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"))]:
        patch.delenv(name)
    settings = {
        "ENDPOINT": hub.url,
        "HUGGINGFACE_CO_URL_TEMPLATE": hub.url + "/{repo_id}/resolve/{revision}/{filename}",
        "HF_HOME": str(home),
        "HF_HUB_CACHE": str(home / "hub"),
        "HF_TOKEN_PATH": str(home / "token"),
        "HF_STORED_TOKENS_PATH": str(home / "stored_tokens"),
        "AGENT_HARNESSES_PATH": str(home / "agent_harnesses.json"),
        "HF_HUB_OFFLINE": False,
        "HF_HUB_DISABLE_XET": True,
        "HF_HUB_DISABLE_TELEMETRY": True,
    }
    for name, value in settings.items():
        patch.setattr(constants, name, value)
    patch.setattr(huggingface_hub.hf_api.api, "endpoint", hub.url)
    patch.setattr(datasets.config, "HF_ENDPOINT", hub.url)
    patch.setattr(
        datasets.config, "HUB_DATASETS_URL", hub.url + "/datasets/{repo_id}/resolve/{revision}/{path}"
    )
    for name in ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE"):
        patch.setattr(datasets.config, name, False)
    patch.setattr(datasets.config, "HF_DATASETS_CACHE", home / "datasets")
    patch.setattr(client, "time", hub.clock)
    fresh_clients()


def fresh_clients() -> None:
    """Drops the listings that the clients keep. Their connections stay: making the first one is slow."""
    HfFileSystem.clear_instance_cache()
