"""Imports Keras with the settings of our models, whatever the user's are."""

import os

import keras

import dmtdr_tf
from dmtdr_tf.files.errors import UserError

__all__ = ["apply_settings"]

# A keras.json or KERAS_BACKEND may name another backend, data format or
# precision. Our models and their weights are TensorFlow's, channels last and
# float32; training in bfloat16 sets a policy of its own. `dmtdr_tf` chooses the
# backend before Keras is imported; the rest is set here, on import.


def apply_settings() -> None:
    """Sets the data format and the precision, and checks the backend.

    Raises:
        UserError: Keras was imported before, with another backend.
    """
    backend = keras.config.backend()
    if backend != "tensorflow":
        raise UserError(
            f"Keras already runs on {backend} in this process, and dmtdr_tf "
            "needs TensorFlow; import dmtdr_tf before keras, or set "
            "KERAS_BACKEND=tensorflow"
        )
    keras.config.set_image_data_format("channels_last")
    keras.config.set_floatx("float32")
    # Keras may have made it of the precision that keras.json names.
    if keras.config.dtype_policy().name in ("float16", "float64"):
        keras.config.set_dtype_policy("float32")


# Programs that this process starts shall see the user's own choice.
if dmtdr_tf.KERAS_BACKEND_BEFORE is None:
    os.environ.pop("KERAS_BACKEND", None)
else:
    os.environ["KERAS_BACKEND"] = dmtdr_tf.KERAS_BACKEND_BEFORE
apply_settings()
