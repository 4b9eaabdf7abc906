"""A plot for the metadata of an asset: lines over dates, drawn as SVG and carried inside the Markdown itself."""

import base64
from collections.abc import Mapping, Sequence
from datetime import date
from html import escape

from dagster import MetadataValue

from connector_assets.accounting.money import grouped_text_from_cents

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 760, 320, 96, 96, 16, 28
COLOURS = ("#1b6ca8", "#d1495b", "#2e8b57", "#e09f3e", "#6a4c93", "#4f9da6", "#8c564b", "#7f7f7f", "#b5179e", "#606c38")


def line_plot(title: str, days: Sequence[date], amounts_cents: Mapping[str, Sequence[int]]) -> MetadataValue:
    """One line for each name, one point for each day; amounts in cents, the axis says them in whole."""
    svg = line_plot_svg(title, days, amounts_cents)
    return MetadataValue.md(f"![{title}](data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()})")


def line_plot_svg(title: str, days: Sequence[date], amounts_cents: Mapping[str, Sequence[int]]) -> str:
    """The same as SVG text; the names stand at the right, in the colour of their line."""
    high = max([1, *(max(values) for values in amounts_cents.values() if values)])
    low = min([0, *(min(values) for values in amounts_cents.values() if values)])
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" role="img" font-size="11" '
        f'font-family="sans-serif"><title>{escape(title)}</title><rect width="100%" height="100%" fill="#fff"/>'
    ]
    for cents in (low, (low + high) // 2, high):
        y = _y(cents, low, high)
        text = escape(grouped_text_from_cents(cents).partition(".")[0])
        parts.append(f'<path d="M{LEFT} {y}H{WIDTH - RIGHT}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4}" text-anchor="end">{text}</text>')
    for place, anchor in ((0, "start"), (len(days) - 1, "end")) if days else ():
        parts.append(f'<text x="{_x(place, len(days))}" y="{HEIGHT - 8}" text-anchor="{anchor}">{days[place]}</text>')
    for place, (name, values) in enumerate(amounts_cents.items()):
        colour = COLOURS[place % len(COLOURS)]
        points = " ".join(f"{_x(one, len(days))},{_y(cents, low, high)}" for one, cents in enumerate(values))
        y = TOP + 12 + 14 * place
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.6"/>')
        parts.append(f'<text x="{WIDTH - RIGHT + 8}" y="{y}" fill="{colour}">{escape(name)}</text>')
    return "".join([*parts, "</svg>"])


def _x(place: int, count: int) -> int:
    return LEFT + (WIDTH - LEFT - RIGHT) * place // max(count - 1, 1)


def _y(cents: int, low: int, high: int) -> int:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (cents - low) // (high - low)
