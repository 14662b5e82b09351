# SPDX-License-Identifier: MIT
"""What Jupyter shows of runs and generations."""

from __future__ import annotations

import base64
import html
import struct
import zlib
from typing import Any

import numpy as np


def png(gray: np.ndarray) -> bytes:
    """A picture, uint8[rows, cols], as PNG."""
    def chunk(kind, data):
        return (struct.pack('>I', len(data)) + kind + data
                + struct.pack('>I', zlib.crc32(kind + data)))

    rows, cols = gray.shape
    lines = np.pad(gray, ((0, 0), (1, 0))).tobytes()  # each begins with its filter: 0, none
    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>2I5B', cols, rows, 8, 0, 0, 0, 0))
            + chunk(b'IDAT', zlib.compress(lines)) + chunk(b'IEND', b''))


def _picture(plane, title, most):
    """A plane of numbers from 0, black, to most, white, as a figure."""
    gray = (plane * (255 / max(most, 1e-9))).astype(np.uint8)
    scale = max(1, 240 // max(gray.shape))
    data = base64.b64encode(png(gray.repeat(scale, 0).repeat(scale, 1))).decode()
    return (f'<figure style="display:inline-block;margin:0 1em 0 0">'
            f'<img alt="{title}" src="data:image/png;base64,{data}">'
            f'<figcaption>{title}</figcaption></figure>')


def generation_html(g: Any) -> str:
    """alpha and ages as pictures, with a caption."""
    figures = ''
    if g.alpha is not None:
        figures += _picture(g.alpha, 'alpha, 0 to 1', 1)
    if g.ages is not None:
        figures += _picture(g.ages, f'ages, 0 to {g.ages.max()}', int(g.ages.max()))
    return f'<div>{figures}<div>{html.escape(repr(g)[5:-1])}</div></div>'


def _escape(text):
    """Text for a page, whatever bytes it came from."""
    return html.escape(text.encode(errors='surrogateescape').decode(errors='replace'))


def header_html(run: Any) -> str:
    """The header as a table, and the history."""
    rows = ''.join(f'<tr><th style="text-align:left">{_escape(key)}</th><td>'
                   f'{_escape(", ".join(value) if isinstance(value, list) else str(value))}'
                   '</td></tr>' for key, value in run.header.items())
    history = _escape('\n'.join(run.history))
    return f'<div><table>{rows}</table><pre>{history}</pre></div>'
