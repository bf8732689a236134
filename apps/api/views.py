"""The endpoints of /api/v1/."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.exceptions import Throttled
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.services import database_now
from apps.analytics.queries.report import report
from apps.analytics.queries.review import review
from apps.analytics.serializers import ReportSerializer, as_data
from apps.analytics.services import check_health
from apps.api import queries, serializers
from apps.bank.models import Certification
from apps.delivery import services
from apps.delivery.access import (
    assignment_read,
    assignments_for,
    attempt_read,
    attempt_write,
    issue_ticket,
    read_ticket,
)
from apps.delivery.models import Assignment, Attempt
from apps.delivery.queries import last_seq, paper, remaining, with_use
from apps.exams.models import Form
from apps.scoring.access import review_read
from apps.scoring.models import Score
from apps.scoring.queries import current_score, scores_of, standing_scores


class IsInstructor(BasePermission):
    """Lets instructors and admins in."""

    def has_permission(self, request: Request, _view: APIView) -> bool:
        """Whether this person may read about the running of the site."""
        return bool(getattr(request.user, "is_instructor", False))


class Status(APIView):
    """The state of the site, for instructors and admins."""

    permission_classes = (IsInstructor,)

    @extend_schema(responses=serializers.StatusSerializer)
    def get(self, _request: Request) -> Response:
        """Return the verdict with reasons, counts and the last signs of life."""
        return Response(serializers.StatusSerializer(as_data(check_health())).data)


class CertificationList(generics.ListAPIView[Certification]):
    """The certifications of this bank."""

    queryset = queries.certifications()
    serializer_class = serializers.CertificationSerializer


class FormList(generics.ListAPIView[Form]):
    """The published forms, without items and keys."""

    queryset = queries.forms()
    serializer_class = serializers.FormSerializer


class AssignmentList(generics.ListAPIView[Assignment]):
    """What I may sit."""

    queryset = queries.no_assignments()
    serializer_class = serializers.AssignmentSerializer

    def get_queryset(self) -> "QuerySet[Assignment]":
        """Return the assignments whose audience includes me."""
        user: Any = self.request.user
        return with_use(assignments_for(user), user)


class AttemptList(generics.ListAPIView[Attempt]):
    """My attempts; POST starts one, or returns the open one of the same assignment."""

    queryset = queries.no_attempts()
    serializer_class = serializers.AttemptSerializer

    def get_queryset(self) -> "QuerySet[Attempt]":
        """Return my attempts."""
        return queries.attempts_of(self.request.user)  # type: ignore[arg-type] # permission: signed in

    @extend_schema(request=serializers.StartSerializer, responses={201: serializers.AttemptSerializer})
    def post(self, request: Request) -> Response:
        """Start an attempt."""
        sent = _valid(serializers.StartSerializer, request)
        user: Any = request.user
        try:
            attempt = services.start_attempt(assignment_read(user, sent["assignment"]), candidate=user)
        except services.NotAllowed as refusal:
            return Response({"detail": str(refusal)}, status=status.HTTP_409_CONFLICT)
        return Response(serializers.AttemptSerializer(attempt).data, status=status.HTTP_201_CREATED)


class AttemptDetail(APIView):
    """One attempt of mine, with its paper while it is open."""

    @extend_schema(responses=serializers.AttemptDetailSerializer)
    def get(self, request: Request, uuid: UUID) -> Response:
        """Return the attempt; items carry no key."""
        user: Any = request.user
        attempt = attempt_read(user, uuid)
        is_open = not services.close_if_overdue(attempt)
        left = remaining(attempt, database_now()) if is_open else timedelta(0)
        data = serializers.AttemptSerializer(attempt).data | {
            "remaining_ms": None if left is None else left // timedelta(milliseconds=1),
            "last_seq": last_seq(attempt),
            "items": [serializers.PaperItemSerializer(item).data for item in paper(attempt)] if is_open else [],
        }
        return Response(data, headers={"Cache-Control": "no-store"})


class AttemptSave(APIView):
    """Appending to an attempt of mine."""

    @extend_schema(request=serializers.SaveSerializer, responses=serializers.ReceiptSerializer)
    def post(self, request: Request, uuid: UUID) -> Response:
        """Append a batch of events; each gets a verdict, and one bad event blocks no other."""
        sent = _valid(serializers.SaveSerializer, request)
        user: Any = request.user
        ticket = read_ticket(issue_ticket(attempt_write(user, uuid)))
        events = [services.Event(**event) for event in sent["events"]]
        receipt = services.save_events(ticket, client=sent["client"], events=events) if ticket else None
        if receipt is None:
            raise Http404
        if receipt.is_full:
            raise Throttled(60, "This attempt holds as many changes as one may have.")
        left = receipt.remaining
        return Response(
            {
                "receipts": [asdict(verdict) for verdict in receipt.verdicts],
                "seq": receipt.last_seq,
                "remaining_ms": None if left is None else left // timedelta(milliseconds=1),
                "closed": receipt.is_closed,
            }
        )


class AttemptSubmit(APIView):
    """Ending an attempt of mine."""

    @extend_schema(request=serializers.SubmitSerializer, responses=serializers.AttemptSerializer)
    def post(self, request: Request, uuid: UUID) -> Response:
        """End the attempt, or answer 409 with how many answers have not arrived; repeating it changes nothing."""
        sent = _valid(serializers.SubmitSerializer, request)
        user: Any = request.user
        try:
            attempt = services.submit_attempt(attempt_write(user, uuid), clients=sent["clients"])
        except services.AnswersMissing as error:
            return Response({"detail": str(error), "missing": error.missing}, status=status.HTTP_409_CONFLICT)
        return Response(serializers.AttemptSerializer(attempt).data)


class ScoreList(generics.ListAPIView[Score]):
    """My current scores."""

    queryset = queries.no_scores()
    serializer_class = serializers.ScoreSerializer

    def get_queryset(self) -> "QuerySet[Score]":
        """Return my scores with their domains."""
        return scores_of(self.request.user).prefetch_related("domains__domain")  # type: ignore[arg-type] # signed in


class ScoreDetail(APIView):
    """The current score of one attempt of mine."""

    @extend_schema(responses=serializers.ScoreSerializer)
    def get(self, request: Request, uuid: UUID) -> Response:
        """Return the score; 404 while it is owed."""
        user: Any = request.user
        score = current_score(attempt_read(user, uuid))
        if score is None:
            raise Http404
        return Response(serializers.ScoreSerializer(score).data)


class AttemptReview(APIView):
    """The review of an attempt of mine, item by item."""

    @extend_schema(responses=serializers.ReviewSerializer)
    def get(self, request: Request, uuid: UUID) -> Response:
        """Return as much of the review as may be seen; 404 while it is closed or the score is owed."""
        user: Any = request.user
        attempt, parts = review_read(user, uuid)
        found = review(attempt, parts)
        if found is None:
            raise Http404
        return Response(serializers.ReviewSerializer(found).data)


class ReportData(APIView):
    """The report of one attempt of mine."""

    @extend_schema(responses=ReportSerializer)
    def get(self, request: Request, uuid: UUID) -> Response:
        """Return the figures of the report page; 404 while the score is owed."""
        user: Any = request.user
        score, blind = standing_scores(attempt_read(user, uuid))
        if score is None:
            raise Http404
        return Response(ReportSerializer(report(score, blind)).data)


def _valid(shape: type[serializers.StrictSerializer], request: Request) -> dict[str, Any]:
    sent = shape(data=request.data)
    sent.is_valid(raise_exception=True)
    data: dict[str, Any] = sent.validated_data
    return data
