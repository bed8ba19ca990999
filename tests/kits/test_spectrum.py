import numpy as np
import torch

from seqbench.kits.spectrum import log_mel, mel_bands, spectra


def test_spectra_are_torchs():
    sound = np.random.default_rng(0).normal(size=(2, 1000)).astype(np.float32)
    ours = spectra(sound, 240, 80)
    theirs = torch.stft(
        torch.tensor(sound), 240, 80, window=torch.hann_window(240), center=False,
        return_complex=True,
    )  # fmt: skip
    np.testing.assert_allclose(ours, theirs.numpy().transpose(0, 2, 1), atol=1e-4)
    assert ours.shape == (2, (1000 - 240) // 80 + 1, 121)


def test_bands_share_out_each_frequency_between_two_neighbours():
    bands = mel_bands(8000, 240, 24)
    hertz = np.fft.rfftfreq(240, 1 / 8000)
    middles = 700 * (10 ** (np.linspace(0, 2595 * np.log10(1 + 4000 / 700), 26) / 2595) - 1)
    between = (hertz > middles[1]) & (hertz < middles[-2])
    np.testing.assert_allclose(bands[between].sum(axis=1), 1, atol=1e-5)
    assert ((bands > 0).sum(axis=1) <= 2).all()


def test_a_tone_is_loudest_in_the_band_that_holds_it():
    time = np.arange(2000) / 8000
    for hertz in (300.0, 1000.0, 2500.0):
        tone = np.sqrt(2) * np.sin(2 * np.pi * hertz * time)[None]
        loudness = log_mel(tone, 8000, 240, 80, 24)
        mel = 2595 * np.log10(1 + hertz / 700)
        step = 2595 * np.log10(1 + 4000 / 700) / 25
        assert loudness.dtype == np.float32
        assert (np.abs(loudness[0].argmax(-1) - (mel / step - 1)) <= 1).all()
