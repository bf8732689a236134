"""Writing items: an edit is a new version, a corrected answer a new key revision."""

from dataclasses import replace
from enum import StrEnum

from django.core.exceptions import ValidationError
from django.db import transaction

from apps.accounts.models import User
from apps.bank.content import ItemContent
from apps.bank.models import (
    Certification,
    Item,
    ItemTopic,
    ItemVersion,
    Key,
    KeyOption,
    Objective,
    Option,
    Reference,
    Review,
    Service,
    Topic,
)


class Written(StrEnum):
    """What writing an item did."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@transaction.atomic
def write_item(content: ItemContent, *, certification: Certification, by: User | None = None) -> Written:
    """Store `content` as the current state of its item and say what that changed.

    What the candidate sees decides about a new version, what the answer says about a new key revision; classification
    and workflow state change in place, because a published form keeps its own copy. Raises ValidationError when
    objective, topics or services are unknown to the bank.
    """
    objective, topics, services = _classification(content, certification)
    item, created = Item.objects.select_for_update().get_or_create(
        code=content.code,
        defaults={
            "certification": certification,
            "objective": objective,
            "state": content.state,
            "review_due": content.review_due,
        },
    )
    if item.certification_id != certification.pk:
        raise ValidationError(f"The code {content.code} belongs to an item of {item.certification}.")
    changed = _reclassify(item, content, objective, topics, services)
    version, new_version = _version(item, content, by)
    changed = _key(version, content, by) or new_version or changed
    changed = _reviews(version, content) or changed
    if created:
        return Written.NEW
    return Written.CHANGED if changed else Written.UNCHANGED


def _classification(content: ItemContent, certification: Certification) -> tuple[Objective, list[Topic], list[Service]]:
    objective = Objective.objects.filter(
        domain__certification=certification, domain__number=content.domain, code=content.objective
    ).first()
    topics = {topic.slug: topic for topic in Topic.objects.filter(slug__in=content.topics)}
    services = {service.slug: service for service in Service.objects.filter(slug__in=content.services)}
    problems = []
    if objective is None:
        problems.append(f"Domain {content.domain} has no objective {content.objective}.")
    problems += [f"There is no topic {slug}." for slug in content.topics if slug not in topics]
    problems += [f"There is no service {slug}." for slug in content.services if slug not in services]
    if problems or objective is None:
        raise ValidationError(problems)
    return objective, [topics[slug] for slug in content.topics], [services[slug] for slug in content.services]


def _reclassify(
    item: Item, content: ItemContent, objective: Objective, topics: list[Topic], services: list[Service]
) -> bool:
    wanted = {"objective_id": objective.pk, "state": content.state, "review_due": content.review_due}
    changed = any(getattr(item, name) != value for name, value in wanted.items())
    if changed:
        Item.objects.filter(pk=item.pk).update(**wanted)
    if list(item.item_topics.order_by("position").values_list("topic_id", flat=True)) != [t.pk for t in topics]:
        item.item_topics.all().delete()
        ItemTopic.objects.bulk_create(
            [ItemTopic(item=item, topic=topic, position=place) for place, topic in enumerate(topics)]
        )
        changed = True
    if set(item.services.values_list("pk", flat=True)) != {s.pk for s in services}:
        item.services.set(services)
        changed = True
    return changed


def _version(item: Item, content: ItemContent, by: User | None) -> tuple[ItemVersion, bool]:
    last = item.versions.order_by("-number").first()
    if last and last.content_hash == content.seen_hash:
        return last, False
    version = ItemVersion.objects.create(
        item=item,
        number=last.number + 1 if last else 1,
        kind=content.kind,
        choose=content.choose,
        stem=content.stem,
        lead_in=content.lead_in,
        language=content.language,
        content_hash=content.seen_hash,
        created_by=by,
    )
    Option.objects.bulk_create(
        [Option(version=version, position=place, text=option.text) for place, option in enumerate(content.options)]
    )
    return version, True


@transaction.atomic
def revise_key(version: ItemVersion, content: ItemContent, *, by: User, since: Key) -> Key:
    """Store what the answer says in `content` as a new key revision of a version, treatment included.

    Raises ValidationError when `since` is no longer the latest revision, or when it says the same already.
    """
    # The lock of whoever writes this item: two at once would both write the next revision.
    Item.objects.select_for_update().get(pk=version.item_id)
    last = version.keys.order_by("-revision")[0]
    if last.pk != since.pk:
        raise ValidationError("The key of this item was changed meanwhile. Look at it again before you go on.")
    if last.content_hash == content.key_hash:
        raise ValidationError("This is what the key says already, so there is nothing to correct.")
    return _write_key(version, content, last.revision + 1, by)


def _key(version: ItemVersion, content: ItemContent, by: User | None) -> bool:
    last = version.keys.order_by("-revision").first()
    if last and content.treatment == Key.Treatment.SCORED:
        # A correction has decided it, and only another correction takes that back: no editor and no pack does.
        content = replace(content, treatment=last.treatment)
    if last and last.content_hash == content.key_hash:
        return False
    _write_key(version, content, last.revision + 1 if last else 1, by)
    return True


def _write_key(version: ItemVersion, content: ItemContent, revision: int, by: User | None) -> Key:
    key = Key.objects.create(
        version=version,
        revision=revision,
        policy=content.policy,
        treatment=content.treatment,
        map_low=content.map_low,
        map_high=content.map_high,
        constraints=[{"id": c.id, "from": c.source, "text": c.text} for c in content.constraints],
        takeaway=content.takeaway,
        angoff=f"{content.angoff:.2f}",
        content_hash=content.key_hash,
        created_by=by,
    )
    KeyOption.objects.bulk_create(
        [
            KeyOption(
                key=key,
                option=option,
                is_keyed=said.is_keyed,
                rationale=said.rationale,
                violates=list(said.violates),
                mistake=said.mistake,
                is_feasible=said.is_feasible,
                value=said.value,
            )
            for option, said in zip(version.options.order_by("position"), content.options, strict=True)
        ]
    )
    Reference.objects.bulk_create(
        [
            Reference(key=key, position=place, title=r.title, url=r.url, checked=r.checked, via=r.via)
            for place, r in enumerate(content.references)
        ]
    )
    return key


def _reviews(version: ItemVersion, content: ItemContent) -> bool:
    before = version.reviews.count()
    Review.objects.bulk_create(
        [
            Review(
                version=version,
                reader=r.reader,
                kind=r.kind,
                decision=r.decision,
                blind_answer=list(r.answer),
                comment=r.comment,
                made_on=r.made_on,
            )
            for r in content.reviews
        ],
        ignore_conflicts=True,
    )
    return version.reviews.count() != before
