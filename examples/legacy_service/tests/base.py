"""What the test cases share."""

import json
import logging
import tempfile
import unittest
from pathlib import Path

from pricewatch.config import Settings
from tests.shops import ShopServer


class ServiceTestCase(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        self.enterContext(self._quiet())
        self.server = self.enterContext(ShopServer())
        self.directory = Path(self.enterContext(tempfile.TemporaryDirectory()))

    @staticmethod
    def _quiet():
        class Quiet:
            def __enter__(self):
                logging.disable(logging.CRITICAL)

            def __exit__(self, *exc_info):
                logging.disable(logging.NOTSET)

        return Quiet()

    def write_settings(self, **more):
        path = self.directory / "settings.json"
        path.write_text(json.dumps(self.server.settings(self.directory / "cache", **more)), encoding="utf-8")
        return path

    def settings(self, **more):
        return Settings.load(str(self.write_settings(**more)))
