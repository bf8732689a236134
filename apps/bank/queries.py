"""Read models of the bank."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery

from apps.accounts.models import User
from apps.bank.content import ConstraintContent, ItemContent, OptionContent, ReferenceContent
from apps.bank.curriculum import ServiceContent
from apps.bank.models import Certification, Item, ItemReport, ItemTopic, ItemVersion, Key, KeyOption, Option, Service


def life_cycles() -> list[ServiceContent]:
    """Return where every service stands in its life, for the linter."""
    return [
        ServiceContent(service.slug, service.name, service.status, service.status_since, service.note)
        for service in Service.objects.all()
    ]


def current_versions(items: "QuerySet[Item]") -> "QuerySet[ItemVersion]":
    """Return the latest version of each item."""
    latest = ItemVersion.objects.filter(item=OuterRef("item")).order_by("-number").values("pk")[:1]
    return ItemVersion.objects.filter(item__in=items, pk=Subquery(latest)).select_related("item__objective__domain")


@dataclass(frozen=True, slots=True)
class FormFacts:
    """What assembling a form weighs: the author's estimate of its easiness, words to read, and the primary topic."""

    angoff: float
    words: int
    topic: str


def form_facts(versions: Sequence[ItemVersion]) -> dict[int, FormFacts]:
    """Return the facts of each version by its id; three statements however many there are."""
    ids = [version.pk for version in versions]
    keys = Key.objects.filter(version__in=ids).order_by("version_id", "-revision").distinct("version_id")
    angoff = dict(keys.values_list("version", "angoff"))
    primary = ItemTopic.objects.filter(item__in=[version.item_id for version in versions], position=0)
    topics = dict(primary.values_list("item", "topic__slug"))
    words = Counter({version.pk: len(f"{version.stem} {version.lead_in}".split()) for version in versions})
    for version_id, text in Option.objects.filter(version__in=ids).values_list("version", "text"):
        words[version_id] += len(text.split())
    return {
        version.pk: FormFacts(float(angoff[version.pk]), words[version.pk], topics.get(version.item_id, ""))
        for version in versions
    }


def current_version(item: Item) -> ItemVersion:
    """Return the latest version of one item; every stored item has one."""
    return item.versions.select_related("item__objective__domain").order_by("-number")[0]


def item_exists(code: str) -> bool:
    """Say whether an item has this code."""
    return Item.objects.filter(code=code).exists()


def certifications() -> "QuerySet[Certification]":
    """Return the certifications that items can be written for."""
    return Certification.objects.all()


def current_key(version: ItemVersion) -> Key:
    """Return the latest key revision of a version; every stored version has one."""
    return version.keys.order_by("-revision").prefetch_related("options__option", "references")[0]


def item_list(
    *, search: str = "", domain: str = "", objective: str = "", state: str = "", kind: str = ""
) -> "QuerySet[ItemVersion]":
    """Return the current versions that match every given filter, for the instructors' list."""
    items = Item.objects.all()
    if domain:
        items = items.filter(objective__domain__slug=domain)
    if objective:
        items = items.filter(objective__code=objective)
    if state:
        items = items.filter(state=state)
    versions = current_versions(items)
    if kind:
        versions = versions.filter(kind=kind)
    for word in search.split():
        versions = versions.filter(
            Q(item__code__icontains=word)
            | Q(stem__icontains=word)
            | Q(lead_in__icontains=word)
            | Q(options__text__icontains=word)
            | Q(item__topics__title__icontains=word)
            | Q(item__services__name__icontains=word)
        )
    return versions.distinct().order_by("item__code").prefetch_related("item__topics", "item__services")


