"""The numbers that OpenCV, the TensorFlow graph and JavaScript share.

`constants.json` holds the values; the browser page's scripts read the same
file (`export/web/source/preprocessing/constants.js`). The default thresholds
of quality are not among them: `QualityConfig` has them, and an exported model
brings those of its workdir.
"""

import json
import pathlib
from typing import Any, Final

__all__ = [
    "BACKGROUND_SHARE",
    "BLUR_SIGMAS",
    "BLUR_TAPS",
    "BRIGHTEST_SHOWN",
    "BRIGHT_PERCENTILE",
    "DARKEST_SHOWN",
    "DARK_PERCENTILE",
    "EDGE_MARGIN",
    "ENLARGING_CUBIC",
    "FEATURE_LIMIT",
    "FEATURE_MEANS",
    "FEATURE_SCALES",
    "FILLED_LIT",
    "FILLED_SHARE",
    "FIT_ROUNDS",
    "HIDDEN_BIASES",
    "HIDDEN_WEIGHTS",
    "JUMP_SPREAD",
    "LARGEST_JUMP",
    "LEAST_AREA",
    "LEAST_CELLS",
    "LEAST_CONTRAST",
    "LEAST_DETAIL",
    "LEAST_JUMP",
    "LEAST_OUTLINE",
    "LEAST_PIXELS",
    "LEAST_ROOT",
    "LEAST_SHARE",
    "LEAST_SHOWN",
    "LEAST_VARIANCE",
    "LEVEL_OFFSET",
    "LIT_LEVEL",
    "MAX_ASPECT_RATIO",
    "MAX_BROWSER_MEGABYTES",
    "MAX_BROWSER_MEGAPIXELS",
    "MAX_FILE_MEGABYTES",
    "MAX_FILE_MEGAPIXELS",
    "MAX_JPEG_SCANS",
    "MAX_JPEG_SEGMENTS",
    "MAX_RADIUS",
    "MAX_SERVER_MEGAPIXELS",
    "MAX_THRESHOLD",
    "NOISE_DEVIATIONS",
    "OPENING_DIVISOR",
    "OUTLINE_LEVEL",
    "OUTLINE_WIDTH",
    "OUTPUT_BIAS",
    "OUTPUT_WEIGHTS",
    "QUALITY_SIDE",
    "REDUCING_CUBIC",
    "SATURATED_LEVEL",
    "SEARCH_SIDE",
    "SMALL_PERCENTILE",
    "THRESHOLD",
    "WHITE_LEVEL",
    "WHOLE_LIT",
    "WHOLE_OUTLINE",
]

_FILE = pathlib.Path(__file__).with_name("constants.json")
_VALUES: dict[str, dict[str, Any]] = json.loads(_FILE.read_text("utf-8"))

# --- Field of view ---
_FIELD = _VALUES["field_of_view"]
# The field of view is searched in a photograph of at most so many pixels a
# side: its outline is smooth, and the mean over many pixels has less noise.
SEARCH_SIDE: Final[int] = _FIELD["search_side"]
# OpenCV's Gaussian of 5 x 5 on 8 bits: binomial weights, in sixteenths.
BLUR_TAPS: Final[tuple[int, ...]] = tuple(_FIELD["blur_taps"])
# The dark and the bright level are percentiles of the gray levels.
DARK_PERCENTILE: Final[int] = _FIELD["dark_percentile"]
BRIGHT_PERCENTILE: Final[int] = _FIELD["bright_percentile"]
# What is bright here, but not at that level, is a small part of the frame.
SMALL_PERCENTILE: Final[int] = _FIELD["small_percentile"]
# A retina's gray levels (8 bits) span at least this, a flat image's do not.
LEAST_CONTRAST: Final[int] = _FIELD["least_contrast"]
# If the dark level exceeds this share of the bright level, there is no
# background: the retina fills the frame.
FILLED_SHARE: Final[float] = _FIELD["filled_share"]
# The threshold lies between these shares of the way from dark to bright,
# above the background's mean by so many of its standard deviations.
THRESHOLD: Final[float] = _FIELD["threshold"]
MAX_THRESHOLD: Final[float] = _FIELD["max_threshold"]
NOISE_DEVIATIONS: Final[int] = _FIELD["noise_deviations"]
# The opening's radius is the shorter side divided by this.
OPENING_DIVISOR: Final[int] = _FIELD["opening_divisor"]
# The field of view covers at least this share of the frame.
LEAST_AREA: Final[float] = _FIELD["least_area"]
# No retina is brighter than this in every channel at once; paper is.
WHITE_LEVEL: Final[int] = _FIELD["white_level"]

# --- Quality ---
_QUALITY = _VALUES["quality"]
# Quality is measured at this size, whatever the model's input is. A smaller
# photograph is measured as it is, since enlarging would blur it.
QUALITY_SIDE: Final[int] = _QUALITY["quality_side"]
# Two bands of detail between three blurs: standard deviations in pixels.
BLUR_SIGMAS: Final[tuple[float, ...]] = tuple(_QUALITY["blur_sigmas"])
# The edge of the field of view is not detail: sharpness leaves out so many
# pixels inside it.
EDGE_MARGIN: Final[int] = _QUALITY["edge_margin"]
# From this level on (8 bits) the brightest channel shows retina.
LIT_LEVEL: Final[int] = _QUALITY["lit_level"]
# From this level on (8 bits) the green channel is saturated.
SATURATED_LEVEL: Final[int] = _QUALITY["saturated_level"]

