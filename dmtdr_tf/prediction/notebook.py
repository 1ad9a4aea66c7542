"""A prediction as a notebook shows it."""

import html

import numpy as np

from dmtdr_tf.drawing import pictures
from dmtdr_tf.drawing.overlays import overlay_evidence
from dmtdr_tf.labels import LESION_NAMES
from dmtdr_tf.prediction.finding import Finding

__all__ = ["render"]

_SIDE = 360


def render(
    overlay: np.ndarray,
    photograph: np.ndarray,
    evidence: np.ndarray,
    finding: Finding,
) -> str:
    """Renders a prediction as self-contained HTML.

    Args:
        overlay: uint8 `[H, W, 3]`, the photograph with its lesions outlined.
        photograph: uint8 `[H, W, 3]`.
        evidence: uint8 `[H, W]`, 0 to 255.
        finding: The prediction in numbers.

    Returns:
        One `<div>` with two pictures, the grade and the lesions' areas.
    """
    small = pictures.reduce_picture(photograph, _SIDE) / 255.0
    small_evidence = pictures.reduce_picture(evidence, _SIDE) / 255.0
    heat = overlay_evidence(small[None], small_evidence[None, ..., None])[0]
    # A map of zeros looks like a photograph without an overlay.
    title = "evidence" if evidence.any() else "evidence (none above zero)"
    figures = (
        ("lesions", pictures.reduce_picture(overlay, _SIDE)),
        (title, pictures.to_uint8(np.asarray(heat))),
    )
    images = "".join(
        f'<figure style="margin:0"><img alt="{name}" '
        f'src="{pictures.data_uri(picture, ".jpg")}">'
        f"<figcaption>{name}</figcaption></figure>"
        for name, picture in figures
    )
    return (
        f"<div><p><b>Grade {finding.grade_text}: "
        f"{html.escape(finding.grade_name)}</b>, "
        "probability of referable retinopathy "
        f"{finding.referable_probability:.2f}</p>"
        f'<div style="display:flex;gap:1em">{images}</div>'
        f"<p>{_areas(finding)}</p></div>"
    )


def _areas(finding: Finding) -> str:
    areas = ", ".join(
        f"{html.escape(name)}: {html.escape(area.percent_text)}"
        f"{'%' if area.is_reliable else ''}"
        for name, area in zip(LESION_NAMES, finding.areas, strict=True)
    )
    return f"Share of the field of view: {areas}"
