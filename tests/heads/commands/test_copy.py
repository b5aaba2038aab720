"""`python -m heads copy`."""

from pathlib import Path

from heads.__main__ import main
from heads.kinds.linear import LinearHead
from heads.load import load_head
from heads.persistence.folder import save_head
from heads.persistence.revision import head_revision


def test_a_head_gets_another_name_in_its_card_too(tmp_path: Path):
    made = save_head(LinearHead(8), tmp_path / "seed-123", backbone="tiny")
    (made / "learning_curve.html").write_text("a curve")
    target = tmp_path / "mlp-tiny"
    assert main(["copy", str(made), "--output", str(target)]) == 0
    card = (target / "README.md").read_text()
    assert "mlp-tiny" in card and "seed-123" not in card
    assert head_revision(load_head(target)) == head_revision(load_head(made))
    assert (target / "learning_curve.html").read_text() == "a curve"
    assert main(["copy", str(made), "--output", str(target)]) == 0


def test_nothing_else_is_copied_and_nothing_else_replaced(tmp_path: Path, capsys):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_bytes(b"a cat")
    made = save_head(LinearHead(8), tmp_path / "head", backbone="tiny")
    assert main(["copy", str(tmp_path / "photos"), "--output", str(tmp_path / "new")]) == 2
    assert "config.json" in capsys.readouterr().err and not (tmp_path / "new").exists()
    assert main(["copy", str(made), "--output", str(tmp_path / "photos")]) == 2
    assert (tmp_path / "photos" / "cat.jpg").is_file()
