"""Runs the commands as a shell would."""

import os
import subprocess
import sys
from pathlib import Path

from tests.base import ServiceTestCase

ROOT = Path(__file__).resolve().parent.parent


class CommandTest(ServiceTestCase):
    def run_python(self, *args):
        env = dict(os.environ, PYTHONPATH=str(ROOT), PYTHONWARNINGS="ignore::DeprecationWarning")
        return subprocess.run(
            [sys.executable, *map(str, args)],
            cwd=self.directory,
            env=env,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def test_collect(self):
        done = self.run_python("-m", "pricewatch.cli", self.write_settings(), "MX-200", "MX-100")
        self.assertEqual(
            done.stdout, "MX-100          9.00 EUR  bravo\nMX-200         20.00 EUR  alpha (out of stock)\n"
        )
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_pool_and_missing_part(self):
        done = self.run_python(
            "-m", "pricewatch.cli", "--pool", self.write_settings(watchlist=["MX-300", "MX-999"])
        )
        self.assertEqual(done.stdout, "MX-300         30.00 EUR  bravo\nMX-999     no offer\n")
        self.assertEqual(done.returncode, 3, done.stderr)

    def test_desk_is_told(self):
        self.run_python(
            "-m", "pricewatch.cli", self.write_settings(webhook_url=f"{self.server.url}/desk"), "MX-300"
        )
        self.assertEqual([message["sku"] for message in self.server.posted], ["MX-300"])

    def test_doctor(self):
        done = self.run_python("-m", "pricewatch.cli", "--doctor", self.write_settings())
        self.assertEqual(done.stdout, "alpha: HTTP 200\nbravo: HTTP 200\ncrown: HTTP 200\n")

    def test_rates_script(self):
        done = self.run_python(ROOT / "scripts" / "rates.py", f"{self.server.url}/rates")
        self.assertEqual(done.stdout, "EUR 1.0000\nGBP 1.2500\n")

    def test_nightly_script(self):
        settings = self.write_settings()
        self.assertEqual(
            self.run_python(ROOT / "scripts" / "nightly.py", settings).stdout, "3 parts, 3 of them new\n"
        )
        self.assertEqual(
            self.run_python(ROOT / "scripts" / "nightly.py", settings).stdout, "3 parts, 0 of them new\n"
        )

    def test_watch_settings_script(self):
        settings = self.write_settings(watchlist=["MX-100"])
        done = self.run_python(ROOT / "scripts" / "watch_settings.py", settings, 1)
        self.assertEqual(done.stdout, "1 parts\n")
        self.assertEqual(done.returncode, 0, done.stderr)
