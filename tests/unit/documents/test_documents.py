"""What the documents point at is there: files, rooms, imports and the spec that README shows."""

from __future__ import annotations

import ast
import importlib
import re
import textwrap

import pytest

from shared.catalog import Library
from shared.domain import SweepSpec
from tests.support import ROOT

DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
README = DOCUMENTS[0].read_text()

#: in a recipe: the name of a library that there is, and the name of what is to be written
LIBRARY, NAME = "LIBRARY", "NAME"

every_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)


@every_document
def test_links_lead_somewhere(document):
    targets = re.findall(r"\]\((?!https?://)([^)#]+)", document.read_text())
    assert [target for target in targets if not (document.parent / target).exists()] == []


@every_document
def test_files_and_rooms_that_are_named_exist(document):
    named = re.findall(r"`((?:shared|worker|dashboard|tests|docs|benchmarks)/[^`\s]*)`", document.read_text())
    paths = {path.replace(LIBRARY, library) for path in named if NAME not in path for library in Library}
    assert [path for path in sorted(paths) if not (ROOT / path).exists()] == []


def test_readme_is_short():
    assert len(README.splitlines()) <= 150


def test_readme_leads_to_every_page():
    assert [page.name for page in DOCUMENTS[3:] if f"(docs/{page.name})" not in README] == []


def test_what_readmes_python_imports_is_there():
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    imports = [node for node in ast.parse(code).body if isinstance(node, ast.ImportFrom)]
    assert len(imports) > 1
    missing = [
        f"{node.module}.{alias.name}"
        for node in imports
        for alias in node.names
        if not hasattr(importlib.import_module(node.module or ""), alias.name)
    ]
    assert missing == []


def test_readmes_spec_is_one():
    (text,) = re.findall(r"spec\.yaml <<END\n(.*?)\n    END", README, re.DOTALL)
    assert SweepSpec.from_yaml(textwrap.dedent(text)).dataset.name == "california_housing"


def test_the_spec_of_its_page_is_one_and_every_field_is_told():
    page = (ROOT / "docs" / "specs.md").read_text()
    (text,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    (grid,) = SweepSpec.from_yaml(text).param_grid
    assert grid["num_leaves"] == (15, 31, 47, 63)
    assert grid["learning_rate"] == (0.03, 0.1, 0.2, 0.3, 0.4, 0.5)
    assert [field for field in SweepSpec.model_fields if f"`{field}`" not in page] == []
