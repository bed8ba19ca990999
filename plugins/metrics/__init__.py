"""Bundled metrics, a file each."""
