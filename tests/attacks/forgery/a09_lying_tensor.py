"""A09: return a tensor whose class answers every question about itself

Stopped by: a tensor is recorded only if its type is exactly `torch.Tensor`, and then by its bytes.
Environment: torch
"""

import torch


class Liar(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        return True if "eq" in str(function) or "close" in str(function) else args[0]


def attacked(numbers):
    return torch.from_numpy(numbers).as_subclass(Liar)
