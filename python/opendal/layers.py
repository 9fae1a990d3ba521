"""Layers: what stands between an operator and its service. One object may serve many operators."""

from opendal._core.layers import (
    CapabilityOverrideLayer,
    ConcurrentLimitLayer,
    Layer,
    MimeGuessLayer,
    RetryLayer,
    TimeoutLayer,
)

__all__ = [
    "CapabilityOverrideLayer",
    "ConcurrentLimitLayer",
    "Layer",
    "MimeGuessLayer",
    "RetryLayer",
    "TimeoutLayer",
]
