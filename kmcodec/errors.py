"""The error family: whose fault it was decides the class.

``KmqError`` is the root. The caller's array or option raises ``InputError``, a damaged file
``FormatError`` (cut short: ``TruncatedError``), a file from the future ``UnsupportedError``, and
a picture larger than the caller allows ``LimitError``. ``QualityError`` and ``CancelledError`` end
a quantization that cannot or should not go on.
"""

from __future__ import annotations


class KmqError(Exception):
    """Root of every error that kmcodec raises on purpose."""


class InputError(KmqError, ValueError):
    """The caller's array or option cannot be used."""


class QualityError(KmqError):
    """The colours allowed do not reach the least quality asked for."""


class CancelledError(KmqError):
    """The caller's progress function asked to stop."""


class FormatError(KmqError, ValueError):
    """The bytes are not a valid ``.kmq`` file.

    Parameters
    ----------
    message : str
        What was found and what was expected.
    offset : int, optional
        Where in the file, in bytes from its start.
    section : str, optional
        Name of the section at fault.
    """

    def __init__(
        self, message: str, *, offset: int | None = None, section: str | None = None
    ) -> None:
        self.offset = offset
        self.section = section
        place = [f"section {section}"] if section is not None else []
        place += [f"offset {offset}"] if offset is not None else []
        super().__init__(f"{message} ({', '.join(place)})" if place else message)


class TruncatedError(FormatError, EOFError):
    """The file ends before its last section does."""


class UnsupportedError(KmqError, NotImplementedError):
    """The file is well formed but needs a newer version or an unknown feature."""


class LimitError(KmqError, ValueError):
    """The picture is larger than the limits in force."""