# --- Outline ---
_OUTLINE = _VALUES["outline"]
# Brighter than this share of the field's mean is not background.
OUTLINE_LEVEL: Final[float] = _OUTLINE["outline_level"]
# The outline lies on a circle where it is so near, as a share of the radius.
OUTLINE_WIDTH: Final[float] = _OUTLINE["outline_width"]
# With fewer ends of rows and columns, as a share of rows and columns, the
# field fills the frame.
LEAST_OUTLINE: Final[float] = _OUTLINE["least_outline"]
# At least so much of the box is lit then.
FILLED_LIT: Final[float] = _OUTLINE["filled_lit"]
# The field fills the frame, too, with less outline than this and more lit: its
# dim corners are no outline.
WHOLE_OUTLINE: Final[float] = _OUTLINE["whole_outline"]
WHOLE_LIT: Final[float] = _OUTLINE["whole_lit"]
# A circle of a larger radius, as a share of the box's longer side, is a line.
MAX_RADIUS: Final[float] = _OUTLINE["max_radius"]
# How often the circle is fitted, each time with the weights of the last.
FIT_ROUNDS: Final[int] = _OUTLINE["fit_rounds"]

# --- Likeness ---
_LIKENESS = _VALUES["likeness"]
# Added to mean levels (8 bits), contrasts and variances before a division or a
# logarithm.
LEVEL_OFFSET: Final[float] = _LIKENESS["level_offset"]
LEAST_DETAIL: Final[float] = _LIKENESS["least_detail"]
LEAST_ROOT: Final[float] = _LIKENESS["least_root"]
LEAST_VARIANCE: Final[float] = _LIKENESS["least_variance"]
# The classifier's weights come from
# benchmarks/fundus_likeness/train_likeness.py.
# Standardized features are clipped to this.
FEATURE_LIMIT: Final[float] = _LIKENESS["feature_limit"]
FEATURE_MEANS: Final[list[float]] = _LIKENESS["feature_means"]
FEATURE_SCALES: Final[list[float]] = _LIKENESS["feature_scales"]
HIDDEN_WEIGHTS: Final[list[list[float]]] = _LIKENESS["hidden_weights"]
HIDDEN_BIASES: Final[list[float]] = _LIKENESS["hidden_biases"]
OUTPUT_WEIGHTS: Final[list[float]] = _LIKENESS["output_weights"]
OUTPUT_BIAS: Final[float] = _LIKENESS["output_bias"]

# --- Resizing ---
_RESIZING = _VALUES["resizing"]
# The coefficient of the cubic kernel (Keys, 1981): OpenCV enlarges with the
# first, TensorFlow reduces with the second.
ENLARGING_CUBIC: Final[float] = _RESIZING["enlarging_cubic"]
REDUCING_CUBIC: Final[float] = _RESIZING["reducing_cubic"]
# OpenCV's area averaging ignores a smaller share of a source pixel.
LEAST_SHARE: Final[float] = _RESIZING["least_share"]

# --- Lesion area ---
# Pixels darker than this share of the bright level are the frame around the
# retina.
BACKGROUND_SHARE: Final[float] = _VALUES["lesion_area"]["background_share"]

# --- Limits ---
_SEAM = _VALUES["seam"]
# Levels of 8 bits: smaller jumps are a photograph's own, larger ones are cut
# to this so that a few edges on the seam do not hide it.
LEAST_JUMP: Final[float] = _SEAM["least_jump"]
LARGEST_JUMP: Final[float] = _SEAM["largest_jump"]
# How far the jumps may spread around their mean, as a share of it.
JUMP_SPREAD: Final[float] = _SEAM["jump_spread"]
# Least number of blocks on each side of where the shift begins.
LEAST_CELLS: Final[int] = _SEAM["least_cells"]
# Least number of pixels that show the shift in each of the two rows.
LEAST_PIXELS: Final[int] = _SEAM["least_pixels"]
# Least share of the seam's pixels that could show a shift; values at either end
# of the range cannot.
LEAST_SHOWN: Final[float] = _SEAM["least_shown"]
DARKEST_SHOWN: Final[int] = _SEAM["darkest_shown"]
BRIGHTEST_SHOWN: Final[int] = _SEAM["brightest_shown"]

# Three limits, because they protect three machines. A file read by Python
# takes 3 bytes a pixel of the memory of whoever named it. A server decodes
# several photographs of strangers at once. A browser holds 4 bytes a pixel
# twice (bitmap and canvas) in one tab, beside the model.
_LIMITS = _VALUES["limits"]
# The crop is a square of the longer side: a strip costs as much as that.
MAX_ASPECT_RATIO: Final[int] = _LIMITS["max_aspect_ratio"]
# 200 megapixels of 8-bit RGB without compression.
MAX_FILE_MEGABYTES: Final[int] = _LIMITS["max_file_megabytes"]
MAX_FILE_MEGAPIXELS: Final[int] = _LIMITS["max_file_megapixels"]
# Each scan of a progressive JPEG costs a pass over all pixels; cameras and
# programs write about ten.
MAX_JPEG_SCANS: Final[int] = _LIMITS["max_jpeg_scans"]
MAX_JPEG_SEGMENTS: Final[int] = _LIMITS["max_jpeg_segments"]
MAX_SERVER_MEGAPIXELS: Final[int] = _LIMITS["max_server_megapixels"]
MAX_BROWSER_MEGAPIXELS: Final[int] = _LIMITS["max_browser_megapixels"]
MAX_BROWSER_MEGABYTES: Final[int] = _LIMITS["max_browser_megabytes"]
