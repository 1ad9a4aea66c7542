"""Packaging: `datasets/` installs as `dmtdr_tf_datasets`."""

import pathlib
import re

import setuptools

ROOT = pathlib.Path(__file__).parent
SOURCE = (ROOT / "dmtdr_tf" / "__init__.py").read_text()

PACKAGES = setuptools.find_packages(include=["dmtdr_tf", "dmtdr_tf.*"])
BUILDERS = setuptools.find_packages("datasets")

setuptools.setup(
    name="dmtdr-tf",
    version=re.findall(r'__version__ = "(.*)"', SOURCE)[0],
    description="Diabetic retinopathy grading from low-resolution fundus "
    "photographs with super-resolution, lesion maps and evidence",
    long_description=(ROOT / "README.md").read_text(),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    license_files=["LICENSE"],
    python_requires=">=3.11",
    packages=[
        *PACKAGES,
        "dmtdr_tf_datasets",
        *(f"dmtdr_tf_datasets.{name}" for name in BUILDERS),
    ],
    package_dir={"dmtdr_tf_datasets": "datasets"},
    package_data={
        "dmtdr_tf": [
            "py.typed",
            "**/*.html",
            "**/*.css",
            "**/*.js",
            "preprocessing/constants.json",
            # The models: dmtdr_tf/pretrained/NAME/.
            "pretrained/*/*",
            # There once `make page` has built it.
            "exporting/web/page/**",
        ],
        "dmtdr_tf_datasets": ["**/*.md", "**/*.bib", "**/*.txt", "**/*.tsv"],
    },
    exclude_package_data={"dmtdr_tf_datasets": ["*/dummy_data/**"]},
    install_requires=[
        "tensorflow>=2.21",
        "keras>=3.15",
        "tensorflow-datasets>=4.9.10",
        # tensorflow-datasets 4.9.10 imports it and does not declare it.
        "importlib_resources>=6",
        "numpy>=2.0",
        # Weights in float16; Keras brings it too.
        "h5py>=3.11",
        # Metadata of LiteRT files; TensorFlow brings it too.
        "flatbuffers>=24.3",
        # How long a build will still take; TFDS brings it too.
        "tqdm>=4.66",
        # Not opencv-python: that one needs libGL, which a server lacks.
        "opencv-python-headless>=4.10",
        # libjpeg-turbo that reports damage, with OpenCV's pixels (1 MB).
        "simplejpeg>=1.8",
        # TIFF, WebP, BMP, palettes and pages; tensorboard brings it too.
        "pillow>=11",
        # TensorFlow no longer brings it.
        "tensorboard>=2.20",
        # The command line from the configuration's dataclasses.
        "tyro>=0.9",
        # Keeps a second training out of a workdir, on every system.
        "filelock>=3.16",
        # The HTML report.
        "jinja2>=3.1",
        # The plots of the evaluation, as SVG; the library everybody knows.
        "matplotlib>=3.9",
        # Messages and stubs of TensorFlow Serving: an export's warm-up
        # requests, server and client. It brings nothing that TensorFlow does
        # not.
        "tensorflow-serving-api>=2.21",
        "grpcio>=1.76",
        # The client's REST; TensorFlow brings it too.
        "urllib3>=2",
    ],
    extras_require={
        # Checks our metrics against theirs; scikit-image carries a real
        # fundus photograph.
        "test": [
            "pytest>=8",
            "pytest-xdist>=3.6",
            "pytest-cov>=5",
            "scikit-learn>=1.5",
            "scikit-image>=0.25",
            # TFDS's DatasetBuilderTestCase imports it.
            "dill>=0.3.8",
            "safetensors>=0.4",
            # Parses what export/serving/ has for containers.
            "pyyaml>=6",
            "starlette>=0.48",
            "uvicorn>=0.37",
            "orjson>=3.11",
            "prometheus-client>=0.22",
            "python-multipart>=0.0.20",
            # Certificates, and the memory of attacks.
            "trustme>=1.2",
            "psutil>=6",
            # The browser page in Debian's Chromium.
            "playwright>=1.50",
            # The campaign's independent, strict decoders.
            "imagecodecs>=2025.3",
            "tifffile>=2025.3",
            # Runs the LiteRT files that the tests export.
            "ai-edge-litert>=2.3",
            # The set of grades.
            "crepes>=0.9",
        ],
        # Models from the Hugging Face hub: `--model hf://user/name`.
        "hub": ["huggingface_hub>=0.34"],
        # Builds of data sets that outgrow one machine.
        "beam": ["apache-beam>=2.60"],
        # ResNet-18's weights, without a pickle.
        "imagenet": ["safetensors>=0.4"],
        # `dmtdr serve`.
        "serving": [
            "starlette>=0.48",
            "uvicorn>=0.37",
            # JSON of NumPy arrays, fast and in little memory.
            "orjson>=3.11",
            "prometheus-client>=0.22",
            # Photographs in forms.
            "python-multipart>=0.0.20",
        ],
        # `dmtdr export --format onnx`: conversion and its runtime.
        "onnx": ["onnx>=1.20", "onnxruntime>=1.24", "tf2onnx>=1.17"],
        # Runs LiteRT files (59 MB); writing them needs TensorFlow alone.
        "litert": ["ai-edge-litert>=2.3"],
        # The other way to int8, for benchmarks/litert_quantization.py.
        "quantizer": ["ai-edge-quantizer>=0.10"],
        # The set of grades of `dmtdr calibrate` and at the end of training.
        # It takes scores as they are; MAPIE wants a scikit-learn classifier.
        "calibration": ["crepes>=0.9"],
        # The documentation: `make docs`.
        "docs": ["sphinx>=8.2", "myst-parser>=4.0.1", "furo>=2025.7"],
        # The notebooks of examples/.
        "examples": [
            "nbclient>=0.10",
            "nbformat>=5.10",
            "ipykernel>=6.29",
            "ai-edge-litert>=2.3",
        ],
        "dev": ["ruff>=0.14", "mypy>=1.18", "pre-commit>=4"],
    },
    entry_points={"console_scripts": ["dmtdr = dmtdr_tf.cli:main"]},
)
