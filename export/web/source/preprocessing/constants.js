/**
 * The numbers that Python, the TensorFlow graph and this page share, by the
 * same names. dmtdr_tf/preprocessing/constants.py explains them.
 */

import constants from
  '../../../../dmtdr_tf/preprocessing/constants.json' with {type: 'json'};

export const {
  search_side: SEARCH_SIDE,
  blur_taps: BLUR_TAPS,
  dark_percentile: DARK_PERCENTILE,
  bright_percentile: BRIGHT_PERCENTILE,
  small_percentile: SMALL_PERCENTILE,
  least_contrast: LEAST_CONTRAST,
  filled_share: FILLED_SHARE,
  threshold: THRESHOLD,
  max_threshold: MAX_THRESHOLD,
  noise_deviations: NOISE_DEVIATIONS,
  opening_divisor: OPENING_DIVISOR,
  least_area: LEAST_AREA,
  white_level: WHITE_LEVEL,
} = constants.field_of_view;

export const {
  quality_side: QUALITY_SIDE,
  blur_sigmas: BLUR_SIGMAS,
  edge_margin: EDGE_MARGIN,
  lit_level: LIT_LEVEL,
  saturated_level: SATURATED_LEVEL,
} = constants.quality;

export const {
  outline_level: OUTLINE_LEVEL,
  outline_width: OUTLINE_WIDTH,
  least_outline: LEAST_OUTLINE,
  filled_lit: FILLED_LIT,
  whole_outline: WHOLE_OUTLINE,
  whole_lit: WHOLE_LIT,
  max_radius: MAX_RADIUS,
  fit_rounds: FIT_ROUNDS,
} = constants.outline;

export const {
  level_offset: LEVEL_OFFSET,
  least_detail: LEAST_DETAIL,
  least_root: LEAST_ROOT,
  least_variance: LEAST_VARIANCE,
  feature_limit: FEATURE_LIMIT,
  feature_means: FEATURE_MEANS,
  feature_scales: FEATURE_SCALES,
  hidden_weights: HIDDEN_WEIGHTS,
  hidden_biases: HIDDEN_BIASES,
  output_weights: OUTPUT_WEIGHTS,
  output_bias: OUTPUT_BIAS,
} = constants.likeness;

export const {
  enlarging_cubic: ENLARGING_CUBIC,
  reducing_cubic: REDUCING_CUBIC,
  least_share: LEAST_SHARE,
} = constants.resizing;

export const {
  background_share: BACKGROUND_SHARE,
} = constants.lesion_area;

export const {
  least_jump: LEAST_JUMP,
  largest_jump: LARGEST_JUMP,
  jump_spread: JUMP_SPREAD,
  least_cells: LEAST_CELLS,
  least_pixels: LEAST_PIXELS,
  least_shown: LEAST_SHOWN,
  darkest_shown: DARKEST_SHOWN,
  brightest_shown: BRIGHTEST_SHOWN,
} = constants.seam;

export const {
  max_aspect_ratio: MAX_ASPECT_RATIO,
  max_jpeg_scans: MAX_JPEG_SCANS,
  max_jpeg_segments: MAX_JPEG_SEGMENTS,
  max_browser_megapixels: MAX_BROWSER_MEGAPIXELS,
  max_browser_megabytes: MAX_BROWSER_MEGABYTES,
} = constants.limits;
