"""Files whose indices are coded by a model of our choice, not the encoder's."""

from __future__ import annotations

import kmcodec
from kmcodec import container
from kmcodec.coding import mixed
from kmcodec.coding.setting import Setting

MODELS = {"quick": mixed.QUICK, "lean": mixed.LEAN, "rich": mixed.RICH, "full": mixed.FULL}
CHOSEN = "chosen"  # by the encoder, at effort 5


def file_of(image: kmcodec.IndexedImage, model: str) -> bytes:
    """Return the file of an image at effort 5, or with a model of our choice."""
    data = kmcodec.encode_indexed(image)
    if model == CHOSEN:
        return data
    image = kmcodec.decode_indexed(data)  # its entries in the file's order
    setting = Setting(image.indices.shape, image.palette)
    plane = mixed.MixedEncoder(setting, MODELS[model]).encode(image.indices)
    palette = bytes(container.parse(data).sections[0].payload)
    header = container.Header(image.width, image.height, image.channels, image.n_colors)
    return container.build(header, [(1, palette), (2, bytes([mixed.ID]) + plane)])
