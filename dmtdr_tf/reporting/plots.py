"""Plots of an evaluation as SVG, to be put into a page."""

import io
import re
from collections.abc import Mapping
from typing import Any

import matplotlib
import numpy as np
from markupsafe import Markup, escape
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from dmtdr_tf.evaluation.grading import GradingFigures
from dmtdr_tf.evaluation.score_histograms import ScoreHistograms
from dmtdr_tf.labels import REFERABLE_GRADE

__all__ = [
    "confusion_plot",
    "lesion_plot",
    "precision_recall_plot",
    "reliability_plot",
    "roc_plot",
]

# Becomes the color of the page's text, on light and dark backgrounds.
_INK = "#010203"
_LINE, _POINT = "#2079bd", "#d55e00"
# Told apart by everybody (Okabe and Ito), and by their dashes in gray.
_LESION_STYLES = (
    ("#0072b2", "-"),
    ("#d55e00", "--"),
    ("#cc79a7", "-."),
    ("#009e73", ":"),
)
_SETTINGS: Any = {
    "svg.fonttype": "none",
    "font.family": ["sans-serif"],
    "font.size": 10,
    "text.color": _INK,
    "axes.labelcolor": _INK,
    "axes.edgecolor": _INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "legend.frameon": False,
    "legend.labelcolor": _INK,
    "legend.fontsize": 9,
}
_INCHES = (3.9, 3.5)
_BINS = 15


@matplotlib.rc_context(_SETTINGS)
def roc_plot(grading: GradingFigures) -> Markup:
    """Draws the ROC curve of referable retinopathy.

    Args:
        grading: The graded photographs.

    Returns:
        An `svg` element; empty unless some photographs are referable and some
        are not.
    """
    true, false, point = _rates(grading)
    if not true.size or not (true[-1] and false[-1]):
        return Markup("")
    figure, axes = _axes("1 - specificity", "sensitivity")
    axes.plot([0, 1], [0, 1], color=_INK, alpha=0.4, lw=1, ls=":")
    x, y = false / false[-1], true / true[-1]
    axes.plot(np.append(0, x), np.append(0, y), color=_LINE, lw=2)
    # With index -1 nobody is referred: the origin.
    here = np.append(x, 0.0)[point], np.append(y, 0.0)[point]
    _mark(axes, here[0], here[1], grading.referral_threshold)
    axes.legend(loc="lower right")
    return _svg(figure, "ROC curve of referable retinopathy")


@matplotlib.rc_context(_SETTINGS)
def precision_recall_plot(grading: GradingFigures) -> Markup:
    """Draws the precision-recall curve of referable retinopathy.

    Args:
        grading: The graded photographs.

    Returns:
        An `svg` element; empty if no photograph is referable.
    """
    true, false, point = _rates(grading)
    if not true.size or not true[-1]:
        return Markup("")
    figure, axes = _axes("recall (sensitivity)", "precision")
    recall, precision = true / true[-1], true / (true + false)
    axes.axhline(precision[-1], color=_INK, alpha=0.4, lw=1, ls=":")
    axes.step(recall, precision, color=_LINE, lw=2, where="pre")
    if point >= 0:
        here = recall[point], precision[point]
        _mark(axes, here[0], here[1], grading.referral_threshold)
        axes.legend(loc="lower left")
    return _svg(figure, "Precision-recall curve of referable retinopathy")


@matplotlib.rc_context(_SETTINGS)
def reliability_plot(grading: GradingFigures) -> Markup:
    """Draws how often grades are right against how sure the model was.

    Args:
        grading: The graded photographs.

    Returns:
        An `svg` element; empty if no photograph is graded.
    """
    if not grading.grades.size:
        return Markup("")
    confidence = grading.probabilities.max(axis=1)
    right = grading.probabilities.argmax(axis=1) == grading.grades
    index = np.clip(np.ceil(confidence * _BINS) - 1, 0, _BINS - 1).astype(int)
    count = np.bincount(index, minlength=_BINS)
    used = count > 0
    sure, correct = (
        np.bincount(index, weights=values, minlength=_BINS)[used] / count[used]
        for values in (confidence, right)
    )
    figure, axes = _axes("probability of the grade", "share that is right")
    axes.plot([0, 1], [0, 1], color=_INK, alpha=0.4, lw=1, ls=":")
    axes.plot(sure, correct, color=_LINE, lw=1, alpha=0.6)
    area = 20 + 300 * count[used] / count.sum()
    axes.scatter(sure, correct, area, color=_LINE, alpha=0.8, clip_on=False)
    return _svg(figure, "Reliability of the probabilities")


