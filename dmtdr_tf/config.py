"""Configuration as frozen dataclasses; `presets.py` has their values."""

import dataclasses
from typing import Literal

from dmtdr_tf.config_checks import (
    require_choice,
    require_positive,
    require_range,
)
from dmtdr_tf.errors import UserError
from dmtdr_tf.quality_config import QualityConfig

GRADES = ("none", "mild", "moderate", "severe", "proliferative")
# Referable retinopathy, moderate or worse: from here on.
REFERABLE_GRADE = 2
LESIONS = ("MA", "HM", "SE", "HE")
LESION_NAMES = (
    "microaneurysms",
    "haemorrhages",
    "soft exudates",
    "hard exudates",
)

Evidence = Literal["gmsv", "grad_cam", "guided_backprop", "smooth_grad"]


@dataclasses.dataclass(frozen=True)
class ModelConfig:
    """Widths and choices of the three subnets.

    Args:
        scale: Super-resolution factor: 2, 4 or 8.
        super_resolution_width: Channels of the super-resolver.
        super_resolution_blocks: Residual blocks of the super-resolver.
        upscaling: How one x2 upscaling layer is made.
        super_resolution_output: `"residual"` adds the network's output to the
            bicubic upsampling; `"tanh"` is `(tanh(x) + 1) / 2`.
        segmentation_width: Channels of the segmenter's first level, doubled
            at each of the four levels below.
        grading_width: Channels of the grader's stem (64 in ResNet-18).
        grading_units: Units of the grader's hidden dense layer.
        dropout: Dropout rate before the grader's last dense layer.
        pyramid: Bins per side of each spatial pyramid pooling level.
        evidence: The evidence map of eq. 4 and 8 and of every report.
        evidence_score: `"positive"` sums the logits of grades 1-4;
            `"predicted"` takes logit 0 where grade 0 is predicted.
        use_super_resolution: False upsamples bicubically instead.
        use_segmentation: False feeds the grader zero lesion maps.
    """

    scale: int = 4
    super_resolution_width: int = 32
    super_resolution_blocks: int = 5
    upscaling: Literal["depth_to_space", "transposed"] = "depth_to_space"
    super_resolution_output: Literal["residual", "tanh"] = "residual"
    segmentation_width: int = 64
    grading_width: int = 64
    grading_units: int = 512
    dropout: float = 0.5
    pyramid: tuple[int, ...] = (4, 2, 1)
    evidence: Evidence = "gmsv"
    evidence_score: Literal["positive", "predicted"] = "positive"
    use_super_resolution: bool = True
    use_segmentation: bool = True

    def __post_init__(self) -> None:
        require_choice("model.scale", self.scale, (2, 4, 8))
        require_positive(self, "model")
        if self.segmentation_width % 2 or not self.pyramid:
            raise UserError(
                "model.segmentation_width must be even and model.pyramid not "
                f"empty, not {self.segmentation_width} and {self.pyramid}"
            )
        if min(self.pyramid) < 1:
            raise UserError(
                f"model.pyramid needs numbers from 1 on, not {self.pyramid}"
            )
        if not 0 <= self.dropout < 1:
            raise UserError(
                f"model.dropout must be in [0, 1), not {self.dropout}"
            )


@dataclasses.dataclass(frozen=True)
class DataConfig:
    """Sizes of the photographs and how they are augmented.

    Args:
        high_res_size: Side of the high-resolution photograph, in pixels.
        cache_gigabytes: The decoded photographs of a split are kept in memory
            while they need no more than this: training's and validation's
            may each take as much.
        photometric_jitter: Largest change of brightness, contrast and
            saturation, as a fraction; 0 turns it off.
        degradation: `"bicubic"`, or `"harder"`: blur, noise and JPEG too.
        shuffle_buffer: Photographs in the shuffle buffer.
    """

    high_res_size: int = 1024
    cache_gigabytes: float = 4.0
    photometric_jitter: float = 0.1
    degradation: Literal["bicubic", "harder"] = "bicubic"
    shuffle_buffer: int = 1024

    def __post_init__(self) -> None:
        require_positive(self, "data")
        require_range(self, "data.", ("cache_gigabytes",), 0)
        require_range(self, "data.", ("photometric_jitter",), 0, 1)


