"""Measurements of fitted models beyond their scores."""
