"""Spare-part prices from supplier shops, for the purchasing desk."""

__version__ = "2.7.1"
