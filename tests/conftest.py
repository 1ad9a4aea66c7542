"""Set before TensorFlow starts: quiet, and few threads a test process."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
