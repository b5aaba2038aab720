"""Sources of a head to be vetted, a Hub repository or a folder, read a little at a time."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol, final, runtime_checkable

from huggingface_hub import HfApi, get_session, hf_hub_url
from huggingface_hub.hf_api import ModelInfo
from huggingface_hub.utils import build_hf_headers, hf_raise_for_status

from heads.hub.client import client_errors
from heads.hub.download import Token, fetch_intact
from heads.io.system_files import is_system_file


@runtime_checkable
class HeadSource(Protocol):
    """A head's files, save those of a system: `sizes` in bytes by path; each is fetched when it is asked for, not
    before.
    """

    name: str

    @property
    def sizes(self) -> Mapping[str, int]:
        """Path → size in bytes of every file."""
        ...

    def start(self, path: str, most: int) -> bytes:
        """The first bytes of a file, at most so many."""
        ...

    def fetch(self, path: str) -> Path:
        """The file, on this machine."""
        ...


@final
class FolderSource:
    """A folder on this machine. Raises ValueError when it is none, or links out of itself."""

    def __init__(self, folder: str | Path):
        self.folder, self.name = Path(folder), str(folder)
        if not self.folder.is_dir():
            raise ValueError(f"expected a folder, found {'a file' if self.folder.exists() else 'none'}")
        found = [path for path in sorted(self.folder.rglob("*")) if not is_system_file(self._path(path))]
        links = [path.name for path in found if path.is_symlink()]
        if links:
            raise ValueError(f"expected files, found the link {links[0]}")
        files = [path for path in found if not path.is_dir()]
        strange = [path.name for path in files if not path.is_file()]
        if strange:
            raise ValueError(f"expected files, found {strange[0]}, which is a pipe, a socket or a device")
        self.sizes = {self._path(path): path.stat().st_size for path in files}

    def _path(self, path: Path) -> str:
        return path.relative_to(self.folder).as_posix()

    def start(self, path: str, most: int) -> bytes:
        """The first bytes of a file, `most` at most."""
        with (self.folder / path).open("rb") as file:
            return file.read(most)

    def fetch(self, path: str) -> Path:
        """The file on this machine."""
        return self.folder / path


@final
class HubSource:
    """A repository at one commit. Every request names the commit, so that a push in between changes nothing.

    Reading raises what `heads.hub.client.HUB_ERRORS` lists.
    """

    def __init__(self, repo: str, info: ModelInfo, token: Token):
        self.name, self.commit, self._token = repo, str(info.sha), token
        every = {one.rfilename: one.size or 0 for one in info.siblings or []}
        self.sizes = {path: size for path, size in every.items() if not is_system_file(path)}

    def start(self, path: str, most: int) -> bytes:
        """The first bytes of a file, `most` at most."""
        headers = build_hf_headers(token=self._token) | {"range": f"bytes=0-{most - 1}"}
        url = hf_hub_url(self.name, path, revision=self.commit)
        found = b""
        with client_errors(), get_session().stream("GET", url, headers=headers) as answer:
            hf_raise_for_status(answer)
            for part in answer.iter_bytes(16_384):  # a server may send all of it, whatever the range
                found += part
                if len(found) >= most:
                    break
        return found[:most]

    def fetch(self, path: str) -> Path:
        """The file on this machine."""
        return fetch_intact(self.name, path, self.commit, self._token)


def describe(api: HfApi, repo: str, revision: str | None, token: Token) -> ModelInfo:
    """What the Hub tells of a repository at a revision, the sizes of its files included."""
    return api.model_info(repo, revision=revision, files_metadata=True, token=token)
