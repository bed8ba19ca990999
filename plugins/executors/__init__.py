"""Bundled executors, a file each."""
