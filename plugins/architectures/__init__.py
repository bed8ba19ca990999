"""Bundled architectures, a file each."""
