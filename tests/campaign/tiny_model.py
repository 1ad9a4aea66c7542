"""A small trained run and its export, kept for all parts."""

import dataclasses
import pathlib

__all__ = ["tiny_export", "tiny_workdir"]


def tiny_workdir(shared: pathlib.Path) -> pathlib.Path:
    """Returns a workdir whose second stage is a small model, made once."""
    import keras
    import numpy as np

    from dmtdr_tf.config import DataConfig, ModelConfig, file, presets
    from dmtdr_tf.models.deepmt_dr import DeepMTDR
    from dmtdr_tf.training.workdir import Workdir

    workdir = Workdir(shared / "run")
    finished = workdir.phase("joint") / "finished"
    if finished.exists():
        return workdir.path
    keras.utils.set_random_seed(0)
    model_config = ModelConfig(
        super_resolution_width=4,
        super_resolution_blocks=1,
        segmentation_width=2,
        grading_width=4,
        grading_units=8,
    )
    config = dataclasses.replace(
        presets.preset("demo"),
        model=model_config,
        data=DataConfig(high_res_size=64),
    )
    model = DeepMTDR(config.model)
    rng = np.random.default_rng(0)
    for variable in model.trainable_variables:
        noise = rng.normal(0.0, 0.05, variable.shape)
        variable.assign_add(noise.astype("float32"))
    file.save(config, workdir.config_file)
    workdir.phase("joint").mkdir(parents=True, exist_ok=True)
    model.save_weights(workdir.best("joint"))
    finished.touch()
    return workdir.path


def tiny_export(shared: pathlib.Path) -> pathlib.Path:
    """Returns the folder of its SavedModel, made once."""
    from dmtdr_tf.exporting.saved_model.writer import export_saved_model
    from dmtdr_tf.training.workdir import Workdir

    folder = shared / "saved_model"
    if not folder.exists():
        workdir = Workdir(tiny_workdir(shared))
        export_saved_model(workdir.load_model(), folder, workdir.config)
    return folder
