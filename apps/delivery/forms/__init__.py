"""The shape of what delivery's pages send."""

from apps.delivery.forms.accommodations import AccommodationForm, ScopeForm, accommodation_start
from apps.delivery.forms.assignments import AssignmentForm
from apps.delivery.forms.exam_pages import (
    SAVE_LIMIT,
    BadInput,
    SaveIn,
    Steering,
    read_clients,
    read_form,
    read_page,
    read_save,
    read_steering,
)

__all__ = [
    "SAVE_LIMIT",
    "AccommodationForm",
    "AssignmentForm",
    "BadInput",
    "SaveIn",
    "ScopeForm",
    "Steering",
    "accommodation_start",
    "read_clients",
    "read_form",
    "read_page",
    "read_save",
    "read_steering",
]
