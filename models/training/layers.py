"""What the networks are built of: plain 3x3 convolutions and ReLU.

On one CPU core plain convolutions of few channels do half as much arithmetic again a second as depthwise ones (150
against 100 GFLOP/s in ONNX Runtime on AVX-512), train several times faster, and ONNX Runtime folds a ReLU into them (SiLU
costs an eighth more). Widths are multiples of 16, the block in which ONNX Runtime computes channels.
"""

import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval


class Conv(nn.Module):
    """Convolution, normalisation over the batch, and ReLU unless `linear`."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 3, stride: int = 1, *, linear: bool = False) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
        self.norm: nn.Module = nn.BatchNorm2d(outputs)
        self.act = nn.Identity() if linear else nn.ReLU(inplace=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The layer's output."""
        return self.act(self.norm(self.conv(x)))

    def fuse(self) -> None:
        """Folds the normalisation into the convolution, for the export."""
        if isinstance(self.norm, nn.BatchNorm2d):
            self.conv = fuse_conv_bn_eval(self.conv, self.norm)
            self.norm = nn.Identity()


class Residual(nn.Module):
    """Two convolutions beside a short cut. The middle is `width` channels, by default as many as come in."""

    def __init__(self, channels: int, width: int | None = None) -> None:
        super().__init__()
        width = width or channels
        self.first = Conv(channels, width, kernel=3 if width == channels else 1)
        self.second = Conv(width, channels, linear=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The layer's output."""
        return functional.relu(x + self.second(self.first(x)))


def stage(inputs: int, outputs: int, blocks: int, *, narrow: bool = False) -> nn.Sequential:
    """Halves the picture, then looks at it with `blocks` residual blocks, of half the width in the middle if `narrow`."""
    width = outputs // 2 if narrow else outputs
    return nn.Sequential(Conv(inputs, outputs, stride=2), *(Residual(outputs, width) for _ in range(blocks)))


class Pyramid(nn.Module):
    """Features of a picture at strides 8, 16 and 32, each told what the others see; `neck` channels each."""

    def __init__(self, widths: tuple[int, int, int, int, int], blocks: tuple[int, int, int, int], neck: int) -> None:
        super().__init__()
        half, quarter, *coarse = widths
        self.stem = nn.Sequential(Conv(3, half, stride=2), stage(half, quarter, blocks[0], narrow=True))
        inputs = (quarter, *coarse[:-1])
        self.stages = nn.ModuleList(
            stage(i, o, count, narrow=True) for i, o, count in zip(inputs, coarse, blocks[1:], strict=True)
        )
        self.lateral = nn.ModuleList(Conv(width, neck, kernel=1) for width in coarse)
        self.downwards = nn.ModuleList(Conv(neck, neck) for _ in range(2))
        self.shrink = nn.ModuleList(Conv(neck, neck, stride=2) for _ in range(2))
        self.upwards = nn.ModuleList(Conv(neck, neck) for _ in range(2))

    def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        """Maps of stride 8, 16, 32."""
        x = self.stem(x)
        features = []
        for layer, lateral in zip(self.stages, self.lateral, strict=True):
            x = layer(x)
            features.append(lateral(x))
        fine, middle, coarse = features
        middle = self.downwards[0](middle + _doubled(coarse))
        fine = self.downwards[1](fine + _doubled(middle))
        middle = self.upwards[0](middle + self.shrink[0](fine))
        coarse = self.upwards[1](coarse + self.shrink[1](middle))
        return [fine, middle, coarse]


def _doubled(x: torch.Tensor) -> torch.Tensor:
    return functional.interpolate(x, scale_factor=2.0, mode="nearest")


def fuse(network: nn.Module) -> nn.Module:
    """Folds all normalisations of a network in evaluation mode into its convolutions, in place."""
    for module in network.modules():
        if isinstance(module, Conv):
            module.fuse()
    return network


def flatten(level: torch.Tensor, columns: int) -> torch.Tensor:
    """Rows of `columns` numbers, [N, cells x anchors, columns], of a map [N, anchors x columns, H, W]."""
    batch = level.shape[0]
    return level.permute(0, 2, 3, 1).reshape(batch, -1, columns)
