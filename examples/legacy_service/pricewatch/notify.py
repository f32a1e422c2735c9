"""Tells the purchasing desk what was found."""

import asyncio
import logging
from typing import Dict, Optional

import requests

from pricewatch.models import Quote

logger = logging.getLogger(__name__)


class Notifier:
    """Posts to the desk's webhook; without one it only logs."""

    def __init__(self, webhook_url: Optional[str]) -> None:
        self.webhook_url = webhook_url

    async def _post(self, payload: Dict[str, object]) -> bool:
        response = requests.post(self.webhook_url, json=payload, timeout=5)
        return response.status_code < 300

    async def send(self, sku: str, quote: Optional[Quote]) -> bool:
        """Report one part; try once more if the desk does not take it."""
        payload = {"sku": sku, "best": quote.to_dict() if quote else None}
        if not self.webhook_url:
            logger.info("no webhook, would have sent %s", payload)
            return False
        for attempt in (1, 2):
            if await self._post(payload):
                return True
            logger.warning("the desk refused %s (attempt %d)", sku, attempt)
            await asyncio.sleep(0.05 * attempt)
        return False

    async def send_all(self, best: Dict[str, Optional[Quote]]) -> None:
        try:
            await asyncio.gather(*[self.send(sku, quote) for sku, quote in best.items()])
        except requests.ConnectionError:
            logger.exception("the purchasing desk is unreachable")
