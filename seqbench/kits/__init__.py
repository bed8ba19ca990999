"""Base classes and tools that make a plugin short."""
