"""What is promised is held by tests, and the page that says so is true."""

import pytest

from tests import guarantees
from tests.faults.power import MUTANTS, Mutant, mutated


def test_the_page_is_what_the_tests_say() -> None:
    assert guarantees.PAGE.read_text() == guarantees.page(), "run: python -m tests.guarantees --write"


def test_every_promise_of_reliability_has_a_test() -> None:
    assert guarantees.without_evidence() == set()


def test_no_test_names_a_promise_that_was_never_made() -> None:
    assert guarantees.unknown() == set()


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_every_mutant_still_fits(mutant: Mutant) -> None:
    texts = mutated(guarantees.ROOT, mutant)
    for path, text in texts.items():
        if path.suffix == ".py":
            compile(text, path, "exec")
    assert mutant.scenario.split("::")[1] in {one.name for one in guarantees.evidence()}
