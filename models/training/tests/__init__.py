"""Tests of what the training scripts compute; they train nothing."""
