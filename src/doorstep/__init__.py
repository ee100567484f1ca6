"""Doorstep: emergency response and household services for an area whose people must stay at home."""

__version__ = "0.1.0"
