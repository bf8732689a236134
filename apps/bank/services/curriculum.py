"""Writing a certification's curriculum."""

from django.core.exceptions import ValidationError
from django.db import transaction

from apps.bank.curriculum import CertificationContent, DomainContent
from apps.bank.models import Certification, Domain, Objective, Service, Topic


@transaction.atomic
def write_curriculum(content: CertificationContent) -> Certification:
    """Create or update a certification with its domains, objectives, topics and services.

    Nothing is deleted: what a pack no longer lists may still carry attempts. Services are shared by all certifications.
    Raises ValidationError when a topic belongs to another certification: taking it over would change what is told of
    learners there.
    """
    _refuse_foreign_topics(content)
    certification, _ = Certification.objects.update_or_create(
        code=content.code,
        defaults={
            "title": content.title,
            "provider": content.provider,
            "time_limit": content.time_limit,
            "scale_min": content.scale_min,
            "scale_max": content.scale_max,
            "pass_mark": content.pass_mark,
            "cut": content.cut,
        },
    )
    for domain in content.domains:
        _write_domain(certification, domain)
    Service.objects.bulk_create(
        [
            Service(slug=s.slug, name=s.name, status=s.status, status_since=s.since, note=s.note)
            for s in content.services
        ],
        update_conflicts=True,
        unique_fields=["slug"],
        update_fields=["name", "status", "status_since", "note"],
    )
    return certification


def _refuse_foreign_topics(content: CertificationContent) -> None:
    slugs = [topic.slug for domain in content.domains for topic in domain.topics]
    foreign = (
        Topic.objects.filter(slug__in=slugs)
        .exclude(domain__certification__code=content.code)
        .select_related("domain__certification")
    )
    if problems := [
        f"The topic {topic.slug} belongs to {topic.domain.certification}; give this one another slug."
        for topic in foreign
    ]:
        raise ValidationError(problems)


def _write_domain(certification: Certification, content: DomainContent) -> None:
    domain, _ = Domain.objects.update_or_create(
        certification=certification,
        number=content.number,
        defaults={"slug": content.slug, "title": content.title, "weight": content.weight},
    )
    Objective.objects.bulk_create(
        [Objective(domain=domain, code=o.code, title=o.title) for o in content.objectives],
        update_conflicts=True,
        unique_fields=["domain", "code"],
        update_fields=["title"],
    )
    Topic.objects.bulk_create(
        [Topic(domain=domain, slug=t.slug, title=t.title) for t in content.topics],
        update_conflicts=True,
        unique_fields=["slug"],
        update_fields=["domain", "title"],
    )
