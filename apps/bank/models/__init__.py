"""The nouns of the bank: curriculum, items, keys and what people say about items."""

from apps.bank.models.curriculum import Certification, Domain, Objective, Service, Topic
from apps.bank.models.items import Asset, Item, ItemTopic, ItemVersion, Option
from apps.bank.models.keys import Key, KeyOption, Reference
from apps.bank.models.opinions import AngoffRating, ItemReport, Review

__all__ = [
    "AngoffRating",
    "Asset",
    "Certification",
    "Domain",
    "Item",
    "ItemReport",
    "ItemTopic",
    "ItemVersion",
    "Key",
    "KeyOption",
    "Objective",
    "Option",
    "Reference",
    "Review",
    "Service",
    "Topic",
]
