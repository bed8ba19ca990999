"""Bundled reports, a file each."""
