"""Lift legacy Python to modern, structured-concurrency asyncio."""

from aiolift._aiolift import __version__

__all__ = ["__version__"]
