"""Settings of the service, read from one JSON file."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import List, Optional


@dataclass(frozen=True)
class Shop:
    """One supplier with a price API."""

    name: str
    base_url: str
    currency: str = "EUR"
    token: Optional[str] = None


@dataclass(frozen=True)
class Settings:
    shops: List[Shop]
    rates_url: str
    webhook_url: Optional[str] = None
    cache_dir: Path = Path(".pricewatch")
    shop_timeout: float = 8.0
    idle_timeout: float = 0.5
    workers: int = 4
    watchlist: List[str] = field(default_factory=list)

    @classmethod
    def load(cls, path: str) -> "Settings":
        """Read settings from ``path``; unknown keys are an error."""
        with open(path, encoding="utf-8") as stream:
            raw = json.load(stream)
        raw["shops"] = [Shop(**shop) for shop in raw["shops"]]
        if "cache_dir" in raw:
            raw["cache_dir"] = Path(raw["cache_dir"])
        return cls(**raw)
