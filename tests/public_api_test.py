"""The public names, and what importing the package costs."""

import importlib
import pathlib
import subprocess
import sys

import pytest

import dmtdr_tf

ROOT = pathlib.Path(dmtdr_tf.__file__).parent
MODULES = sorted(
    ".".join(
        ["dmtdr_tf", *file.relative_to(ROOT).with_suffix("").parts]
    ).removesuffix(".__init__")
    for file in ROOT.rglob("*.py")
)

PUBLIC = {
    "dmtdr_tf": [
        "DeepMTDR",
        "Predictor",
        "Workdir",
        "__version__",
        "evidence",
        "layers",
        "load_photograph",
        "losses",
        "metrics",
        "models",
    ],
    "dmtdr_tf.calibration": [
        "Calibration",
        "OperatingPoint",
        "most_probable",
        "read_calibration",
        "referable_probability",
        "run_calibration",
        "why_uncalibrated",
        "write_calibration",
    ],
    "dmtdr_tf.config": [
        "Balance",
        "Config",
        "DataConfig",
        "Evidence",
        "LossConfig",
        "ModelConfig",
        "PhaseConfig",
        "QualityConfig",
        "RunConfig",
        "RunFolder",
        "StageOneConfig",
        "StageTwoConfig",
        "preset",
    ],
    "dmtdr_tf.drawing": [
        "color_map",
        "draw_lesions",
        "overlay_evidence",
        "overlay_lesions",
    ],
    "dmtdr_tf.evaluation": [
        "Bootstrap",
        "compare_workdirs",
        "evaluate",
        "evaluate_workdir",
        "table",
    ],
    "dmtdr_tf.evidence": [
        "Grader",
        "MAPS",
        "MAPS_WITH_FEATURES",
        "MapOptions",
        "MapWithFeatures",
        "Score",
        "gmsv",
        "gmsv_literal",
        "gmsv_literal_with_features",
        "gmsv_with_features",
        "grad_cam",
        "grad_cam_with_features",
        "grade_score",
        "guided_backprop",
        "guided_backprop_with_features",
        "retina",
        "smooth_grad",
        "smooth_grad_with_features",
    ],
    "dmtdr_tf.exporting": [
        "ExportOptions",
        "FORMATS",
        "default_folder",
        "export_run",
    ],
    "dmtdr_tf.files": ["UserError", "write_bytes", "write_text"],
    "dmtdr_tf.labels": ["GRADES", "LESIONS", "LESION_NAMES", "REFERABLE_GRADE"],
    "dmtdr_tf.layers": [
        "BatchNorm",
        "BicubicUpsampling",
        "DetailKernels",
        "MapCombination",
        "MultiScaleResidual",
        "SpatialPyramidPooling",
    ],
    "dmtdr_tf.losses": [
        "ClassificationAwareLoss",
        "DiceLoss",
        "GradingLoss",
        "LesionCrossEntropyLoss",
        "ReconstructionLoss",
        "SegmentationAwareLoss",
        "SemiSupervisedLoss",
        "TotalVariationLoss",
        "image_mean",
        "masked_mean",
        "semi_supervised_target",
    ],
    "dmtdr_tf.metrics": [
        "BinnedAveragePrecision",
        "ClassificationScores",
        "CohenKappa",
        "ConfusionMatrix",
        "PSNR",
        "RankedProbabilitySkill",
        "RankingScores",
        "ReliabilityCurve",
        "SSIM",
        "calibration_error",
        "classification_scores",
        "cohen_kappa",
        "psnr_per_image",
        "ranking_scores",
        "reliability_curve",
        "ssim_per_image",
    ],
    "dmtdr_tf.models": [
        "DeepMTDR",
        "GradingNetwork",
        "LesionSegmentationNetwork",
        "SuperResolutionNetwork",
    ],
    "dmtdr_tf.models.presets": [
        "Preprocessor",
        "PresetFolder",
        "read_preset",
        "write_preset",
    ],
    "dmtdr_tf.parity": ["Kind", "LIMITS", "Limits", "kind_of"],
    "dmtdr_tf.prediction": ["Finding", "LesionArea", "Prediction", "Predictor"],
    "dmtdr_tf.preprocessing": [
        "FieldOfView",
        "NoFieldOfViewError",
        "NoFundusPhotographError",
        "PHOTOGRAPH_SUFFIXES",
        "PreparedPhotograph",
        "Quality",
        "UngradablePhotographError",
        "UnreadablePhotographError",
        "check_quality",
        "crop_mask",
        "crop_photograph",
        "find_field_of_view",
        "measure_quality",
        "prepare",
        "read_mask",
        "read_photograph",
        "uncrop",
    ],
    "dmtdr_tf.serving": ["ServerOptions", "ServingError"],
    "dmtdr_tf.client": [
        "Answer",
        "ModelClient",
        "RequestError",
        "Security",
        "connect",
        "send_photographs",
    ],
    "dmtdr_tf.training": ["Workdir"],
}


@pytest.mark.parametrize("package", PUBLIC)
def test_public_names_are_these(package):
    module = importlib.import_module(package)
    assert sorted(module.__all__) == PUBLIC[package]
    for name in PUBLIC[package]:
        assert getattr(module, name) is not None
        assert name in dir(module)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'Grader'"):
        dmtdr_tf.Grader  # noqa: B018


def test_importing_the_package_is_fast():
    """Under 0.1 seconds, and without TensorFlow: the best of five."""
    code = (
        "import sys, time; start = time.perf_counter(); import dmtdr_tf; "
        "seconds = time.perf_counter() - start; "
        "assert not {'tensorflow', 'keras', 'numpy', 'cv2'} & set(sys.modules);"
        "print(seconds)"
    )
    seconds = [
        float(
            subprocess.run(
                [sys.executable, "-c", code],
                capture_output=True,
                text=True,
                check=True,
            ).stdout
        )
        for _ in range(5)
    ]
    assert min(seconds) < 0.1


@pytest.mark.parametrize("module", MODULES)
def test_every_module_says_what_is_public(module):
    source = pathlib.Path(ROOT.parent, *module.split("."))
    file = source.with_suffix(".py")
    text = (file if file.exists() else source / "__init__.py").read_text()
    assert "\n__all__ = [" in text or _is_empty(text), module


def _is_empty(text):
    """A package's docstring alone makes nothing public."""
    return (
        "\nimport " not in text
        and "\nfrom " not in text
        and ("\ndef " not in text and "\nclass " not in text)
    )