@matplotlib.rc_context(_SETTINGS)
def confusion_plot(counts: np.ndarray) -> Markup:
    """Draws a confusion matrix; a cell's color is its share of the true grade.

    Args:
        counts: `[5, 5]`, true grades in rows.

    Returns:
        An `svg` element.
    """
    figure, axes = _axes("predicted grade", "true grade")
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    for (row, column), share in np.ndenumerate(shares):
        cell = (column - 0.5, row - 0.5)
        axes.add_patch(
            Rectangle(cell, 1, 1, facecolor=_LINE, alpha=float(share), lw=0)
        )
        axes.text(
            column,
            row,
            f"{counts[row, column]:.0f}",
            ha="center",
            va="center",
            color="#ffffff" if share > 0.5 else _INK,
        )
    grades = range(len(counts))
    axes.set(xticks=grades, yticks=grades)
    axes.set(xlim=(-0.5, len(counts) - 0.5), ylim=(len(counts) - 0.5, -0.5))
    return _svg(figure, "Confusion matrix of the grades")


@matplotlib.rc_context(_SETTINGS)
def lesion_plot(histograms: Mapping[str, ScoreHistograms]) -> Markup:
    """Draws the pooled precision-recall curve of each lesion.

    A dot marks the threshold of 0.5.

    Args:
        histograms: The pixels' scores by lesion.

    Returns:
        An `svg` element; empty if no photograph has a lesion.
    """
    figure, axes = _axes("recall", "precision")
    styles = zip(histograms.items(), _LESION_STYLES, strict=True)
    for (lesion, scores), (color, dashes) in styles:
        curve = scores.curve()
        if len(curve):
            axes.plot(*curve.T, color=color, ls=dashes, lw=2, label=lesion)
            axes.plot(*scores.at(0.5), "o", color=color, clip_on=False)
    if not axes.lines:
        return Markup("")
    axes.legend(loc="upper right")
    return _svg(figure, "Precision-recall curves of the lesions' pixels")


def _rates(grading: GradingFigures) -> tuple[np.ndarray, np.ndarray, int]:
    """Hits and false alarms by threshold, and which is the operating point.

    Equal scores are one threshold. The operating point is -1 if it refers
    nobody.
    """
    score = grading.referable_score
    order = np.argsort(-score, kind="stable")
    ill = (grading.grades >= REFERABLE_GRADE)[order]
    score = score[order]
    last = np.flatnonzero(np.append(np.diff(score) != 0, True)[: score.size])
    point = int((score[last] >= grading.referral_threshold).sum()) - 1
    return ill.cumsum()[last], (~ill).cumsum()[last], point


def _axes(x: str, y: str) -> tuple[Figure, Axes]:
    figure = Figure(_INCHES, layout="constrained")
    axes = figure.add_subplot(
        xlabel=x, ylabel=y, xlim=(0, 1), ylim=(0, 1.02), box_aspect=0.85
    )
    return figure, axes


def _mark(axes: Axes, x: float, y: float, threshold: float) -> None:
    label = f"refers from {threshold:.2f} on"
    axes.plot(x, y, "o", color=_POINT, markersize=8, label=label, clip_on=False)


def _svg(figure: Figure, title: str) -> Markup:
    """The figure as an element that takes the page's color and width."""
    file = io.StringIO()
    # The ids in a page must differ from plot to plot.
    with matplotlib.rc_context({"svg.hashsalt": title}):
        figure.savefig(
            file, format="svg", transparent=True, metadata={"Date": None}
        )
    text = file.getvalue()
    text = text[text.index("<svg") :].replace(_INK, "currentColor")
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    size = r' width="[^"]*pt" height="[^"]*pt"'
    label = f'<svg role="img" aria-label="{escape(title)}"'
    text = re.sub(size, "", text, count=1)
    return Markup(text.replace("<svg", label, 1))
