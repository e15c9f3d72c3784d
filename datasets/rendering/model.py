"""What a foreground is made of: strands and meshes with colours and materials."""

from dataclasses import dataclass, field

import numpy as np

from rendering.shapes import UP, rotation


@dataclass(frozen=True)
class Surface:
    """How a material answers light: shares of gloss and of light let through, and how much it covers."""

    gloss: float = 0.05
    roughness: float = 0.5
    translucency: float = 0.0
    opacity: float = 1.0
    mottle: float = 0.0


@dataclass
class Model:
    """Strands and meshes, with a colour (linear RGB) for each of their points.

    `tubes` says whether strands are round, or ribbons that face the camera, which is enough for hair.
    `elevation` and `azimuth` are the angles, in radians, from which the model may be seen; `fill` is how much
    of the frame's side it spans, above 1 where the frame crops it. `framed` are the points that the camera aims
    at, all unless told otherwise.
    """

    tubes: bool = False
    elevation: tuple = (-0.15, 0.35)
    azimuth: tuple = (-np.pi, np.pi)
    fill: tuple = (0.85, 1.5)
    framed: np.ndarray = None
    strands: list = field(default_factory=list)
    meshes: list = field(default_factory=list)

    def add_strands(self, points, radii, colors, surface):
        """Add curves: points `N x S x 3`; radii and colours of one strand, one point, or each."""
        count, steps = points.shape[:2]
        radii = np.broadcast_to(radii, (count, steps))
        colors = np.asarray(colors, float)
        if colors.ndim == 2:
            colors = colors[:, None]
        self.strands.append((points, radii, np.broadcast_to(colors, (count, steps, 3)), surface))

    def add_mesh(self, vertices, faces, colors, surface):
        """Add a mesh: vertices `N x 3`, quadrilaterals `M x 4`, one colour or one for each vertex."""
        self.meshes.append((vertices, faces, np.broadcast_to(colors, vertices.shape), surface))

    def add(self, other, scale, angle, offset):
        """Add another model: scaled, turned about the vertical axis, moved."""
        turn = scale * rotation(UP, angle).T
        for points, radii, colors, surface in other.strands:
            self.strands.append((points @ turn + offset, scale * radii, colors, surface))
        for vertices, faces, colors, surface in other.meshes:
            self.meshes.append((vertices @ turn + offset, faces, colors, surface))

    def points(self):
        """All points, `N x 3`."""
        parts = [strand[0].reshape(-1, 3) for strand in self.strands] + [mesh[0] for mesh in self.meshes]
        return np.concatenate(parts)
