"""People, what we may call them at, who must not be called, and the files they came in."""

from contacts.models.bulk import BulkAction
from contacts.models.people import Contact, HoursKey, SafeHours, ZoneSource
from contacts.models.suppression import Suppression, SuppressionReason
from contacts.models.uploads import (
    COUNTS,
    FileKind,
    Purpose,
    RejectedRow,
    Rejection,
    Upload,
    UploadChange,
    UploadStatus,
)

__all__ = [
    "COUNTS",
    "BulkAction",
    "Contact",
    "FileKind",
    "HoursKey",
    "Purpose",
    "RejectedRow",
    "Rejection",
    "SafeHours",
    "Suppression",
    "SuppressionReason",
    "Upload",
    "UploadChange",
    "UploadStatus",
    "ZoneSource",
]
