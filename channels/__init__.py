"""Adapters between foreign protocols and our messages: they translate and never decide."""
