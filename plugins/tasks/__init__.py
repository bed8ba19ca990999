"""Bundled tasks, a file each."""