@dataclasses.dataclass(frozen=True)
class LossConfig:
    """Loss weights and thresholds (eq. 3 to 10; defaults: Table 1, stage 2).

    Args:
        image_loss_weight: Weight of eq. 5 in eq. 10.
        image_loss: Mean absolute (the paper) or squared (its code) error.
        total_variation_loss_weight: Weight of eq. 6 in eq. 10.
        segmentation_aware_loss_weight: Weight of eq. 3 in eq. 10.
        classification_aware_loss_weight: Weight of eq. 4 in eq. 10.
        super_resolution_grading_loss_weight: Weight of eq. 9 in the
            super-resolver's objective (the authors' code has it; 0 is eq. 10).
        dice_loss_weight: Weight of eq. 7.
        lesion_cross_entropy_loss_weight: Weight of a pixel cross-entropy
            beside eq. 7; 0 is the paper.
        semi_supervised_loss_weight: Weight of eq. 8.
        grading_loss_weight: Weight of eq. 9.
        grading_literal: The printed form of eq. 9, zero where the grade is
            right.
        grade_weights: Weight per grade in eq. 9; empty for none.
        evidence_threshold: phi of eq. 4 and 8.
        evidence_temperature: tau of the soft threshold
            `sigmoid((V - phi) / tau)`.
        evidence_straight_through: Eq. 4 compares hard masks, with the soft
            threshold's gradient.
        second_order: Differentiate the evidence weights too.
        routing: `"subnet"` lets each subnet minimise its own objective;
            `"joint"` one sum for all.
    """

    image_loss_weight: float = 1.0
    image_loss: Literal["absolute", "squared"] = "absolute"
    total_variation_loss_weight: float = 1e-6
    segmentation_aware_loss_weight: float = 1.0
    classification_aware_loss_weight: float = 10.0
    super_resolution_grading_loss_weight: float = 0.0
    dice_loss_weight: float = 1.0
    lesion_cross_entropy_loss_weight: float = 0.0
    semi_supervised_loss_weight: float = 1.0
    grading_loss_weight: float = 1.0
    grading_literal: bool = False
    grade_weights: tuple[float, ...] = ()
    evidence_threshold: float = 0.5
    evidence_temperature: float = 0.1
    evidence_straight_through: bool = False
    second_order: bool = False
    routing: Literal["subnet", "joint"] = "subnet"

    def __post_init__(self) -> None:
        if self.grade_weights and len(self.grade_weights) != len(GRADES):
            raise UserError(
                "losses.grade_weights needs one weight per grade "
                f"({len(GRADES)}), not {len(self.grade_weights)}"
            )
        weights = (
            field.name
            for field in dataclasses.fields(self)
            if field.name.endswith("_loss_weight")
        )
        require_range(self, "losses.", tuple(weights), 0)
        require_range(self, "losses.", ("evidence_threshold",), 0, 1)
        if not self.evidence_temperature > 0:
            raise UserError(
                "losses.evidence_temperature must be above 0, not "
                f"{self.evidence_temperature}"
            )


@dataclasses.dataclass(frozen=True)
class PhaseConfig:
    """One training phase: how long, how large its batches, how fast.

    Args:
        epochs: Passes over the training split.
        steps_per_epoch: Steps that count as one epoch; 0 for one pass.
        batch_size: Photographs (or crops) a step, over all replicas.
        crop_size: Side of the random high-resolution crop; 0, or the
            photograph's side and more, for whole photographs.
        learning_rate: Peak learning rate of AdamW.
        segmentation_learning_rate_multiplier: Factor on the segmenter's
            learning rate.
        grading_learning_rate_multiplier: Factor on the grader's.
        weight_decay: Decoupled weight decay, times the learning rate.
        warmup: Share of the steps in which the learning rate rises.
        schedule: `"cosine"` lets it fall to zero; `"constant"` keeps it.
        gradient_accumulation: Steps whose gradients make one update.
        freeze_batch_norm: Run batch norm on its moving statistics.
        freeze_super_resolution: Leave the super-resolver as it is.
        freeze_segmentation: Leave the segmenter as it is.
        lesion_focus: Share of the crops that are centred on a lesion.
        class_balanced: Draw every grade equally often.
        lesion_balanced: Draw photographs with each kind of lesion, and those
            with none, equally often.
    """

    epochs: int = 100
    steps_per_epoch: int = 0
    batch_size: int = 4
    crop_size: int = 0
    learning_rate: float = 1e-4
    segmentation_learning_rate_multiplier: float = 1.0
    grading_learning_rate_multiplier: float = 1.0
    weight_decay: float = 1e-5
    warmup: float = 0.0
    schedule: Literal["cosine", "constant"] = "constant"
    gradient_accumulation: int = 1
    freeze_batch_norm: bool = False
    freeze_super_resolution: bool = False
    freeze_segmentation: bool = False
    lesion_focus: float = 0.0
    class_balanced: bool = False
    lesion_balanced: bool = False

    def __post_init__(self) -> None:
        counts = ("epochs", "batch_size", "gradient_accumulation")
        require_range(self, "", counts, 1)
        rates = (
            "steps_per_epoch",
            "crop_size",
            "weight_decay",
            "segmentation_learning_rate_multiplier",
            "grading_learning_rate_multiplier",
        )
        require_range(self, "", rates, 0)
        require_range(self, "", ("warmup", "lesion_focus"), 0, 1)
        if self.class_balanced and self.lesion_balanced:
            raise UserError(
                "class_balanced and lesion_balanced are two orders: choose one"
            )
        if not 0 < self.learning_rate < float("inf"):
            raise UserError(
                f"learning_rate must be above 0, not {self.learning_rate}"
            )


