"""Trackers look on and tell other programs; each is asked for by name in SEQBENCH_TRACK."""
