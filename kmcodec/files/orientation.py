"""Pictures turned upright as their Exif says, whatever else may be wrong with it."""

from __future__ import annotations

import re

from PIL import ExifTags, Image

ORIENTATION = ExifTags.Base.Orientation
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
SWAPPING = (5, 6, 7, 8)  # rows become columns
RAW_EXIF = "Raw profile type exif"
XMP_NAMES = ("XML:com.adobe.xmp", "xmp")
IN_XMP = r'tiff:Orientation="[0-9]"|<tiff:Orientation>[0-9]</tiff:Orientation>'


def upright(image: Image.Image) -> tuple[Image.Image, bool, list[str]]:
    """Return a loaded picture turned as its Exif or XMP says, whose orientation is then 1.

    Returns
    -------
    image : Image
        Its ``info`` has the metadata without an orientation.
    swapped : bool
        Whether rows became columns.
    notes : list of str
        What metadata was dropped, and why.
    """
    notes: list[str] = []
    try:
        if "exif" in image.info:  # of which Pillow may have hidden the faults before
            Image.Exif().load(image.info["exif"])
        exif = image.getexif()
    except Exception:  # noqa: BLE001  (Pillow raises many kinds on damaged Exif)
        _drop_exif(image)
        notes.append("the Exif cannot be read: it was dropped")
        image = image.copy()  # which looks for an orientation again
        exif = image.getexif()
    turn = exif.get(ORIENTATION, 1)
    if turn not in TURNS:
        return image, False, notes
    turned = image.transpose(TURNS[turn])
    if not notes and not _forget(turned, exif):
        notes.append("the Exif has values that cannot be written again: it was dropped")
    return turned, turn in SWAPPING, notes


def _forget(image: Image.Image, exif: Image.Exif) -> bool:
    """Remove the orientation from a picture's Exif and XMP; drop Exif that cannot be written."""
    for name in XMP_NAMES:
        xmp = image.info.get(name)
        if isinstance(xmp, str):
            image.info[name] = re.sub(IN_XMP, "", xmp)
        elif xmp:
            image.info[name] = re.sub(IN_XMP.encode(), b"", xmp)
    if "exif" not in image.info:
        return True
    exif.pop(ORIENTATION, None)
    try:
        image.info["exif"] = exif.tobytes()
    except Exception:  # noqa: BLE001  (of values that no TIFF can hold)
        _drop_exif(image)
        return False
    return True


def _drop_exif(image: Image.Image) -> None:
    """Remove Exif from what a picture carries."""
    for name in ("exif", RAW_EXIF):
        image.info.pop(name, None)
