"""Files on their way in: straight to disk, and stopped where they grow too large."""

import errno
from typing import Any

from django.core.files.uploadhandler import StopUpload, TemporaryFileUploadHandler

from contacts.importing.detection import MAX_BYTES

# The other fields of a form, and the borders between them.
ROOM_FOR_THE_REST = 1 << 20
DISK_FULL = (
    "The server's disk is full, and the file cannot be kept. Tell whoever runs the server, then upload it again."
)


def is_full(error: OSError) -> bool:
    """Whether there is no room left: on the disk, in the quota, or in a file."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class LimitedUpload(TemporaryFileUploadHandler):
    """Django's upload to disk, ended at 100 MB, or where the disk is full, instead of read whole: then the view finds
    no file, and `request.too_large` or `request.disk_full`."""

    def handle_raw_input(self, input_data: Any, META: Any, content_length: int, *args: Any, **kwargs: Any) -> None:
        self.announced = content_length

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        self.received = 0
        if self.announced > MAX_BYTES + ROOM_FOR_THE_REST:
            self._stop()
        super().new_file(*args, **kwargs)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.received += len(raw_data)
        if self.received > MAX_BYTES:
            self._stop()
        try:
            super().receive_data_chunk(raw_data, start)
        except OSError as error:
            if not is_full(error):
                raise
            if self.request is not None:
                self.request.disk_full = True  # type: ignore[attr-defined]
            raise StopUpload(connection_reset=True) from error

    def _stop(self) -> None:
        if self.request is not None:
            self.request.too_large = True  # type: ignore[attr-defined]
        raise StopUpload(connection_reset=True)