def item_content(version: ItemVersion) -> ItemContent:
    """Return a stored version with its current key as plain data, for the editor and the linter."""
    item = version.item
    key = current_key(version)
    return ItemContent(
        code=item.code,
        state=item.state,
        kind=version.kind,
        choose=version.choose,
        domain=item.objective.domain.number,
        objective=item.objective.code,
        topics=tuple(item.item_topics.order_by("position").values_list("topic__slug", flat=True)),
        services=tuple(item.services.order_by("slug").values_list("slug", flat=True)),
        stem=version.stem,
        lead_in=version.lead_in,
        language=version.language,
        options=tuple(
            OptionContent(
                text=said.option.text,
                is_keyed=said.is_keyed,
                rationale=said.rationale,
                violates=tuple(said.violates),
                mistake=said.mistake,
                is_feasible=said.is_feasible,
                value=said.value,
            )
            for said in key.options.all()
        ),
        constraints=tuple(ConstraintContent(c["id"], c["from"], c["text"]) for c in key.constraints),
        takeaway=key.takeaway,
        angoff=float(key.angoff),
        references=tuple(ReferenceContent(r.title, r.url, r.checked, r.via) for r in key.references.all()),
        review_due=item.review_due,
        policy=key.policy,
        treatment=key.treatment,
        map_low=key.map_low,
        map_high=key.map_high,
    )


def latest_keys(version_ids: list[int]) -> "QuerySet[Key]":
    """Return the latest key revision of each version, with options and references at hand."""
    latest = Key.objects.filter(version=OuterRef("version")).order_by("-revision").values("pk")[:1]
    return (
        Key.objects.filter(version_id__in=version_ids, pk=Subquery(latest))
        .select_related("version")
        .prefetch_related(Prefetch("options", KeyOption.objects.select_related("option")), "references")
    )


def latest_key_ids(codes: Iterable[str]) -> dict[str, int]:
    """Return the latest key revision of the latest version of each item, by the item's code."""
    rows = Key.objects.filter(version__item__code__in=list(codes))
    latest = rows.order_by("version__item__code", "-version__number", "-revision").distinct("version__item__code")
    return dict(latest.values_list("version__item__code", "pk"))


@dataclass(frozen=True, slots=True)
class Takeaway:
    """What is to be remembered of an item, and the (title, address) of the pages that it rests on."""

    text: str
    references: tuple[tuple[str, str], ...]


def takeaways(key_ids: Iterable[int]) -> dict[int, Takeaway]:
    """Return the takeaways of key revisions. Kept per process, because a revision is never edited."""
    wanted = set(key_ids)
    if unknown := wanted - _takeaways.keys():
        if len(_takeaways) > _MOST_TAKEAWAYS:
            _takeaways.clear()
            unknown = wanted
        for key in Key.objects.filter(pk__in=unknown).prefetch_related("references"):
            _takeaways[key.pk] = Takeaway(key.takeaway, tuple((r.title, r.url) for r in key.references.all()))
    return {pk: _takeaways[pk] for pk in wanted if pk in _takeaways}


_takeaways: dict[int, Takeaway] = {}
_MOST_TAKEAWAYS = 5000


def forget_takeaways() -> None:
    """Let this process read takeaways again."""
    _takeaways.clear()


def options_of(version_ids: list[int]) -> dict[int, list[Option]]:
    """Return the options of versions in authored order."""
    found: dict[int, list[Option]] = {pk: [] for pk in version_ids}
    for option in Option.objects.filter(version_id__in=version_ids).order_by("version_id", "position"):
        found[option.version_id].append(option)
    return found


def problems(*, answered: bool) -> "QuerySet[ItemReport]":
    """Return the reported problems, waiting ones with the longest wait first, answered ones with the latest first.

    Each has `item_reports`, how many reports there are of all versions of its item.
    """
    reports = ItemReport.objects.answered() if answered else ItemReport.objects.waiting()
    alike = ItemReport.objects.filter(version__item=OuterRef("version__item")).order_by()
    count = alike.values("version__item").annotate(n=Count("pk")).values("n")
    return (
        reports.select_related("version__item", "reporter", "replied_by")
        .annotate(item_reports=Subquery(count))
        .order_by("-replied_at" if answered else "reported_at")
    )


def waiting_problems() -> int:
    """Return how many reported problems wait for a reply."""
    return ItemReport.objects.waiting().count()


def problems_by(user: User, version_ids: Iterable[int]) -> dict[int, ItemReport]:
    """Return what a person last reported about each of these versions."""
    reports = ItemReport.objects.filter(reporter=user, version_id__in=version_ids).order_by("version_id", "reported_at")
    return {report.version_id: report for report in reports}
