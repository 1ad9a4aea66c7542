from dmtdr_tf.training.step_axis import StepAxis

ROWS = [
    {"phase": "restoration", "epoch": 1, "step": 10},
    {"phase": "restoration", "epoch": 2, "step": 20},
    {"phase": "grading", "epoch": 1, "step": 25},
    {"phase": "joint", "epoch": 1, "step": 99},
]


def test_a_phase_starts_where_the_ones_before_end():
    assert StepAxis.of(ROWS, "restoration", 10) == StepAxis(0, 10)
    assert StepAxis.of(ROWS, "grading", 5) == StepAxis(20, 5)
    assert StepAxis.of(ROWS, "joint", 7) == StepAxis(25, 7)
    assert StepAxis.of(ROWS, "joint", 7).after(3) == 25 + 21


def test_rows_of_earlier_versions_have_no_step():
    older = [{"phase": "restoration", "epoch": 1}]
    assert StepAxis.of(older, "grading", 5) == StepAxis(0, 5)
    assert StepAxis.of([{**older[0], "step": "x"}], "grading", 5).start == 0