@dataclasses.dataclass(frozen=True)
class StageOneConfig:
    """Stage 1: super-resolver with segmenter, then the grader.

    Args:
        restoration: The joint phase of super-resolver and segmenter, on
            annotated photographs.
        grading: The grader's phase, on high-resolution photographs with the
            segmenter frozen.
        losses: Loss weights of both phases.
        imagenet_weights: A `.safetensors` file of ResNet-18 that the grader
            starts from; empty for random weights.
    """

    restoration: PhaseConfig = PhaseConfig(crop_size=512)
    grading: PhaseConfig = PhaseConfig()
    losses: LossConfig = LossConfig(segmentation_aware_loss_weight=10.0)
    imagenet_weights: str = ""


@dataclasses.dataclass(frozen=True)
class StageTwoConfig:
    """Stage 2: the three subnets at once, from stage 1's best checkpoint.

    Args:
        joint: The one phase of this stage.
        losses: Its loss weights.
    """

    joint: PhaseConfig = PhaseConfig(
        learning_rate=5e-5, freeze_batch_norm=True, batch_size=1
    )
    losses: LossConfig = LossConfig()


@dataclasses.dataclass(frozen=True)
class RunConfig:
    """What one command works on, and on what machine.

    Args:
        preset: The preset the configuration started from.
        dataset: TFDS name of the data set: `synthetic_fundus`, `idrid`,
            `eyepacs`, `ddr` with its part, as in `ddr/joint`, or `folder`:
            your own photographs with a table, in `manual_dir`. Several are
            joined by `+`.
        dataset_weights: How often each of several data sets is drawn from in
            training, one number each; empty for every photograph equally
            often.
        data_dir: Where TFDS keeps prepared data; empty for its default.
        manual_dir: The folder of a data set that its user downloaded.
        workdir: Where checkpoints, logs and the configuration go.
        precision: Keras dtype policy of the training step.
        strategy: `"mirrored"` over the machine's GPUs (or logical CPUs),
            `"one"` device, `"auto"` mirrored where there are several.
        replicas: Logical CPU replicas for `"mirrored"`; 0 for GPUs.
        seed: Seed of weights, order and augmentation.
        max_bad_steps: Steps in a row without a finite loss that end a run.
    """

    preset: str = "demo"
    dataset: str = "synthetic_fundus"
    dataset_weights: tuple[float, ...] = ()
    data_dir: str = ""
    manual_dir: str = ""
    workdir: str = "runs/default"
    precision: Literal["auto", "float32", "mixed_bfloat16"] = "auto"
    strategy: Literal["auto", "one", "mirrored"] = "auto"
    replicas: int = 0
    seed: int = 0
    max_bad_steps: int = 10

    def __post_init__(self) -> None:
        require_range(self, "run.", ("replicas",), 0)
        require_range(self, "run.", ("max_bad_steps",), 1)
        if self.strategy == "one" and self.replicas:
            raise UserError(
                f"--replicas={self.replicas} needs --strategy=mirrored"
            )
        names = self.dataset.split("+")
        if self.dataset_weights and (
            len(self.dataset_weights) != len(names)
            or min(self.dataset_weights) <= 0
        ):
            raise UserError(
                "--dataset_weights needs one number above 0 per data set of "
                f"--dataset ({len(names)}), not {self.dataset_weights}"
            )


@dataclasses.dataclass(frozen=True)
class Config:
    """The whole configuration of a workdir.

    Example:
    >>> Config(data=DataConfig(high_res_size=512)).low_res_size
    128
    """

    run: RunConfig = RunConfig()
    model: ModelConfig = ModelConfig()
    data: DataConfig = DataConfig()
    stage_1: StageOneConfig = StageOneConfig()
    stage_2: StageTwoConfig = StageTwoConfig()
    quality: QualityConfig = QualityConfig()

    def __post_init__(self) -> None:
        stride = 32 if self.model.scale < 8 else 64
        phases = (
            ("stage_1.restoration", self.stage_1.restoration),
            ("stage_1.grading", self.stage_1.grading),
            ("stage_2.joint", self.stage_2.joint),
        )
        if self.data.high_res_size % stride:
            raise UserError(
                f"data.high_res_size must be a multiple of {stride}, not "
                f"{self.data.high_res_size}"
            )
        if self.stage_1.imagenet_weights and self.model.grading_width != 64:
            raise UserError(
                "stage_1.imagenet_weights needs model.grading_width=64, not "
                f"{self.model.grading_width}"
            )
        for name, phase in phases:
            balanced = phase.class_balanced or phase.lesion_balanced
            if balanced and self.run.dataset_weights:
                raise UserError(
                    f"--dataset_weights and a balanced {name} are two orders: "
                    "choose one"
                )
            if phase.crop_size % stride:
                raise UserError(
                    f"{name}.crop_size must be a multiple of {stride}, not "
                    f"{phase.crop_size}"
                )

    @property
    def low_res_size(self) -> int:
        """Side of the low-resolution photograph, in pixels."""
        return self.data.high_res_size // self.model.scale
