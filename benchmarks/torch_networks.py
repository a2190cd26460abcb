"""Four of our networks written plainly in PyTorch, as a peer of `make bench-training`; imported by nothing else."""

from itertools import pairwise

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from models.networks import srm

LEAK, DECAY, DROPOUT, MOMENTUM = 0.1, 1e-4, 0.1, 0.8  # PyTorch's momentum is of the new value


class Residuals(nn.Module):
    """The 30 SRM filters with a bias of one, then 3·tanh."""

    def __init__(self, padding):
        super().__init__()
        self.register_buffer("kernels", torch.from_numpy(np.ascontiguousarray(srm.kernels().transpose(3, 2, 0, 1))))
        self.register_buffer("bias", torch.ones(30))
        self.padding = padding

    def forward(self, x):
        return 3 * torch.tanh(functional.conv2d(x, self.kernels, self.bias, padding=self.padding))


class Normal(nn.Module):
    """Batch normalisation with a learned shift, and a learned scale only with `gamma`."""

    def __init__(self, channels, gamma=False):
        super().__init__()
        self.inner = nn.BatchNorm2d(channels, eps=1e-3, momentum=MOMENTUM)
        self.inner.weight.requires_grad_(gamma)

    def forward(self, x):
        return self.inner(x)


class Block(nn.Module):
    """Spatial dropout, three copies where asked, convolution, leaky ReLU, absolute value, normalisation."""

    def __init__(self, before, filters, kernel, gamma=False, copies=1, dropout=True):
        super().__init__()
        self.copies, self.dropout = copies, nn.Dropout2d(DROPOUT) if dropout else nn.Identity()
        self.convolution = nn.Conv2d(copies * before, filters, kernel, padding=kernel // 2)
        self.normal = Normal(filters, gamma)

    def forward(self, x):
        x = self.dropout(torch.cat([x] * self.copies, 1)) if self.copies > 1 else self.dropout(x)
        return self.normal(functional.leaky_relu(self.convolution(x), LEAK).abs())


def halve(x):
    """Average over 5x5 with stride 2, padded."""
    return functional.avg_pool2d(x, 5, 2, 2, count_include_pad=False)


class Dense(nn.Module):
    """Three dense layers and the last on the mean of the maps, of three copies of which where asked."""

    def __init__(self, channels, copies, leak, dropout):
        super().__init__()
        sizes = [copies * channels, 128, 64, 32]
        self.copies, self.leak, self.dropout = copies, leak, dropout
        self.layers = nn.ModuleList(nn.Linear(*pair) for pair in pairwise(sizes))
        self.last = nn.Linear(32, 2)

    def forward(self, x):
        x = x.mean((2, 3)).repeat(1, self.copies)
        for number, layer in enumerate(self.layers):
            x = functional.leaky_relu(layer(x), self.leak)
            x = functional.dropout(x, self.dropout, self.training) if number < 2 else x
        return self.last(x)


class Blocks(nn.Module):
    """Xu-Net and Yedroudj-Net: residuals, five blocks, pooling after the second to the fourth."""

    def __init__(self, padding, filters, kernels):
        super().__init__()
        self.residuals = Residuals(padding)
        before = (30, *filters)
        self.blocks = nn.ModuleList(
            Block(before[i], filters[i], kernels[i], i < 2, 3 if i == 1 else 1, i > 0) for i in range(5)
        )
        self.head = Dense(filters[-1], 3, LEAK, 0.0)

    def forward(self, x):
        x = self.residuals(x)
        for number, block in enumerate(self.blocks):
            x = block(halve(x) if number >= 2 else x)
        return self.head(x)


class Separable(nn.Module):
    """Three filters a map, 1x1 across them, ReLU, normalisation."""

    def __init__(self):
        super().__init__()
        self.deep = nn.Conv2d(30, 90, 3, padding=1, groups=30, bias=False)
        self.wide, self.normal = nn.Conv2d(90, 30, 1), Normal(30)

    def forward(self, x):
        return self.normal(functional.relu(self.wide(self.deep(x))))


class Zhu(nn.Module):
    def __init__(self):
        super().__init__()
        self.residuals, self.normal, self.dropout = Residuals(0), Normal(30), nn.Dropout2d(DROPOUT)
        self.separable = nn.Sequential(Separable(), Separable())
        shapes = ((30, 32, 3), (32, 32, 3), (32, 64, 3), (64, 128, 5))
        self.convolutions = nn.ModuleList(
            nn.Sequential(nn.Conv2d(before, after, kernel, padding=kernel // 2), nn.ReLU(), Normal(after))
            for before, after, kernel in shapes
        )
        self.head = Dense(128, 1, 0.0, 0.2)

    def forward(self, x):
        x = self.dropout(self.normal(self.residuals(x)))
        x = x + self.separable(x)
        for number, convolution in enumerate(self.convolutions):
            x = convolution(halve(x) if number else x)
        return self.head(x)


class FirstMethod(nn.Module):
    def __init__(self, side):
        super().__init__()
        self.residuals, self.normal = Residuals(2), Normal(30)
        places = (side // 3) ** 2
        self.lstm = nn.LSTM(30, 30, batch_first=True)
        self.lstm.bias_hh_l0.requires_grad_(False)
        self.after, self.last = nn.BatchNorm1d(30, eps=1e-3, momentum=MOMENTUM), nn.Linear(30 * places, 2)

    def forward(self, x):
        x = functional.avg_pool2d(self.normal(self.residuals(x)), 3)
        x = functional.relu(self.lstm(x.flatten(2).transpose(1, 2))[0])
        x = functional.dropout(self.after(x.transpose(1, 2)), 0.5, self.training)
        return self.last(x.flatten(1))


def build(network, side):
    """One of the four, which ends before the softmax: [n, 1, side, side] to [n, 2]."""
    match network:
        case "xu-net":
            return Blocks(0, (8, 16, 32, 64, 128), (5, 5, 1, 1, 1))
        case "yedroudj-net":
            return Blocks(2, (30, 30, 32, 64, 128), (5, 5, 3, 3, 3))
        case "zhu-net":
            return Zhu()
        case "first-method":
            return FirstMethod(side)
    raise ValueError(network)


def decay(model):
    """L2 on kernels and biases, where our networks have it."""
    if not isinstance(model, Blocks):
        return 0.0
    layers = [layer for layer in model.modules() if isinstance(layer, nn.Conv2d | nn.Linear)]
    return DECAY * sum((weight**2).sum() for layer in layers for weight in layer.parameters())
