"""Images that annotations name: from a folder or an object store laid out like COCO's, or downloaded once and kept."""

import logging
import re
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from functools import cached_property, partial
from pathlib import Path
from typing import final
from urllib.parse import urlsplit

import httpx
from PIL import Image

from fg_demo.images import open_image
from fg_demo.upright import as_stored, upright
from heads.io.cache import cache_folder
from heads.io.download import COCO_BUCKET, DownloadError, Limits, download
from heads.io.object_store import ObjectStore
from leaderboard.benchmarks.annotation import ImageLocation

logger = logging.getLogger(__name__)

IMAGES_VARIABLE = "FG_IMAGES"
CONCURRENT = 8
LOOK_AHEAD = 32
IMAGE_LIMITS = Limits(types=("image/jpeg", "image/png"), most_bytes=32 * 2**20)
COCO = re.compile(r"https?://images\.cocodataset\.org/")
"""How annotations begin the address of a COCO image."""
COCO_NAME = re.compile(r"(?:COCO_(?:train|val|test)20\d\d_)?(\d{12}\.jpg)")
"""A file of COCO: its number is the image's in every year, with the split's name before it in those until 2015."""


@final
class PlacedImages(Mapping[str, Image.Image]):
    """Upright RGB images by id, from `folder` where they are there, else from their address.

    The folder holds train2017/ and val2017/, or the images themselves. From an object store they are read where they
    lie, each time that they are asked for, and nothing of them is kept.

    What an image's successors in `places` need is downloaded while it is used: at most CONCURRENT at a time,
    LOOK_AHEAD in advance. Every download is kept in the cache folder. May be used from several threads.

    Asking for an image raises OSError when it cannot be had, ValueError when it is no image or not of the
    size that its annotation states.
    """

    def __init__(
        self,
        places: Mapping[str, ImageLocation],
        base: str,
        folder: Path | ObjectStore | None = None,
        limits: Limits = IMAGE_LIMITS,
    ):
        self._places, self._base, self._limits = dict(places), base, limits
        self._order = {image_id: number for number, image_id in enumerate(self._places)}
        self._ids = list(self._places)
        self._store = folder if isinstance(folder, ObjectStore) else None
        self._folder = None if isinstance(folder, ObjectStore) else folder
        self._cache = cache_folder() / "images"
        self._pool = ThreadPoolExecutor(CONCURRENT, thread_name_prefix="images")
        self._lock = threading.Lock()
        self._under_way: dict[str, Future[Path]] = {}
        self._say_what_is_missing()

    def __reduce__(self) -> tuple[type["PlacedImages"], tuple[object, ...]]:
        """Another process opens and downloads them by itself."""
        return PlacedImages, (self._places, self._base, self._store or self._folder, self._limits)

    def __getitem__(self, image_id: str) -> Image.Image:
        place, stored = self._places[image_id], self._in_store(image_id)
        if stored is not None:
            return annotated_image(stored, f"{self._store}: {image_id}", place.size)
        return _opened(self._file(image_id), place)

    def content(self, image_id: str) -> bytes:
        """The image's file as it is, downloaded if need be; errors as when asking for the image."""
        stored = self._in_store(image_id)
        return self._file(image_id).read_bytes() if stored is None else stored

    def fetch(self, image_id: str) -> str:
        """Where the image is, downloaded if need be; errors as when asking for the image."""
        return str(self._file(image_id)) if self._in_store(image_id) is None else str(self._store)

    def _file(self, image_id: str) -> Path:
        return self._in_folder(self._places[image_id]) or self._downloaded(image_id)

    def local_file(self, image_id: str) -> Path | None:
        """The image's file where it is on this machine already."""
        place = self._places[image_id]
        kept = self._kept(self._address(place)) if self._address(place) else None
        return self._in_folder(place) or (kept if kept and kept.is_file() else None)

    def __contains__(self, image_id: object) -> bool:
        return image_id in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def _say_what_is_missing(self) -> None:
        missing = (
            sum(self._in_folder(place) is None for place in self._places.values()) if self._folder else 0
        )
        if missing:
            text = "%s: %d of %d images are not there, and are downloaded when they are needed"
            logger.warning(text, self._folder, missing, len(self._places))

    def _in_folder(self, place: ImageLocation) -> Path | None:
        if self._folder is None:
            return None
        return next((path for path in map(self._folder.joinpath, _names(place)) if path.is_file()), None)

    def _in_store(self, image_id: str) -> bytes | None:
        store = self._store
        if store is None:
            return None
        found = map(store.read, _names(self._places[image_id]))
        return next((content for content in found if content is not None), None)

    def _downloaded(self, image_id: str) -> Path:
        # What the object store has of the next is not known before they are asked for.
        first, ahead_of = self._order[image_id], 1 if self._store else LOOK_AHEAD
        with self._lock:
            for ahead in self._ids[first : first + ahead_of]:
                if ahead not in self._under_way and self._in_folder(self._places[ahead]) is None:
                    self._under_way[ahead] = self._pool.submit(self._fetch, self._places[ahead])
            waiting = self._under_way[image_id]
        try:
            return waiting.result()
        except OSError as error:
            self._forget()
            raise DownloadError(
                f"{error}; a folder of COCO's images is named by {IMAGES_VARIABLE}"
            ) from error
        except CancelledError as error:
            raise DownloadError(
                f"{image_id}: not downloaded, since another image could not be had"
            ) from error
        except KeyboardInterrupt:
            self._forget()
            raise

    def _forget(self) -> None:
        """Nothing more is downloaded ahead, or the program's end would wait for it; asked again, it is tried
        again.
        """
        with self._lock:
            for waiting in self._under_way.values():
                waiting.cancel()
            self._under_way.clear()

    def _fetch(self, place: ImageLocation) -> Path:
        url = self._address(place)
        if not url:
            raise ValueError(
                "images: the rows name neither a file nor an address; name a folder of images by "
                f"{IMAGES_VARIABLE}"
            )
        target = self._kept(url)
        address = COCO.sub(COCO_BUCKET, url, count=1) if COCO.match(url) else url
        return download(address, target, self._limits, partial(_check_image, place=place), self._client)

    @cached_property
    def _client(self) -> httpx.Client:
        """Made for the first download: one that cannot be made is no reason to refuse files that are here."""
        return httpx.Client(limits=httpx.Limits(max_connections=CONCURRENT))

    def _address(self, place: ImageLocation) -> str:
        return place.url or (self._base + place.file_name if place.file_name else "")

    def _kept(self, url: str) -> Path:
        """Where the download is kept. Raises ValueError when the address would lead out of the cache."""
        parts = urlsplit(url)
        if ".." in Path(parts.path).parts:
            raise ValueError(f"{url}: expected an address without '..'")
        return self._cache / parts.netloc.replace(":", "_") / parts.path.lstrip("/")


