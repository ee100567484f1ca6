"""Command's forms."""
