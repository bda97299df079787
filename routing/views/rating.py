"""The page behind the link in a request for a rating: a mark from 1 to 5, and a word if they like.

Opening it records nothing, since mail programs and scanners open links to look what is behind them; the
mark in the link (`?score=4`) is only chosen beforehand.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from channels_app.throttling import limited
from routing.models import ConversationRating, RatingRequest
from routing.services.ratings.asking import score_names
from routing.services.ratings.links import SCORES, request_of_token
from routing.services.ratings.taking import COMMENT_LENGTH, RatingRefused, rating_comment, rating_take


@method_decorator([limited("public-page"), never_cache, csrf_exempt], name="dispatch")
class RatingView(View):
    """`/rate/<token>/`: the token itself is the permission, so no session and no CSRF token are needed."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        return self._answer(request, token)

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        return self._answer(request, token, votes=True)

    def _answer(self, request: HttpRequest, token: str, *, votes: bool = False) -> HttpResponse:
        request_id = request_of_token(token)
        asked = (
            RatingRequest.objects.select_related("business_entity", "thread").filter(id=request_id).first()
            if request_id is not None
            else None
        )
        if asked is None:
            return _page(request, "refused", 404)
        with translation.override(asked.language):
            return _vote(request, asked) if votes else _show(request, asked)


def _show(
    request: HttpRequest, asked: RatingRequest, *, status: int = 200, scoreless: bool = False
) -> HttpResponse:
    rating = ConversationRating.objects.filter(thread_id=asked.thread_id).first()
    if rating is not None:
        return _page(request, "done", status, asked, rating=rating)
    if asked.expires_at <= timezone.now():
        return _page(request, "expired", 410, asked)
    return _page(request, "ask", status, asked, scoreless=scoreless)


def _vote(request: HttpRequest, asked: RatingRequest) -> HttpResponse:
    comment = request.POST.get("comment", "")
    score = _score(request.POST.get("score", ""))
    try:
        if score is not None:
            rating_take(request_id=asked.id, score=score, comment=comment, now=timezone.now())
        elif comment.strip():
            rating_comment(request_id=asked.id, comment=comment, now=timezone.now())
        else:
            return _show(request, asked, status=400, scoreless=True)
    except RatingRefused:
        pass  # rated already, or too late: the page says which
    return _show(request, asked)


def _score(text: str) -> int | None:
    return int(text) if text in {str(score) for score in SCORES} else None


def _page(
    request: HttpRequest,
    state: str,
    status: int,
    asked: RatingRequest | None = None,
    *,
    rating: ConversationRating | None = None,
    scoreless: bool = False,
) -> HttpResponse:
    names = score_names()
    context = {
        "state": state,
        "asked": asked,
        "brand": asked.business_entity if asked else None,
        "rating": rating,
        "scores": [(score, names[score]) for score in SCORES],
        "chosen": _score(request.GET.get("score", "")),
        "scoreless": scoreless,
        "comment": request.POST.get("comment", ""),
        "comment_length": COMMENT_LENGTH,
    }
    answer = render(request, "public/rating.html", context, status=status)
    # The address is a permission: it must not travel on in a Referer, nor be indexed.
    answer["Referrer-Policy"] = "no-referrer"
    answer["X-Robots-Tag"] = "noindex"
    return answer
