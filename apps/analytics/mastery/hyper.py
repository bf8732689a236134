"""Learning how learners differ: the hyperparameters by EM over learners, with Laplace's posterior of each."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass

import numpy as np

from apps.analytics.mastery.bank import Answer, Bank, Evidence
from apps.analytics.mastery.model import Hyper, Posterior, fit_evidence

# No group of effects is believed to be wholly alike.
_LEAST_SD = 0.05


@dataclass(frozen=True, slots=True)
class HyperFit:
    """Hyperparameters, the learners and rounds they rest on, and whether the last round moved them by under .001."""

    hyper: Hyper
    learners: int
    rounds: int
    converged: bool


def estimate_hyper(
    learners: Sequence[Sequence[Answer]], bank: Bank, start: Hyper, *, most_rounds: int = 60, tolerance: float = 1e-3
) -> HyperFit:
    """Return the hyperparameters under which the answers of these learners are likeliest.

    A learner without evidence says nothing, nor does a domain or topic in which a learner has none. With no learner
    left, `start` is returned.
    """
    evidence = [held for held in (Evidence.of(answers, bank) for answers in learners) if len(held.place)]
    hyper = start
    if not evidence:
        return HyperFit(start, 0, 0, converged=False)
    for rounds in range(1, most_rounds + 1):
        before = hyper
        hyper = _maximise([fit_evidence(held, bank, before) for held in evidence], bank, before)
        moved = np.subtract(astuple(hyper), astuple(before))
        if float(np.abs(moved).max()) < tolerance:
            return HyperFit(hyper, len(evidence), rounds, converged=True)
    return HyperFit(hyper, len(evidence), most_rounds, converged=False)


def _maximise(posteriors: Sequence[Posterior], bank: Bank, hyper: Hyper) -> Hyper:
    """The mean takes up what the learners have in common; each deviation is the root of the mean second moment."""
    shared = float(np.mean([each.mode[0] for each in posteriors]))
    learner = [(each.mode[0] - shared) ** 2 + each.covariance[0, 0] for each in posteriors]
    domain: list[float] = []
    topic: list[float] = []
    for each in posteriors:
        second = each.mode**2 + np.diag(each.covariance)
        domain.extend(second[1 + np.unique(bank.domain[each.evidence.place])])
        topic.extend(second[1 + len(bank.domains) + np.unique(bank.topic[each.evidence.place])])
    sds = [max(float(np.sqrt(np.mean(moments))), _LEAST_SD) for moments in (learner, domain, topic)]
    return Hyper(hyper.mean + shared, *sds)
