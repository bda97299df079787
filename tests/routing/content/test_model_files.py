"""The model's files: plain arrays, small, and refused when they do not fit."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from routing.engine.content import load_default_model, load_model
from routing.engine.content.model import DIRECTORY


def test_the_model_is_read_without_pickle_and_is_small() -> None:
    with np.load(DIRECTORY / "weights.npz", allow_pickle=False) as arrays:
        assert all(array.dtype != object for array in arrays.values())
    assert sum(file.stat().st_size for file in DIRECTORY.iterdir()) < 5_000_000


def test_the_model_is_read_once_per_process() -> None:
    assert load_default_model() is load_default_model()


def test_a_model_of_another_format_is_refused(tmp_path: Path) -> None:
    shutil.copytree(DIRECTORY, tmp_path, dirs_exist_ok=True)
    about = json.loads((tmp_path / "model.json").read_text())
    (tmp_path / "model.json").write_text(json.dumps(about | {"format": 0}))
    with pytest.raises(ValueError, match="model format 0"):
        load_model(tmp_path)


def test_a_model_with_missing_rows_is_refused(tmp_path: Path) -> None:
    shutil.copytree(DIRECTORY, tmp_path, dirs_exist_ok=True)
    with np.load(tmp_path / "weights.npz", allow_pickle=False) as arrays:
        content = dict(arrays)
    np.savez_compressed(tmp_path / "weights.npz", **{**content, "weights": content["weights"][:-1]})
    with pytest.raises(ValueError, match="weight rows"):
        load_model(tmp_path)
