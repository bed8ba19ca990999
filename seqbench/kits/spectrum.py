"""From sound to frames of frequencies."""

from functools import cache

import numpy as np


def spectra(sound: np.ndarray, window: int, hop: int) -> np.ndarray:
    """Of each frame under a Hann window: (n, samples) -> (n, frames, window // 2 + 1), complex.

    The first frame starts at the first sample, and there is no padding:
    frames = (samples - window) // hop + 1.
    """
    frames = np.lib.stride_tricks.sliding_window_view(sound, window, axis=1)[:, ::hop]
    return np.fft.rfft(frames * hann(window), axis=-1)


def log_mel(sound: np.ndarray, rate: int, window: int, hop: int, bands: int) -> np.ndarray:
    """Log power in mel bands: (n, samples) at rate Hz -> (n, frames, bands), float32.

    The natural logarithm of power + 0.001, where sound is of mean square about 1.
    """
    power = np.abs(spectra(sound, window, hop)) ** 2 @ mel_bands(rate, window, bands)
    loudness: np.ndarray = np.log(power + 1e-3).astype(np.float32)
    return loudness


@cache
def mel_bands(rate: int, window: int, bands: int) -> np.ndarray:
    """Triangles of height 1, evenly spaced on the mel scale (O'Shaughnessy, 1987), (bins, bands).

    Each rises from the middle of the one below to its own, and falls to the middle of the next.
    """
    top = 2595 * np.log10(1 + rate / 2 / 700)
    hertz = 700 * (10 ** (np.linspace(0, top, bands + 2) / 2595) - 1)
    low, middle, high = hertz[:-2], hertz[1:-1], hertz[2:]
    bins = np.fft.rfftfreq(window, 1 / rate)[:, None]
    up, down = (bins - low) / (middle - low), (high - bins) / (high - middle)
    triangles: np.ndarray = np.maximum(0, np.minimum(up, down)).astype(np.float32)
    return triangles


@cache
def hann(window: int) -> np.ndarray:
    """The periodic Hann window: at hops of a third or a fourth of it, copies add up to 1 level."""
    shape: np.ndarray = np.hanning(window + 1)[:-1].astype(np.float32)
    return shape
