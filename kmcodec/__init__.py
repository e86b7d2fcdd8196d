"""kmcodec: pictures as a codebook and a plane of indices found by K-means.

    data = kmcodec.encode(pixels, n_colors=64)
    pixels = kmcodec.decode(data)

Names are imported when first used, so that ``import kmcodec`` costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kmcodec.adapters.pillow import register_pillow
    from kmcodec.choice import Compressed, choose_indices, compress
    from kmcodec.codec import (
        Info,
        KmqFile,
        Metadata,
        decode,
        decode_animation,
        decode_array,
        decode_blocks,
        decode_indexed,
        encode,
        encode_array,
        encode_blocks,
        encode_indexed,
        read_info,
        read_metadata,
        relabel_array,
    )
    from kmcodec.container import Limits
    from kmcodec.digits import Grouping, cluster_digits
    from kmcodec.errors import (
        CancelledError,
        FormatError,
        InputError,
        KmqError,
        LimitError,
        QualityError,
        TruncatedError,
        UnsupportedError,
    )
    from kmcodec.estimator import KMeansQuantizer
    from kmcodec.histogram import Histogram
    from kmcodec.image import Animation, BlockImage, IndexedImage, KMeansFacts, Timing
    from kmcodec.quantizer import find_palette, quantize, quantize_blocks, quantize_frames
    from kmcodec.segmenter import (
        Hierarchy,
        Region,
        Segmentation,
        build_hierarchy,
        cut_out,
        segment,
    )
    from kmcodec.similarity import ssimulacra2

    backend: str

__version__ = "0.1.0"

_HOME = {
    "Animation": "image",
    "BlockImage": "image",
    "CancelledError": "errors",
    "Compressed": "choice",
    "FormatError": "errors",
    "Hierarchy": "segmenter",
    "Grouping": "digits",
    "Histogram": "histogram",
    "IndexedImage": "image",
    "Info": "codec",
    "InputError": "errors",
    "KMeansFacts": "image",
    "KMeansQuantizer": "estimator",
    "KmqError": "errors",
    "KmqFile": "codec",
    "LimitError": "errors",
    "Limits": "container",
    "Metadata": "codec",
    "QualityError": "errors",
    "Region": "segmenter",
    "Segmentation": "segmenter",
    "Timing": "image",
    "TruncatedError": "errors",
    "UnsupportedError": "errors",
    "build_hierarchy": "segmenter",
    "choose_indices": "choice",
    "cluster_digits": "digits",
    "compress": "choice",
    "cut_out": "segmenter",
    "decode": "codec",
    "decode_animation": "codec",
    "decode_array": "codec",
    "decode_blocks": "codec",
    "decode_indexed": "codec",
    "encode": "codec",
    "encode_array": "codec",
    "encode_blocks": "codec",
    "encode_indexed": "codec",
    "find_palette": "quantizer",
    "quantize": "quantizer",
    "quantize_blocks": "quantizer",
    "quantize_frames": "quantizer",
    "read_info": "codec",
    "read_metadata": "codec",
    "relabel_array": "codec",
    "register_pillow": "adapters.pillow",
    "segment": "segmenter",
    "ssimulacra2": "similarity",
}

__all__ = [
    "Animation",
    "BlockImage",
    "CancelledError",
    "Compressed",
    "FormatError",
    "Grouping",
    "Hierarchy",
    "Histogram",
    "IndexedImage",
    "Info",
    "InputError",
    "KMeansFacts",
    "KMeansQuantizer",
    "KmqError",
    "KmqFile",
    "LimitError",
    "Limits",
    "Metadata",
    "QualityError",
    "Region",
    "Segmentation",
    "Timing",
    "TruncatedError",
    "UnsupportedError",
    "backend",
    "build_hierarchy",
    "choose_indices",
    "cluster_digits",
    "compress",
    "cut_out",
    "decode",
    "decode_animation",
    "decode_array",
    "decode_blocks",
    "decode_indexed",
    "encode",
    "encode_array",
    "encode_blocks",
    "encode_indexed",
    "find_palette",
    "quantize",
    "quantize_blocks",
    "quantize_frames",
    "read_info",
    "read_metadata",
    "register_pillow",
    "relabel_array",
    "segment",
    "ssimulacra2",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401
    """Import a public name from its module (PEP 562)."""
    if name == "backend":
        from kmcodec._kernels import backend  # noqa: PLC0415

        return backend()
    if name not in _HOME:
        raise AttributeError(f"module 'kmcodec' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"kmcodec.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted({*globals(), *__all__})