def annotated_image(content: bytes, name: str, size: tuple[int, int] | None) -> Image.Image:
    """The RGB image in a file's content, turned so that boxes stated for an image of `size` px fit it.

    A photograph may be stored turned. Where the size is that of the pixels as they are stored, and not that of
    the upright image, its boxes are in stored pixels: it is left as it is stored. Otherwise, and where no size
    is stated or both are the same, they are in pixels of the upright image.

    Raises ValueError when it is no image, or of neither size.
    """
    image = open_image(content, name)
    seen = upright(image)
    if size in (None, seen.size):
        return seen
    if size == image.size:
        return as_stored(image)
    raise ValueError(f"{name}: expected {size} px as its annotation states, got {seen.size}")


def _check_image(path: Path, place: ImageLocation) -> None:
    _opened(path, place)


def _opened(path: Path, place: ImageLocation) -> Image.Image:
    return annotated_image(path.read_bytes(), str(path), place.size)


def _names(place: ImageLocation) -> list[str]:
    """What the image may be called in a folder: exactly as its row says, and where that is a name of COCO's,
    also by its number alone, in the folders of 2017 or in none.
    """
    named = place.file_name or "/".join(urlsplit(place.url).path.split("/")[-2:])
    if not named or Path(named).is_absolute() or ".." in Path(named).parts:
        return []
    name = Path(named).name
    coco = COCO_NAME.fullmatch(name)
    number = coco[1] if coco else ""
    return [named, name, number, f"train2017/{number}", f"val2017/{number}"] if coco else [named]
