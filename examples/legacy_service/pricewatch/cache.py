"""Quotes of earlier runs, one JSON file for each part."""

import asyncio
import functools
import json
import logging
from pathlib import Path
from typing import Any, Dict, Iterable, List

from pricewatch.models import Quote

logger = logging.getLogger(__name__)


def _write_json(path: Path, payload: Any, *, indent: int = 0) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(payload, indent=indent or None, sort_keys=True)
    scratch = path.with_suffix(".tmp")
    scratch.write_text(text, encoding="utf-8")
    scratch.replace(path)
    return len(text)


def _read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


class QuoteCache:
    """Disk cache. File access goes through the default executor."""

    def __init__(self, directory: Path) -> None:
        self.directory = Path(directory)

    def _path(self, sku: str) -> Path:
        return self.directory / "quotes" / f"{sku}.json"

    async def load(self, sku: str) -> List[Quote]:
        """Return the quotes of the last run; an unreadable file counts as none."""
        loop = asyncio.get_event_loop()
        try:
            records = await loop.run_in_executor(None, _read_json, self._path(sku))
        except (OSError, ValueError):
            return []
        return [Quote(**record) for record in records]

    async def store(self, sku: str, quotes: Iterable[Quote]) -> int:
        """Remember ``quotes`` and return how many bytes they took."""
        records = [quote.to_dict() for quote in quotes]
        loop = asyncio.get_event_loop()
        return await loop.run_in_executor(
            None,
            functools.partial(_write_json, self._path(sku), records, indent=2),
        )

    async def store_all(self, found: Dict[str, List[Quote]]) -> int:
        sizes = await asyncio.gather(*[self.store(sku, quotes) for sku, quotes in found.items()])
        logger.debug("cached %d parts", len(sizes))
        return sum(sizes)

    async def known_parts(self) -> List[str]:
        """Return the parts that have a file, sorted."""
        loop = asyncio.get_event_loop()
        started = loop.time()
        paths = await loop.run_in_executor(None, lambda: sorted(self.directory.glob("quotes/*.json")))
        logger.debug("listed the cache in %.3f s", loop.time() - started)
        return [path.stem for path in paths]
