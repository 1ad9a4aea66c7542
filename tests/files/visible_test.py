import pytest

from dmtdr_tf.files.visible import visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("eye 1.jpg", "eye 1.jpg"),
        ("\x1b[31mred\x07\n\t", "\\x1b[31mred\\x07\\x0a\\x09"),
        ("photo\u202egpj.exe", "photo\\u202egpj.exe"),
        ("\u2028\u2066\u00ad\ufeff", "\\u2028\\u2066\\xad\\ufeff"),
        ("\udcff\U000e0041", "\\udcff\\U000e0041"),
        # Words of any script, and emoji, stay.
        ("Özil \u05e2\u05d9\u05df", "Özil \u05e2\u05d9\u05df"),
        ("\U0001f468\u200d\u2695\ufe0f", "\U0001f468\u200d\u2695\ufe0f"),
    ],
)
def test_only_what_has_no_shape_is_written_out(text, shown):
    assert visible(text) == shown
