"""HTTP clients: the shops, and the bank that publishes exchange rates."""

import logging
from typing import Any, Dict, List, Optional

import requests

from pricewatch.config import Shop

logger = logging.getLogger(__name__)

USER_AGENT = "pricewatch/2.7"


class ShopError(Exception):
    """A shop answered, but not with anything we can use."""


class ShopClient:
    """Speaks to the price API of one shop."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.name = shop.name

    def _headers(self) -> Dict[str, str]:
        headers = {"User-Agent": USER_AGENT, "Accept": "application/json"}
        if self.shop.token:
            headers["Authorization"] = f"Bearer {self.shop.token}"
        return headers

    async def fetch_price(self, sku: str) -> Optional[Dict[str, Any]]:
        """Return the shop's price record for ``sku``, or None if it has none today."""
        url = f"{self.shop.base_url}/prices/{sku}"
        try:
            response = requests.get(url, headers=self._headers(), timeout=10)
            response.raise_for_status()
            return response.json()
        except requests.RequestException as exc:
            # A shop that is down must never take the whole run with it.
            logger.warning("%s: no price for %s (%s)", self.name, sku, exc)
            return None

    async def fetch_catalogue(self, pages: int = 2) -> List[str]:
        """List the part numbers the shop sells, page by page."""
        skus: List[str] = []
        with requests.Session() as session:
            session.headers.update({"User-Agent": USER_AGENT})
            for page in range(1, pages + 1):
                response = session.get(
                    f"{self.shop.base_url}/catalogue",
                    params={"page": page, "sort": "sku"},
                    timeout=10,
                )
                if response.status_code == 404:  # past the last page
                    break
                if not response.ok:
                    raise ShopError(
                        f"{self.name}: catalogue page {page}: HTTP {response.status_code} {response.reason}"
                    )
                skus.extend(item["sku"] for item in response.json()["items"])
        return skus

    async def ping(self) -> bool:
        """Tell whether the shop is up; used before a long run."""
        try:
            response = requests.head(f"{self.shop.base_url}/health", timeout=2)
        except (requests.ConnectionError, requests.Timeout):
            return False
        return response.status_code == 200


async def fetch_rates(rates_url: str) -> Dict[str, float]:
    """Return today's exchange rates, as euros for one unit of the currency."""
    payload = requests.get(rates_url, timeout=10).json()
    rates = {code: float(rate) for code, rate in payload["rates"].items()}
    rates.setdefault("EUR", 1.0)
    return rates


def check_shop(shop: Shop) -> str:
    """Return one line for ``pricewatch --doctor``; runs before there is a loop."""
    try:
        response = requests.get(f"{shop.base_url}/health", timeout=2)
    except requests.RequestException as exc:
        return f"{shop.name}: unreachable ({type(exc).__name__})"
    return f"{shop.name}: HTTP {response.status_code}"
