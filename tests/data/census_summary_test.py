from dmtdr_tf.data.census_summary import summarize

A = {"dataset": "idrid", "split": "train", "name": "01"}
B = {"dataset": "eyepacs", "split": "test", "name": "7_left"}


def _result(**rows):
    empty = {
        name: []
        for name in (
            "differences",
            "duplicates",
            "masks_outside",
            "poor",
            "unreadable",
        )
    }
    return {"counts": {}, **empty, **rows}


def _pair(across_splits, grades_conflict):
    return {
        "first": A,
        "second": B,
        "across_splits": across_splits,
        "grades_conflict": grades_conflict,
    }


def test_counts_leave_zeros_out():
    counts = {"idrid": {"train": {"photographs": 54, "MA": 0, "HE": 53}}}
    assert summarize(_result(counts=counts)).splitlines()[:2] == [
        "idrid",
        "  train: photographs 54, HE 53",
    ]


def test_differences_have_a_sign():
    row = {"dataset": "d", "split": "s", "count": "grade 2"}
    rows = [
        {**row, "counted": 3, "published": 5},
        {**row, "counted": 6, "published": 5},
    ]
    lines = summarize(_result(differences=rows)).splitlines()
    assert lines[0] == "d s: grade 2 3, published 5 (-2)"
    assert lines[1] == "d s: grade 2 6, published 5 (+1)"


def test_duplicates_say_what_makes_them_worse():
    pairs = [_pair(a, b) for a in (False, True) for b in (False, True)]
    *lines, last = summarize(_result(duplicates=pairs)).splitlines()
    both = "idrid train 01 and eyepacs test 7_left"
    assert lines == [
        f"duplicate: {both}",
        f"duplicate: {both}, DIFFERENT GRADES",
        f"duplicate ACROSS SPLITS: {both}",
        f"duplicate ACROSS SPLITS: {both}, DIFFERENT GRADES",
    ]
    assert last.startswith("4 duplicates, 0 masks")


def test_every_finding_is_a_line_and_is_counted():
    text = summarize(
        _result(
            masks_outside=[{**A, "lesion": "SE", "components": 2}],
            poor=[{**A, "reason": "it is blurred"}, {**B, "reason": "dark"}],
            unreadable=[{"dataset": "ddr", "reason": "x.jpg: empty"}],
        )
    )
    assert text.splitlines() == [
        "outside the field of view: 2 of SE in idrid train 01",
        "idrid train 01: it is blurred",
        "eyepacs test 7_left: dark",
        "ddr: unreadable: x.jpg: empty",
        "0 duplicates, 1 masks outside the field of view, 2 photographs too "
        "poor to be graded, 1 unreadable",
    ]
