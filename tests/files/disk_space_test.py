import types

import pytest

from dmtdr_tf.files.disk_space import require_space
from dmtdr_tf.files.errors import UserError


def test_a_file_larger_than_the_free_space_is_refused(tmp_path, monkeypatch):
    free = types.SimpleNamespace(free=5_000_000)
    monkeypatch.setattr("shutil.disk_usage", lambda path: free)
    require_space(tmp_path / "a", 5_000_000)
    with pytest.raises(UserError, match="a: no space left.*7 MB and 5 MB"):
        require_space(tmp_path / "a", 7_000_000)
