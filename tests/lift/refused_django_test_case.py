# tests: unittest
from django.test import TestCase


def fetch(x):  # lift
    return x


class FetchCase(TestCase):
    def test_fetch(self):  # lift
        self.assertEqual(fetch(1), 1)
# --- refused: django-test-case
