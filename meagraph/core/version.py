"""The version of the software; the packaging reads it here."""

__version__ = "0.1.0"
