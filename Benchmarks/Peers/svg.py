"""Pieces of a drawing, in two palettes: for a light page and for a dark one."""

from html import escape

LIGHT = {"page": "#ffffff", "ink": "#1d1d1f", "soft": "#6e6e73", "grid": "#e3e3e8", "band": "#f6f6f8",
         "own": "#2f6fde", "behind": "#d1572c", "pytorch": "#d1572c", "onnxruntime": "#7a4fc4", "jax": "#23876b"}
DARK = {"page": "#1c1c1e", "ink": "#f5f5f7", "soft": "#a1a1a8", "grid": "#38383c", "band": "#242427",
        "own": "#5b9bff", "behind": "#ff8a5f", "pytorch": "#ff8a5f", "onnxruntime": "#b79aff", "jax": "#4fcba3"}
FONT = "-apple-system, 'Helvetica Neue', 'Segoe UI', Roboto, 'DejaVu Sans', Arial, sans-serif"


class Drawing:
    """Collects pieces; colors are named as in the palettes."""

    def __init__(self, width, height, palette, title):
        self.width, self.height, self.palette, self.title = width, height, palette, title
        self.pieces = []

    def rectangle(self, x, y, width, height, colour, radius=0, opacity=1):
        self.pieces.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(0, width):.1f}" height="{height:.1f}" '
                           f'rx="{radius}" fill="{self.palette[colour]}" fill-opacity="{opacity}"/>')

    def line(self, x1, y1, x2, y2, colour, width=1.0, dash=""):
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        self.pieces.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
                           f'stroke="{self.palette[colour]}" stroke-width="{width}"{dashes}/>')

    def text(self, x, y, text, colour="ink", size=13, anchor="start", weight=400):
        self.pieces.append(f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-weight="{weight}" '
                           f'text-anchor="{anchor}" fill="{self.palette[colour]}">{escape(text)}</text>')

    def mark(self, x, y, shape):
        """Draws a peer's mark: each has its own shape and color."""
        edge = f'fill="{self.palette[shape]}" stroke="{self.palette["page"]}" stroke-width="1.2"'
        if shape == "pytorch":
            self.pieces.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.6" {edge}/>')
        else:
            corners = [(0, -5.8), (5.8, 0), (0, 5.8), (-5.8, 0)] if shape == "onnxruntime" else \
                [(0, -5.6), (5.4, 4.2), (-5.4, 4.2)]
            points = " ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in corners)
            self.pieces.append(f'<polygon points="{points}" {edge}/>')

    def save(self, path):
        head = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" '
                f'width="{self.width}" height="{self.height}" font-family="{FONT}" role="img">'
                f"<title>{escape(self.title)}</title>")
        page = f'<rect width="{self.width}" height="{self.height}" rx="12" fill="{self.palette["page"]}"/>'
        path.write_text("\n".join([head, page, *self.pieces, "</svg>", ""]), encoding="utf-8")
