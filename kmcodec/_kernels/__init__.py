"""The hot loops: one Python source each, compiled by Cython and runnable interpreted.

``_kernels.lloyd`` is the kernel ``lloyd`` of the running backend; mypy takes its types from
``lloyd.pyi``. Interpreted kernels receive memoryviews instead of arrays, so that every element they
read is a plain Python integer: nothing wraps silently, and a store that would overflow the array's
type raises ``ValueError``. That makes the interpreted backend the oracle of the compiled one.

The environment variable ``KMCODEC_BACKEND`` (``compiled`` or ``interpreted``) forces a backend.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmcodec._kernels._loading import NAMES, BackendWarning, backend, has_compiled, load

if TYPE_CHECKING:
    from kmcodec._kernels import (
        arranging,
        comparing,
        contrast,
        core,
        deflating,
        dithering,
        filtering,
        hashing,
        huffman,
        lighting,
        lloyd,
        lookup,
        lzw,
        nearest,
        splitting,
        superpixels,
        swapping,
        vectors,
    )
else:

    def __getattr__(name):  # noqa: ANN001, ANN202  (what mypy sees are the imports above)
        """Return a kernel of the running backend (PEP 562)."""
        if name not in NAMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return load(name)


__all__ = [
    "NAMES",
    "BackendWarning",
    "arranging",
    "backend",
    "comparing",
    "contrast",
    "core",
    "deflating",
    "dithering",
    "filtering",
    "has_compiled",
    "hashing",
    "huffman",
    "lighting",
    "lloyd",
    "load",
    "lookup",
    "lzw",
    "nearest",
    "splitting",
    "superpixels",
    "swapping",
    "vectors",
]
