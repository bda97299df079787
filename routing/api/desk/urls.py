from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path
from rest_framework.routers import SimpleRouter

from routing.api.desk import actions, news, writing
from routing.api.desk.base import ActionView

router = SimpleRouter()
router.register("notices", news.NoticeViewSet, basename="notice")

ACTIONS: dict[str, type[ActionView]] = {
    "take": actions.TakeView,
    "assign": actions.AssignView,
    "snooze": actions.SnoozeView,
    "wake": actions.WakeView,
    "resolve": actions.ResolveView,
    "reopen": actions.ReopenView,
    "escalate": actions.EscalateView,
    "labels": actions.LabelsView,
    "note": actions.NoteView,
    "spam": actions.SpamView,
    "not-spam": actions.NotSpamView,
    "block": actions.BlockView,
    "unblock": actions.UnblockView,
    "read": actions.ReadView,
    "unread": actions.UnreadView,
    "merge": actions.MergeView,
    "unmerge": actions.UnmergeView,
}

urlpatterns: list[URLPattern | URLResolver] = [
    path("threads/bulk/", actions.BulkView.as_view(), name="threads-bulk"),
    path("threads/start/", writing.StartView.as_view(), name="thread-start"),
    *(
        path(f"threads/<uuid:thread_id>/{name}/", view.as_view(), name=f"thread-{name}")
        for name, view in ACTIONS.items()
    ),
    path("threads/<uuid:thread_id>/reply/", writing.ReplyView.as_view(), name="thread-reply"),
    path(
        "threads/<uuid:thread_id>/reply/check/", writing.ReplyCheckView.as_view(), name="thread-reply-check"
    ),
    path("threads/<uuid:thread_id>/forward/", writing.ForwardView.as_view(), name="thread-forward"),
    path("threads/<uuid:thread_id>/composer/", writing.ComposerView.as_view(), name="thread-composer"),
    path("threads/<uuid:thread_id>/draft/", writing.DraftView.as_view(), name="thread-draft"),
    path("threads/<uuid:thread_id>/events/", news.TrailView.as_view(), name="thread-events"),
    path("threads/<uuid:thread_id>/viewers/", news.ViewersView.as_view(), name="thread-viewers"),
    path("messages/<uuid:message_id>/undo/", writing.ReplyUndoView.as_view(), name="reply-undo"),
    path("draft-files/", writing.UploadView.as_view(), name="draft-files"),
    path("draft-files/<uuid:file_id>/", writing.UploadedView.as_view(), name="draft-file"),
    path("availability/", news.AvailabilityView.as_view(), name="availability"),
    path("", include(router.urls)),
]
